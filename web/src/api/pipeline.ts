import { ask, getJson } from './client';

/** What runs, and what each component was given and did: `GET /api/v1/pipeline`. */
export interface PipelineReport {
  time: string;
  pipelines: { id: string; receivers: string[]; processors: string[]; exporters: string[] }[];
  receivers: ReceiverLine[];
  stages: StageLine[];
  exporters: { id: string; status?: ExporterStatus }[];
  /** What the last loading of the configuration came to. */
  reload?: { lastTime?: string; lastSucceeded: boolean; lastMessage?: string };
}

export interface ReceiverLine {
  id: string;
  transport: string;
  endpoints: string[];
  requests: number;
  accepted: number;
  refused: number;
  failed: number;
  refusedRequests: number;
  lastReceived?: string;
  lastPeer?: string;
  lastErrorTime?: string;
  lastError?: string;
  senders: { peer: string; userAgent: string; requests: number; accepted: number; refused: number; lastSeen: string }[];
}

/** One place of one pipeline. `spansOut` is what a processor handed on; less than `accepted` means that it dropped on purpose. */
export interface StageLine {
  pipeline: string;
  id: string;
  kind: string;
  batches: number;
  spansIn: number;
  accepted: number;
  refused: number;
  failed: number;
  spansOut?: number;
  latencyMedianMs?: number;
  latencyP99Ms?: number;
  lastErrorTime?: string;
  lastError?: string;
}

export interface ExporterStatus {
  sentSpans?: number;
  failedSpans?: number;
  queueSize?: number;
  queueCapacity?: number;
  /** requests, spans or bytes */
  queueUnit?: string;
  target?: string;
  lastError?: string;
}

export function pipelineReport(signal?: AbortSignal): Promise<PipelineReport> {
  return getJson<PipelineReport>('/api/v1/pipeline', signal);
}

export interface Finding {
  code: string;
  severity: 'Ok' | 'Info' | 'Warning' | 'Error';
  title: string;
  detail?: string;
  wayOut?: string;
  /** Names and numbers in the title and in the detail, for saying them in another language. */
  titleValues?: string[];
  detailValues?: string[];
}

export interface DoctorReport {
  time: string;
  verdict: string;
  findings: Finding[];
}

/** Why no traces arrive, or that they do. With `test` the server also sends itself spans, which are stored like any other. */
export async function doctorReport(test: boolean, signal?: AbortSignal): Promise<DoctorReport> {
  const response = await ask('/api/v1/doctor', signal, { method: test ? 'POST' : 'GET' });
  return (await response.json()) as DoctorReport;
}

/** Spans as they enter a component, one text a span, until `limit` of them have passed or the signal is aborted. */
export async function tap(pipeline: string, component: string, limit: number, onSpan: (json: string) => void, signal: AbortSignal): Promise<void> {
  const params = new URLSearchParams({ pipeline, component, limit: String(limit), seconds: '60' });
  const response = await ask(`/api/v1/pipeline/tap?${params}`, signal, { accept: 'application/x-ndjson' });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    lines.filter((line) => line.trim() !== '').forEach(onSpan);
  }
}
