import { useMemo, useState, type PointerEvent } from 'react';
import { usePreferences } from '../app/preferences';
import { formatClock, formatDay, formatMoment, niceTicks } from '../model/format';
import './chart.css';

export interface ChartSeries {
  name: string;
  colour: string;
  times: readonly number[];
  /** NaN where there is nothing to say: the line has a gap. */
  values: readonly number[];
}

export interface ChartPoint {
  timeMs: number;
  value: number;
  label: string;
  href: string;
  onOpen(): void;
}

interface TimeChartProps {
  label: string;
  series: readonly ChartSeries[];
  format(value: number): string;
  height?: number;
  points?: readonly ChartPoint[];
}

const ticksWanted = 3;

/** Lines over time. The legend tells the values under the pointer, else the newest; it is also the table for those who cannot see the lines. */
export function TimeChart({ label, series, format, height = 160, points = [] }: TimeChartProps) {
  const { zone } = usePreferences();
  const [hover, setHover] = useState<number | null>(null);
  const { first, last, most } = useMemo(() => extent(series, points), [series, points]);
  const nice = niceTicks(0, most, ticksWanted);
  // Up to the next tick, so that the highest point has a line above it to be read against.
  const ticks = niceTicks(0, Math.ceil(most / nice.step) * nice.step, ticksWanted).values.map((tick) => Math.abs(tick));
  const top = Math.max(most, ticks.at(-1) ?? 0);
  const x = (time: number) => ((time - first) / Math.max(1, last - first)) * 100;
  const y = (value: number) => 100 - (value / Math.max(Number.MIN_VALUE, top)) * 100;
  const sameDay = formatDay(first, zone) === formatDay(last, zone);
  const ends = (ms: number) => (!Number.isFinite(ms) ? '' : sameDay ? formatClock(ms, zone).slice(0, 5) : formatMoment(ms, zone));
  const times = series[0]?.times ?? [];
  const at = hover === null ? null : nearest(times, first + hover * (last - first));
  const onMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setHover(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)));
  };
  return (
    <figure className="chart" aria-label={label}>
      <div className="chart-body" style={{ height }}>
        <div className="chart-scale num" aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} style={{ top: `${y(tick)}%` }}>
              {format(tick)}
            </span>
          ))}
        </div>
        <div className="chart-plot" onPointerMove={onMove} onPointerLeave={() => setHover(null)}>
          {ticks.map((tick) => (
            <span key={tick} className="chart-line" style={{ top: `${y(tick)}%` }} />
          ))}
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {series.map((s) => (
              <path key={s.name} d={lineOf(s, x, y)} style={{ stroke: s.colour }} />
            ))}
          </svg>
          {points.map((point, index) => (
            <a
              key={index}
              className="chart-point"
              href={point.href}
              aria-label={point.label}
              title={point.label}
              style={{ left: `${x(point.timeMs)}%`, top: `${y(point.value)}%` }}
              onClick={(event) => {
                if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
                  event.preventDefault();
                  point.onOpen();
                }
              }}
            />
          ))}
          {at !== null && <span className="chart-cursor" style={{ left: `${x(times[at])}%` }} aria-hidden="true" />}
        </div>
      </div>
      <div className="chart-time num" aria-hidden="true">
        <span>{ends(first)}</span>
        <span>{at === null ? '' : formatClock(times[at], zone).slice(0, 8)}</span>
        <span>{ends(last)}</span>
      </div>
      <ul className="chart-legend">
        {series.map((s) => (
          <li key={s.name}>
            <span className="dot" style={{ background: s.colour }} />
            <span title={s.name}>{s.name}</span>
            <span className="num">{valueText(s, at, format)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function extent(series: readonly ChartSeries[], points: readonly ChartPoint[]): { first: number; last: number; most: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let most = 0;
  for (const s of series) {
    first = Math.min(first, s.times[0] ?? first);
    last = Math.max(last, s.times.at(-1) ?? last);
    for (const value of s.values) {
      most = Math.max(most, Number.isFinite(value) ? value : 0);
    }
  }
  // A trace may be newer than the last value of the lines; its dot must not lie outside.
  for (const point of points) {
    first = Math.min(first, point.timeMs);
    last = Math.max(last, point.timeMs);
    most = Math.max(most, point.value);
  }
  return { first, last, most: most === 0 ? 1 : most };
}

function nearest(times: readonly number[], wanted: number): number | null {
  let best: number | null = null;
  times.forEach((time, i) => {
    if (best === null || Math.abs(time - wanted) < Math.abs(times[best] - wanted)) {
      best = i;
    }
  });
  return best;
}

/** A stroke for each run of values; a value alone between gaps is a dot. */
function lineOf({ times, values }: ChartSeries, x: (time: number) => number, y: (value: number) => number): string {
  let path = '';
  let drawing = false;
  values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      const alone = !drawing && !Number.isFinite(values[i + 1]);
      path += `${drawing ? 'L' : 'M'}${x(times[i]).toFixed(2)} ${y(value).toFixed(2)}${alone ? 'h0.6' : ''}`;
    }
    drawing = Number.isFinite(value);
  });
  return path;
}

function valueText({ values }: ChartSeries, at: number | null, format: (value: number) => string): string {
  const value = at === null ? values.findLast((v) => Number.isFinite(v)) : values[at];
  return value === undefined || !Number.isFinite(value) ? '–' : format(value);
}
