import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Searched } from '../../api/client';
import { queryRange, type Window } from '../../api/metrics';
import { readHistogram, stepFor, type Histogram } from '../../model/strip';
import { metricsSource } from '../../model/traceql';
import type { TimeRange } from '../../model/time';
import { resolveWindow } from './window';

export interface StripData {
  histogram: Histogram;
  window: Window;
  searched: Searched;
}

const columns = 60;
const liveMs = 2000;

/** Rate, errors and durations of exactly the spans that a search finds: one question for all three. */
export function useStrip(query: string, range: TimeRange, live: boolean, enabled = true): { data: StripData | undefined; stale: boolean; failed: boolean } {
  const result = useQuery({
    queryKey: ['explore', 'strip', query, range.from, range.to],
    queryFn: async ({ signal }): Promise<StripData> => {
      const window = await resolveWindow(range, signal);
      const step = stepFor(window.endMs - window.startMs, columns);
      const answer = await queryRange(`${metricsSource(query)} | histogram_over_time(duration) by(status)`, window, step, signal);
      return { histogram: readHistogram(answer.series, step), window, searched: answer.searched };
    },
    enabled,
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    refetchInterval: live ? liveMs : false,
  });
  return { data: result.data, stale: result.isPlaceholderData, failed: result.error !== null };
}
