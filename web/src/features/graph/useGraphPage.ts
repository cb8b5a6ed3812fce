import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { navigate, usePlace } from '../../app/location';
import { getGraph } from '../../api/graph';
import { graphRequest, readGraphView, writeGraphView, type GraphView } from '../../model/graph/graphView';

const patienceMs = 300;

/** The view in the URL, and the graph that the server has for it. */
export function useGraphPage() {
  const { path, params } = usePlace();
  const view = useMemo(() => readGraphView(params), [params]);
  const update = (change: Partial<GraphView>, how: 'push' | 'replace' = 'push') => navigate(path, writeGraphView({ ...readGraphView(params), ...change }, params), how);
  const request = useMemo(() => graphRequest(view, 0), [view]);
  const answer = useQuery({
    queryKey: ['graph', request.toString()],
    queryFn: ({ signal }) => getGraph(request, signal),
    refetchInterval: view.refresh > 0 && view.at === 0 ? view.refresh * 1000 : false,
    placeholderData: (before) => before,
    retry: false,
  });
  // Rates come fast, response times of a large mesh do not: when the whole takes longer than a moment, the graph is drawn without them first.
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    setIsSlow(false);
    const timer = setTimeout(() => setIsSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, [request]);
  const light = useMemo(() => new URLSearchParams([...request, ['latency', 'false'], ['security', 'false'], ['throughput', 'false']]), [request]);
  const first = useQuery({
    queryKey: ['graph', light.toString()],
    queryFn: ({ signal }) => getGraph(light, signal),
    enabled: isSlow && answer.data === undefined && !answer.isError,
    retry: false,
  });
  return { view, update, request, answer, graph: answer.data ?? (answer.isError ? undefined : first.data) };
}

export function useReducedMotion(): boolean {
  const [reduced, setReduced] = useState(() => window.matchMedia('(prefers-reduced-motion: reduce)').matches);
  useEffect(() => {
    const query = window.matchMedia('(prefers-reduced-motion: reduce)');
    const onChange = () => setReduced(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return reduced;
}

export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
