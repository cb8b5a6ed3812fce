import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { uiSettings } from '../../api/ui';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatClock, formatCount, formatDay, formatDuration } from '../../model/format';
import type { SpanDetail } from '../../model/trace/detail';
import { nanoToMs } from '../../model/trace/nano';
import { Flag, spanIdOf } from '../../model/trace/table';
import { fillLink } from '../../model/spanLinks';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import { AttributeSection } from './AttributeSection';
import { EventList } from './EventList';
import { LinkList } from './LinkList';
import './panel.css';
import type { TraceSession } from './session';
import { Standing } from './Standing';

interface SpanPanelProps {
  session: TraceSession;
  row: number;
  slots: Int32Array;
  onClose(): void;
  onGoTo(row: number): void;
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Everything known about one span. The numbers are there at once, the rest follows from the worker within a frame or two. */
export function SpanPanel({ session, row, slots, onClose, onGoTo }: SpanPanelProps) {
  const { t, lang, zone } = usePreferences();
  const { table, path } = session;
  const detail = useDetail(session, row);
  const [filter, setFilter] = useState('');
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    body.current?.scrollTo({ top: 0 });
  }, [row]);

  const parent = table.parent[row];
  const startMs = table.baseUnixMs + table.startNs[row] / 1e6;
  const service = table.services[table.service[row]];
  const name = table.names[table.name[row]];
  const flags = table.flags[row];
  const children = countChildren(table.parent, row, table.size[row]);
  return (
    <aside className="panel" aria-label={t.span.panel}>
      <header className="panel-head">
        <div className="panel-title">
          <span className="panel-service">
            <span className="dot" style={{ background: colourVariable(slots[table.service[row]]) }} />
            {service}
          </span>
          <h2>{name}</h2>
        </div>
        <button type="button" className="icon-button" onClick={onClose} aria-label={t.common.close} title={t.common.close}>
          <Icon name="close" />
        </button>
      </header>
      <div ref={body} className="panel-body">
        {(flags & Flag.Error) !== 0 && (
          <div className="panel-error">
            <Icon name="error" size={16} />
            <div>
              <strong>{t.trace.error}</strong>
              {detail !== null && detail.statusMessage !== '' && <p>{detail.statusMessage}</p>}
            </div>
          </div>
        )}
        <dl className="panel-facts">
          <Fact name={t.span.duration}>
            <span className="num">{formatDuration(table.durationsNs[row])}</span>
            {table.durationNs > 0 && <span className="sub num">{t.span.share(percent(table.durationsNs[row] / table.durationNs, lang))}</span>}
          </Fact>
          {!session.imported && table.kind[row] > 0 && (
            <Fact name={t.span.amongItsLike}>
              <Standing service={service} name={name} kind={kinds[table.kind[row]]} startMs={startMs} durationNs={table.durationsNs[row]} />
            </Fact>
          )}
          <Fact name={t.span.starts}>
            <span className="num">+{formatDuration(table.startNs[row])}</span>
            <span className="sub num">
              {formatDay(startMs, zone)} {formatClock(detail === null ? startMs : nanoToMs(detail.startUnixNano), zone)}
            </span>
          </Fact>
          {path.ownNs[row] > 0 && (
            <Fact name={t.span.onPath}>
              <span className="num">{formatDuration(path.ownNs[row])}</span>
              <span className="sub num">{t.span.share(percent(path.ownNs[row] / Math.max(1, table.durationNs), lang))}</span>
            </Fact>
          )}
          <Fact name={t.span.kind}>{t.span[`kind_${kinds[table.kind[row]] ?? 'unspecified'}`]}</Fact>
          <Fact name={t.span.children}>
            <span className="num">{formatCount(children, lang)}</span>
          </Fact>
          {detail !== null && detail.scopeName !== '' && (
            <Fact name={t.span.scope}>
              {detail.scopeName} <span className="sub">{detail.scopeVersion}</span>
            </Fact>
          )}
          {detail !== null && detail.statusCode === 1 && <Fact name={t.span.status}>{t.span.statusOk}</Fact>}
          {detail !== null && detail.traceState !== '' && (
            <Fact name={t.span.traceState}>
              <code>{detail.traceState}</code>
            </Fact>
          )}
          <Fact name={t.span.id}>
            <code>{spanIdOf(table, row)}</code>
            <CopyButton text={spanIdOf(table, row)} label={t.span.copyId} />
          </Fact>
          <Fact name={t.span.parent}>
            {parent >= 0 ? (
              <button type="button" className="inline-button" onClick={() => onGoTo(parent)}>
                {table.names[table.name[parent]]}
              </button>
            ) : (flags & Flag.MissingParent) !== 0 ? (
              <>
                {t.span.parentNotReceived} {detail !== null && <code>{detail.parentSpanId}</code>}
              </>
            ) : (
              t.span.isRoot
            )}
          </Fact>
        </dl>
        {(flags & Flag.SharedId) !== 0 && <p className="panel-note">{t.span.sharedIdNote}</p>}
        {(flags & Flag.Skewed) !== 0 && <p className="panel-note">{t.span.skewNote}</p>}
        {detail === null ? (
          <div className="panel-pending" />
        ) : (
          <>
            <Elsewhere traceId={table.traceId} startMs={startMs} durationMs={table.durationsNs[row] / 1e6} detail={detail} />
            <div className="panel-filter">
              <Icon name="filter" size={13} />
              <input type="search" className="panel-filter-input" value={filter} placeholder={t.span.filterAttributes} aria-label={t.span.filterAttributes} onChange={(event) => setFilter(event.target.value)} onKeyDown={(event) => event.key === 'Escape' && setFilter('')} />
              <CopyButton text={() => asJson(detail, service, name)} label={t.span.copyJson} />
            </div>
            <EventList events={detail.events.filter((e) => e.exception !== null)} title={t.span.exceptions} filter="" />
            <AttributeSection title={t.span.attributes} scope="span" attributes={detail.attributes} filter={filter} dropped={detail.dropped.attributes} />
            <EventList events={detail.events.filter((e) => e.exception === null)} title={t.span.events} filter={filter} dropped={detail.dropped.events} />
            <LinkList links={detail.links} dropped={detail.dropped.links} />
            <AttributeSection title={t.span.resource} scope="resource" attributes={detail.resource} filter={filter} dropped={detail.dropped.resource} />
            {detail.scopeAttributes.length > 0 && <AttributeSection title={t.span.scopeAttributes} scope={null} attributes={detail.scopeAttributes} filter={filter} dropped={0} />}
          </>
        )}
      </div>
    </aside>
  );
}

/** Links of the server's configuration to what other programs know of this span. */
function Elsewhere({ traceId, startMs, durationMs, detail }: { traceId: string; startMs: number; durationMs: number; detail: SpanDetail }) {
  const { t } = usePreferences();
  const settings = useQuery({ queryKey: ['ui'], queryFn: ({ signal }) => uiSettings(signal), staleTime: 60_000 });
  const source = {
    traceId,
    spanId: detail.spanId,
    startMs,
    endMs: startMs + durationMs,
    span: new Map(detail.attributes.map((a) => [a.key, a.value])),
    resource: new Map(detail.resource.map((a) => [a.key, a.value])),
  };
  const links = (settings.data?.links ?? []).flatMap((link) => {
    const url = fillLink(link.url, source);
    return url === null ? [] : [{ title: link.title, url }];
  });
  if (links.length === 0) {
    return null;
  }
  return (
    <nav className="panel-links" aria-label={t.span.elsewhere}>
      {links.map((link) => (
        <a key={link.title + link.url} className="button button-small" href={link.url} target="_blank" rel="noopener noreferrer">
          <Icon name="link" size={12} />
          {link.title}
        </a>
      ))}
    </nav>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The details of a row; null until they are there. */
function useDetail(session: TraceSession, row: number): SpanDetail | null {
  const [loaded, setLoaded] = useState<SpanDetail | null>(null);
  useEffect(() => {
    let current = true;
    void session.detail(row).then((detail) => {
      if (current) {
        setLoaded(detail);
      }
    });
    return () => {
      current = false;
    };
  }, [session, row]);
  return session.knownDetail(row) ?? (loaded?.row === row ? loaded : null);
}

function percent(share: number, lang: string): string {
  return new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
}

/** Direct children of a row: subtrees that follow one another within its own. */
function countChildren(parent: Int32Array, row: number, size: number): number {
  let count = 0;
  for (let below = row + 1; below < row + size; below++) {
    count += parent[below] === row ? 1 : 0;
  }
  return count;
}

function asJson(detail: SpanDetail, service: string, name: string): string {
  const { row: _, ...rest } = detail;
  return JSON.stringify({ service, name, ...rest }, null, 2);
}
