const nsPer = { us: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9, d: 86400e9 } as const;

function significant(value: number): string {
  if (value >= 100) {
    return value.toFixed(0);
  }
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * A duration in nanoseconds as a person reads it, three significant digits: `850 ns`, `12.3 µs`, `4.56 ms`, `1.20 s`, `2 m 05 s`, `1 h 03 m`.
 * The units are the same in every language.
 */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) {
    return '–';
  }
  const size = Math.abs(ns);
  const sign = ns < 0 ? '−' : '';
  if (size < nsPer.us) {
    return `${sign}${Math.round(size)} ns`;
  }
  // The limits lie where rounding would give 1000 of the smaller unit.
  if (size < 999.5 * nsPer.us) {
    return `${sign}${significant(size / nsPer.us)} µs`;
  }
  if (size < 999.5 * nsPer.ms) {
    return `${sign}${significant(size / nsPer.ms)} ms`;
  }
  if (size < 59.995 * nsPer.s) {
    return `${sign}${significant(size / nsPer.s)} s`;
  }
  const seconds = Math.round(size / nsPer.s);
  if (seconds < 3600) {
    return `${sign}${Math.floor(seconds / 60)} m ${pad2(seconds % 60)} s`;
  }
  if (seconds < 86400) {
    return `${sign}${Math.floor(seconds / 3600)} h ${pad2(Math.floor((seconds % 3600) / 60))} m`;
  }
  return `${sign}${Math.floor(seconds / 86400)} d ${pad2(Math.floor((seconds % 86400) / 3600))} h`;
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}

/** A tick of a time axis that ends at `lastNs`: all ticks of one axis share a unit and have as few decimals as tell them apart. */
export function formatTick(ns: number, stepNs: number, lastNs: number): string {
  const unit = lastNs >= nsPer.s ? 's' : lastNs >= nsPer.ms ? 'ms' : lastNs >= nsPer.us ? 'µs' : 'ns';
  const per = { s: nsPer.s, ms: nsPer.ms, µs: nsPer.us, ns: 1 }[unit];
  const decimals = Math.max(0, Math.ceil(-Math.log10(stepNs / per) - 1e-9));
  return `${(ns / per).toFixed(ns === 0 ? 0 : decimals)} ${unit}`;
}

export interface Ticks {
  step: number;
  values: number[];
}

/** Round positions (1, 2 or 5 times a power of ten) within [start, end], at most about `wanted` of them. */
export function niceTicks(start: number, end: number, wanted: number): Ticks {
  const extent = end - start;
  if (!(extent > 0) || wanted < 1) {
    return { step: 1, values: [start] };
  }
  const rough = extent / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * (1 - 1e-9)) ?? 10 * power;
  const values: number[] = [];
  for (let k = Math.ceil(start / step - 1e-9); k * step <= end + step * 1e-9; k++) {
    values.push(k * step);
  }
  return { step, values };
}

// Making a formatter costs tens of microseconds, and a page of rows asks for hundreds.
const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(lang: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${lang} ${JSON.stringify(options)}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(lang, options);
    numberFormats.set(key, format);
  }
  return format;
}

const agoFormats = new Map<string, Intl.RelativeTimeFormat>();

function agoFormat(lang: string): Intl.RelativeTimeFormat {
  let format = agoFormats.get(lang);
  if (format === undefined) {
    format = new Intl.RelativeTimeFormat(lang, { numeric: 'always', style: 'short' });
    agoFormats.set(lang, format);
  }
  return format;
}

export function formatCount(value: number, lang: string): string {
  return numberFormat(lang).format(value);
}

/** A length of time as the server writes it (`168h`), in days where it is whole days. */
export function formatLength(text: string, lang: string): string {
  const hours = Number(/^(\d+)h$/.exec(text)?.[1] ?? Number.NaN);
  if (!Number.isFinite(hours)) {
    return text;
  }
  const days = hours >= 48 && hours % 24 === 0;
  return numberFormat(lang, { style: 'unit', unit: days ? 'day' : 'hour', unitDisplay: 'long' }).format(days ? hours / 24 : hours);
}

/** How often, three significant digits, by the unit that leaves no row of zeros: `1,250/s`, `0.42/s`, `2.3/min`, `1/h`. */
export function formatRate(perSecond: number, lang: string): string {
  const [times, unit] = perSecond === 0 || perSecond >= 0.1 ? [1, 's'] : perSecond * 60 >= 0.1 ? [60, 'min'] : [3600, 'h'];
  return `${numberFormat(lang, { maximumSignificantDigits: 3 }).format(perSecond * times)}/${unit}`;
}

/** A share in percent, with a decimal where it matters: `0.3%`, `12%`. */
export function formatPercent(share: number, lang: string): string {
  return numberFormat(lang, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
}

export type Zone = 'local' | 'utc';

/** Clock time with milliseconds, 24 hours. */
export function formatClock(ms: number, zone: Zone): string {
  const d = new Date(ms);
  return zone === 'utc'
    ? `${pad2(d.getUTCHours())}:${pad2(d.getUTCMinutes())}:${pad2(d.getUTCSeconds())}.${String(d.getUTCMilliseconds()).padStart(3, '0')}`
    : `${pad2(d.getHours())}:${pad2(d.getMinutes())}:${pad2(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, '0')}`;
}

/** Calendar day as 2026-08-01 in the given zone. */
export function formatDay(ms: number, zone: Zone): string {
  const d = new Date(ms);
  return zone === 'utc'
    ? `${d.getUTCFullYear()}-${pad2(d.getUTCMonth() + 1)}-${pad2(d.getUTCDate())}`
    : `${d.getFullYear()}-${pad2(d.getMonth() + 1)}-${pad2(d.getDate())}`;
}

/** Day and clock time to the second (or the minute when the second is zero), as the time box accepts it back. */
export function formatMoment(ms: number, zone: Zone): string {
  const clock = formatClock(ms, zone).slice(0, 8);
  return `${formatDay(ms, zone)} ${clock.endsWith(':00') ? clock.slice(0, 5) : clock}`;
}

/** "3 minutes ago" in the language, by the largest fitting unit. */
export function formatAgo(ms: number, nowMs: number, lang: string): string {
  const seconds = (ms - nowMs) / 1000;
  const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ];
  const [unit, per] = units.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
  return agoFormat(lang).format(Math.trunc(seconds / per), unit);
}
