import { defaultRange, type TimeRange } from './time';

/** What the search page shows. The URL is its only home; missing parts have these defaults. */
export interface SearchView {
  query: string;
  range: TimeRange;
  limit: number;
  sort: SortKey;
}

export type SortKey = 'start' | 'duration' | 'spans' | 'errors';

export const limits: readonly number[] = [20, 50, 100, 500, 1000];

const sortKeys: readonly SortKey[] = ['start', 'duration', 'spans', 'errors'];

export function readSearchView(params: URLSearchParams): SearchView {
  const limit = Number(params.get('limit'));
  const sort = params.get('sort');
  return {
    query: params.get('q') ?? '',
    range: { from: params.get('from') ?? defaultRange.from, to: params.get('to') ?? (params.has('from') ? 'now' : defaultRange.to) },
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, 10_000) : limits[0],
    sort: sortKeys.find((key) => key === sort) ?? 'start',
  };
}

/** Writes what differs from the defaults, so that short searches have short links. Foreign parameters (lang, theme) stay. */
export function writeSearchView(view: SearchView, base: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(base);
  put(params, 'q', view.query, '');
  put(params, 'from', view.range.from, defaultRange.from);
  // Without `from`, a lone `to` would read as part of the default range; without `to`, `from` runs until now.
  put(params, 'to', view.range.to, 'now');
  put(params, 'limit', String(view.limit), String(limits[0]));
  put(params, 'sort', view.sort, 'start');
  return params;
}

/** What the trace page shows beside the trace itself. */
export interface TraceView {
  /** Selected span, 16 hex digits, or empty. */
  span: string;
  find: string;
  /** Shows only the spans found and their ancestors. */
  only: boolean;
  critical: boolean;
  /** Visible window in nanoseconds since the start of the trace; null shows all. */
  zoom: { fromNs: number; toNs: number } | null;
  fold: FoldState;
}

/** Folding as the level from which on spans are folded (null: none), and the spans that were toggled against that by hand. */
export interface FoldState {
  level: number | null;
  toggled: string[];
}

/** Toggled spans kept in the URL; beyond it the oldest are forgotten by the link (not by the page). */
export const toggledLimit = 40;

export function readTraceView(params: URLSearchParams): TraceView {
  const zoom = /^(\d+)-(\d+)$/.exec(params.get('zoom') ?? '');
  const [level, ...toggled] = (params.get('fold') ?? '').split('.');
  const parsed = zoom && { fromNs: Number(zoom[1]), toNs: Number(zoom[2]) };
  return {
    span: /^[0-9a-f]{16}$/i.test(params.get('span') ?? '') ? (params.get('span') as string).toLowerCase() : '',
    find: params.get('find') ?? '',
    only: params.get('only') === '1',
    critical: params.get('critical') === '1',
    zoom: parsed && parsed.fromNs < parsed.toNs ? parsed : null,
    fold: { level: /^\d+$/.test(level) ? Number(level) : null, toggled: toggled.filter((id) => /^[0-9a-f]{8}$/.test(id)).slice(0, toggledLimit) },
  };
}

export function writeTraceView(view: TraceView, base: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(base);
  put(params, 'span', view.span, '');
  put(params, 'find', view.find, '');
  put(params, 'only', view.only ? '1' : '', '');
  put(params, 'critical', view.critical ? '1' : '', '');
  put(params, 'zoom', view.zoom ? `${Math.round(view.zoom.fromNs)}-${Math.round(view.zoom.toNs)}` : '', '');
  const { level, toggled } = view.fold;
  put(params, 'fold', level === null && toggled.length === 0 ? '' : [level === null ? 'n' : String(level), ...toggled.slice(-toggledLimit)].join('.'), '');
  return params;
}

function put(params: URLSearchParams, key: string, value: string, standard: string): void {
  if (value === standard) {
    params.delete(key);
  } else {
    params.set(key, value);
  }
}
