import { useMemo, useRef, useState } from 'react';
import type { FoundSpan, TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours, colourVariable } from '../../model/colours';
import { formatClock, formatDay, formatDuration } from '../../model/format';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { useVirtualRows } from '../../ui/useVirtualRows';
import { answerName } from './fields';

interface SpanListProps {
  traces: TraceSummary[];
  view: SearchView;
  stale: boolean;
  onChange(next: Partial<SearchView>): void;
}

const rowHeight = 34;

/** The matched spans themselves, one a row, with every chosen field a column. */
export function SpanList({ traces, view, stale, onChange }: SpanListProps) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  const scroller = useRef<HTMLDivElement>(null);
  const descending = !view.sort.startsWith('-');
  const key = descending ? view.sort : view.sort.slice(1);
  const spans = useMemo(() => sortSpans(traces.flatMap((trace) => trace.spans), key, descending), [traces, key, descending]);
  const colours = useMemo(() => assignColours(spans.map((s) => s.fields['service.name'] ?? '')), [spans]);
  const longest = useMemo(() => spans.reduce((most, span) => Math.max(most, span.durationNs), 0), [spans]);
  const rows = useVirtualRows(scroller, spans.length, rowHeight);
  const [active, setActive] = useState(-1);
  const [now] = useState(() => Date.now());
  const move = (step: number) => {
    const next = Math.max(0, Math.min(spans.length - 1, active + step));
    setActive(next);
    rows.scrollTo(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"] a`)?.focus({ preventScroll: true }));
  };
  useShortcuts({ KeyJ: () => move(1), ArrowDown: () => move(1), KeyK: () => move(-1), ArrowUp: () => move(-1) });

  const template = `150px minmax(110px, 0.8fr) minmax(150px, 1.4fr) minmax(140px, 1fr) ${view.columns.map(() => 'minmax(90px, 0.8fr)').join(' ')}`;
  const header = (field: string, text: string, className?: string) => {
    const sorted = key === field;
    return (
      <div key={field} role="columnheader" className={className} aria-sort={sorted ? (descending ? 'descending' : 'ascending') : 'none'}>
        <button type="button" className="column-sort" title={text} aria-pressed={sorted} data-ascending={sorted && !descending} onClick={() => onChange({ sort: sorted && descending ? `-${field}` : field })}>
          {text}
        </button>
      </div>
    );
  };
  return (
    <div className="results spans" role="table" aria-label={t.spans.label} aria-rowcount={spans.length + 1} data-stale={stale}>
      <div role="rowgroup" className="result-head">
        <div role="row" aria-rowindex={1} className="span-grid" style={{ gridTemplateColumns: template }}>
          {header('start', t.search.columnStart)}
          {header('resource.service.name', t.search.service)}
          {header('name', t.spans.operation)}
          {header('span:duration', t.search.columnDuration, 'cell-duration')}
          {view.columns.map((field) => header(field, field))}
        </div>
      </div>
      <div ref={scroller} role="rowgroup" className="result-scroll" tabIndex={-1} data-list-keys>
        <div style={{ height: spans.length * rowHeight, position: 'relative' }}>
          {spans.slice(rows.first, rows.last).map((span, i) => {
            const index = rows.first + i;
            const target = carriedParams(params);
            target.set('span', span.spanId);
            const service = span.fields['service.name'] ?? '';
            const day = formatDay(span.startMs, zone);
            const failed = span.fields.status === 'error';
            return (
              <div key={`${span.traceId}${span.spanId}${index}`} role="row" aria-rowindex={index + 2} data-row={index} className="result-row span-row span-grid" style={{ gridTemplateColumns: template, transform: `translateY(${index * rowHeight}px)` }}>
                <div role="cell" className="num">
                  {day === formatDay(now, zone) ? formatClock(span.startMs, zone) : `${day} ${formatClock(span.startMs, zone).slice(0, 8)}`}
                </div>
                <div role="cell" className="span-service">
                  <span className="dot" style={{ background: colourVariable(colours.get(service) ?? 0) }} /> {service}
                </div>
                <div role="cell" className="span-name">
                  {failed && (
                    <span className="wf-error-icon" title={t.trace.error}>
                      <Icon name="error" size={13} />
                      <span className="visually-hidden">{t.trace.error}</span>
                    </span>
                  )}
                  <Link className="result-link" path={`/trace/${span.traceId}`} params={target} onClick={() => setActive(index)}>
                    {span.name}
                  </Link>
                </div>
                <div role="cell" className="cell-duration">
                  <span className="num">{formatDuration(span.durationNs)}</span>
                  <span className="duration-track" aria-hidden="true">
                    <span style={{ width: `${longest === 0 ? 0 : Math.max(0.4, (span.durationNs / longest) * 100)}%`, background: colourVariable(colours.get(service) ?? 0) }} />
                  </span>
                </div>
                {view.columns.map((field) => (
                  <div key={field} role="cell" className="span-field" title={span.fields[answerName(field)] ?? ''}>
                    {span.fields[answerName(field)] ?? <span className="sub">–</span>}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function sortSpans(spans: FoundSpan[], key: string, descending: boolean): FoundSpan[] {
  const sign = descending ? -1 : 1;
  const text = (span: FoundSpan) => (key === 'name' ? span.name : (span.fields[answerName(key)] ?? ''));
  const compare = (a: FoundSpan, b: FoundSpan): number => {
    if (key === 'span:duration' || key === 'duration') {
      return a.durationNs - b.durationNs;
    }
    if (key === 'start' || key === 'spans' || key === 'errors') {
      return a.startMs - b.startMs;
    }
    const [x, y] = [text(a), text(b)];
    const [nx, ny] = [Number(x), Number(y)];
    return x !== '' && y !== '' && Number.isFinite(nx) && Number.isFinite(ny) ? nx - ny : x.localeCompare(y);
  };
  return [...spans].sort((a, b) => sign * compare(a, b));
}
