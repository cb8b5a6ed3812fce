import { ask, searchedOf, type Searched } from './client';
import type { WireValue } from './otlp';

export type LabelValue = string | number | boolean;

export interface Series {
  labels: Record<string, LabelValue>;
  times: number[];
  values: number[];
  exemplars: Exemplar[];
}

export interface Exemplar {
  traceId: string;
  timeMs: number;
  value: number;
}

export interface MetricsAnswer {
  series: Series[];
  searched: Searched;
}

interface WireLabel {
  key: string;
  value?: WireValue;
}

interface WireSeries {
  labels?: WireLabel[];
  samples?: { timestampMs?: string; value?: number | string }[];
  value?: number | string;
  exemplars?: { labels?: WireLabel[]; value?: number | string; timestampMs?: string }[];
}

export interface Window {
  startMs: number;
  endMs: number;
}

function labelValue(value: WireValue | undefined): LabelValue {
  if (value?.intValue !== undefined) {
    return Number(value.intValue);
  }
  if (value?.doubleValue !== undefined) {
    return Number(value.doubleValue);
  }
  return value?.boolValue ?? value?.stringValue ?? '';
}

function labelsOf(labels: WireLabel[] | undefined): Record<string, LabelValue> {
  const read: Record<string, LabelValue> = {};
  for (const { key, value } of labels ?? []) {
    read[key] = labelValue(value);
  }
  return read;
}

/** Series over time. Samples are labelled with the end of their interval; the spans of (label − step, label] are in it. */
export async function queryRange(query: string, window: Window, stepSeconds: number, signal?: AbortSignal, exemplars = 0): Promise<MetricsAnswer> {
  const params = new URLSearchParams({ q: query, start: String(Math.floor(window.startMs / 1000)), end: String(Math.ceil(window.endMs / 1000)), step: `${stepSeconds}s` });
  if (exemplars > 0) {
    params.set('exemplars', String(exemplars));
  }
  const response = await ask(`/api/metrics/query_range?${params}`, signal);
  const wire = (await response.json()) as { series?: WireSeries[] };
  return { series: (wire.series ?? []).map(readSeries), searched: searchedOf(response) };
}

/** One value a series over the whole window. Bounds are nanoseconds, so that a window of milliseconds is exactly that. */
export async function queryInstant(query: string, window: Window, signal?: AbortSignal): Promise<MetricsAnswer> {
  const params = new URLSearchParams({ q: query, start: `${Math.floor(window.startMs)}000000`, end: `${Math.ceil(window.endMs)}000000` });
  const response = await ask(`/api/metrics/query?${params}`, signal);
  const wire = (await response.json()) as { series?: WireSeries[] };
  return { series: (wire.series ?? []).map(readSeries), searched: searchedOf(response) };
}

function readSeries(wire: WireSeries): Series {
  const samples = wire.samples ?? [];
  return {
    labels: labelsOf(wire.labels),
    times: samples.map((s) => Number(s.timestampMs ?? 0)),
    values: wire.samples === undefined ? [Number(wire.value ?? 0)] : samples.map((s) => Number(s.value ?? 0)),
    exemplars: (wire.exemplars ?? []).flatMap((e) => {
      const id = labelsOf(e.labels)['trace:id'];
      return typeof id === 'string' && id !== '' ? [{ traceId: id.padStart(32, '0'), timeMs: Number(e.timestampMs ?? 0), value: Number(e.value ?? 0) }] : [];
    }),
  };
}
