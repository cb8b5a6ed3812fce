import { useMemo, useRef, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount, formatDuration } from '../../model/format';
import { Flag, spanIdOf, type TraceTable } from '../../model/trace/table';
import { Icon } from '../../ui/Icon';
import { download } from '../../ui/download';
import { useVirtualRows } from '../../ui/useVirtualRows';
import type { ViewProps } from './views';

const rowHeight = 30;
const keys = ['start', 'service', 'name', 'duration', 'self'] as const;
type Key = (typeof keys)[number];

/** Every span as a row that can be sorted; with a search only what it finds. Also as a file for a spreadsheet. */
export function TableView({ session, self, slots, matches, onOpen }: ViewProps) {
  const { table } = session;
  const { t, lang } = usePreferences();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<Key>('start');
  const rows = useMemo(() => sorted(table, self, matches, sort), [table, self, matches, sort]);
  const view = useVirtualRows(scroller, rows.length, rowHeight);
  const header = (key: Key, text: string) => (
    <div role="columnheader" aria-sort={sort === key ? (key === 'duration' || key === 'self' ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="column-sort" aria-pressed={sort === key} data-ascending={sort === key && key !== 'duration' && key !== 'self'} onClick={() => setSort(key)}>
        {text}
      </button>
    </div>
  );
  return (
    <div className="trace-view span-table">
      <div className="flame-bar">
        <p className="num">{t.views.rows(formatCount(rows.length, lang))}</p>
        <button type="button" className="button button-small" onClick={() => download(`${table.traceId}.csv`, 'text/csv', csv(table, self, rows))}>
          <Icon name="download" size={13} />
          {t.views.csv}
        </button>
      </div>
      <div className="span-table-body" role="table" aria-label={t.views.view_table} aria-rowcount={rows.length + 1}>
        <div role="rowgroup" className="result-head">
          <div role="row" className="span-table-grid" aria-rowindex={1}>
            {header('start', t.search.columnStart)}
            {header('service', t.search.service)}
            {header('name', t.spans.operation)}
            {header('duration', t.search.columnDuration)}
            {header('self', t.views.self)}
          </div>
        </div>
        <div ref={scroller} role="rowgroup" className="result-scroll" tabIndex={0}>
          <div style={{ height: view.height, position: 'relative' }}>
            {Array.from(rows.subarray(view.first, view.last), (row, i) => (
              <div key={row} role="row" aria-rowindex={view.first + i + 2} className="result-row span-table-grid" style={{ height: rowHeight, transform: `translateY(${(view.first + i) * rowHeight - view.shift}px)` }}>
                <div role="cell" className="num">
                  +{formatDuration(table.startNs[row])}
                </div>
                <div role="cell" className="span-service">
                  <span className="dot" style={{ background: colourVariable(slots[table.service[row]]) }} /> {table.services[table.service[row]]}
                </div>
                <div role="cell" className="span-name">
                  {(table.flags[row] & Flag.Error) !== 0 && (
                    <span className="wf-error-icon">
                      <Icon name="error" size={13} />
                      <span className="visually-hidden">{t.trace.error}</span>
                    </span>
                  )}
                  <button type="button" className="inline-button" onClick={() => onOpen(row)}>
                    {table.names[table.name[row]]}
                  </button>
                </div>
                <div role="cell" className="num cell-right">
                  {formatDuration(table.durationsNs[row])}
                </div>
                <div role="cell" className="num cell-right">
                  {formatDuration(self[row])}
                </div>
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function sorted(table: TraceTable, self: Float64Array, matches: Uint8Array | null, sort: Key): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < table.count; row++) {
    if (matches === null || matches[row] === 1) {
      rows.push(row);
    }
  }
  const list = Int32Array.from(rows);
  const text = (of: (row: number) => string) => list.sort((a, b) => of(a).localeCompare(of(b)) || a - b);
  switch (sort) {
    case 'start':
      return list.sort((a, b) => table.startNs[a] - table.startNs[b] || a - b);
    case 'duration':
      return list.sort((a, b) => table.durationsNs[b] - table.durationsNs[a] || a - b);
    case 'self':
      return list.sort((a, b) => self[b] - self[a] || a - b);
    case 'service':
      return text((row) => table.services[table.service[row]]);
    case 'name':
      return text((row) => table.names[table.name[row]]);
  }
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function csv(table: TraceTable, self: Float64Array, rows: Int32Array): string {
  const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = ['span_id,parent_id,service,operation,kind,status,start_ns,duration_ns,self_ns'];
  for (const row of rows) {
    const parent = table.parent[row];
    lines.push(
      [
        spanIdOf(table, row),
        parent < 0 ? '' : spanIdOf(table, parent),
        quoted(table.services[table.service[row]]),
        quoted(table.names[table.name[row]]),
        kinds[table.kind[row]] ?? '',
        table.flags[row] & Flag.Error ? 'error' : '',
        Math.round(table.startNs[row]),
        Math.round(table.durationsNs[row]),
        Math.round(self[row]),
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}
