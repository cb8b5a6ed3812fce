import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { getGraphSeries, type GraphEdge, type GraphNode, type Latency, type MeshGraph, type Rates } from '../../api/graph';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { bytesText, percentText, short, timeText } from '../../model/graph/labels';
import { formatMoment } from '../../model/format';
import { Icon } from '../../ui/Icon';
import { Sparkline } from './Sparkline';

interface Props {
  graph: MeshGraph;
  selected: string;
  request: URLSearchParams;
  collapsed: ReadonlySet<string>;
  onSelect(id: string): void;
  onFocus(node: GraphNode): void;
  onTrace(traceId: string): void;
  onFold(id: string): void;
}

export function SidePanel(props: Props) {
  const { t } = usePreferences();
  const node = props.graph.nodes.find((one) => one.id === props.selected);
  const edge = props.graph.edges.find((one) => one.id === props.selected);
  return (
    <aside className="graph-panel" aria-label={t.graph.panel}>
      {(node || edge) && (
        <button type="button" className="icon-button graph-panel-close" aria-label={t.graph.closePanel} title={t.graph.closePanel} onClick={() => props.onSelect('')}>
          <Icon name="close" />
        </button>
      )}
      {node ? <NodePanel {...props} node={node} /> : edge ? <EdgePanel {...props} edge={edge} /> : <GraphPanel {...props} />}
    </aside>
  );
}

function GraphPanel({ graph }: Props) {
  const { t } = usePreferences();
  const total = sum(graph.edges.filter((edge) => edge.protocol !== 'tcp').map((edge) => edge.rates));
  return (
    <>
      <h2>{t.graph.panelGraph}</h2>
      <p>{t.graph.summary(String(graph.nodes.filter((node) => node.kind !== 'box' || !graph.nodes.some((other) => other.parent === node.id)).length), String(graph.edges.length))}</p>
      <RateTable rows={[{ protocol: 'http + grpc', rates: total }]} />
      <h3>{t.graph.evidence}</h3>
      <ul className="graph-evidence">
        {graph.sources.filter((source) => source.taken > 0 || source.problem).map((source) => (
          <li key={source.source} className={source.problem ? 'graph-warn' : undefined}>
            {t.graph[`evidence_${source.source}` as 'evidence_spans']}
            {source.problem && <span className="sub">: {source.problem}</span>}
          </li>
        ))}
      </ul>
      <h3>{t.graph.legend}</h3>
      <p className="sub">{t.graph.legendText}</p>
    </>
  );
}

function NodePanel({ graph, node, request, collapsed, onSelect, onFocus, onTrace, onFold }: Props & { node: GraphNode }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const into = graph.edges.filter((edge) => edge.target === node.id);
  const out = graph.edges.filter((edge) => edge.source === node.id);
  const examples = [...into, ...out].flatMap((edge) => edge.exemplars);
  const page = node.workload ? `/workloads/${node.namespace}/${node.workload}` : node.kind === 'service' ? `/mesh-services/${node.namespace}/${node.service ?? node.name}` : '';
  const isBox = node.kind === 'box';
  return (
    <>
      <h2 translate="no">{node.name}</h2>
      <p className="sub">
        {t.graph[`kind_${node.kind}`]}
        {node.namespace !== '' && node.namespace !== 'unknown' && <> · {node.namespace}</>}
        {node.version && <> · {node.version}</>}
        {node.role && <> · {t.graph[`role_${node.role}` as 'role_database']}</>}
      </p>
      <p>
        <Health name={node.health} />
        {node.flags.filter((flag) => flag !== 'injected').map((flag) => (
          <span key={flag} className="graph-flag">
            {t.graph[`flag_${flag}` as 'flag_root']}
          </span>
        ))}
      </p>
      <p className="graph-actions">
        {!isBox && (node.workload || node.app || node.service) && (
          <button type="button" className="text-button" onClick={() => onFocus(node)}>
            {t.graph.focusNode}
          </button>
        )}
        {isBox && (
          <button type="button" className="text-button" onClick={() => onFold(node.id)}>
            {collapsed.has(node.id) ? t.graph.unfold : t.graph.fold}
          </button>
        )}
        {page !== '' && !isBox && node.namespace !== 'unknown' && (
          <Link className="text-button" path={page} params={carriedParams(params)}>
            {t.graph.details}
          </Link>
        )}
      </p>
      <Evidence of={node.evidence} />
      {!isBox && (
        <>
          <h3>{t.graph.inbound}</h3>
          <RateTable rows={node.traffic.filter((one) => one.in.rate > 0).map((one) => ({ protocol: one.protocol, rates: one.in }))} />
          <Peers edges={into} end="source" graph={graph} onSelect={onSelect} />
          <h3>{t.graph.outbound}</h3>
          <RateTable rows={node.traffic.filter((one) => one.out.rate > 0).map((one) => ({ protocol: one.protocol, rates: one.out }))} />
          <Peers edges={out} end="target" graph={graph} onSelect={onSelect} />
          <Series request={request} {...(into.length > 0 ? { target: node.id } : { source: node.id })} />
          <Examples of={examples} onTrace={onTrace} />
        </>
      )}
      {node.pods && (
        <>
          <h3>{t.graph.pods}</h3>
          <ul>
            {node.pods.map((pod) => (
              <li key={pod.workload}>
                {pod.workload}: <span className="num">{`${pod.available}/${pod.desired}`}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {node.labels && Object.keys(node.labels).length > 0 && (
        <>
          <h3>{t.graph.labels}</h3>
          <ul className="mono sub">
            {Object.entries(node.labels).map(([key, value]) => (
              <li key={key}>{`${key}=${value}`}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function EdgePanel({ graph, edge, request, onSelect, onTrace }: Props & { edge: GraphEdge }) {
  const { t } = usePreferences();
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name ?? '';
  return (
    <>
      <h2 translate="no">{`${name(edge.source)} → ${name(edge.target)}`}</h2>
      <p>
        <Health name={edge.health} />
        <span className="graph-flag">{edge.protocol}</span>
        {edge.change && edge.change !== 'same' && <span className="graph-flag">{t.graph[`change_${edge.change}`]}</span>}
      </p>
      <p className="graph-actions">
        <button type="button" className="text-button" onClick={() => onSelect(edge.source)}>{`${t.graph.source}: ${name(edge.source)}`}</button>
        <button type="button" className="text-button" onClick={() => onSelect(edge.target)}>{`${t.graph.target}: ${name(edge.target)}`}</button>
      </p>
      <Evidence of={edge.evidence} />
      {edge.sampled && <p className="graph-note">{edge.sampled.unknown ? t.graph.sampledUnknown : t.graph.sampledShare(percentText(edge.sampled.share * 100))}</p>}
      <RateTable rows={[{ protocol: edge.protocol, rates: edge.rates }]} />
      {edge.before && (
        <p className="sub">
          {`${t.graph.was}: ${short(edge.before.rate)} rps, ${percentText(edge.before.errorPercent)} ${t.graph.errors}`}
          {edge.before.latency?.p95 !== undefined && `, p95 ${timeText(edge.before.latency.p95)}`}
        </p>
      )}
      <h3>{t.graph.encryption}</h3>
      <p>
        {edge.mtls === undefined ? t.graph.mtlsUnknown : edge.mtls.percent >= 100 ? t.graph.mtlsAll : edge.mtls.percent > 0 ? t.graph.mtlsPart(percentText(edge.mtls.percent)) : t.graph.mtlsNone}
      </p>
      {edge.mtls && edge.mtls.sourcePrincipal !== '' && (
        <dl className="graph-facts">
          <dt>{t.graph.principals}</dt>
          <dd className="mono">{edge.mtls.sourcePrincipal}</dd>
          <dd className="mono">{edge.mtls.destPrincipal}</dd>
        </dl>
      )}
      {edge.latency && <LatencyTable latency={edge.latency} client={edge.clientLatency} />}
      {edge.throughput !== undefined && edge.throughput > 0 && <p>{`${t.graph.throughput}: ${bytesText(edge.throughput)}`}</p>}
      {edge.codes.length > 0 && (
        <>
          <h3>{t.graph.responses}</h3>
          <table className="graph-table">
            <thead>
              <tr>
                <th scope="col">{t.graph.code}</th>
                <th scope="col">{t.graph.flagsTitle}</th>
                <th scope="col">{t.graph.hosts}</th>
                <th scope="col" className="num">
                  {t.graph.share}
                </th>
              </tr>
            </thead>
            <tbody>
              {edge.codes.map((one) => (
                <tr key={one.code}>
                  <td className="mono">{one.code}</td>
                  <td className="mono">{Object.keys(one.flags).join(' ')}</td>
                  <td className="mono graph-host">{Object.keys(one.hosts).join(' ')}</td>
                  <td className="num">{percentText(one.percent)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {!edge.id.includes('>') && <Series request={request} source={edge.source} target={edge.target} />}
      <Examples of={edge.exemplars} onTrace={onTrace} />
    </>
  );
}

function Peers({ edges, end, graph, onSelect }: { edges: GraphEdge[]; end: 'source' | 'target'; graph: MeshGraph; onSelect(id: string): void }) {
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

function LatencyTable({ latency, client }: { latency: Latency; client: Latency | undefined }) {
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

function Examples({ of, onTrace }: { of: GraphEdge['exemplars']; onTrace(traceId: string): void }) {
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
            <button type="button" className="inline-button" onClick={() => onTrace(one.traceId)}>
              {t.graph.onGraph}
            </button>
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

function Evidence({ of }: { of: string[] }) {
  const { t } = usePreferences();
  return (
    <p className="sub">
      {t.graph.evidence}: {of.map((one) => t.graph[`evidence_${one}` as 'evidence_spans']).join(', ')}
    </p>
  );
}

function sum(all: Rates[]): Rates {
  const total: Rates = { rate: 0, errors: 0, redirects: 0, clientErrors: 0, serverErrors: 0, noResponse: 0 };
  for (const one of all) {
    for (const key of Object.keys(total) as (keyof Rates)[]) {
      total[key] += one[key];
    }
  }
  return total;
}
