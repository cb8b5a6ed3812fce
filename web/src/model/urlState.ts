import { defaultRange, type TimeRange } from './time';

/** What the search page shows. The URL is its only home; missing parts have these defaults. */
export interface SearchView {
  query: string;
  range: TimeRange;
  limit: number;
  sort: SortKey;
  tab: SearchTab;
  /** Fields shown as columns, as TraceQL writes them. */
  columns: string[];
  /** What the breakdown is by. */
  by: string;
  selection: Selection | null;
  /** Asks again every second and puts new traces on top. */
  live: boolean;
  /** Draws the traces of the list as points over their durations. */
  points: boolean;
}

export const searchTabs = ['traces', 'spans', 'breakdown', 'compare', 'exceptions', 'structure'] as const;
export type SearchTab = (typeof searchTabs)[number];

/** Some of the spans of a search: those that a condition holds for, and that start within a window when there is one. */
export interface Selection {
  condition: string;
  window: { fromMs: number; toMs: number } | null;
}

/** `start`, `duration`, `spans`, `errors`, or a field that is a column; `-` in front for the least first. */
export type SortKey = string;

export const limits: readonly number[] = [20, 50, 100, 500, 1000];
export const columnsLimit = 12;

export function readSearchView(params: URLSearchParams): SearchView {
  const limit = Number(params.get('limit'));
  const tab = params.get('tab');
  const condition = params.get('sel') ?? '';
  const window = /^(\d+)-(\d+)$/.exec(params.get('selt') ?? '');
  return {
    query: params.get('q') ?? '',
    range: { from: params.get('from') ?? defaultRange.from, to: params.get('to') ?? (params.has('from') ? 'now' : defaultRange.to) },
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, 10_000) : limits[0],
    sort: params.get('sort') ?? 'start',
    tab: searchTabs.find((t) => t === tab) ?? 'traces',
    columns: params.getAll('col').slice(0, columnsLimit),
    by: params.get('by') ?? '',
    selection: condition === '' ? null : { condition, window: window && Number(window[1]) < Number(window[2]) ? { fromMs: Number(window[1]), toMs: Number(window[2]) } : null },
    live: params.get('live') === '1',
    points: params.get('points') === '1',
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
  put(params, 'tab', view.tab, 'traces');
  params.delete('col');
  for (const column of view.columns) {
    params.append('col', column);
  }
  put(params, 'by', view.by, '');
  put(params, 'sel', view.selection?.condition ?? '', '');
  put(params, 'selt', view.selection?.window ? `${Math.round(view.selection.window.fromMs)}-${Math.round(view.selection.window.toMs)}` : '', '');
  put(params, 'live', view.live ? '1' : '', '');
  put(params, 'points', view.points ? '1' : '', '');
  return params;
}

export const traceTabs = ['waterfall', 'flame', 'statistics', 'table', 'graph'] as const;
export type TraceTab = (typeof traceTabs)[number];

/** What the trace page shows beside the trace itself. */
export interface TraceView {
  /** Selected span, 16 hex digits, or empty. */
  span: string;
  find: string;
  /** Shows only the spans found and their ancestors. */
  only: boolean;
  critical: boolean;
  view: TraceTab;
  /** Details below the row instead of beside the list. */
  inline: boolean;
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
    view: traceTabs.find((tab) => tab === params.get('view')) ?? 'waterfall',
    inline: params.get('inline') === '1',
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
  put(params, 'view', view.view, 'waterfall');
  put(params, 'inline', view.inline ? '1' : '', '');
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
