import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/client';
import { searchTraces, type SearchAnswer, type SearchRequest } from '../../api/search';
import { emptyQuery } from '../../model/query';
import { stagesOf } from '../../model/traceql';
import { resolveRange } from '../../model/time';
import type { SearchView } from '../../model/urlState';

export interface Searched {
  answer: SearchAnswer;
  /** What the relative range meant when the question was asked; null for everything. */
  range: { startMs: number; endMs: number } | null;
  /** The server sorted all matches; otherwise only those in the answer are in order. */
  sorted: boolean;
}

/** State of one search. `ready` and `empty` may be `stale`: shown while the answer to a newer question is under way, so nothing jumps. */
export type SearchState =
  | { kind: 'loading' }
  | { kind: 'failed'; error: ApiError; query: string }
  | { kind: 'empty'; searched: Searched; stale: boolean }
  | { kind: 'ready'; searched: Searched; stale: boolean };

const liveMs = 1000;
const spansShown = { traces: 3, spans: 20 } as const;

/** Fields that every span of the list is shown with, beside those that somebody chose. */
export const spanFields: readonly string[] = ['resource.service.name', 'status'];

/** The text that is asked: the query as written, with its order and the columns behind it. */
export function askedQuery(view: SearchView): { text: string; sorts: boolean } {
  const query = view.query.trim() === '' ? emptyQuery : view.query.trim();
  const stages = stagesOf(query) ?? [];
  const sortsItself = stages.some((stage) => /^sort\s*\(/.test(stage.text));
  const descending = !view.sort.startsWith('-');
  const key = descending ? view.sort : view.sort.slice(1);
  const sorts = !sortsItself && view.sort !== 'start';
  const fields = view.tab === 'spans' ? [...spanFields, ...view.columns] : view.columns;
  const hint = /\s+with\s*\([^()]*\)\s*$/.exec(query)?.[0] ?? '';
  let text = hint === '' ? query : query.slice(0, -hint.length);
  if (sorts) {
    text += ` | sort(${key} ${descending ? 'desc' : 'asc'})`;
  }
  if (fields.length > 0) {
    text += ` | select(${[...new Set(fields)].join(', ')})`;
  }
  return { text: text + hint, sorts: sorts || sortsItself };
}

async function search(view: SearchView, signal: AbortSignal): Promise<Searched> {
  const range = resolveRange(view.range, Date.now());
  const spansPerTrace = view.tab === 'spans' ? spansShown.spans : spansShown.traces;
  const ask = (query: string): SearchRequest => ({ query, range, limit: view.limit, spansPerTrace });
  const asked = askedQuery(view);
  try {
    return { answer: await searchTraces(ask(asked.text), signal), range, sorted: asked.sorts };
  } catch (error) {
    if (!(asked.sorts && error instanceof ApiError && error.status === 400 && /\bsort\b/.test(error.message))) {
      throw error;
    }
    const answer = await searchTraces(ask(askedQuery({ ...view, sort: 'start' }).text), signal);
    const key = view.sort === 'duration' ? 'durationMs' : view.sort === 'spans' ? 'spanCount' : 'errorCount';
    return { answer: { ...answer, traces: [...answer.traces].sort((a, b) => b[key] - a[key]) }, range, sorted: false };
  }
}

/** Runs the search of a view; while it is live, again every second. */
export function useSearch(view: SearchView, enabled: boolean, paused: boolean): { state: SearchState; refresh(): void } {
  const { query, range, limit } = view;
  const result = useQuery({
    queryKey: ['explore', 'search', query, range.from, range.to, limit, view.sort, view.tab === 'spans', view.columns.join(',')],
    queryFn: ({ signal }) => search(view, signal),
    enabled,
    // Coming back from a trace shows the same list at the same place; a relative range moves on when asked to.
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    refetchInterval: view.live && !paused ? liveMs : false,
  });
  const refresh = () => void result.refetch();
  if (result.error !== null && !result.isFetching) {
    const error = result.error instanceof ApiError ? result.error : new ApiError(0, result.error.message);
    return { state: { kind: 'failed', error, query }, refresh };
  }
  if (result.data === undefined) {
    return { state: { kind: 'loading' }, refresh };
  }
  const kind = result.data.answer.traces.length === 0 ? 'empty' : 'ready';
  return { state: { kind, searched: result.data, stale: result.isPlaceholderData || (result.isFetching && !view.live) }, refresh };
}
