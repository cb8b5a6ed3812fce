import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/client';
import { searchTraces, type SearchAnswer } from '../../api/search';
import { emptyQuery } from '../../model/query';
import { stagesOf } from '../../model/traceql';
import { resolveRange } from '../../model/time';
import type { SearchView } from '../../model/urlState';

export interface Searched {
  answer: SearchAnswer;
  /** What the relative range meant when the question was asked; null for everything. */
  range: { startMs: number; endMs: number } | null;
}

/** State of one search. `ready` and `empty` may be `stale`: shown while the answer to a newer question is under way, so nothing jumps. */
export type SearchState =
  | { kind: 'loading' }
  | { kind: 'failed'; error: ApiError; query: string }
  | { kind: 'empty'; searched: Searched; stale: boolean }
  /** `partial`: the server is still searching; what it found by now is the beginning of its answer. */
  | { kind: 'ready'; searched: Searched; stale: boolean; partial: boolean };

const liveMs = 1000;
const spansShown = { traces: 3, spans: 20 } as const;

/** Fields that every span of the list is shown with, beside those that somebody chose. */
export const spanFields: readonly string[] = ['resource.service.name', 'status'];

/** The text that is asked: the query as written, with its order and the columns behind it. */
export function askedQuery(view: SearchView): string {
  const query = view.query.trim() === '' ? emptyQuery : view.query.trim();
  const stages = stagesOf(query) ?? [];
  const sortsItself = stages.some((stage) => /^sort\s*\(/.test(stage.text));
  const descending = !view.sort.startsWith('-');
  const key = descending ? view.sort : view.sort.slice(1);
  const fields = view.tab === 'spans' ? [...spanFields, ...view.columns] : view.columns;
  const hint = /\s+with\s*\([^()]*\)\s*$/.exec(query)?.[0] ?? '';
  let text = hint === '' ? query : query.slice(0, -hint.length);
  // Newest first is what the server does by itself.
  if (!sortsItself && view.sort !== 'start') {
    text += ` | sort(${key} ${descending ? 'desc' : 'asc'})`;
  }
  if (fields.length > 0) {
    text += ` | select(${[...new Set(fields)].join(', ')})`;
  }
  return text + hint;
}

/** Runs the search of a view; while it is live, again every second. */
export function useSearch(view: SearchView, enabled: boolean, paused: boolean): { state: SearchState; refresh(): void } {
  const { query, range, limit } = view;
  const queryKey = ['explore', 'search', query, range.from, range.to, limit, view.sort, view.tab === 'spans', view.columns.join(',')];
  const question = JSON.stringify(queryKey);
  const [part, setPart] = useState<{ question: string; searched: Searched } | null>(null);
  const result = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Searched> => {
      const resolved = resolveRange(range, Date.now());
      const request = { query: askedQuery(view), range: resolved, limit, spansPerTrace: view.tab === 'spans' ? spansShown.spans : spansShown.traces };
      return { answer: await searchTraces(request, signal, (answer) => setPart({ question, searched: { answer, range: resolved } })), range: resolved };
    },
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
  // The first traces of a new question are better than the last answer to the one before.
  if ((result.data === undefined || result.isPlaceholderData) && part?.question === question && part.searched.answer.traces.length > 0) {
    return { state: { kind: 'ready', searched: part.searched, stale: false, partial: true }, refresh };
  }
  if (result.data === undefined) {
    return { state: { kind: 'loading' }, refresh };
  }
  const stale = result.isPlaceholderData || (result.isFetching && !view.live);
  return { state: result.data.answer.traces.length === 0 ? { kind: 'empty', searched: result.data, stale } : { kind: 'ready', searched: result.data, stale, partial: false }, refresh };
}
