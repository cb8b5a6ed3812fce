import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { MeshGraph } from '../../api/graph';
import { getJson } from '../../api/client';

interface WireTrace {
  hops: { source: string; target: string; edge: string; startMs: number; durationMs: number; error: boolean }[];
}

export interface Overlay {
  /** Hop numbers by element, in the order of time. */
  marks: Map<string, { step: string; error: boolean }>;
  steps: { edge: string; durationMs: number; error: boolean }[];
  /** The hop that is being shown, from 0. */
  now: number;
}

const stepMs = 900;

/** A trace laid over the graph and played hop by hop. */
export function useTraceOverlay(traceId: string, graph: MeshGraph | undefined, request: URLSearchParams, reducedMotion: boolean): Overlay | null {
  const [now, setNow] = useState(0);
  const params = new URLSearchParams(request);
  params.set('trace', traceId);
  const answer = useQuery({
    queryKey: ['graph-trace', params.toString()],
    queryFn: ({ signal }) => getJson<WireTrace>(`/api/v1/graph/trace?${params}`, signal),
    enabled: traceId !== '',
    retry: false,
  });
  const overlay = useMemo(() => {
    if (traceId === '' || !graph || !answer.data) {
      return null;
    }
    const shown = new Set(graph.edges.map((edge) => edge.id));
    const steps = answer.data.hops.filter((hop) => shown.has(hop.edge)).sort((a, b) => a.startMs - b.startMs);
    const marks = new Map<string, { step: string; error: boolean }>();
    steps.forEach((hop, index) => {
      const before = marks.get(hop.edge);
      marks.set(hop.edge, { step: before ? `${before.step},${index + 1}` : String(index + 1), error: hop.error || (before?.error ?? false) });
      for (const node of [hop.source, hop.target]) {
        marks.set(node, { step: '', error: (marks.get(node)?.error ?? false) || (hop.error && node === hop.target) });
      }
    });
    return { marks, steps: steps.map(({ edge, durationMs, error }) => ({ edge, durationMs, error })) };
  }, [traceId, graph, answer.data]);
  useEffect(() => {
    setNow(0);
    if (!overlay || overlay.steps.length < 2 || reducedMotion) {
      return;
    }
    const timer = setInterval(() => setNow((step) => (step + 1) % overlay.steps.length), stepMs);
    return () => clearInterval(timer);
  }, [overlay, reducedMotion]);
  return overlay && { ...overlay, now };
}
