import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import type { TraceSummary } from '../../api/search';
import { href, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours } from '../../model/colours';
import type { SearchView } from '../../model/urlState';
import { useVirtualRows } from '../../ui/useVirtualRows';
import { ResultRow, rowHeight } from './ResultRow';

interface ResultListProps {
  traces: TraceSummary[];
  view: SearchView;
  stale: boolean;
  onChange(next: Partial<SearchView>): void;
  /** The trace that the keyboard stands on. */
  onActive?(trace: TraceSummary | null): void;
}

/** Where the list was left, by address, so that coming back from a trace finds the same row again. */
const left = new Map<string, { row: number; top: number }>();
const leftLimit = 50;

export function ResultList({ traces, view, stale, onChange, onActive }: ResultListProps) {
  const { t } = usePreferences();
  const { path, params } = usePlace();
  const address = href(path, params);
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = traces;
  const descending = !view.sort.startsWith('-');
  const sortKey = descending ? view.sort : view.sort.slice(1);
  const colours = useMemo(() => assignColours(traces.flatMap((trace) => [trace.rootService, ...trace.services.map((s) => s.name)])), [traces]);
  const longest = useMemo(() => traces.reduce((most, trace) => Math.max(most, trace.durationMs), 0), [traces]);
  const rows = useVirtualRows(scroller, sorted.length, rowHeight);
  const [active, setActive] = useState(() => left.get(address)?.row ?? -1);
  const [now] = useState(() => Date.now());
  const wantsFocus = useRef(active >= 0);

  useEffect(() => {
    const element = scroller.current;
    const before = left.get(address);
    if (element !== null && before !== undefined) {
      element.scrollTop = before.top;
    }
  }, [address]);

  const remember = (row: number) => {
    left.delete(address);
    left.set(address, { row, top: scroller.current?.scrollTop ?? 0 });
    if (left.size > leftLimit) {
      left.delete(left.keys().next().value as string);
    }
  };
  const move = (step: number) => {
    const next = Math.max(0, Math.min(sorted.length - 1, active + step));
    setActive(next);
    onActive?.(sorted[next] ?? null);
    wantsFocus.current = true;
    rows.scrollTo(next);
  };
  useShortcuts({ KeyJ: () => move(1), ArrowDown: () => move(1), KeyK: () => move(-1), ArrowUp: () => move(-1) });
  // The link of the active row takes the focus, so Enter, middle click and screen readers all see a plain link. A row that a key has
  // just scrolled to may be drawn one render later.
  useEffect(() => {
    const link = wantsFocus.current ? scroller.current?.querySelector<HTMLElement>(`[data-row="${active}"] a`) : null;
    if (link) {
      wantsFocus.current = false;
      link.focus({ preventScroll: true });
    }
  });

  const header = (sort: string, className: string, text: string) => (
    <div role="columnheader" className={className} aria-sort={sortKey === sort ? (descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="column-sort" title={text} aria-pressed={sortKey === sort} data-ascending={sortKey === sort && !descending} onClick={() => onChange({ sort: sortKey === sort && descending ? `-${sort}` : sort })}>
        {text}
      </button>
    </div>
  );
  const template = view.columns.length === 0 ? undefined : `176px minmax(0, 1.1fr) 120px 90px 64px minmax(150px, 0.8fr) ${view.columns.map(() => 'minmax(80px, 0.7fr)').join(' ')}`;
  return (
    <div className="results" role="table" aria-label={t.search.results} aria-rowcount={sorted.length + 1} data-stale={stale}>
      <div role="rowgroup" className="result-head">
        <div role="row" aria-rowindex={1} className="result-grid" style={{ gridTemplateColumns: template }}>
          {header('start', 'cell-start', t.search.columnStart)}
          <div role="columnheader" className="cell-name">
            {t.search.columnTrace}
          </div>
          <div role="columnheader" className="cell-services">
            {t.search.columnServices}
          </div>
          {header('errors', 'cell-errors', t.search.columnErrors)}
          {header('spans', 'cell-spans', t.search.columnSpans)}
          {header('duration', 'cell-duration', t.search.columnDuration)}
          {view.columns.map((field) => (
            <Fragment key={field}>{header(field, 'cell-field', field)}</Fragment>
          ))}
        </div>
      </div>
      <div ref={scroller} role="rowgroup" className="result-scroll" tabIndex={-1} data-list-keys>
        <div style={{ height: sorted.length * rowHeight, position: 'relative' }}>
          {sorted.slice(rows.first, rows.last).map((trace, i) => (
            <ResultRow
              key={trace.traceId}
              trace={trace}
              index={rows.first + i}
              colours={colours}
              longestMs={longest}
              now={now}
              columns={view.columns}
              template={template}
              onOpen={() => {
                setActive(rows.first + i);
                remember(rows.first + i);
              }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
