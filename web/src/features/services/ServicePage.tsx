import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, type ReactNode } from 'react';
import { neighbours, type Neighbour } from '../../api/services';
import { Link } from '../../app/Link';
import { carriedParams, href, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours, colourVariable } from '../../model/colours';
import { formatClock, formatCount, formatDuration, formatPercent, formatRate } from '../../model/format';
import { quote } from '../../model/query';
import { readSearchView, writeSearchView, type SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { Sparkline } from '../../ui/Sparkline';
import { TimeChart } from '../../ui/TimeChart';
import { ExceptionsPanel } from '../search/ExceptionsPanel';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import { TimePicker } from '../search/TimePicker';
import { resolveWindow } from '../search/window';
import { operations, requestsOf, serviceCharts } from './data';
import './services.css';

/** One service: how it does over time, what it is asked for, with whom it works, and what goes wrong in it. */
export function ServicePage({ service }: { service: string }) {
  const { t, lang, zone } = usePreferences();
  const { path, params } = usePlace();
  const view = readSearchView(params);
  const { range } = view;
  const ask = { placeholderData: keepPreviousData } as const;
  const key = ['service', service, range.from, range.to];
  const charts = useQuery({ ...ask, queryKey: [...key, 'charts'], queryFn: async ({ signal }) => serviceCharts(service, await resolveWindow(range, signal), signal) });
  const ops = useQuery({
    ...ask,
    queryKey: [...key, 'operations'],
    queryFn: async ({ signal }) => {
      const window = await resolveWindow(range, signal);
      return { ...(await operations(service, window, signal)), seconds: (window.endMs - window.startMs) / 1000 };
    },
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
  const rows = useMemo(() => [...(ops.data?.rows ?? [])].sort((a, b) => b.count - a.count), [ops.data]);
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
        <Link className="button" path="/" params={explore({ query: requestsOf(service), tab: 'compare' })}>
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
          <table className="panel-table operations-table">
            <caption className="visually-hidden">{t.services.operations}</caption>
            <thead>
              <tr>
                <th scope="col">{t.spans.operation}</th>
                <th scope="col" className="cell-number">
                  {t.services.rate}
                </th>
                <th scope="col">
                  <span className="visually-hidden">{t.services.rateOverTime}</span>
                </th>
                <th scope="col" className="cell-number">
                  {t.breakdown.errors}
                </th>
                <th scope="col" className="cell-number">
                  {t.breakdown.p50}
                </th>
                <th scope="col" className="cell-number">
                  {t.breakdown.p95}
                </th>
                <th scope="col">
                  <span className="visually-hidden">{t.services.p95OverTime}</span>
                </th>
                <th scope="col" className="cell-number">
                  {t.services.p99}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <Link path="/" params={explore({ query: `{ resource.service.name = ${quote(service)} && name = ${quote(row.name)} }` })}>
                      {row.name}
                    </Link>
                  </th>
                  <td className="cell-number num">{formatRate(row.count / ops.data.seconds, lang)}</td>
                  <td>
                    <Sparkline values={row.rateOverTime} />
                  </td>
                  <td className={row.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(row.errors / row.count, lang)}</td>
                  <td className="cell-number num">{formatDuration(row.p50 * 1e9)}</td>
                  <td className="cell-number num">{formatDuration(row.p95 * 1e9)}</td>
                  <td>
                    <Sparkline values={row.p95OverTime} />
                  </td>
                  <td className="cell-number num">{formatDuration(row.p99 * 1e9)}</td>
                </tr>
              ))}
            </tbody>
          </table>
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

function Neighbours({ list, none, ranged, callsOf }: { list: Neighbour[] | undefined; none: string; ranged: URLSearchParams; callsOf(neighbour: Neighbour): URLSearchParams }) {
  const { t, lang } = usePreferences();
  if (list === undefined) {
    return <Skeleton />;
  }
  if (list.length === 0) {
    return <p className="panel-empty">{none}</p>;
  }
  const colours = assignColours(list.map((n) => n.name));
  return (
    <table className="panel-table neighbours-table">
      <thead>
        <tr>
          <th scope="col">{t.search.service}</th>
          <th scope="col" className="cell-number">
            {t.services.calls}
          </th>
          <th scope="col" className="cell-number">
            {t.breakdown.errors}
          </th>
          <th scope="col" className="cell-number">
            {t.breakdown.p95}
          </th>
        </tr>
      </thead>
      <tbody>
        {list.map((n) => (
          <tr key={`${n.kind} ${n.name}`}>
            <th scope="row">
              {n.kind === 'service' ? (
                <Link className="services-link" path={`/services/${encodeURIComponent(n.name)}`} params={ranged}>
                  <span className="dot" style={{ background: colourVariable(colours.get(n.name) ?? 0) }} />
                  {n.name}
                </Link>
              ) : (
                <Link className="services-link" path="/" params={callsOf(n)}>
                  <span className="dot dot-external" />
                  {n.name}
                </Link>
              )}
            </th>
            <td className="cell-number num">{formatCount(n.calls, lang)}</td>
            <td className={n.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(n.errors / Math.max(1, n.calls), lang)}</td>
            <td className="cell-number num">{formatDuration(n.p95Ns)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
