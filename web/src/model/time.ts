import { formatMoment, type Zone } from './format';

/**
 * A time range as it stands in the URL. Each end is `now`, `now-1h`, or an ISO instant in UTC; both empty means everything that is kept.
 * A relative end stays relative: whoever opens the link sees their own last hour.
 */
export interface TimeRange {
  from: string;
  to: string;
}

export const allTime: TimeRange = { from: '', to: '' };
export const defaultRange: TimeRange = { from: 'now-1h', to: 'now' };

/** The quick ranges of the picker, newest end now. */
export const quickRanges: readonly string[] = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d'];

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Length of `1h30m`, `90s`, `2d` in milliseconds; null when it is not a duration. */
export function parseSpanOfTime(text: string): number | null {
  const compact = text.replaceAll(' ', '');
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(compact)) {
    return null;
  }
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * unitMs[unit];
  }
  return total;
}

/** An instant in milliseconds since 1970 for one end of a range, or null. */
export function resolvePoint(point: string, nowMs: number): number | null {
  const relative = /^now(?:\s*([+-])\s*(.+))?$/.exec(point);
  if (relative) {
    if (relative[2] === undefined) {
      return nowMs;
    }
    const length = parseSpanOfTime(relative[2]);
    return length === null ? null : nowMs + (relative[1] === '-' ? -length : length);
  }
  const instant = Date.parse(point);
  return Number.isNaN(instant) ? null : instant;
}

/** Both ends in milliseconds; null ends mean no limit. An unusable range resolves to the default one. */
export function resolveRange(range: TimeRange, nowMs: number): { startMs: number; endMs: number } | null {
  if (range.from === '' && range.to === '') {
    return null;
  }
  const startMs = resolvePoint(range.from, nowMs);
  const endMs = resolvePoint(range.to, nowMs);
  if (startMs === null || endMs === null || startMs >= endMs) {
    return { startMs: nowMs - unitMs.h, endMs: nowMs };
  }
  return { startMs, endMs };
}

export type RangeParse = { ok: true; range: TimeRange } | { ok: false; reason: 'unreadable' | 'reversed' };

/**
 * Reads what a person types into the time box: `15m`, `last 15m`, `now-1h`, `now-2h to now-1h`, `2026-08-01 10:00`,
 * `2026-08-01 10:00 to 11:30`, epoch seconds, milliseconds, microseconds or nanoseconds, `all`. A single point runs until now.
 */
export function parseRange(text: string, nowMs: number, zone: Zone): RangeParse {
  const trimmed = text.trim().toLowerCase().replace(/\bnow\s*([+-])\s*/g, 'now$1');
  if (trimmed === 'all' || trimmed === 'all time' || trimmed === '전체') {
    return { ok: true, range: allTime };
  }
  const lastLength = trimmed.replace(/^(?:the\s+)?last\s+/, '').replace(/^최근\s*/, '');
  const length = parseSpanOfTime(lastLength);
  if (length !== null && length > 0) {
    return { ok: true, range: { from: `now-${lastLength.replaceAll(' ', '')}`, to: 'now' } };
  }
  const parts = trimmed.split(/\s+(?:to|until|–|—|~|-)\s+|\s*(?:–|—|~|\.\.)\s*/);
  if (parts.length > 2 || parts[0] === '') {
    return { ok: false, reason: 'unreadable' };
  }
  const from = parsePoint(parts[0], zone);
  if (from === null) {
    return { ok: false, reason: 'unreadable' };
  }
  const sameDay = /^\d{1,2}:\d{2}(?::\d{2})?$/.test(parts[1] ?? '') ? /^\d{4}-\d{2}-\d{2}/.exec(parts[0])?.[0] : undefined;
  const to = parts[1] === undefined ? 'now' : parsePoint(sameDay ? `${sameDay} ${parts[1]}` : parts[1], zone);
  if (to === null) {
    return { ok: false, reason: 'unreadable' };
  }
  const startMs = resolvePoint(from, nowMs);
  const endMs = resolvePoint(to, nowMs);
  if (startMs === null || endMs === null) {
    return { ok: false, reason: 'unreadable' };
  }
  return startMs < endMs ? { ok: true, range: { from, to } } : { ok: false, reason: 'reversed' };
}

function parsePoint(text: string, zone: Zone): string | null {
  const relative = /^now(?:\s*([+-])\s*(.+))?$/.exec(text);
  if (relative) {
    const length = relative[2] === undefined ? 0 : parseSpanOfTime(relative[2]);
    return length === null ? null : text;
  }
  if (/^\d{9,19}$/.test(text)) {
    return epochIso(text);
  }
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(z|utc|[+-]\d{2}:?\d{2})?$/.exec(text);
  if (!match) {
    return null;
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000);
  if (fields[1] > 11 || fields[2] > 31 || fields[3] > 24 || fields[4] > 59 || fields[5] > 60) {
    return null;
  }
  if (offset === undefined && zone === 'local') {
    return iso(new Date(...fields, ms).getTime());
  }
  const utc = Date.UTC(...fields, ms);
  if (offset === undefined || offset === 'z' || offset === 'utc') {
    return iso(utc);
  }
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return iso(utc - (offset.startsWith('-') ? -minutes : minutes) * 60_000);
}

/** Seconds, milliseconds, microseconds or nanoseconds, told apart by the number of digits (good from 1973 to 2286). */
function epochIso(digits: string): string | null {
  const value = Number(digits);
  const ms = digits.length <= 10 ? value * 1000 : digits.length <= 13 ? value : digits.length <= 16 ? value / 1e3 : value / 1e6;
  return iso(Math.floor(ms));
}

export function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The range as text that `parseRange` reads back. */
export function rangeText(range: TimeRange, zone: Zone): string {
  if (range.from === '' && range.to === '') {
    return 'all';
  }
  const point = (text: string) => (text.startsWith('now') ? text : formatMoment(Date.parse(text), zone));
  return range.to === 'now' && range.from.startsWith('now') ? range.from : `${point(range.from)} to ${point(range.to)}`;
}

/** The length of a range that ends now, such as `1h`; null for any other. */
export function relativeLength(range: TimeRange): string | null {
  return range.to === 'now' && range.from.startsWith('now-') ? range.from.slice(4) : null;
}

/** The same middle, twice the length, but never past now. */
export function zoomOut(range: TimeRange, nowMs: number): TimeRange {
  const resolved = resolveRange(range, nowMs);
  if (resolved === null) {
    return range;
  }
  const length = resolved.endMs - resolved.startMs;
  const relative = relativeLength(range);
  if (relative !== null) {
    return { from: `now-${spanOfTimeText(length * 2)}`, to: 'now' };
  }
  const endMs = Math.min(nowMs, resolved.endMs + length / 2);
  return { from: iso(Math.floor(resolved.startMs - length / 2)), to: iso(Math.ceil(endMs)) };
}

/** Moves by half a length; forwards it stops at now. */
export function shiftRange(range: TimeRange, direction: -1 | 1, nowMs: number): TimeRange {
  const resolved = resolveRange(range, nowMs);
  if (resolved === null) {
    return range;
  }
  const length = resolved.endMs - resolved.startMs;
  const startMs = Math.min(resolved.startMs + (direction * length) / 2, nowMs - length);
  return { from: iso(Math.floor(startMs)), to: iso(Math.floor(startMs + length)) };
}

function spanOfTimeText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    if (ms % unitMs[unit] === 0 && ms >= unitMs[unit]) {
      return `${ms / unitMs[unit]}${unit}`;
    }
  }
  return `${ms}ms`;
}
