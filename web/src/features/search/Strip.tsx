import { useState, type PointerEvent } from 'react';
import type { TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { formatClock, formatCount, formatDay, formatDuration, formatMoment, formatPercent, formatRate, type Zone } from '../../model/format';
import { durationCondition, type Histogram } from '../../model/strip';
import type { Selection } from '../../model/urlState';
import './strip.css';
import type { StripData } from './useStrip';

interface StripProps {
  data: StripData | undefined;
  stale: boolean;
  selection: Selection | null;
  /** Traces of the list, to be shown as points over the durations; null when points are off. */
  points: readonly TraceSummary[] | null;
  onPoints(): void;
  onSelect(selection: Selection | null): void;
}

/** Columns and rows, both ends included. */
interface Box {
  fromColumn: number;
  toColumn: number;
  low: number;
  high: number;
}

type Panel = 'rate' | 'errors' | 'durations';

const plotHeight = 76;

/** Rate, errors and durations over time of exactly the search below. Dragging over it selects. */
export function Strip({ data, stale, selection, points, onPoints, onSelect }: StripProps) {
  const { t, lang, zone } = usePreferences();
  const [drag, setDrag] = useState<{ panel: Panel; from: { column: number; row: number }; to: { column: number; row: number } } | null>(null);
  const [hover, setHover] = useState<{ panel: Panel; column: number; row: number } | null>(null);
  const histogram = data?.histogram;
  const length = data === undefined ? 1 : Math.max(1, (data.window.endMs - data.window.startMs) / 1000);

  const box: Box | null = histogram === undefined ? null : drag !== null ? boxOf(drag, histogram) : null;
  const finish = () => {
    if (histogram !== undefined && box !== null) {
      const whole = box.fromColumn === 0 && box.toColumn === histogram.ends.length - 1;
      onSelect({
        condition: durationCondition(histogram, box.low, box.high),
        window: whole ? null : { fromMs: histogram.ends[box.fromColumn] - histogram.stepMs, toMs: histogram.ends[box.toColumn] },
      });
    }
    setDrag(null);
  };
  const pointer = (panel: Panel) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const at = histogram === undefined ? null : cellAt(event, histogram);
      if (event.button === 0 && at !== null) {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ panel, from: at, to: at });
      }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const at = histogram === undefined ? null : cellAt(event, histogram);
      if (at !== null) {
        setHover({ panel, ...at });
        setDrag((before) => (before === null ? null : { ...before, to: at }));
      }
    },
    onPointerLeave: () => setHover(null),
    onPointerUp: finish,
    onPointerCancel: () => setDrag(null),
  });
  const shade = (panel: Panel) => histogram !== undefined && <Shade histogram={histogram} panel={panel} box={box} selection={selection} />;
  const readout = (panel: Panel) => (hover?.panel === panel && histogram !== undefined ? hoverWords(histogram, panel, hover, lang, zone, t.strip.spans) : null);

  const spans = histogram?.totalSpans ?? 0;
  const errors = histogram?.totalErrors ?? 0;
  return (
    <div className="strip" role="group" aria-label={t.strip.label} data-stale={stale}>
      <figure className="strip-panel">
        <figcaption>
          <span>{t.strip.rate}</span>
          <strong className="num">{histogram === undefined ? '' : formatRate(spans / length, lang)}</strong>
          <span className="strip-note num">{readout('rate') ?? (histogram === undefined ? '' : t.strip.spans(formatCount(spans, lang)))}</span>
        </figcaption>
        <div className="strip-plot" style={{ height: plotHeight }} {...pointer('rate')}>
          {histogram !== undefined && <Bars values={histogram.spans} className="strip-bar" />}
          {shade('rate')}
        </div>
        <TimeScale data={data} zone={zone} />
      </figure>
      <figure className="strip-panel">
        <figcaption>
          <span>{t.strip.errors}</span>
          <strong className={errors > 0 ? 'num strip-bad' : 'num'}>{histogram === undefined ? '' : formatPercent(spans === 0 ? 0 : errors / spans, lang)}</strong>
          <span className="strip-note num">{readout('errors') ?? (histogram === undefined ? '' : t.strip.failed(formatCount(errors, lang)))}</span>
        </figcaption>
        <div className="strip-plot" style={{ height: plotHeight }} {...pointer('errors')}>
          {histogram !== undefined && <Bars values={histogram.errors} className="strip-bar strip-bar-error" />}
          {shade('errors')}
        </div>
        <TimeScale data={data} zone={zone} />
      </figure>
      <figure className="strip-panel strip-panel-wide">
        <figcaption>
          <span>{t.strip.durations}</span>
          <span className="strip-note num">{readout('durations') ?? (stale ? '' : t.strip.help)}</span>
          <button type="button" className="strip-points-toggle" aria-pressed={points !== null} onClick={onPoints}>
            {t.strip.points}
          </button>
        </figcaption>
        <div className="strip-heat">
          {histogram !== undefined && <DurationScale histogram={histogram} />}
          <div className="strip-plot" style={{ height: plotHeight }} {...pointer('durations')}>
            {histogram !== undefined && <Heat histogram={histogram} faint={points !== null} />}
            {shade('durations')}
            {histogram !== undefined && points !== null && <Points histogram={histogram} traces={points} />}
          </div>
        </div>
        <TimeScale data={data} zone={zone} inset />
      </figure>
    </div>
  );
}

function cellAt(event: PointerEvent<HTMLElement>, histogram: Histogram): { column: number; row: number } | null {
  const area = event.currentTarget.getBoundingClientRect();
  const columns = histogram.ends.length;
  const rows = histogram.bounds.length;
  if (columns === 0 || area.width === 0) {
    return null;
  }
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(value)));
  return {
    column: clamp(((event.clientX - area.left) / area.width) * columns, columns),
    row: clamp((1 - (event.clientY - area.top) / area.height) * rows, rows),
  };
}

function boxOf(drag: { panel: Panel; from: { column: number; row: number }; to: { column: number; row: number } }, histogram: Histogram): Box {
  const all = drag.panel !== 'durations';
  return {
    fromColumn: Math.min(drag.from.column, drag.to.column),
    toColumn: Math.max(drag.from.column, drag.to.column),
    low: all ? 0 : Math.min(drag.from.row, drag.to.row),
    high: all ? histogram.bounds.length - 1 : Math.max(drag.from.row, drag.to.row),
  };
}

function hoverWords(histogram: Histogram, panel: Panel, at: { column: number; row: number }, lang: string, zone: Zone, spansText: (count: string) => string): string {
  const { ends, stepMs, bounds, counts, spans, errors } = histogram;
  const end = ends[at.column];
  const clock = (ms: number) => (stepMs < 60_000 ? formatClock(ms, zone).slice(0, 8) : formatClock(ms, zone).slice(0, 5));
  const value = panel === 'rate' ? spans[at.column] : panel === 'errors' ? errors[at.column] : counts[at.column * bounds.length + at.row];
  const durations = panel === 'durations' ? ` · ${formatDuration(bounds[at.row] / 2)}–${formatDuration(bounds[at.row])}` : '';
  return `${clock(end - stepMs)}–${clock(end)}${durations} · ${spansText(formatCount(value, lang))}`;
}

function Bars({ values, className }: { values: Float64Array; className: string }) {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const width = 100 / Math.max(1, values.length);
  let path = '';
  values.forEach((value, i) => {
    if (value > 0) {
      const height = Math.max(2.5, (value / most) * 100);
      path += `M${(i * width + width * 0.12).toFixed(2)} 100v${(-height).toFixed(2)}h${(width * 0.76).toFixed(2)}v${height.toFixed(2)}z`;
    }
  });
  return (
    <svg className={className} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

const shades = 8;

/** One path for each shade: a few nodes however many cells there are, and colours that follow the theme by themselves. */
function Heat({ histogram, faint }: { histogram: Histogram; faint: boolean }) {
  const { ends, bounds, counts, largest } = histogram;
  const paths = new Array<string>(shades).fill('');
  const width = 100 / Math.max(1, ends.length);
  const height = 100 / Math.max(1, bounds.length);
  for (let c = 0; c < ends.length; c++) {
    for (let r = 0; r < bounds.length; r++) {
      const count = counts[c * bounds.length + r];
      if (count > 0) {
        // A root, so that a single slow request beside thousands of quick ones can be seen and the thousands still differ.
        const shade = Math.min(shades - 1, Math.floor(Math.sqrt(count / largest) * shades));
        // Edges, not lengths: neighbours that round alike leave no hair between them.
        paths[shade] += `M${(c * width).toFixed(2)} ${(100 - (r + 1) * height).toFixed(2)}H${((c + 1) * width).toFixed(2)}V${(100 - r * height).toFixed(2)}H${(c * width).toFixed(2)}z`;
      }
    }
  }
  return (
    <svg className={faint ? 'strip-cells strip-cells-faint' : 'strip-cells'} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      {paths.map((path, shade) => (
        <path key={shade} d={path} style={{ fillOpacity: 0.16 + (0.84 * (shade + 0.5)) / shades }} />
      ))}
    </svg>
  );
}

const pointsLimit = 1000;

/** The traces of the list as points, by their start and duration; each is a link. */
function Points({ histogram, traces }: { histogram: Histogram; traces: readonly TraceSummary[] }) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  const { ends, stepMs, bounds } = histogram;
  if (ends.length === 0) {
    return null;
  }
  const first = ends[0] - stepMs;
  const extent = ends[ends.length - 1] - first;
  const lowest = Math.log2(bounds[0] / 2);
  return traces.slice(0, pointsLimit).map((trace) => {
    const x = (trace.startMs - first) / extent;
    const y = (Math.log2(Math.max(1, trace.durationMs * 1e6)) - lowest) / bounds.length;
    return x < 0 || x > 1 ? null : (
      <Link
        key={trace.traceId}
        className={trace.errorCount > 0 ? 'strip-point strip-point-error' : 'strip-point'}
        path={`/trace/${trace.traceId}`}
        params={carriedParams(params)}
        style={{ left: `${x * 100}%`, bottom: `${Math.max(0, Math.min(1, y)) * 100}%` }}
        aria-label={t.metrics.exemplar(`${trace.rootName} ${formatDuration(trace.durationMs * 1e6)}`, formatClock(trace.startMs, zone).slice(0, 8))}
        title={`${trace.rootService} ${trace.rootName} · ${formatDuration(trace.durationMs * 1e6)}`}
        onPointerDown={(event) => event.stopPropagation()}
      />
    );
  });
}

/** What is being dragged, else what the address says is selected. */
function Shade({ histogram, panel, box, selection }: { histogram: Histogram; panel: Panel; box: Box | null; selection: Selection | null }) {
  const shown = box ?? (selection === null ? null : boxOfSelection(histogram, selection));
  if (shown === null || histogram.ends.length === 0) {
    return null;
  }
  const columns = histogram.ends.length;
  const rows = histogram.bounds.length;
  const durations = panel === 'durations';
  return (
    <span
      className="strip-selection"
      aria-hidden="true"
      style={{
        left: `${(shown.fromColumn / columns) * 100}%`,
        width: `${((shown.toColumn - shown.fromColumn + 1) / columns) * 100}%`,
        bottom: durations ? `${(shown.low / rows) * 100}%` : 0,
        height: durations ? `${((shown.high - shown.low + 1) / rows) * 100}%` : '100%',
      }}
    />
  );
}

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** The box of a selection that was made on this chart or one like it; null for any other condition. */
function boxOfSelection(histogram: Histogram, selection: Selection): Box | null {
  const bound = (pattern: RegExp) => {
    const match = pattern.exec(selection.condition);
    return match === null ? null : Number(match[1]) * units[match[2]];
  };
  if (!/^(?:true|duration [<>]=? [\d.]+(?:ns|us|ms|s)(?: && duration <= [\d.]+(?:ns|us|ms|s))?)$/.test(selection.condition)) {
    return null;
  }
  const above = bound(/duration >=? ([\d.]+)(ns|us|ms|s)/);
  const upTo = bound(/duration <= ([\d.]+)(ns|us|ms|s)/);
  const low = above === null ? 0 : histogram.bounds.findIndex((b) => b > above * 1.1);
  const high = upTo === null ? histogram.bounds.length - 1 : histogram.bounds.findLastIndex((b) => b <= upTo * 1.1);
  const from = selection.window === null ? 0 : histogram.ends.findIndex((end) => end > (selection.window?.fromMs ?? 0));
  const to = selection.window === null ? histogram.ends.length - 1 : histogram.ends.findLastIndex((end) => end <= (selection.window?.toMs ?? 0));
  return low < 0 || high < low || from < 0 || to < from ? null : { fromColumn: from, toColumn: to, low, high };
}

function DurationScale({ histogram }: { histogram: Histogram }) {
  const { bounds } = histogram;
  const marks = bounds.length <= 4 ? bounds.map((_, i) => i) : [0, Math.round((bounds.length - 1) / 2), bounds.length - 1];
  return (
    <div className="strip-durations num" aria-hidden="true">
      {marks.map((row) => (
        <span key={row} style={{ bottom: `${((row + 0.5) / bounds.length) * 100}%` }}>
          {formatDuration(bounds[row])}
        </span>
      ))}
    </div>
  );
}

function TimeScale({ data, zone, inset = false }: { data: StripData | undefined; zone: Zone; inset?: boolean }) {
  const ends = data?.histogram.ends ?? [];
  const first = ends.length === 0 ? null : ends[0] - (data?.histogram.stepMs ?? 0);
  const last = ends.at(-1) ?? null;
  const sameDay = first !== null && last !== null && formatDay(first, zone) === formatDay(last, zone);
  const words = (ms: number | null) => (ms === null ? '\u00a0' : sameDay ? formatClock(ms, zone).slice(0, 5) : formatMoment(ms, zone));
  return (
    <div className={inset ? 'strip-time strip-time-inset num' : 'strip-time num'} aria-hidden="true">
      <span>{words(first)}</span>
      <span>{words(last)}</span>
    </div>
  );
}
