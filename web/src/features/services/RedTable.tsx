import type { ReactNode } from 'react';
import type { ServiceRow } from '../../api/generated';
import { usePreferences } from '../../app/preferences';
import { formatDuration, formatPercent, formatRate } from '../../model/format';
import { Sparkline } from '../../ui/Sparkline';

export const sortKeys = ['name', 'rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type SortKey = (typeof sortKeys)[number];

const numbers: Record<Exclude<SortKey, 'name'>, (row: ServiceRow) => number> = {
  rate: (row) => row.ratePerSecond,
  errors: (row) => row.errorShare,
  p50: (row) => row.p50Nanos,
  p95: (row) => row.p95Nanos,
  p99: (row) => row.p99Nanos,
};

/** The most first, names from A on. */
export function sorted(rows: readonly ServiceRow[], by: SortKey): ServiceRow[] {
  const byName = (a: ServiceRow, b: ServiceRow) => a.name.localeCompare(b.name);
  return [...rows].sort(by === 'name' ? byName : (a, b) => numbers[by](b) - numbers[by](a) || byName(a, b));
}

interface Props {
  label: string;
  rows: readonly ServiceRow[];
  nameHeading: string;
  name(row: ServiceRow): ReactNode;
  sort: SortKey;
  onSort(key: SortKey): void;
}

/** Rate, errors and durations, a row for each service or operation. */
export function RedTable({ label, rows, nameHeading, name, sort, onSort }: Props) {
  const { t, lang } = usePreferences();
  const header = (key: SortKey, text: string, hint?: string) => (
    <th scope="col" title={hint} className={key === 'name' ? undefined : 'cell-number'} aria-sort={sort === key ? (key === 'name' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" className="column-sort" aria-pressed={sort === key} data-ascending={sort === key && key === 'name'} onClick={() => onSort(key)}>
        {text}
      </button>
    </th>
  );
  const line = (text: string) => (
    <th scope="col">
      <span className="visually-hidden">{text}</span>
    </th>
  );
  return (
    <table className="panel-table red-table">
      <caption className="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {header('name', nameHeading)}
          {header('rate', t.services.rate)}
          {line(t.services.rateOverTime)}
          {header('errors', t.breakdown.errors, t.services.errorsHint)}
          {line(t.services.errorsOverTime)}
          {header('p50', t.breakdown.p50)}
          {header('p95', t.breakdown.p95)}
          {line(t.services.p95OverTime)}
          {header('p99', t.services.p99)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              {name(row)}
              {!row.countsRequests && (
                <span className="sub red-note" title={t.services.allSpansHint}>
                  {t.services.allSpans}
                </span>
              )}
            </th>
            <td className="cell-number num">{formatRate(row.ratePerSecond, lang)}</td>
            <td>
              <Sparkline values={row.requestsOverTime} />
            </td>
            <td className={row.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(row.errorShare, lang)}</td>
            <td>
              <Sparkline values={row.errorsOverTime} tone="error" />
            </td>
            <td className="cell-number num">{formatDuration(row.p50Nanos)}</td>
            <td className="cell-number num">{formatDuration(row.p95Nanos)}</td>
            <td>
              <Sparkline values={row.p95NanosOverTime} />
            </td>
            <td className="cell-number num">{formatDuration(row.p99Nanos)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
