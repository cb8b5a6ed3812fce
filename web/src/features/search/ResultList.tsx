import { useEffect, useMemo, useRef, useState } from 'react';
import type { TraceSummary } from '../../api/search';
import { href, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours } from '../../model/colours';
import type { SearchView, SortKey } from '../../model/urlState';
import { useVirtualRows } from '../../ui/useVirtualRows';
import { ResultRow, rowHeight } from './ResultRow';

interface ResultListProps {
  traces: TraceSummary[];
  view: SearchView;
  stale: boolean;
  onChange(next: Partial<SearchView>): void;
}

const order: Record<SortKey, (a: TraceSummary, b: TraceSummary) => number> = {
  start: (a, b) => b.startMs - a.startMs,
  duration: (a, b) => b.durationMs - a.durationMs || b.startMs - a.startMs,
  spans: (a, b) => b.spanCount - a.spanCount || b.startMs - a.startMs,
  errors: (a, b) => b.errorCount - a.errorCount || b.startMs - a.startMs,
};

/** Where the list was left, by address, so that coming back from a trace finds the same row again. */
const left = new Map<string, { row: number; top: number }>();
const leftLimit = 50;

export function ResultList({ traces, view, stale, onChange }: ResultListProps) {
  const { t } = usePreferences();
  const { path, params } = usePlace();
  const address = href(path, params);
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => [...traces].sort(order[view.sort]), [traces, view.sort]);
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

  const header = (sort: SortKey, className: string, text: string) => (
    <div role="columnheader" className={className} aria-sort={view.sort === sort ? 'descending' : 'none'}>
      <button type="button" className="column-sort" aria-pressed={view.sort === sort} onClick={() => onChange({ sort })}>
        {text}
      </button>
    </div>
  );
  return (
    <div className="results" role="table" aria-label={t.search.results} aria-rowcount={sorted.length + 1} data-stale={stale}>
      <div role="rowgroup" className="result-head">
        <div role="row" aria-rowindex={1} className="result-grid">
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
