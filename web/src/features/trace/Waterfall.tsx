import { useEffect, useImperativeHandle, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, type Ref } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatTick, niceTicks } from '../../model/format';
import { placeOf } from '../../model/trace/rows';
import { useVirtualRows } from '../../ui/useVirtualRows';
import { CriticalThread } from './CriticalThread';
import type { TraceSession } from './session';
import type { Folding } from './useFolding';
import { rowHeight, rowId, WaterfallRow } from './WaterfallRow';
import type { Zoom } from './zoom';

export interface WaterfallHandle {
  scrollToPlace(place: number, margin?: number): void;
  scrollBy(rows: number): void;
  pageRows(): number;
}

interface WaterfallProps {
  ref: Ref<WaterfallHandle>;
  session: TraceSession;
  slots: Int32Array;
  folding: Folding;
  zoom: Zoom;
  cursor: number;
  selected: number;
  matches: Uint8Array | null;
  critical: boolean;
  /** Details of the selected span, shown below its row. */
  detail: ReactNode;
  onOpen(row: number): void;
  onToggle(row: number): void;
  onZoom(zoom: Zoom | null): void;
  onZoomBy(factor: number, aroundNs: number): void;
}

const axisHeight = 30;
const detailHeight = 380;
const nameWidth = { standard: 380, least: 180, most: 900, step: 20 };
const nameWidthKey = 'clew.nameWidth';

/** The tree of spans beside their bars. Only rows in view are in the document; the list's roles tell readers of screens about the rest. */
export function Waterfall({ ref, session, slots, folding, zoom, cursor, selected, matches, critical, detail, onOpen, onToggle, onZoom, onZoomBy }: WaterfallProps) {
  const { t } = usePreferences();
  const { table, path } = session;
  const scroller = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(scroller, folding.rows.length, rowHeight, axisHeight);
  const [width, setWidth] = useNameWidth();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  useImperativeHandle(ref, () => ({
    scrollToPlace: (place, margin = 2) => {
      // Unfolding and scrolling may happen in one step: the list must have its new height first.
      requestAnimationFrame(() => rows.scrollTo(place, margin));
    },
    scrollBy: (count) => scroller.current?.scrollBy({ top: count * rowHeight }),
    pageRows: () => Math.floor(rows.viewHeight / rowHeight),
  }));

  const extent = zoom.toNs - zoom.fromNs;
  const ticks = useMemo(() => niceTicks(zoom.fromNs, zoom.toNs, 6), [zoom.fromNs, zoom.toNs]);
  const share = (ns: number) => (ns - zoom.fromNs) / extent;
  const pieces = useMemo(() => piecesByRow(path), [path]);
  const cursorPlace = placeOf(folding.rows, cursor);

  // Ctrl + wheel zooms around the pointer. React's wheel listeners are passive, and could not keep the page from zooming.
  const zoomBy = useRef(onZoomBy);
  zoomBy.current = onZoomBy;
  useEffect(() => {
    const element = scroller.current;
    const onWheel = (event: WheelEvent) => {
      const box = axis.current?.getBoundingClientRect();
      if ((event.ctrlKey || event.metaKey) && box && event.clientX >= box.left) {
        event.preventDefault();
        zoomBy.current(event.deltaY > 0 ? 1.25 : 0.8, zoom.fromNs + ((event.clientX - box.left) / box.width) * extent);
      }
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [zoom.fromNs, extent]);

  const shareAt = (event: PointerEvent) => {
    const box = axis.current?.getBoundingClientRect();
    return box ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0;
  };
  const finishDrag = () => {
    if (drag !== null && Math.abs(drag.to - drag.from) > 0.005) {
      onZoom({ fromNs: zoom.fromNs + Math.min(drag.from, drag.to) * extent, toNs: zoom.fromNs + Math.max(drag.from, drag.to) * extent });
    }
    setDrag(null);
  };

  const visible: number[] = [];
  const selectedPlace = detail === null ? -1 : placeOf(folding.rows, selected);
  const opened = detail !== null && folding.rows[selectedPlace] === selected;
  // Rows below the details stand lower by their height, so up to that many more above the view are still in it.
  const first = opened ? Math.max(0, rows.first - Math.ceil(detailHeight / rowHeight)) : rows.first;
  const lowered = (place: number) => place * rowHeight - rows.shift + (opened && place > selectedPlace ? detailHeight : 0);
  for (let place = first; place < rows.last; place++) {
    visible.push(place);
  }
  return (
    <div
      ref={scroller}
      className="wf"
      role="treegrid"
      aria-label={t.trace.waterfall}
      aria-rowcount={folding.rows.length + 1}
      aria-colcount={2}
      aria-activedescendant={rowId(cursorPlace >= rows.first && cursorPlace < rows.last ? folding.rows[cursorPlace] : -1)}
      tabIndex={0}
      data-list-keys
      style={{ '--name-width': `${width}px` } as CSSProperties}
    >
      <div className="wf-axis" role="row" aria-rowindex={1} style={{ height: axisHeight }}>
        <div className="wf-axis-name" role="columnheader">
          {t.trace.columnSpan}
          <NameResizer width={width} onChange={setWidth} />
        </div>
        <div className="wf-axis-time" role="columnheader" aria-label={t.trace.columnTime}>
          <div
            ref={axis}
            className="wf-axis-scale"
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDrag({ from: shareAt(event), to: shareAt(event) });
            }}
            onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: shareAt(event) })}
            onPointerUp={finishDrag}
            onPointerCancel={() => setDrag(null)}
          >
            {ticks.values.map((value) => (
              <span key={value} className="wf-tick num" style={{ left: `${share(value) * 100}%` }}>
                {formatTick(value, ticks.step, zoom.toNs)}
              </span>
            ))}
            {drag !== null && <span className="wf-drag" style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />}
          </div>
        </div>
      </div>
      <div className="wf-rows" role="rowgroup" style={{ height: rows.height + (opened ? detailHeight : 0) }}>
        <div className="wf-grid" aria-hidden="true">
          <div className="wf-scale">
            {ticks.values.map((value) => (
              <span key={value} style={{ left: `${share(value) * 100}%` }} />
            ))}
          </div>
        </div>
        {critical && !opened && <CriticalThread path={path} rows={folding.rows} first={rows.first} last={rows.last} shift={rows.shift} fromNs={zoom.fromNs} toNs={zoom.toNs} />}
        {visible.map((place) => {
          const row = folding.rows[place];
          return (
            <WaterfallRow
              key={row}
              table={table}
              row={row}
              place={place}
              top={lowered(place)}
              slot={slots[table.service[row]]}
              folded={folding.folded[row] === 1}
              repeat={folding.isRepeat(row) ? (folding.repeats.get(row) ?? null) : null}
              onToggleRepeat={folding.toggleRepeat}
              fromNs={zoom.fromNs}
              toNs={zoom.toNs}
              isCursor={row === folding.rows[cursorPlace]}
              isSelected={row === selected}
              match={matches === null ? 'none' : matches[row] === 1 ? 'match' : 'other'}
              pieces={critical ? (pieces.get(row) ?? null) : null}
              onOpen={onOpen}
              onToggle={onToggle}
            />
          );
        })}
        {opened && (
          <div className="wf-detail" style={{ top: (selectedPlace + 1) * rowHeight - rows.shift, height: detailHeight }}>
            {detail}
          </div>
        )}
      </div>
    </div>
  );
}

/** From–to pairs of the critical path for each row that has any. */
function piecesByRow(path: TraceSession['path']): Map<number, number[]> {
  const pieces = new Map<number, number[]>();
  for (let i = 0; i < path.row.length; i++) {
    const list = pieces.get(path.row[i]);
    if (list === undefined) {
      pieces.set(path.row[i], [path.fromNs[i], path.toNs[i]]);
    } else {
      list.push(path.fromNs[i], path.toNs[i]);
    }
  }
  return pieces;
}

function useNameWidth(): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => {
    const kept = Number(window.localStorage?.getItem(nameWidthKey));
    return kept >= nameWidth.least && kept <= nameWidth.most ? kept : nameWidth.standard;
  });
  const change = (next: number) => {
    const clamped = Math.round(Math.max(nameWidth.least, Math.min(nameWidth.most, next)));
    setWidth(clamped);
    window.localStorage?.setItem(nameWidthKey, String(clamped));
  };
  return [width, change];
}

function NameResizer({ width, onChange }: { width: number; onChange(width: number): void }) {
  const { t } = usePreferences();
  const start = useRef<{ x: number; width: number } | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (direction !== 0) {
      event.preventDefault();
      event.stopPropagation();
      event.nativeEvent.stopImmediatePropagation();
      onChange(width + direction * nameWidth.step);
    }
  };
  return (
    <div
      className="wf-resizer"
      role="separator"
      aria-orientation="vertical"
      aria-label={t.trace.resizeNames}
      aria-valuenow={width}
      aria-valuemin={nameWidth.least}
      aria-valuemax={nameWidth.most}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onChange(nameWidth.standard)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => start.current !== null && onChange(start.current.width + event.clientX - start.current.x)}
      onPointerUp={() => {
        start.current = null;
      }}
    />
  );
}
