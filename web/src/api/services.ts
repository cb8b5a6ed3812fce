import { getJson } from './client';
import type { OperationList, ServiceDependencies, ServiceEdge, ServiceList } from './generated';

interface Window {
  startMs: number;
  endMs: number;
}

/** Points of a sparkline: one for each third pixel. */
const sparkColumns = 40;
const operationLimit = 200;

/** Every service with its rate, errors and durations. */
export function services(window: Window, signal?: AbortSignal): Promise<ServiceList> {
  const params = within(window);
  params.set('intervals', String(sparkColumns));
  return getJson<ServiceList>(`/api/v1/services?${params}`, signal);
}

/** The same of the operations of one. */
export function operations(service: string, window: Window, signal?: AbortSignal): Promise<OperationList> {
  const params = within(window);
  params.set('intervals', String(sparkColumns));
  params.set('limit', String(operationLimit));
  return getJson<OperationList>(`/api/v1/services/${encodeURIComponent(service)}/operations?${params}`, signal);
}

function within({ startMs, endMs }: Window): URLSearchParams {
  return new URLSearchParams({ start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() });
}

export interface Neighbour {
  name: string;
  /** Externals have no spans, and no page, of their own: databases, queues, other hosts. */
  kind: 'service' | 'external';
  calls: number;
  errors: number;
  p95Ns: number;
  /** Finds the calls. */
  query: string;
}

/** Who calls a service, and whom it calls, by the calls that the server pairs when their spans come. */
export async function neighbours(service: string, window: Window, signal?: AbortSignal): Promise<{ callers: Neighbour[]; callees: Neighbour[] }> {
  const answer = await getJson<ServiceDependencies>(`/api/v1/services/${encodeURIComponent(service)}/dependencies?${within(window)}`, signal);
  const read = (edges: readonly ServiceEdge[]): Neighbour[] =>
    edges.map(({ name, kind, calls, errors, p95Nanos, query }) => ({ name, kind: kind === 'service' ? kind : 'external', calls, errors, p95Ns: p95Nanos, query }));
  return { callers: read(answer.callers), callees: [...read(answer.callees), ...read(answer.externals)] };
}
