import { queryInstant, queryRange, type Exemplar, type Series, type Window } from '../../api/metrics';
import type { Searched } from '../../api/client';
import { quote } from '../../model/query';
import { stepFor } from '../../model/strip';

/** Spans that are a request to a service: what it served, what it consumed, and what began with it. */
const requests = 'kind = server || kind = consumer || nestedSetParent < 0';

const sparkColumns = 36;
const chartColumns = 90;
const exemplarsWanted = 60;

export interface Red {
  name: string;
  /** Requests in the window. */
  count: number;
  errors: number;
  /** Seconds. */
  p50: number;
  p95: number;
  p99: number;
  rateOverTime: number[];
  errorsOverTime: number[];
  p95OverTime: number[];
}

function redOf(rows: Map<string, Red>, name: string): Red {
  let row = rows.get(name);
  if (row === undefined) {
    row = { name, count: 0, errors: 0, p50: 0, p95: 0, p99: 0, rateOverTime: [], errorsOverTime: [], p95OverTime: [] };
    rows.set(name, row);
  }
  return row;
}

function addCounts(rows: Map<string, Red>, series: Series[], by: string): void {
  for (const s of series) {
    const row = redOf(rows, String(s.labels[by] ?? ''));
    row.count += s.values[0] ?? 0;
    row.errors += s.labels.status === 'error' ? (s.values[0] ?? 0) : 0;
  }
}

function addQuantiles(rows: Map<string, Red>, series: Series[], by: string): void {
  for (const s of series) {
    const row = redOf(rows, String(s.labels[by] ?? ''));
    const value = s.values[0] ?? 0;
    if (s.labels.p === 0.5) {
      row.p50 = value;
    } else if (s.labels.p === 0.95) {
      row.p95 = value;
    } else {
      row.p99 = value;
    }
  }
}

/** Rate, errors and durations of what `source` finds, by one field. */
async function redBy(source: string, by: string, window: Window, signal: AbortSignal): Promise<{ rows: Red[]; searched: Searched }> {
  const step = stepFor(window.endMs - window.startMs, sparkColumns);
  const [counts, quantiles, rates, tails] = await Promise.all([
    queryInstant(`${source} | count_over_time() by(${by}, status)`, window, signal),
    queryInstant(`${source} | quantile_over_time(duration, 0.5, 0.95, 0.99) by(${by})`, window, signal),
    queryRange(`${source} | count_over_time() by(${by}, status)`, window, step, signal),
    queryRange(`${source} | quantile_over_time(duration, 0.95) by(${by})`, window, step, signal),
  ]);
  const rows = new Map<string, Red>();
  addCounts(rows, counts.series, by);
  addQuantiles(rows, quantiles.series, by);
  const add = (into: number[], values: number[]) => values.map((value, i) => value + (into[i] ?? 0));
  for (const s of rates.series) {
    const row = redOf(rows, String(s.labels[by] ?? ''));
    row.rateOverTime = add(row.rateOverTime, s.values);
    if (s.labels.status === 'error') {
      row.errorsOverTime = add(row.errorsOverTime, s.values);
    }
  }
  for (const s of tails.series) {
    redOf(rows, String(s.labels[by] ?? '')).p95OverTime = s.values;
  }
  return { rows: [...rows.values()].filter((row) => row.name !== '' && row.name !== 'nil' && row.count > 0), searched: counts.searched };
}

export function services(window: Window, signal: AbortSignal): Promise<{ rows: Red[]; searched: Searched }> {
  return redBy(`{ ${requests} }`, 'resource.service.name', window, signal);
}

export function requestsOf(service: string): string {
  return `{ resource.service.name = ${quote(service)} && (${requests}) }`;
}

export function operations(service: string, window: Window, signal: AbortSignal): Promise<{ rows: Red[]; searched: Searched }> {
  return redBy(requestsOf(service), 'name', window, signal);
}

export interface ServiceCharts {
  ok: Series | null;
  failed: Series | null;
  quantiles: { p: number; series: Series }[];
  exemplars: Exemplar[];
  stepSeconds: number;
}

export async function serviceCharts(service: string, window: Window, signal: AbortSignal): Promise<ServiceCharts> {
  const step = stepFor(window.endMs - window.startMs, chartColumns);
  const source = requestsOf(service);
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
