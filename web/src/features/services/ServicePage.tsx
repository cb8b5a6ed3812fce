import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { neighbours, operations } from '../../api/services';
import { Link } from '../../app/Link';
import { carriedParams, href, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { formatClock, formatDuration, formatRate } from '../../model/format';
import { quote } from '../../model/query';
import { readSearchView, writeSearchView, type SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { TimeChart } from '../../ui/TimeChart';
import { ExceptionsPanel } from '../search/ExceptionsPanel';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import { TimePicker } from '../search/TimePicker';
import { resolveWindow } from '../search/window';
import { serviceCharts, spansOf } from './data';
import { Neighbours } from './Neighbours';
import { RedTable, sorted, type SortKey } from './RedTable';
import './services.css';

/** One service: how it does over time, what it is asked for, with whom it works, and what goes wrong in it. */
export function ServicePage({ service }: { service: string }) {
  const { t, lang, zone } = usePreferences();
  const { path, params } = usePlace();
  const view = readSearchView(params);
  const { range } = view;
  const ask = { placeholderData: keepPreviousData } as const;
  const key = ['service', service, range.from, range.to];
  const ops = useQuery({ ...ask, queryKey: [...key, 'operations'], queryFn: async ({ signal }) => operations(service, await resolveWindow(range, signal), signal) });
  // What the charts are of: the service's requests, or whatever it has.
  const source = ops.data === undefined || ops.isPlaceholderData ? undefined : spansOf(service, ops.data.countsRequests);
  const charts = useQuery({
    ...ask,
    queryKey: [...key, 'charts', source],
    queryFn: async ({ signal }) => serviceCharts(source ?? '{ }', await resolveWindow(range, signal), signal),
    enabled: source !== undefined,
  });
  const around = useQuery({ ...ask, queryKey: [...key, 'neighbours'], queryFn: async ({ signal }) => neighbours(service, await resolveWindow(range, signal), signal) });
  const refresh = () => {
    void charts.refetch();
    void ops.refetch();
    void around.refetch();
  };
  useShortcuts({ KeyR: refresh });
  useEffect(() => {
    document.title = t.services.titleOf(service);
  }, [t, service]);

  const explore = (next: Partial<SearchView>) => writeSearchView({ ...readSearchView(new URLSearchParams()), range, ...next }, carriedParams(params));
  const ranged = explore({});
  const [sort, setSort] = useState<SortKey>('rate');
  const rows = useMemo(() => sorted(ops.data?.operations ?? [], sort), [ops.data, sort]);
  const failure = charts.error ?? ops.error ?? around.error;
  // Quantiles of nothing are said as 0; a line through them would tell of very quick requests.
  const series = (charts.data?.quantiles ?? []).map(({ p, series: s }, index) => ({ name: t.services.quantile(String(Math.round(p * 100))), colour: `var(--${['error', 'accent', 'ink-3'][index] ?? 'ink-3'})`, times: s.times, values: s.values.map((value) => (value === 0 ? Number.NaN : value)) }));
  const rates = [
    ...(charts.data?.ok ? [{ name: t.services.succeeded, colour: 'var(--accent)', times: charts.data.ok.times, values: charts.data.ok.values }] : []),
    ...(charts.data?.failed ? [{ name: t.services.failed, colour: 'var(--error)', times: charts.data.failed.times, values: charts.data.failed.values }] : []),
  ];
  return (
    <div className="page page-scroll">
      <header className="page-head">
        <Link className="back-link" path="/services" params={ranged}>
          <Icon name="arrowLeft" size={14} />
          {t.services.heading}
        </Link>
        <h1>{service}</h1>
        <Link className="button" path="/" params={explore({ query: `{ resource.service.name = ${quote(service)} }` })}>
          <Icon name="search" size={14} />
          {t.services.traces}
        </Link>
        <Link className="button" path="/" params={explore({ query: source ?? spansOf(service, true), tab: 'compare' })}>
          <Icon name="compare" size={14} />
          {t.compare.whySlow}
        </Link>
        <button type="button" className="icon-button" onClick={refresh} aria-busy={charts.isFetching} aria-label={t.common.refresh} title={t.common.refresh}>
          <Icon name="refresh" />
        </button>
        <TimePicker range={range} onChange={(next) => navigate(path, writeSearchView({ ...view, range: next }, params))} />
      </header>
      {failure !== null && (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{failure.message}</p>
        </div>
      )}
      <div className="service-charts">
        <Card title={t.services.durations} note={t.services.exemplarHint}>
          {charts.data === undefined ? (
            <div className="chart-place" />
          ) : (
            <TimeChart
              label={t.services.durations}
              series={series}
              format={(value) => formatDuration(value * 1e9)}
              points={charts.data.exemplars.map((e) => ({
                timeMs: e.timeMs,
                value: e.value,
                label: t.metrics.exemplar(formatDuration(e.value * 1e9), formatClock(e.timeMs, zone).slice(0, 8)),
                href: href(`/trace/${e.traceId}`, carriedParams(params)),
                onOpen: () => navigate(`/trace/${e.traceId}`, carriedParams(params)),
              }))}
            />
          )}
        </Card>
        <Card title={t.services.rate} note="">
          {charts.data === undefined ? <div className="chart-place" /> : <TimeChart label={t.services.rate} series={rates} format={(value) => formatRate(value, lang)} />}
        </Card>
      </div>
      <Card title={t.services.operations} note="">
        {ops.data === undefined ? (
          <Skeleton />
        ) : rows.length === 0 ? (
          <p className="panel-empty">{t.services.none}</p>
        ) : (
          <RedTable
            label={t.services.operations}
            rows={rows}
            nameHeading={t.spans.operation}
            name={(row) => (
              <Link path="/" params={explore({ query: `{ resource.service.name = ${quote(service)} && name = ${quote(row.name)} }` })}>
                {row.name}
              </Link>
            )}
            sort={sort}
            onSort={setSort}
          />
        )}
      </Card>
      <div className="service-charts">
        <Card title={t.services.callers} note="">
          <Neighbours list={around.data?.callers} none={t.services.noCallers} ranged={ranged} callsOf={(n) => explore({ query: n.query })} />
        </Card>
        <Card title={t.services.callees} note="">
          <Neighbours list={around.data?.callees} none={t.services.noCallees} ranged={ranged} callsOf={(n) => explore({ query: n.query })} />
        </Card>
      </div>
      <Card title={t.services.errors} note="">
        <ExceptionsPanel view={{ ...view, query: `{ resource.service.name = ${quote(service)} }` }} onChange={(next) => navigate('/', explore(next))} />
      </Card>
    </div>
  );
}

function Card({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <h2>
        {title} <span className="sub">{note}</span>
      </h2>
      {children}
    </section>
  );
}
