import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { getGraph, type GraphEdge, type GraphNode, type MeshGraph } from '../../api/graph';
import { Link } from '../../app/Link';
import { currentPlace, navigate } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { edgeText } from '../../model/graph/labels';
import { visibleGraph } from '../../model/graph/visible';
import { Icon } from '../../ui/Icon';
import { EdgeTable } from '../graph/EdgeTable';
import '../graph/graph.css';
import { GraphCanvas, type CanvasHandle } from '../graph/GraphCanvas';
import { meshParams } from '../graph/meshParams';
import { Health, RateTable } from '../graph/panelParts';
import { useLayout } from '../graph/useLayout';
import '../search/search.css';
import '../services/services.css';
import { DurationChoice } from './DurationChoice';
import { MetricsTab } from './MetricsTab';
import { TracesTab } from './TracesTab';
import { tabs, useMeshPage } from './useMeshPage';

const nothing: ReadonlySet<string> = new Set();

/** A workload or a service: what is known of it, who talks to it, how it went, and its traces. */
export function DetailPage({ of, namespace, name }: { of: 'workload' | 'service'; namespace: string; name: string }) {
  const { t } = usePreferences();
  const { view, update, params } = useMeshPage();
  useEffect(() => {
    document.title = `${name} · Clew`;
  }, [name]);
  const request = useMemo(
    () => new URLSearchParams({ graphType: of === 'service' ? 'service' : 'workload', duration: view.duration, ...(namespace === 'unknown' ? {} : { namespaces: namespace }) }),
    [of, view.duration, namespace],
  );
  const answer = useQuery({ queryKey: ['graph', request.toString()], queryFn: ({ signal }) => getGraph(request, signal), placeholderData: (before) => before, retry: false });
  const around = useMemo(() => (answer.data ? oneHop(answer.data, namespace, name, of) : null), [answer.data, namespace, name, of]);
  const node = around?.node;
  const into = around?.graph.edges.filter((edge) => edge.target === node?.id) ?? [];
  const out = around?.graph.edges.filter((edge) => edge.source === node?.id) ?? [];
  const labels = { overview: t.graph.tabOverview, traffic: t.graph.tabTraffic, in: t.graph.tabIn, out: t.graph.tabOut, traces: t.graph.tabTraces };
  const shown = of === 'service' ? tabs.filter((tab) => tab !== 'out') : tabs;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = shown[(shown.findIndex((tab) => tab === view.tab) + step + shown.length) % shown.length];
      update({ tab: next });
      document.getElementById(`tab-${next}`)?.focus();
    }
  };
  const graphParams = meshParams(params);
  if (namespace !== 'unknown') {
    graphParams.set('namespaces', namespace);
  }
  graphParams.set('graphType', of === 'service' ? 'service' : 'workload');
  if (node) {
    graphParams.set('sel', node.id);
  }
  return (
    <div className="page page-scroll">
      <header className="page-head">
        <Link className="back-link" path={of === 'service' ? '/mesh-services' : '/workloads'} params={meshParams(params)}>
          <Icon name="arrowLeft" size={14} />
          {of === 'service' ? t.graph.servicesHeading : t.graph.workloadsHeading}
        </Link>
        <h1>
          <span translate="no">{name}</span> <span className="sub">{namespace}</span>
        </h1>
        {node && <Health name={node.health} />}
        <DurationChoice view={view} update={update} />
        <Link className="button" path="/graph" params={graphParams}>
          {t.graph.onFullGraph}
        </Link>
      </header>
      <div className="view-tabs">
        <div role="tablist" aria-label={name} onKeyDown={onKeyDown}>
          {shown.map((tab) => (
            <button key={tab} id={`tab-${tab}`} type="button" role="tab" aria-selected={view.tab === tab} aria-controls="mesh-panel" tabIndex={view.tab === tab ? 0 : -1} onClick={() => update({ tab })}>
              {labels[tab]}
            </button>
          ))}
        </div>
      </div>
      <div id="mesh-panel" className="mesh-panel" role="tabpanel" aria-labelledby={`tab-${view.tab}`}>
        {answer.isError && <p role="alert">{answer.error.message}</p>}
        {view.tab === 'traces' ? (
          <TracesTab of={of} namespace={namespace} name={name} node={node} edges={[...into, ...out]} view={view} update={update} />
        ) : !around || !node ? (
          answer.isSuccess && <p>{t.graph.noneListed}</p>
        ) : view.tab === 'overview' ? (
          <Overview graph={around.graph} node={node} into={into} out={out} />
        ) : view.tab === 'traffic' ? (
          <>
            <h2>{t.graph.inbound}</h2>
            <EdgeTable label={t.graph.inbound} graph={{ ...around.graph, edges: into }} selected="" onSelect={(id) => navigate('/graph', withParam(graphParams, 'sel', id))} />
            <h2>{t.graph.outbound}</h2>
            <EdgeTable label={t.graph.outbound} graph={{ ...around.graph, edges: out }} selected="" onSelect={(id) => navigate('/graph', withParam(graphParams, 'sel', id))} />
          </>
        ) : (
          <MetricsTab request={request} {...(view.tab === 'in' ? { target: node.id } : { source: node.id })} />
        )}
      </div>
    </div>
  );
}

function Overview({ graph, node, into, out }: { graph: MeshGraph; node: GraphNode; into: GraphEdge[]; out: GraphEdge[] }) {
  const { t } = usePreferences();
  const { placed, move } = useLayout(graph, `detail.${node.id}`);
  const handle = useRef<CanvasHandle | null>(null);
  const look = useMemo(
    () => ({
      labels: new Map(graph.edges.map((edge) => [edge.id, edgeText(edge, ['rate'])])),
      security: true, sidecars: true, found: { nodes: nothing, edges: nothing }, selected: '', compare: false, trace: null, traceNow: '',
    }),
    [graph],
  );
  const open = (id: string) => {
    const other = graph.nodes.find((one) => one.id === id);
    if (other && other.id !== node.id && other.namespace !== 'unknown' && (other.kind === 'workload' || other.kind === 'service')) {
      navigate(`/${other.kind === 'service' ? 'mesh-services' : 'workloads'}/${other.namespace}/${other.name}`, meshParams(currentPlace().params));
    }
  };
  return (
    <>
      <div className="mesh-small graph-colours">
        <GraphCanvas graph={graph} placed={placed} look={look} animate={false} handle={handle} latencyOf={noLatency} onSelect={nobody} onOpen={open} onMove={move} onBack={nobody} />
      </div>
      <h2>{t.graph.inbound}</h2>
      <RateTable rows={node.traffic.filter((one) => one.in.rate > 0).map((one) => ({ protocol: one.protocol, rates: one.in }))} />
      <h2>{t.graph.outbound}</h2>
      <RateTable rows={node.traffic.filter((one) => one.out.rate > 0).map((one) => ({ protocol: one.protocol, rates: one.out }))} />
      {into.length + out.length === 0 && <p>{t.graph.noneIn}</p>}
    </>
  );
}

const nobody = () => undefined;
const noLatency = () => undefined;

function oneHop(graph: MeshGraph, namespace: string, name: string, of: string): { graph: MeshGraph; node: GraphNode } | null {
  const node = graph.nodes.find((one) => one.kind === of && one.name === name && (one.namespace === namespace || namespace === 'unknown'));
  if (!node) {
    return null;
  }
  const edges = graph.edges.filter((edge) => edge.source === node.id || edge.target === node.id);
  const near = new Set([node.id, ...edges.flatMap((edge) => [edge.source, edge.target])]);
  const part = { ...graph, nodes: graph.nodes.filter((one) => near.has(one.id)).map((one) => ({ ...one, parent: undefined })), edges };
  return { graph: visibleGraph(part, nothing, { nodes: nothing, edges: nothing }), node };
}

function withParam(params: URLSearchParams, key: string, value: string): URLSearchParams {
  const next = new URLSearchParams(params);
  next.set(key, value);
  return next;
}
