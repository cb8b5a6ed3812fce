import { describe, expect, it } from 'vitest';
import type { Series } from '../api/metrics';
import { durationCondition, durationLiteral, readHistogram, slowBound, stepFor } from './strip';

/** A series of `histogram_over_time(duration) by(status)`: counts of one bucket that ends at 2^exponent ns. */
function series(exponent: number, values: number[], status = 'unset'): Series {
  return { labels: { __bucket: 2 ** exponent / 1e9, status }, times: values.map((_, i) => (i + 1) * 60_000), values, exemplars: [] };
}

describe('histogram', () => {
  it('adds up by time, bucket and status', () => {
    const h = readHistogram([series(20, [1, 2]), series(22, [0, 3]), series(22, [1, 0], 'error')], 60);
    expect(h.bounds).toEqual([2 ** 20, 2 ** 21, 2 ** 22]);
    expect([...h.spans]).toEqual([2, 5]);
    expect([...h.errors]).toEqual([1, 0]);
    expect([...h.counts]).toEqual([1, 0, 1, 2, 0, 3]);
    expect([h.totalSpans, h.totalErrors, h.largest]).toEqual([7, 1, 3]);
  });

  it('is empty without series', () => {
    expect(readHistogram([], 60).totalSpans).toBe(0);
    expect(slowBound(readHistogram([], 60), 0.05)).toBe(null);
  });
});

describe('slow', () => {
  it('begins at the valley below a group of slow spans', () => {
    const h = readHistogram([series(22, [500]), series(25, [400]), series(27, [8]), series(28, [3]), series(30, [9]), series(31, [20])], 60);
    expect(slowBound(h, 0.05)).toBe(2 ** 29);
  });

  it('is the slowest share where durations fall off evenly', () => {
    const h = readHistogram([series(20, [800]), series(21, [150]), series(22, [40]), series(23, [9])], 60);
    expect(slowBound(h, 0.05)).toBe(2 ** 21);
  });

  it('is everything when all spans are alike', () => {
    expect(slowBound(readHistogram([series(20, [10])], 60), 0.05)).toBe(2 ** 19);
  });
});

describe('texts', () => {
  it('writes durations with three digits', () => {
    expect([2 ** 28, 2 ** 20, 2 ** 31, 900, 5e9].map(durationLiteral)).toEqual(['268ms', '1.05ms', '2.15s', '900ns', '5s']);
  });

  it('leaves a side open that is the edge of the chart', () => {
    const h = readHistogram([series(20, [1]), series(23, [1])], 60);
    expect([durationCondition(h, 0, 3), durationCondition(h, 1, 3), durationCondition(h, 0, 2), durationCondition(h, 1, 2)]).toEqual(['true', 'duration > 1.05ms', 'duration <= 4.19ms', 'duration > 1.05ms && duration <= 4.19ms']);
  });

  it('chooses round steps', () => {
    expect([stepFor(3_600_000, 60), stepFor(3_700_000, 60), stepFor(30_000, 60), stepFor(90 * 86_400_000, 60)]).toEqual([60, 120, 1, 172_800]);
  });
});
