import { getJson } from './client';

interface WireSearch {
  traces?: WireTraceSummary[];
  metrics?: { inspectedTraces?: number | string; inspectedSpans?: number | string; completedJobs?: number; totalJobs?: number };
}

interface WireTraceSummary {
  traceID: string;
  rootServiceName?: string;
  rootTraceName?: string;
  startTimeUnixNano?: string;
  durationMs?: number;
  spanSets?: { matched?: number }[];
  serviceStats?: Record<string, { spanCount?: number; errorCount?: number }>;
}

export interface TraceSummary {
  traceId: string;
  /** Empty when the root span has not been received. */
  rootService: string;
  rootName: string;
  startMs: number;
  durationMs: number;
  spanCount: number;
  errorCount: number;
  matched: number;
  /** Largest first. */
  services: { name: string; spans: number; errors: number }[];
}

export interface SearchAnswer {
  traces: TraceSummary[];
  inspectedTraces: number;
  inspectedSpans: number;
  /** False when a limit ended the scan before everything in range was looked at. */
  complete: boolean;
}

export interface SearchRequest {
  query: string;
  range: { startMs: number; endMs: number } | null;
  limit: number;
}

export async function searchTraces(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
  const params = new URLSearchParams({ q: request.query, limit: String(request.limit), spss: '3' });
  if (request.range !== null) {
    params.set('start', String(Math.floor(request.range.startMs / 1000)));
    params.set('end', String(Math.ceil(request.range.endMs / 1000)));
  }
  const wire = await getJson<WireSearch>(`/api/search?${params}`, signal);
  const metrics = wire.metrics ?? {};
  return {
    traces: (wire.traces ?? []).map(readSummary).sort((a, b) => b.startMs - a.startMs),
    inspectedTraces: Number(metrics.inspectedTraces ?? 0),
    inspectedSpans: Number(metrics.inspectedSpans ?? 0),
    complete: (metrics.completedJobs ?? 0) >= (metrics.totalJobs ?? 0),
  };
}

const noRoot = '<root span not yet received>';

function readSummary(wire: WireTraceSummary): TraceSummary {
  const services = Object.entries(wire.serviceStats ?? {})
    .map(([name, stats]) => ({ name, spans: stats.spanCount ?? 0, errors: stats.errorCount ?? 0 }))
    .sort((a, b) => b.spans - a.spans || a.name.localeCompare(b.name));
  return {
    traceId: wire.traceID.padStart(32, '0'),
    rootService: wire.rootServiceName === noRoot ? '' : (wire.rootServiceName ?? ''),
    rootName: wire.rootTraceName ?? '',
    startMs: Number((wire.startTimeUnixNano ?? '0').slice(0, -6)),
    durationMs: wire.durationMs ?? 0,
    spanCount: services.reduce((sum, s) => sum + s.spans, 0),
    errorCount: services.reduce((sum, s) => sum + s.errors, 0),
    matched: (wire.spanSets ?? []).reduce((sum, s) => sum + (s.matched ?? 0), 0),
    services,
  };
}
