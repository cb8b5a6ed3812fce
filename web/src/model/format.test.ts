import { describe, expect, it } from 'vitest';
import { formatAgo, formatDuration, formatLength, formatMoment, formatRate, formatTick, niceTicks } from './format';

describe('formatDuration', () => {
  it.each([
    [0, '0 ns'],
    [850, '850 ns'],
    [12_300, '12.3 µs'],
    [999_499, '999 µs'],
    [999_500, '1.00 ms'],
    [4_560_000, '4.56 ms'],
    [999_600_000, '1.00 s'],
    [1_200_000_000, '1.20 s'],
    [59_999_000_000, '1 m 00 s'],
    [125_000_000_000, '2 m 05 s'],
    [3_780_000_000_000, '1 h 03 m'],
    [-1_500_000, '−1.50 ms'],
    [Number.NaN, '–'],
  ])('%d ns is %s', (ns, text) => {
    expect(formatDuration(ns)).toBe(text);
  });
});

describe('ticks', () => {
  it('are round, inside the window, and in one unit', () => {
    const { step, values } = niceTicks(0, 1_230_000_000, 6);
    expect(step).toBe(500_000_000);
    expect(values.map((v) => formatTick(v, step, 1_230_000_000))).toEqual(['0 s', '0.5 s', '1.0 s']);
  });

  it('keep decimals that tell neighbours apart', () => {
    const { step, values } = niceTicks(1_000_000_000, 4_000_000_000, 8);
    expect(values.slice(0, 3).map((v) => formatTick(v, step, 4_000_000_000))).toEqual(['1.0 s', '1.5 s', '2.0 s']);
  });

  it('survive an empty window', () => {
    expect(niceTicks(5, 5, 4).values).toEqual([5]);
  });
});

describe('moments', () => {
  it('leave out a zero second', () => {
    expect(formatMoment(Date.UTC(2026, 7, 1, 10, 0, 0), 'utc')).toBe('2026-08-01 10:00');
    expect(formatMoment(Date.UTC(2026, 7, 1, 10, 0, 9), 'utc')).toBe('2026-08-01 10:00:09');
  });

  it('say how long ago in the language', () => {
    expect(formatAgo(0, 190_000, 'en')).toBe('3 min. ago');
    expect(formatAgo(0, 190_000, 'ko')).toBe('3분 전');
  });
});

describe('lengths of time', () => {
  it('are said in days where they are whole days, in the language of the page', () => {
    expect([formatLength('168h', 'en'), formatLength('168h', 'ko'), formatLength('36h', 'en'), formatLength('1h', 'en'), formatLength('90m', 'en')]).toEqual(['7 days', '7일', '36 hours', '1 hour', '90m']);
  });
});

describe('rates', () => {
  it.each([
    [0, '0/s'],
    [1250, '1,250/s'],
    [0.42, '0.42/s'],
    [0.1, '0.1/s'],
    [0.0383, '2.3/min'],
    [1 / 600, '0.1/min'],
    [1 / 3600, '1/h'],
  ])('%d a second is %s', (perSecond, text) => {
    expect(formatRate(perSecond, 'en')).toBe(text);
  });
});
