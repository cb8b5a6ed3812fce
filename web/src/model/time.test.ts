import { describe, expect, it } from 'vitest';
import { allTime, parseRange, rangeText, resolveRange, shiftRange, zoomOut, type TimeRange } from './time';

const now = Date.UTC(2026, 7, 1, 12, 0, 0);

function read(text: string): TimeRange | string {
  const result = parseRange(text, now, 'utc');
  return result.ok ? result.range : result.reason;
}

describe('parseRange', () => {
  it.each([
    ['15m', { from: 'now-15m', to: 'now' }],
    ['last 15m', { from: 'now-15m', to: 'now' }],
    ['Last 1h30m', { from: 'now-1h30m', to: 'now' }],
    ['최근 2h', { from: 'now-2h', to: 'now' }],
    ['now-1h', { from: 'now-1h', to: 'now' }],
    ['now - 1h', { from: 'now-1h', to: 'now' }],
    ['now-2h to now-1h', { from: 'now-2h', to: 'now-1h' }],
    ['2026-08-01 10:00', { from: '2026-08-01T10:00:00Z', to: 'now' }],
    ['2026-08-01 10:00 to 11:30', { from: '2026-08-01T10:00:00Z', to: '2026-08-01T11:30:00Z' }],
    ['2026-08-01T10:00:00+09:00 to 2026-08-01T10:00:00Z', { from: '2026-08-01T01:00:00Z', to: '2026-08-01T10:00:00Z' }],
    ['2026-07-30 ~ 2026-07-31', { from: '2026-07-30T00:00:00Z', to: '2026-07-31T00:00:00Z' }],
    ['1785578400', { from: '2026-08-01T10:00:00Z', to: 'now' }],
    ['1785578400000', { from: '2026-08-01T10:00:00Z', to: 'now' }],
    ['1785578400000000000', { from: '2026-08-01T10:00:00Z', to: 'now' }],
    ['all', allTime],
    ['yesterday', 'unreadable'],
    ['', 'unreadable'],
    ['2026-13-01', 'unreadable'],
    ['now to now-1h', 'reversed'],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('reads back what it writes', () => {
    for (const text of ['now-15m', '2026-08-01 10:00 to 2026-08-01 11:30', '2026-08-01 10:00 to now', 'all']) {
      const range = read(text) as TimeRange;
      expect(rangeText(range, 'utc')).toBe(text);
    }
  });
});

describe('moving a range', () => {
  it('keeps a relative range relative when zooming out', () => {
    expect(zoomOut({ from: 'now-1h', to: 'now' }, now)).toEqual({ from: 'now-2h', to: 'now' });
  });

  it('shifts by half and stops at now', () => {
    expect(shiftRange({ from: 'now-1h', to: 'now' }, -1, now)).toEqual({ from: '2026-08-01T10:30:00Z', to: '2026-08-01T11:30:00Z' });
    expect(shiftRange({ from: 'now-1h', to: 'now' }, 1, now)).toEqual({ from: '2026-08-01T11:00:00Z', to: '2026-08-01T12:00:00Z' });
  });

  it('resolves an unusable range to the last hour', () => {
    expect(resolveRange({ from: 'x', to: 'y' }, now)).toEqual({ startMs: now - 3_600_000, endMs: now });
    expect(resolveRange(allTime, now)).toBeNull();
  });
});
