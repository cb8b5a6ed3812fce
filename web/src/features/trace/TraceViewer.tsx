import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { currentPlace, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours } from '../../model/colours';
import { placeOf, withAncestors } from '../../model/trace/rows';
import { Flag, rowOfSpan, spanIdOf } from '../../model/trace/table';
import { readTraceView, traceTabs, writeTraceView, type FoldState, type TraceTab, type TraceView } from '../../model/urlState';
import { embedOf, tell } from '../../app/embed';
import { Minimap } from './Minimap';
import { Problems } from './Problems';
import type { TraceSession } from './session';
import { ServiceLegend } from './ServiceLegend';
import { SpanPanel } from './SpanPanel';
import { Toolbar } from './Toolbar';
import { TraceHeader } from './TraceHeader';
import { useFind } from './useFind';
import { useFolding } from './useFolding';
import { Waterfall, type WaterfallHandle } from './Waterfall';
import { clampZoom, isWhole, type Zoom } from './zoom';

const FlameView = lazy(() => import('./FlameView').then((m) => ({ default: m.FlameView })));
const StatisticsView = lazy(() => import('./StatisticsView').then((m) => ({ default: m.StatisticsView })));
const TableView = lazy(() => import('./TableView').then((m) => ({ default: m.TableView })));
const GraphView = lazy(() => import('./GraphView').then((m) => ({ default: m.GraphView })));
const otherViews: Record<Exclude<TraceTab, 'waterfall'>, typeof FlameView> = { flame: FlameView, statistics: StatisticsView, table: TableView, graph: GraphView };

/** Several folds in quick succession are written at once. */
const foldWriteMs = 60;

/** One open trace. What is selected, searched, zoomed and folded is in the URL; the keyboard's cursor is the page's own. */
export function TraceViewer({ session, onReload }: { session: TraceSession; onReload(): void }) {
  const { table } = session;
  const { t } = usePreferences();
  const { params } = usePlace();
  const view = readTraceView(params);
  const waterfall = useRef<WaterfallHandle>(null);

  const update = useCallback((next: Partial<TraceView>) => {
    const place = currentPlace();
    navigate(place.path, writeTraceView({ ...readTraceView(place.params), ...next }, place.params), 'replace');
  }, []);
  // Writing the address draws the page again: folding has its frame for itself, and the address follows.
  const foldTimer = useRef(0);
  const writeFold = useCallback(
    (fold: FoldState) => {
      const { path } = currentPlace();
      window.clearTimeout(foldTimer.current);
      foldTimer.current = window.setTimeout(() => currentPlace().path === path && update({ fold }), foldWriteMs);
    },
    [update],
  );

  const colours = useMemo(() => assignColours(table.services), [table]);
  const slots = useMemo(() => Int32Array.from(table.services, (name) => colours.get(name) ?? 0), [table, colours]);
  const found = useFind(session, view.find);
  const only = useMemo(() => (view.only && found.kind === 'found' ? withAncestors(table, found.rows) : null), [view.only, found, table]);
  const folding = useFolding(session, view.fold, only, writeFold);
  const selected = useMemo(() => rowOfSpan(table, view.span), [table, view.span]);
  const { hides } = embedOf(params);
  const [cursor, setCursor] = useState(() => Math.max(0, selected));
  const zoom: Zoom = view.zoom === null ? { fromNs: 0, toNs: Math.max(1, table.durationNs) } : clampZoom(view.zoom, table.durationNs);
  const setZoom = useCallback(
    (next: Zoom | null) => {
      const clamped = next === null ? null : clampZoom(next, table.durationNs);
      update({ zoom: clamped === null || isWhole(clamped, table.durationNs) ? null : clamped });
    },
    [update, table],
  );

  useEffect(() => {
    document.title = t.trace.titleNamed(table.names[table.name[table.mainRoot]], table.services[table.service[table.mainRoot]]);
  }, [t, table]);

  const select = useCallback((row: number) => update({ span: row < 0 ? '' : spanIdOf(table, row) }), [update, table]);
  /** Moves the cursor to a row of the table, unfolding what hides it. An open panel follows. */
  const goTo = (row: number) => {
    const rows = folding.show(row);
    setCursor(row);
    if (selected >= 0) {
      select(row);
    }
    waterfall.current?.scrollToPlace(placeOf(rows, row));
  };
  const step = (by: number) => {
    const place = placeOf(folding.rows, cursor);
    goTo(folding.rows[Math.max(0, Math.min(folding.rows.length - 1, place + by))]);
  };
  const nextMatch = (direction: 1 | -1) => {
    const next = neighbour(found.rows, cursor, direction);
    if (next >= 0) {
      goTo(next);
    }
  };
  const nextError = (direction: 1 | -1) => {
    for (let i = 1; i <= table.count; i++) {
      const row = (cursor + direction * i + table.count * 2) % table.count;
      if (table.flags[row] & Flag.Error) {
        goTo(row);
        return;
      }
    }
  };
  const zoomBy = (factor: number, aroundNs = (zoom.fromNs + zoom.toNs) / 2) =>
    setZoom({ fromNs: aroundNs - (aroundNs - zoom.fromNs) * factor, toNs: aroundNs + (zoom.toNs - aroundNs) * factor });
  const pan = (share: number) => {
    const by = (zoom.toNs - zoom.fromNs) * share;
    const allowed = Math.max(-zoom.fromNs, Math.min(table.durationNs - zoom.toNs, by));
    setZoom({ fromNs: zoom.fromNs + allowed, toNs: zoom.toNs + allowed });
  };
  const page = () => Math.max(1, (waterfall.current?.pageRows() ?? 20) - 2);
  const unfoldOrEnter = () => {
    if (folding.isRepeat(cursor)) {
      folding.toggleRepeat(cursor);
    } else if (folding.folded[cursor] === 1) {
      folding.toggle(cursor);
    } else if (table.size[cursor] > 1) {
      step(1);
    }
  };
  const foldOrLeave = () => {
    if (folding.repeats.has(cursor) && !folding.isRepeat(cursor) && table.size[cursor] === 1) {
      folding.toggleRepeat(cursor);
    } else if (folding.folded[cursor] === 0 && table.size[cursor] > 1) {
      folding.toggle(cursor);
    } else if (table.parent[cursor] >= 0) {
      goTo(table.parent[cursor]);
    }
  };
  const escape = () => {
    if (selected >= 0) {
      select(-1);
    } else if (view.find !== '') {
      update({ find: '' });
    } else if (view.zoom !== null) {
      setZoom(null);
    }
  };
  useEffect(() => {
    if (view.span !== '') {
      tell({ type: 'span-selected', traceId: table.traceId, spanId: view.span });
    }
  }, [view.span, table]);
  useShortcuts({
    ...Object.fromEntries(traceTabs.map((tab, index) => [`Digit${index + 1}`, () => update({ view: tab })])),
    KeyI: () => update({ inline: !view.inline }),
    KeyJ: () => step(1),
    ArrowDown: () => step(1),
    KeyK: () => step(-1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => goTo(0),
    End: () => goTo(folding.rows[folding.rows.length - 1]),
    ArrowRight: unfoldOrEnter,
    ArrowLeft: foldOrLeave,
    Enter: () => select(selected === cursor ? -1 : cursor),
    Space: () => select(selected === cursor ? -1 : cursor),
    BracketLeft: () => folding.foldFrom(null),
    BracketRight: () => folding.foldFrom(1),
    KeyF: () => nextMatch(1),
    KeyB: () => nextMatch(-1),
    KeyE: () => nextError(1),
    'Shift+KeyE': () => nextError(-1),
    KeyC: () => update({ critical: !view.critical }),
    KeyA: () => pan(-0.2),
    KeyD: () => pan(0.2),
    'Shift+KeyA': () => pan(-0.8),
    'Shift+KeyD': () => pan(0.8),
    KeyW: () => waterfall.current?.scrollBy(-3),
    KeyS: () => waterfall.current?.scrollBy(3),
    'Shift+KeyW': () => waterfall.current?.scrollBy(-15),
    'Shift+KeyS': () => waterfall.current?.scrollBy(15),
    Equal: () => zoomBy(0.6),
    'Shift+Equal': () => zoomBy(0.6),
    NumpadAdd: () => zoomBy(0.6),
    Minus: () => zoomBy(1 / 0.6),
    NumpadSubtract: () => zoomBy(1 / 0.6),
    Digit0: () => setZoom(null),
    Escape: escape,
    KeyR: onReload,
  });

  // A new search goes to its first span after the cursor. A link that names a span and a search stays at the span.
  const sought = useRef(selected >= 0 ? view.find : '');
  useEffect(() => {
    if (found.kind === 'found' && found.text === view.find && sought.current !== view.find) {
      sought.current = view.find;
      const first = neighbour(found.rows, cursor - 1, 1);
      if (first >= 0) {
        goTo(first);
      }
    }
  });

  // A link to a span shows that span, wherever it is and however it was folded.
  const shown = useRef(view.span === '');
  useEffect(() => {
    if (selected >= 0 && !shown.current) {
      waterfall.current?.scrollToPlace(placeOf(folding.show(selected), selected), 6);
      shown.current = true;
    }
    // Only when its rows have come: afterwards the page scrolls by what its reader does.
  }, [session]);

  const View = view.view === 'waterfall' ? null : otherViews[view.view];
  const matches = found.kind === 'found' ? found.bitmap : null;
  const open = (row: number) => {
    setCursor(row);
    select(selected === row ? -1 : row);
  };
  // Rows are drawn anew only when something about them changes, and what they call must not be such a thing.
  const acts = useRef({ open, toggle: folding.toggle });
  acts.current = {
    open,
    toggle: (row) => {
      setCursor(row);
      folding.toggle(row);
    },
  };
  const openRow = useCallback((row: number) => acts.current.open(row), []);
  const toggleRow = useCallback((row: number) => acts.current.toggle(row), []);
  const panel = selected >= 0 && <SpanPanel session={session} row={selected} slots={slots} onClose={() => select(-1)} onGoTo={goTo} />;
  const docked = selected >= 0 && !(view.inline && View === null);
  return (
    <div className="trace">
      {!hides.has('header') && <TraceHeader table={table} imported={session.imported} onReload={onReload} />}
      <ServiceLegend table={table} slots={slots} find={view.find} onFind={(text) => update({ find: text })} />
      <Problems session={session} onFind={(text) => update({ find: text })} onGoTo={(row) => {
          goTo(row);
          select(row);
        }} />
      {!hides.has('minimap') && View === null && <Minimap table={table} slots={slots} zoom={zoom} zoomed={view.zoom !== null} onZoom={setZoom} />}
      {!hides.has('tools') && (
        <Toolbar
          view={view}
          found={found}
          cursor={cursor}
          table={table}
          zoom={zoom}
          onView={(next) => update({ view: next })}
          onInline={() => update({ inline: !view.inline })}
          onFind={(find) => update({ find })}
          onStep={nextMatch}
          onOnly={() => update({ only: !view.only })}
          onCritical={() => update({ critical: !view.critical })}
          onFold={folding.foldFrom}
          onResetZoom={() => setZoom(null)}
        />
      )}
      <div className={docked ? 'trace-body trace-body-split' : 'trace-body'}>
        {View !== null ? (
          <Suspense fallback={<div className="trace-view" />}>
            <View session={session} self={session.self} slots={slots} matches={matches} onOpen={open} />
          </Suspense>
        ) : (
          <Waterfall
            ref={waterfall}
            session={session}
            slots={slots}
            folding={folding}
            zoom={zoom}
            cursor={cursor}
            selected={selected}
            matches={matches}
            critical={view.critical}
            detail={view.inline && selected >= 0 ? panel : null}
            onOpen={openRow}
            onToggle={toggleRow}
            onZoom={setZoom}
            onZoomBy={zoomBy}
          />
        )}
        {docked && panel}
      </div>
    </div>
  );
}

/** The next of ascending rows after (or before) one, around the end; −1 when there are none. */
function neighbour(rows: Int32Array, from: number, direction: 1 | -1): number {
  if (rows.length === 0) {
    return -1;
  }
  if (direction === 1) {
    return rows.find((row) => row > from) ?? rows[0];
  }
  return rows.findLast((row) => row < from) ?? rows[rows.length - 1];
}
