import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { getGraphSeries, type GraphEdge, type GraphNode, type Latency, type MeshGraph, type Rates } from '../../api/graph';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { formatMoment } from '../../model/format';
import { bytesText, percentText, short, timeText } from '../../model/graph/labels';
import { Sparkline } from './Sparkline';

export function Peers({ edges, end, graph, onSelect }: { edges: GraphEdge[]; end: 'source' | 'target'; graph: MeshGraph; onSelect(id: string): void }) {
  if (edges.length === 0) {
    return null;
  }
  const sorted = [...edges].sort((a, b) => b.rates.rate - a.rates.rate).slice(0, 12);
  return (
    <ul className="graph-peers">
      {sorted.map((edge) => (
        <li key={edge.id}>
          <button type="button" className="inline-button" onClick={() => onSelect(edge.id)}>
            {graph.nodes.find((node) => node.id === edge[end])?.name}
          </button>
          <span className="num sub">
            {edge.protocol === 'tcp' ? bytesText(edge.rates.rate) : `${short(edge.rates.rate)} rps`}
            {edge.errorPercent > 0 && <span className="graph-bad">{` ${percentText(edge.errorPercent)}`}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Series({ request, source, target }: { request: URLSearchParams; source?: string; target?: string }) {
  const { t } = usePreferences();
  const params = new URLSearchParams(request);
  params.delete('compare');
  if (source !== undefined) {
    params.set('source', source);
  }
  if (target !== undefined) {
    params.set('target', target);
  }
  const series = useQuery({ queryKey: ['graph-series', params.toString()], queryFn: ({ signal }) => getGraphSeries(params, signal), retry: false });
  if (!series.data) {
    return null;
  }
  const hasLatency = series.data.some((point) => point.p95 !== undefined);
  return (
    <>
      <h3>{t.graph.overTime}</h3>
      <Sparkline
        points={series.data}
        label={t.graph.rateChart}
        text={(value) => short(value)}
        lines={[
          { value: (point) => point.rate, className: 'graph-line' },
          { value: (point) => point.errors, className: 'graph-line-bad' },
        ]}
      />
      {hasLatency && (
        <Sparkline
          points={series.data}
          label={t.graph.latencyChart}
          text={timeText}
          dots
          lines={[
            { value: (point) => point.p95, className: 'graph-line' },
            { value: (point) => point.p50, className: 'graph-line-2' },
          ]}
        />
      )}
    </>
  );
}

export function LatencyTable({ latency, client }: { latency: Latency; client: Latency | undefined }) {
  const { t } = usePreferences();
  const keys = ['avg', 'p50', 'p95', 'p99'] as const;
  const row = (label: string, of: Latency) => (
    <tr>
      <th scope="row">{label}</th>
      {keys.map((key) => (
        <td key={key} className="num">
          {of[key] === undefined ? '–' : timeText(of[key])}
        </td>
      ))}
    </tr>
  );
  return (
    <table className="graph-table">
      <thead>
        <tr>
          <td />
          {keys.map((key) => (
            <th key={key} scope="col" className="num">
              {key}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {row(t.graph.latency, latency)}
        {client && row(t.graph.ofCaller, client)}
      </tbody>
    </table>
  );
}

export function Examples({ of, onTrace }: { of: GraphEdge['exemplars']; onTrace: ((traceId: string) => void) | undefined }) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  const shown = [...new Map(of.map((one) => [one.traceId, one])).values()].sort((a, b) => Number(b.error) - Number(a.error) || b.durationMs - a.durationMs).slice(0, 6);
  return (
    <>
      <h3>{t.graph.examples}</h3>
      {shown.length === 0 && <p className="sub">{t.graph.noExamples}</p>}
      <ul className="graph-examples">
        {shown.map((one) => (
          <li key={one.traceId}>
            <Link className="mono" path={`/trace/${one.traceId}`} params={carriedParams(params)} aria-label={`${t.graph.openTrace} ${one.traceId}`}>
              {one.traceId.slice(0, 8)}
            </Link>
            <span className={one.error ? 'graph-bad' : 'sub'}>{one.error ? t.graph.failing : t.graph.slowest}</span>
            <span className="num">{timeText(one.durationMs)}</span>
            <span className="sub num">{formatMoment(one.startMs, zone)}</span>
            {onTrace && (
              <button type="button" className="inline-button" onClick={() => onTrace(one.traceId)}>
                {t.graph.onGraph}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

export function RateTable({ rows }: { rows: { protocol: string; rates: Rates }[] }) {
  const { t } = usePreferences();
  if (rows.length === 0) {
    return <p className="sub">{t.graph.noneIn}</p>;
  }
  return (
    <table className="graph-table">
      <thead>
        <tr>
          <th scope="col">{t.graph.protocol}</th>
          <th scope="col" className="num">
            {t.graph.requests}
          </th>
          <th scope="col" className="num">
            {t.graph.success}
          </th>
          <th scope="col" className="num">
            {t.graph.errors}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ protocol, rates }) => (
          <tr key={protocol}>
            <td>{protocol}</td>
            <td className="num">{protocol === 'tcp' ? bytesText(rates.rate) : `${short(rates.rate)} rps`}</td>
            <td className="num">{protocol === 'tcp' || rates.rate === 0 ? '–' : percentText(100 - (rates.errors / rates.rate) * 100)}</td>
            <td className={`num${rates.errors > 0 ? ' graph-bad' : ''}`}>{protocol === 'tcp' || rates.rate === 0 ? '–' : percentText((rates.errors / rates.rate) * 100)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Health({ name }: { name: GraphNode['health'] }): ReactNode {
  const { t } = usePreferences();
  const sign = { Healthy: '✓', Degraded: '~', Failure: '!', 'Not Ready': '…', NA: '–' }[name];
  return (
    <span className={`graph-health graph-health-${name.replace(' ', '')}`}>
      <span aria-hidden="true">{sign}</span> {t.graph[`health_${name}`]}
    </span>
  );
}

export function Evidence({ of }: { of: string[] }) {
  const { t } = usePreferences();
  return (
    <p className="sub">
      {t.graph.evidence}: {of.map((one) => t.graph[`evidence_${one}` as 'evidence_spans']).join(', ')}
    </p>
  );
}

export function sum(all: Rates[]): Rates {
  const total: Rates = { rate: 0, errors: 0, redirects: 0, clientErrors: 0, serverErrors: 0, noResponse: 0 };
  for (const one of all) {
    for (const key of Object.keys(total) as (keyof Rates)[]) {
      total[key] += one[key];
    }
  }
  return total;
}
