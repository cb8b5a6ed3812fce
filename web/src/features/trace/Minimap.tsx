import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatDuration } from '../../model/format';
import { Flag, type TraceTable } from '../../model/trace/table';
import { paletteOf } from './palette';
import type { Zoom } from './zoom';

interface MinimapProps {
  table: TraceTable;
  slots: Int32Array;
  zoom: Zoom;
  zoomed: boolean;
  onZoom(zoom: Zoom | null): void;
}

const heightPx = 44;
const dragThresholdPx = 4;

/** All spans of the trace, a hair's breadth each. Dragging over it chooses the window of time below; the edges can be moved by keys. */
export function Minimap({ table, slots, zoom, zoomed, onZoom }: MinimapProps) {
  const { t, theme } = usePreferences();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [dark, setDark] = useState(() => window.matchMedia('(prefers-color-scheme: dark)').matches);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) {
      return;
    }
    const resized = new ResizeObserver(() => setWidth(element.clientWidth));
    resized.observe(element);
    setWidth(element.clientWidth);
    return () => resized.disconnect();
  }, []);
  useEffect(() => {
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  useEffect(() => {
    if (canvas.current !== null && width > 0) {
      draw(canvas.current, table, slots, width);
    }
  }, [table, slots, width, theme, dark]);

  const whole = Math.max(1, table.durationNs);
  const shareAt = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    return box ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0;
  };
  const finish = () => {
    if (drag === null) {
      return;
    }
    setDrag(null);
    if (Math.abs(drag.to - drag.from) * width >= dragThresholdPx) {
      onZoom({ fromNs: Math.min(drag.from, drag.to) * whole, toNs: Math.max(drag.from, drag.to) * whole });
    }
  };
  const shown = drag === null ? { from: zoom.fromNs / whole, to: zoom.toNs / whole } : { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) };
  const moveEdge = (edge: 'fromNs' | 'toNs') => (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (direction !== 0) {
      event.preventDefault();
      event.stopPropagation();
      onZoom({ ...zoom, [edge]: zoom[edge] + (direction * whole) / (event.shiftKey ? 20 : 100) });
    }
  };
  return (
    <div className="minimap">
      <div
        ref={frame}
        className="minimap-frame"
        style={{ height: heightPx }}
        onPointerDown={(event) => {
          if (event.button === 0 && !(event.target instanceof HTMLElement && event.target.role === 'slider')) {
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: shareAt(event), to: shareAt(event) });
          }
        }}
        onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: shareAt(event) })}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
        onDoubleClick={() => onZoom(null)}
        title={t.trace.minimapHelp}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {(zoomed || drag !== null) && (
          <>
            <div className="minimap-shade" style={{ left: 0, width: `${shown.from * 100}%` }} />
            <div className="minimap-shade" style={{ left: `${shown.to * 100}%`, right: 0 }} />
            <div className="minimap-window" style={{ left: `${shown.from * 100}%`, width: `${(shown.to - shown.from) * 100}%` }} />
          </>
        )}
        <Edge label={t.trace.windowStart} at={shown.from} text={formatDuration(zoom.fromNs)} onKeyDown={moveEdge('fromNs')} />
        <Edge label={t.trace.windowEnd} at={shown.to} text={formatDuration(zoom.toNs)} onKeyDown={moveEdge('toNs')} />
      </div>
    </div>
  );
}

function Edge({ label, at, text, onKeyDown }: { label: string; at: number; text: string; onKeyDown(event: KeyboardEvent): void }) {
  return <div className="minimap-edge" role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(at * 100)} aria-valuetext={text} style={{ left: `${at * 100}%` }} onKeyDown={onKeyDown} />;
}

/**
 * One line per span when there is room, else several spans share a line of device pixels. Errors are drawn last so that none hides. Lines
 * are cut to device pixels, and a piece that has been painted in the same colour is not painted again: 100 000 spans stay a few thousand
 * rectangles.
 */
function draw(canvas: HTMLCanvasElement, table: TraceTable, slots: Int32Array, width: number): void {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.round(width * ratio);
  const h = Math.round(heightPx * ratio);
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${heightPx}px`;
  const context = canvas.getContext('2d');
  if (context === null) {
    return;
  }
  const palette = paletteOf(canvas);
  const scale = w / Math.max(1, table.durationNs);
  const pitch = Math.min(4 * ratio, h / table.count);
  const line = Math.max(1, pitch * 0.7);
  // Per line of pixels: how far the last colour reaches.
  const reach = new Float64Array(h + 1);
  const colourAt = new Int32Array(h + 1).fill(-1);
  const paint = (row: number, colour: number, style: string) => {
    const y = Math.min(h - 1, Math.floor(row * pitch));
    const from = Math.floor(table.startNs[row] * scale);
    const to = Math.max(from + 1, Math.ceil((table.startNs[row] + table.durationsNs[row]) * scale));
    if (pitch < 1 && colourAt[y] === colour && reach[y] >= to) {
      return;
    }
    colourAt[y] = colour;
    reach[y] = to;
    context.fillStyle = style;
    context.fillRect(from, y, to - from, line);
  };
  for (let row = 0; row < table.count; row++) {
    const slot = slots[table.service[row]];
    paint(row, slot, palette.services[slot]);
  }
  if (table.errorCount > 0) {
    colourAt.fill(-1);
    for (let row = 0; row < table.count; row++) {
      if (table.flags[row] & Flag.Error) {
        paint(row, -2, palette.error);
      }
    }
  }
}
