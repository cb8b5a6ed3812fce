import { useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatAgo, formatClock, formatCount, formatDay, formatDuration } from '../../model/format';
import type { TraceTable } from '../../model/trace/table';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import { TraceMenu } from './TraceMenu';
import { BackLink } from './TracePage';

export function TraceHeader({ table, imported, onReload }: { table: TraceTable; imported: boolean; onReload(): void }) {
  const { t, lang, zone } = usePreferences();
  const [now] = useState(() => Date.now());
  const count = (n: number) => formatCount(n, lang);
  return (
    <header className="trace-head">
      <div className="trace-title">
        <BackLink />
        <h1>
          <span className="trace-service">{table.services[table.service[table.mainRoot]]}</span>
          <span className="trace-name">{table.names[table.name[table.mainRoot]]}</span>
        </h1>
        {!imported && <TraceMenu table={table} />}
        <button type="button" className="icon-button" onClick={onReload} aria-label={t.trace.reload} title={t.trace.reload}>
          <Icon name="refresh" />
        </button>
      </div>
      <dl className="facts">
        <div className="fact-main">
          <dt>{t.trace.duration}</dt>
          <dd className="num">{formatDuration(table.durationNs)}</dd>
        </div>
        <div>
          <dt>{t.trace.start}</dt>
          <dd className="num">
            {formatDay(table.baseUnixMs, zone)} {formatClock(table.baseUnixMs, zone)} <span className="sub">{formatAgo(table.baseUnixMs, now, lang)}</span>
          </dd>
        </div>
        <div>
          <dt>{t.trace.spans}</dt>
          <dd className="num" aria-live="polite">
            {table.count < table.spans ? t.trace.fetching(count(table.count), count(table.spans)) : count(table.spans)}
          </dd>
        </div>
        <div>
          <dt>{t.trace.services}</dt>
          <dd className="num">{count(table.services.length)}</dd>
        </div>
        <div>
          <dt>{t.trace.errors}</dt>
          <dd className={table.errorCount > 0 ? 'num fact-error' : 'num'}>
            {table.errorCount > 0 && <Icon name="error" size={13} />}
            {count(table.errorCount)}
          </dd>
        </div>
        <div className="fact-id">
          <dt>{t.trace.id}</dt>
          <dd>
            <code>{table.traceId}</code>
            <CopyButton text={table.traceId} label={t.trace.copyId} />
          </dd>
        </div>
      </dl>
    </header>
  );
}
