import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/client';
import { searchTraces, type SearchAnswer } from '../../api/search';
import { emptyQuery } from '../../model/query';
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
  | { kind: 'ready'; searched: Searched; stale: boolean };

/** Runs the search of a view. Sorting happens in the page, so it does not ask again. */
export function useSearch(view: SearchView): { state: SearchState; refresh(): void } {
  const { query, range, limit } = view;
  const result = useQuery({
    queryKey: ['search', query, range.from, range.to, limit],
    queryFn: async ({ signal }): Promise<Searched> => {
      const resolved = resolveRange(range, Date.now());
      const answer = await searchTraces({ query: query.trim() === '' ? emptyQuery : query, range: resolved, limit }, signal);
      return { answer, range: resolved };
    },
    // Coming back from a trace shows the same list at the same place; a relative range moves on when asked to.
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
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
  return { state: { kind, searched: result.data, stale: result.isFetching }, refresh };
}
