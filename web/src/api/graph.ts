import { getJson } from './client';

export type NodeKind = 'workload' | 'app' | 'service' | 'aggregate' | 'unknown' | 'box';
export type Protocol = 'http' | 'grpc' | 'tcp';
export type HealthName = 'Healthy' | 'Degraded' | 'Failure' | 'Not Ready' | 'NA';

export interface Rates {
  rate: number;
  errors: number;
  redirects: number;
  clientErrors: number;
  serverErrors: number;
  noResponse: number;
}

export interface Latency {
  avg?: number;
  p50?: number;
  p95?: number;
  p99?: number;
}

export interface GraphNode {
  id: string;
  kind: NodeKind;
  name: string;
  cluster: string;
  namespace: string;
  workload?: string;
  app?: string;
  version?: string;
  service?: string;
  operation?: string;
  parent?: string;
  boxOf?: 'app' | 'namespace' | 'cluster';
  role?: string;
  change?: 'new' | 'gone';
  evidence: string[];
  flags: string[];
  labels?: Record<string, string>;
  destServices: { namespace: string; name: string }[];
  virtualServiceHosts?: string[];
  gatewayHosts?: string[];
  traffic: { protocol: Protocol; in: Rates; out: Rates }[];
  health: HealthName;
  pods?: { workload: string; desired: number; available: number }[];
}

export interface Exemplar {
  traceId: string;
  durationMs: number;
  error: boolean;
  startMs: number;
}

export type Change = 'new' | 'gone' | 'slower' | 'faster' | 'failing' | 'recovered' | 'same';

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  protocol: Protocol;
  evidence: string[];
  health: HealthName;
  rates: Rates;
  errorPercent: number;
  requestPercent: number;
  codes: { code: string; percent: number; flags: Record<string, number>; hosts: Record<string, number> }[];
  latency?: Latency;
  clientLatency?: Latency;
  throughput?: number;
  mtls?: { percent: number; sourcePrincipal: string; destPrincipal: string };
  sampled?: { share: number; unknown: boolean };
  exemplars: Exemplar[];
  change?: Change;
  before?: { rate: number; errorPercent: number; latency?: Latency };
}

export interface MeshGraph {
  time: number;
  durationSeconds: number;
  type: string;
  /** What is worth asking for: two scrapes of Prometheus at least, and what it keeps at most. */
  durations: { leastSeconds?: number; mostSeconds?: number };
  sources: { source: string; used: boolean; problem: string | null; taken: number; skipped: number }[];
  comparedWith?: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export interface NamespaceInfo {
  name: string;
  cluster: string;
  evidence: string[];
  rate?: number;
  errorPercent?: number;
}

export interface SeriesPoint {
  time: number;
  rate: number;
  errors: number;
  /** Bytes a second over TCP, and of bodies where that was asked for. */
  tcp: number;
  throughput: number;
  avg?: number;
  p50?: number;
  p95?: number;
  p99?: number;
  /** The slowest call of the step whose trace is stored. */
  exemplar?: Exemplar;
}

export interface Finding {
  code: string;
  state: 'ok' | 'warning' | 'problem';
  subject: string;
  text: string;
}

export const getGraph = (params: URLSearchParams, signal?: AbortSignal) => getJson<MeshGraph>(`/api/v1/graph?${params}`, signal);

export const getGraphList = (params: URLSearchParams, signal?: AbortSignal) => getJson<MeshGraph>(`/api/v1/graph/list?${params}`, signal);

export const getNamespaces = (params: URLSearchParams, signal?: AbortSignal) =>
  getJson<{ namespaces: NamespaceInfo[] }>(`/api/v1/graph/namespaces?${params}`, signal).then((answer) => answer.namespaces);

export const getGraphSeries = (params: URLSearchParams, signal?: AbortSignal) =>
  getJson<{ stepSeconds: number; points: SeriesPoint[] }>(`/api/v1/graph/series?${params}`, signal).then((answer) => answer.points);

export const getDoctor = (params: URLSearchParams, signal?: AbortSignal) =>
  getJson<{ findings: Finding[] }>(`/api/v1/graph/doctor?${params}`, signal).then((answer) => answer.findings);
