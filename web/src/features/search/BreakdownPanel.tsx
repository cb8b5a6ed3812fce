import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type CSSProperties, useMemo, useState } from 'react';
import { queryInstant, queryRange, type Series } from '../../api/metrics';
import { fieldNames } from '../../api/tags';
import { usePreferences } from '../../app/preferences';
import { addCondition, equals } from '../../model/builder';
import { formatCount, formatDuration, formatPercent } from '../../model/format';
import { stepFor } from '../../model/strip';
import { metricsSource } from '../../model/traceql';
import type { SearchView } from '../../model/urlState';
import { Breakable } from '../../ui/Breakable';
import { Icon } from '../../ui/Icon';
import { Sparkline } from '../../ui/Sparkline';
import { groupingFields } from './fields';
import './panels.css';
import { Skeleton } from './Skeleton';
import { resolveWindow } from './window';

interface Row {
  value: string | number | boolean;
  spans: number;
  errors: number;
  p50: number;
  p95: number;
  rate: number[];
}

type Key = 'spans' | 'errors' | 'p50' | 'p95';

const sparkColumns = 40;
const shownLimit = 500;

interface BreakdownPanelProps {
  view: SearchView;
  onChange(next: Partial<SearchView>): void;
}

/** The spans of the search by the values of one field: how many, how many failed, how slow, and over time. */
export function BreakdownPanel({ view, onChange }: BreakdownPanelProps) {
  const { t, lang } = usePreferences();
  const [wanted, setWanted] = useState('');
  const [sort, setSort] = useState<Key>('spans');
  const fields = useQuery({ queryKey: ['fields'], queryFn: ({ signal }) => fieldNames(signal), staleTime: 60_000 });
  const offered = useMemo(() => groupingFields(fields.data ?? []), [fields.data]);
  const by = view.by === '' ? 'resource.service.name' : view.by;
  const result = useQuery({
    queryKey: ['explore', 'breakdown', view.query, view.range.from, view.range.to, by],
    queryFn: async ({ signal }) => {
      const window = await resolveWindow(view.range, signal);
      const source = metricsSource(view.query);
      const step = stepFor(window.endMs - window.startMs, sparkColumns);
      const [counts, quantiles, rates] = await Promise.all([
        queryInstant(`${source} | count_over_time() by(${by}, status)`, window, signal),
        queryInstant(`${source} | quantile_over_time(duration, 0.5, 0.95) by(${by})`, window, signal),
        queryRange(`${source} | count_over_time() by(${by})`, window, step, signal),
      ]);
      return { rows: rowsOf(counts.series, quantiles.series, rates.series, by), incomplete: counts.searched.incomplete };
    },
    placeholderData: keepPreviousData,
    gcTime: 10 * 60_000,
  });
  const rows = useMemo(() => [...(result.data?.rows ?? [])].sort((a, b) => valueOf(b, sort) - valueOf(a, sort)), [result.data, sort]);
  const most = rows.reduce((m, r) => Math.max(m, r.spans), 0);
  const total = rows.reduce((sum, r) => sum + r.spans, 0);
  const list = offered.filter((f) => f.toLowerCase().includes(wanted.trim().toLowerCase()));
  const header = (key: Key, text: string) => (
    <th scope="col" className="cell-number" aria-sort={sort === key ? 'descending' : 'none'}>
      <button type="button" className="column-sort" aria-pressed={sort === key} onClick={() => setSort(key)}>
        {text}
      </button>
    </th>
  );
  return (
    <div className="panel-split">
      <nav className="field-list" aria-label={t.breakdown.fields}>
        <input type="search" className="field" value={wanted} placeholder={t.breakdown.findField} aria-label={t.breakdown.findField} onChange={(event) => setWanted(event.target.value)} />
        <ul>
          {list.map((field) => (
            <li key={field}>
              <button type="button" aria-pressed={field === by} title={field} onClick={() => onChange({ by: field })}>
                <Breakable text={field} />
              </button>
            </li>
          ))}
        </ul>
      </nav>
      {result.error !== null && !result.isFetching ? (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{result.error.message}</p>
        </div>
      ) : result.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <p className="panel-empty">{t.search.nothing}</p>
      ) : (
        <div className="panel-scroll" data-stale={result.isPlaceholderData}>
          <table className="panel-table breakdown-table" style={{ '--number-width': `${formatCount(most, lang).length}ch` } as CSSProperties}>
            <caption>
              {t.breakdown.caption(by, formatCount(rows.length, lang), formatCount(total, lang))}
              {result.data.incomplete !== null && ` ${t.search.incomplete(result.data.incomplete)}`}
            </caption>
            <thead>
              <tr>
                <th scope="col">
                  <code>{by}</code>
                </th>
                {header('spans', t.breakdown.spans)}
                <th scope="col">{t.breakdown.overTime}</th>
                {header('errors', t.breakdown.errors)}
                {header('p50', t.breakdown.p50)}
                {header('p95', t.breakdown.p95)}
                <th scope="col">
                  <span className="visually-hidden">{t.compare.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shownLimit).map((row) => {
                const text = row.value === 'nil' ? t.breakdown.without(by) : String(row.value);
                return (
                  <tr key={`${typeof row.value} ${row.value}`}>
                    <th scope="row" className={row.value === 'nil' ? 'sub' : undefined} title={text}>
                      {text}
                    </th>
                    <td className="cell-number">
                      <span className="share">
                        <span className="share-track" aria-hidden="true">
                          <span className="share-selected" style={{ width: `${most === 0 ? 0 : (row.spans / most) * 100}%` }} />
                        </span>
                        <span className="num">{formatCount(row.spans, lang)}</span>
                      </span>
                    </td>
                    <td>
                      <Sparkline values={row.rate} />
                    </td>
                    <td className={row.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(row.spans === 0 ? 0 : row.errors / row.spans, lang)}</td>
                    <td className="cell-number num">{formatDuration(row.p50 * 1e9)}</td>
                    <td className="cell-number num">{formatDuration(row.p95 * 1e9)}</td>
                    <td className="row-tools">
                      <button type="button" className="icon-button" aria-label={t.breakdown.filterIn(text)} title={t.breakdown.filterIn(text)} onClick={() => onChange({ query: addCondition(view.query, equals(by, row.value)), tab: 'traces' })}>
                        <Icon name="plus" size={13} />
                      </button>
                      <button type="button" className="icon-button" aria-label={t.breakdown.filterOut(text)} title={t.breakdown.filterOut(text)} onClick={() => onChange({ query: addCondition(view.query, equals(by, row.value).replace(' = ', ' != ')) })}>
                        <Icon name="minus" size={13} />
                      </button>
                      <button type="button" className="icon-button" aria-label={t.breakdown.compare(text)} title={t.breakdown.compare(text)} onClick={() => onChange({ tab: 'compare', selection: { condition: equals(by, row.value), window: null } })}>
                        <Icon name="compare" size={13} />
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function valueOf(row: Row, key: Key): number {
  return key === 'errors' ? (row.spans === 0 ? 0 : row.errors / row.spans) : row[key];
}

/** Joins the three answers by value. A label that stands alone in an answer is named by the field or not at all. */
function rowsOf(counts: Series[], quantiles: Series[], rates: Series[], by: string): Row[] {
  const rows = new Map<string, Row>();
  const rowOf = ({ labels }: Series): Row => {
    const value = labels[by] ?? 'nil';
    const key = `${typeof value} ${value}`;
    const row = rows.get(key) ?? { value, spans: 0, errors: 0, p50: 0, p95: 0, rate: [] };
    rows.set(key, row);
    return row;
  };
  for (const s of counts) {
    const row = rowOf(s);
    row.spans += s.values[0] ?? 0;
    row.errors += s.labels.status === 'error' ? (s.values[0] ?? 0) : 0;
  }
  for (const s of quantiles) {
    const row = rowOf(s);
    if (s.labels.p === 0.5) {
      row.p50 = s.values[0] ?? 0;
    } else {
      row.p95 = s.values[0] ?? 0;
    }
  }
  for (const s of rates) {
    rowOf(s).rate = s.values;
  }
  return [...rows.values()].filter((row) => row.spans > 0);
}
