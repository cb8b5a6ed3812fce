import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';
import { Link } from '../../app/Link';
import { usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { bytesText, percentText, short, timeText } from '../../model/graph/labels';
import { members } from '../../model/graph/visible';
import { Icon } from '../../ui/Icon';
import { Legend } from './Legend';
import { meshParams } from './meshParams';
import { Evidence, Examples, Health, LatencyTable, Peers, RateTable, Series, sum } from './panelParts';

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
      <Legend />
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
          <button type="button" className="button" onClick={() => onFocus(node)}>
            {t.graph.focusNode}
          </button>
        )}
        {isBox && (
          <button type="button" className="button" onClick={() => onFold(node.id)}>
            {collapsed.has(node.id) ? t.graph.unfold : t.graph.fold}
          </button>
        )}
        {page !== '' && !isBox && node.namespace !== 'unknown' && (
          <Link className="button" path={page} params={meshParams(params)}>
            {t.graph.details}
          </Link>
        )}
      </p>
      <Evidence of={node.evidence} />
      {isBox && <BoxTotals graph={graph} box={node.id} onSelect={onSelect} />}
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

/** What goes into a box, out of it, and between its members. */
function BoxTotals({ graph, box, onSelect }: { graph: MeshGraph; box: string; onSelect(id: string): void }) {
  const { t } = usePreferences();
  const inside = new Set([box, ...members(graph, box)]);
  const into = graph.edges.filter((edge) => inside.has(edge.target) && !inside.has(edge.source));
  const out = graph.edges.filter((edge) => inside.has(edge.source) && !inside.has(edge.target));
  const within = graph.edges.filter((edge) => inside.has(edge.source) && inside.has(edge.target));
  const rows = (edges: GraphEdge[]) =>
    (['http', 'grpc', 'tcp'] as const).map((protocol) => ({ protocol, rates: sum(edges.filter((edge) => edge.protocol === protocol).map((edge) => edge.rates)) })).filter((one) => one.rates.rate > 0);
  return (
    <>
      {inside.size > 1 && <p>{t.graph.summary(String(inside.size - 1), String(within.length))}</p>}
      <h3>{t.graph.inbound}</h3>
      <RateTable rows={rows(into)} />
      <Peers edges={into} end="source" graph={graph} onSelect={onSelect} />
      <h3>{t.graph.outbound}</h3>
      <RateTable rows={rows(out)} />
      <Peers edges={out} end="target" graph={graph} onSelect={onSelect} />
      {within.length > 0 && (
        <>
          <h3>{t.graph.insideBox}</h3>
          <RateTable rows={rows(within)} />
        </>
      )}
      <Examples of={[...into, ...out, ...within].flatMap((edge) => edge.exemplars)} onTrace={undefined} />
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
        <button type="button" className="button" onClick={() => onSelect(edge.source)}>{`${t.graph.source}: ${name(edge.source)}`}</button>
        <button type="button" className="button" onClick={() => onSelect(edge.target)}>{`${t.graph.target}: ${name(edge.target)}`}</button>
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
