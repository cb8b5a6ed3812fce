import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { getJson } from '../../api/client';
import type { WireTrace } from '../../api/otlp';
import { Link } from '../../app/Link';
import { carriedParams, currentPlace, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatMoment } from '../../model/format';
import { buildTrace } from '../../model/trace/build';
import { diffTraces, type Change, type DiffRow } from '../../model/trace/diff';
import { Flag, spanIdOf, type TraceTable } from '../../model/trace/table';
import { Icon } from '../../ui/Icon';
import { useVirtualRows } from '../../ui/useVirtualRows';
import '../services/services.css';
import './diff.css';

const rowHeight = 30;
const indentPx = 14;
const changes: readonly Change[] = ['same', 'changed', 'added', 'removed'];

/** Two traces laid over one another: what is new, what is missing, what takes longer. The addresses of both stand in the URL. */
export function DiffPage() {
  const { t } = usePreferences();
  const { params } = usePlace();
  const base = params.get('base') ?? '';
  const other = params.get('other') ?? '';
  const result = useQuery({
    queryKey: ['diff', base, other],
    queryFn: async ({ signal }) => {
      const [b, o] = await Promise.all(
        [base, other].map(async (id) => {
          const built = buildTrace(id, await getJson<WireTrace>(`/api/v1/traces/${encodeURIComponent(id)}`, signal));
          if (built === null) {
            throw new Error(t.diff.missing(id));
          }
          return built.table;
        }),
      );
      return { base: b, other: o };
    },
  });
  useEffect(() => {
    document.title = t.diff.title;
  }, [t]);
  if (result.error !== null) {
    return (
      <div className="notice-page">
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{result.error.message}</p>
        </div>
      </div>
    );
  }
  return result.data === undefined ? <div className="page-placeholder" /> : <Diff base={result.data.base} other={result.data.other} />;
}

function Diff({ base, other }: { base: TraceTable; other: TraceTable }) {
  const { t, lang, zone } = usePreferences();
  const { params } = usePlace();
  const scroller = useRef<HTMLDivElement>(null);
  const [only, setOnly] = useState(false);
  const diff = useMemo(() => diffTraces(base, other), [base, other]);
  const colours = useMemo(() => assignColours([...base.services, ...other.services]), [base, other]);
  const rows = useMemo(() => (only ? withAncestors(diff.rows) : diff.rows), [diff, only]);
  const view = useVirtualRows(scroller, rows.length, rowHeight);
  const longest = Math.max(base.durationNs, other.durationNs, 1);
  const swap = () => {
    const place = currentPlace();
    place.params.set('base', other.traceId);
    place.params.set('other', base.traceId);
    navigate(place.path, place.params, 'replace');
  };
  const side = (title: string, table: TraceTable) => (
    <div className="diff-side">
      <span className="sub">{title}</span>
      <Link path={`/trace/${table.traceId}`} params={carriedParams(params)}>
        {table.services[table.service[table.mainRoot]]} {table.names[table.name[table.mainRoot]]}
      </Link>
      <span className="num sub">
        {formatMoment(table.baseUnixMs, zone)} · {formatDuration(table.durationNs)} · {t.views.rows(formatCount(table.count, lang))}
      </span>
    </div>
  );
  return (
    <div className="page diff">
      <header className="page-head">
        <h1>{t.diff.heading}</h1>
        {side(t.diff.base, base)}
        {side(t.diff.other, other)}
        <button type="button" className="button" onClick={swap}>
          {t.diff.swap}
        </button>
      </header>
      <div className="diff-bar">
        <ul>
          {changes.map((change) => (
            <li key={change} data-change={change}>
              <strong className="num">{formatCount(diff.counts[change], lang)}</strong> {t.diff[`change_${change}`]}
            </li>
          ))}
        </ul>
        <button type="button" className="chip" aria-pressed={only} onClick={() => setOnly(!only)}>
          <Icon name="filter" size={13} />
          {t.diff.only}
        </button>
      </div>
      <div className="span-table-body" role="treegrid" aria-label={t.diff.heading} aria-rowcount={rows.length + 1}>
        <div role="rowgroup" className="result-head">
          <div role="row" className="diff-grid" aria-rowindex={1}>
            <div role="columnheader">{t.trace.columnSpan}</div>
            <div role="columnheader">{t.diff.change}</div>
            <div role="columnheader">{t.diff.base}</div>
            <div role="columnheader">{t.diff.other}</div>
            <div role="columnheader">{t.diff.delta}</div>
            <div role="columnheader">
              <span className="visually-hidden">{t.search.columnDuration}</span>
            </div>
          </div>
        </div>
        <div ref={scroller} role="rowgroup" className="result-scroll" tabIndex={0}>
          <div style={{ height: rows.length * rowHeight, position: 'relative' }}>
            {rows.slice(view.first, view.last).map((row, i) => {
              const index = view.first + i;
              const [table, at] = row.other >= 0 ? [other, row.other] : [base, row.base];
              const service = table.services[table.service[at]];
              const before = row.base < 0 ? null : base.durationsNs[row.base];
              const after = row.other < 0 ? null : other.durationsNs[row.other];
              const failed = row.other >= 0 && (other.flags[row.other] & Flag.Error) !== 0;
              const target = carriedParams(params);
              target.set('span', spanIdOf(table, at));
              return (
                <div key={index} role="row" aria-level={row.depth + 1} aria-rowindex={index + 2} data-change={row.change} className="result-row diff-grid" style={{ height: rowHeight, transform: `translateY(${index * rowHeight}px)` }}>
                  <div role="gridcell" className="span-name" style={{ paddingLeft: Math.min(row.depth, 18) * indentPx }}>
                    <span className="dot" style={{ background: colourVariable(colours.get(service) ?? 0) }} />
                    {failed && (
                      <span className="wf-error-icon" title={t.trace.error}>
                        <Icon name="error" size={13} />
                        <span className="visually-hidden">{t.trace.error}</span>
                      </span>
                    )}
                    <span className="sub">{service}</span>
                    <Link path={`/trace/${table.traceId}`} params={target}>
                      {table.names[table.name[at]]}
                    </Link>
                  </div>
                  <div role="gridcell">{row.change === 'same' ? '' : <span className="diff-change">{t.diff[`change_${row.change}`]}</span>}</div>
                  <div role="gridcell" className="num">{before === null ? '–' : formatDuration(before)}</div>
                  <div role="gridcell" className="num">{after === null ? '–' : formatDuration(after)}</div>
                  <div role="gridcell" className="num">{before === null || after === null ? '' : signed(after - before)}</div>
                  <div role="gridcell" className="diff-bars" aria-hidden="true">
                    <span className="diff-before" style={{ width: `${((before ?? 0) / longest) * 100}%` }} />
                    <span className="diff-after" style={{ width: `${((after ?? 0) / longest) * 100}%` }} />
                  </div>
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function signed(ns: number): string {
  return ns > 0 ? `+${formatDuration(ns)}` : formatDuration(ns);
}

/** Rows that differ, and those above them. */
function withAncestors(rows: DiffRow[]): DiffRow[] {
  const kept = new Set<DiffRow>();
  const path: DiffRow[] = [];
  for (const row of rows) {
    path.length = row.depth;
    path.push(row);
    if (row.change !== 'same') {
      path.forEach((r) => kept.add(r));
    }
  }
  return rows.filter((row) => kept.has(row));
}
