import type { Catalogue } from '../../i18n';
import { formatClock, formatDay, formatMoment, type Zone } from '../../model/format';
import { relativeLength, type TimeRange } from '../../model/time';

/** A range in words, as short as the button of the picker needs it. */
export function rangeLabel(range: TimeRange, zone: Zone, t: Catalogue): string {
  if (range.from === '' && range.to === '') {
    return t.time.all;
  }
  const length = relativeLength(range);
  if (length !== null) {
    return t.time.last(length);
  }
  const point = (text: string) => (text.startsWith('now') ? text : formatMoment(Date.parse(text), zone));
  return t.time.between(point(range.from), point(range.to));
}

/** The instants that were searched, said once the answer is there. */
export function searchedWords(range: { startMs: number; endMs: number } | null, zone: Zone, t: Catalogue): string {
  if (range === null) {
    return t.time.allKept;
  }
  const sameDay = formatDay(range.startMs, zone) === formatDay(range.endMs, zone);
  const end = sameDay ? formatClock(range.endMs, zone).slice(0, 8) : formatMoment(range.endMs, zone);
  return t.time.between(`${formatDay(range.startMs, zone)} ${formatClock(range.startMs, zone).slice(0, 8)}`, end);
}
