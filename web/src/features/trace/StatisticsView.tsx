import { useMemo, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatPercent } from '../../model/format';
import { groupSpans, type SpanGroup } from '../../model/trace/statistics';
import '../search/panels.css';
import type { ViewProps } from './views';

const keys = ['count', 'errors', 'totalNs', 'selfNs', 'medianNs', 'mostNs'] as const;
type Key = (typeof keys)[number];

/** The spans of the trace by service or by operation: how many, how long in all, and how long by themselves. */
export function StatisticsView({ session, self, slots, onOpen }: ViewProps) {
  const { table } = session;
  const { t, lang } = usePreferences();
  const [byOperation, setByOperation] = useState(true);
  const [sort, setSort] = useState<Key>('selfNs');
  const groups = useMemo(() => groupSpans(table, self, byOperation).sort((a, b) => b[sort] - a[sort]), [table, self, byOperation, sort]);
  const whole = useMemo(() => self.reduce((sum, ns) => sum + ns, 0), [self]);
  const header = (key: Key, text: string) => (
    <th scope="col" className="cell-number" aria-sort={sort === key ? 'descending' : 'none'}>
      <button type="button" className="column-sort" aria-pressed={sort === key} onClick={() => setSort(key)}>
        {text}
      </button>
    </th>
  );
  const name = (group: SpanGroup) => (group.name < 0 ? table.services[group.service] : table.names[group.name]);
  return (
    <div className="trace-view panel-scroll">
      <div className="segmented" role="group" aria-label={t.views.groupBy}>
        <button type="button" aria-pressed={byOperation} onClick={() => setByOperation(true)}>
          {t.views.byOperation}
        </button>
        <button type="button" aria-pressed={!byOperation} onClick={() => setByOperation(false)}>
          {t.views.byService}
        </button>
      </div>
      <table className="panel-table statistics-table">
        <caption className="visually-hidden">{t.views.view_statistics}</caption>
        <thead>
          <tr>
            <th scope="col">{byOperation ? t.trace.columnSpan : t.search.service}</th>
            {header('count', t.search.columnSpans)}
            {header('errors', t.search.columnErrors)}
            {header('totalNs', t.views.total)}
            {header('selfNs', t.views.self)}
            <th scope="col" className="cell-number">
              {t.views.share}
            </th>
            {header('medianNs', t.breakdown.p50)}
            {header('mostNs', t.structure.largest)}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.service} ${group.name}`}>
              <th scope="row">
                <span className="dot" style={{ background: colourVariable(slots[group.service]) }} /> {group.name >= 0 && <span className="sub">{table.services[group.service]} </span>}
                <button type="button" className="inline-button" onClick={() => onOpen(group.example)}>
                  {name(group)}
                </button>
              </th>
              <td className="cell-number num">{formatCount(group.count, lang)}</td>
              <td className={group.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatCount(group.errors, lang)}</td>
              <td className="cell-number num">{formatDuration(group.totalNs)}</td>
              <td className="cell-number num">{formatDuration(group.selfNs)}</td>
              <td className="cell-number num">{formatPercent(whole === 0 ? 0 : group.selfNs / whole, lang)}</td>
              <td className="cell-number num">{formatDuration(group.medianNs)}</td>
              <td className="cell-number num">{formatDuration(group.mostNs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
