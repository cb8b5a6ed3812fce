import type { Series } from '../api/metrics';

/** Counts of spans by time and duration. Column c covers (ends[c] − stepMs, ends[c]]; row r covers (bounds[r] / 2, bounds[r]] nanoseconds. */
export interface Histogram {
  ends: number[];
  stepMs: number;
  bounds: number[];
  /** counts[c * bounds.length + r] */
  counts: Float64Array;
  spans: Float64Array;
  errors: Float64Array;
  totalSpans: number;
  totalErrors: number;
  largest: number;
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The smallest round step, in seconds, that gives at most so many columns. */
export function stepFor(lengthMs: number, columns: number): number {
  const wanted = lengthMs / 1000 / columns;
  return steps.find((s) => s >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/** Reads the answer to `histogram_over_time(duration) by(status)`. */
export function readHistogram(series: Series[], stepSeconds: number): Histogram {
  const ends = [...new Set(series.flatMap((s) => s.times))].sort((a, b) => a - b);
  const place = new Map(ends.map((time, index) => [time, index]));
  const exponents = series.map((s) => Math.round(Math.log2(Number(s.labels.__bucket) * 1e9))).filter(Number.isFinite);
  const least = exponents.length === 0 ? 20 : Math.min(...exponents);
  const most = exponents.length === 0 ? 30 : Math.max(...exponents);
  const bounds = Array.from({ length: most - least + 1 }, (_, i) => 2 ** (least + i));
  const counts = new Float64Array(ends.length * bounds.length);
  const spans = new Float64Array(ends.length);
  const errors = new Float64Array(ends.length);
  for (const s of series) {
    const row = Math.round(Math.log2(Number(s.labels.__bucket) * 1e9)) - least;
    if (!(row >= 0 && row < bounds.length)) {
      continue;
    }
    s.times.forEach((time, i) => {
      const column = place.get(time) as number;
      counts[column * bounds.length + row] += s.values[i];
      spans[column] += s.values[i];
      errors[column] += s.labels.status === 'error' ? s.values[i] : 0;
    });
  }
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return { ends, stepMs: stepSeconds * 1000, bounds, counts, spans, errors, totalSpans: sum(spans), totalErrors: sum(errors), largest: counts.reduce((a, b) => Math.max(a, b), 0) };
}

// A valley this deep between the slow end and the rest divides them.
const valleyDepth = 0.35;
const slowShareMost = 0.12;
const slowSpansLeast = 3;

/**
 * A lower bound of duration for "slow": the valley between a group of slow spans and the rest where there is one, else the bound above
 * which at most `share` of the spans lie (but always some). Null when there are no spans.
 */
export function slowBound(histogram: Histogram, share: number): number | null {
  const { bounds, counts, totalSpans, ends } = histogram;
  if (totalSpans === 0) {
    return null;
  }
  const ofRow = bounds.map((_, row) => ends.reduce((sum, __, column) => sum + counts[column * bounds.length + row], 0));
  let above = 0;
  let peak = 0;
  for (let row = bounds.length - 1; row > 0 && above / totalSpans <= slowShareMost; row--) {
    const isValley = above >= slowSpansLeast && ofRow[row] < peak * valleyDepth && ofRow.slice(0, row).some((count) => count > peak);
    if (isValley) {
      return bounds[row];
    }
    above += ofRow[row];
    peak = Math.max(peak, ofRow[row]);
  }
  above = 0;
  for (let row = bounds.length - 1; row >= 0; row--) {
    if (above > 0 && (above + ofRow[row]) / totalSpans > share) {
      return bounds[row];
    }
    above += ofRow[row];
  }
  return bounds[0] / 2;
}

/** Nanoseconds as a TraceQL duration that people can read: three digits, which moves a bound by a hundredth at most. */
export function durationLiteral(ns: number): string {
  const digits = Math.max(0, Math.floor(Math.log10(Math.max(1, ns))) - 2);
  const rounded = Math.round(ns / 10 ** digits) * 10 ** digits;
  for (const [unit, per] of [
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const) {
    if (rounded >= per) {
      return `${Number((rounded / per).toPrecision(3))}${unit}`;
    }
  }
  return `${rounded}ns`;
}

/** The condition on durations for rows [low, high] of a histogram; a side that is the histogram's own edge is left open. */
export function durationCondition(histogram: Histogram, low: number, high: number): string {
  const { bounds } = histogram;
  const parts: string[] = [];
  if (low > 0) {
    parts.push(`duration > ${durationLiteral(bounds[low] / 2)}`);
  }
  if (high < bounds.length - 1) {
    parts.push(`duration <= ${durationLiteral(bounds[high])}`);
  }
  return parts.length === 0 ? 'true' : parts.join(' && ');
}

