import { getJson } from './client';
import type { ServiceDependencies, ServiceEdge } from './generated';

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
export async function neighbours(service: string, window: { startMs: number; endMs: number }, signal?: AbortSignal): Promise<{ callers: Neighbour[]; callees: Neighbour[] }> {
  const params = new URLSearchParams({ start: new Date(window.startMs).toISOString(), end: new Date(window.endMs).toISOString() });
  const answer = await getJson<ServiceDependencies>(`/api/v1/services/${encodeURIComponent(service)}/dependencies?${params}`, signal);
  const read = (edges: readonly ServiceEdge[]): Neighbour[] =>
    edges.map(({ name, kind, calls, errors, p95Nanos, query }) => ({ name, kind: kind === 'service' ? kind : 'external', calls, errors, p95Ns: p95Nanos, query }));
  return { callers: read(answer.callers), callees: [...read(answer.callees), ...read(answer.externals)] };
}
