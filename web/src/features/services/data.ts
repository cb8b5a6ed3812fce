import { queryRange, type Exemplar, type Series, type Window } from '../../api/metrics';
import { quote } from '../../model/query';
import { stepFor } from '../../model/strip';

const chartColumns = 90;
const exemplarsWanted = 60;

/** The query of a service's requests, what it served and what it consumed; of all its spans where it has none, such as one that only sends. */
export function spansOf(service: string, countsRequests: boolean): string {
  const own = `resource.service.name = ${quote(service)}`;
  return countsRequests ? `{ ${own} && (kind = server || kind = consumer) }` : `{ ${own} }`;
}

export interface ServiceCharts {
  ok: Series | null;
  failed: Series | null;
  quantiles: { p: number; series: Series }[];
  exemplars: Exemplar[];
  stepSeconds: number;
}

/** Rates and durations over time of what `source` finds, with traces of the slowest. */
export async function serviceCharts(source: string, window: Window, signal: AbortSignal): Promise<ServiceCharts> {
  const step = stepFor(window.endMs - window.startMs, chartColumns);
  const [rates, quantiles, slow] = await Promise.all([
    queryRange(`${source} | rate() by(status)`, window, step, signal),
    queryRange(`${source} | quantile_over_time(duration, 0.5, 0.95, 0.99)`, window, step, signal),
    queryRange(`${source} | max_over_time(duration)`, window, step, signal, exemplarsWanted),
  ]);
  const sum = (list: Series[]): Series | null =>
    list.length === 0 ? null : { ...list[0], values: list[0].values.map((_, i) => list.reduce((total, s) => total + (s.values[i] ?? 0), 0)) };
  return {
    ok: sum(rates.series.filter((s) => s.labels.status !== 'error')),
    failed: sum(rates.series.filter((s) => s.labels.status === 'error')),
    quantiles: quantiles.series.map((series) => ({ p: Number(series.labels.p), series })).sort((a, b) => b.p - a.p),
    exemplars: slow.series.flatMap((s) => s.exemplars),
    stepSeconds: step,
  };
}
