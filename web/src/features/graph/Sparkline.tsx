import type { SeriesPoint } from '../../api/graph';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { formatClock } from '../../model/format';

interface Props {
  points: SeriesPoint[];
  lines: { value(point: SeriesPoint): number | undefined; className: string }[];
  text(value: number): string;
  label: string;
  height?: number;
  /** A dot for the exemplar of each point, at its own height, that leads to the trace. */
  dots?: boolean;
}

const width = 300;

/** Lines over time from zero up, with the largest value written at its height. */
export function Sparkline({ points, lines, text, label, height = 64, dots = false }: Props) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  if (points.length < 2) {
    return null;
  }
  // Steps overlap where they are shorter than a minute: each trace once.
  const shown = dots ? [...new Map(points.flatMap((point, i) => (point.exemplar ? [[point.exemplar.traceId, { exemplar: point.exemplar, i }] as const] : []))).values()] : [];
  const max = Math.max(...points.flatMap((point) => lines.map((line) => line.value(point) ?? 0)), ...shown.map((dot) => dot.exemplar.durationMs), 1e-9);
  const x = (i: number) => (i / (points.length - 1)) * width;
  const y = (value: number) => height - 3 - (value / max) * (height - 18);
  const last = points[points.length - 1];
  const value = lines[0].value(last);
  return (
    <figure className="graph-spark">
      <figcaption>
        <span>{label}</span>
        <span className="num sub">{value === undefined ? '' : text(value)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${label}. ${t.graph.chartPoint(formatClock(last.time * 1000, zone), value === undefined ? '–' : text(value))}`}>
        <line x1="0" x2={width} y1={height - 3} y2={height - 3} className="graph-axis" />
        {lines.map((line, index) => {
          const path = points
            .flatMap((point, i) => {
              const v = line.value(point);
              return v === undefined ? [] : [`${x(i).toFixed(1)},${y(v).toFixed(1)}`];
            })
            .join(' ');
          return <polyline key={index} points={path} className={line.className} fill="none" vectorEffect="non-scaling-stroke" />;
        })}
      </svg>
      {shown.map(({ exemplar, i }) => (
        <Link
          key={exemplar.traceId}
          className={`graph-dot${exemplar.error ? ' graph-dot-bad' : ''}`}
          path={`/trace/${exemplar.traceId}`}
          params={carriedParams(params)}
          style={{ left: `${(x(i) / width) * 100}%`, bottom: height - y(exemplar.durationMs) }}
          aria-label={`${t.graph.openTrace} ${exemplar.traceId.slice(0, 8)}, ${text(exemplar.durationMs)}${exemplar.error ? `, ${t.graph.failing}` : ''}`}
          title={`${formatClock(exemplar.startMs, zone)} · ${text(exemplar.durationMs)}`}
        />
      ))}
      <span className="graph-spark-max num sub">{text(max)}</span>
    </figure>
  );
}
