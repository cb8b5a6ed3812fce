import { useQuery } from '@tanstack/react-query';
import type { GraphEdge, GraphNode } from '../../api/graph';
import { searchTraces, type TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, href, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { parseSpanOfTime } from '../../model/time';
import { formatClock, formatCount, formatMoment } from '../../model/format';
import { percentText, timeText } from '../../model/graph/labels';
import { percentiles, traceLimits, type MeshView } from './useMeshPage';

interface Props {
  of: 'workload' | 'service';
  namespace: string;
  name: string;
  node: GraphNode | undefined;
  edges: GraphEdge[];
  view: MeshView;
  update(change: Partial<MeshView>): void;
}

const share: Record<string, number> = { p75: 0.75, p90: 0.9, p99: 0.99 };

/** The traces that a workload or service took part in: a dot each, and a list. */
export function TracesTab({ of, namespace, name, node, view, update }: Props) {
  const { t, lang, zone } = usePreferences();
  const { params } = usePlace();
  const duration = parseSpanOfTime(view.duration) ?? 600_000;
  const query = traceQuery(of, namespace, name, node, view.errors);
  const answer = useQuery({
    queryKey: ['mesh-traces', query, view.duration, view.limit],
    queryFn: ({ signal }) => {
      const endMs = Date.now() + 1000;
      return searchTraces({ query, range: { startMs: endMs - duration, endMs }, limit: view.limit, spansPerTrace: 1 }, signal).then((found) => ({ ...found, startMs: endMs - duration, endMs }));
    },
    retry: false,
  });
  const all = answer.data?.traces ?? [];
  const sorted = all.map((trace) => trace.durationMs).sort((a, b) => a - b);
  const least = view.percentile === '' ? 0 : (sorted[Math.floor((sorted.length - 1) * share[view.percentile])] ?? 0);
  const traces = all.filter((trace) => trace.durationMs >= least);
  const covered = answer.data && all.length >= view.limit ? (answer.data.endMs - Math.min(...all.map((trace) => trace.startMs))) / duration : 1;
  return (
    <>
      <div className="mesh-bar">
        <label className="graph-check">
          <input type="checkbox" checked={view.errors} onChange={(event) => update({ errors: event.target.checked })} />
          {t.graph.errorsOnly}
        </label>
        <label className="graph-choice">
          <span>{t.graph.percentile}</span>
          <select className="field" value={view.percentile} onChange={(event) => update({ percentile: event.target.value })}>
            {percentiles.map((one) => (
              <option key={one} value={one}>
                {one === '' ? t.graph.percentileAll : one}
              </option>
            ))}
          </select>
        </label>
        <label className="graph-choice">
          <span>{t.graph.limit}</span>
          <select className="field" value={view.limit} onChange={(event) => update({ limit: Number(event.target.value) })}>
            {traceLimits.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <span role="status">{answer.isSuccess ? t.graph.traces(formatCount(traces.length, lang)) : ''}</span>
      </div>
      {covered < 0.95 && <p className="graph-note">{t.graph.coverage(percentText(covered * 100))}</p>}
      {answer.isError && <p role="alert">{answer.error.message}</p>}
      {answer.isSuccess && traces.length === 0 && <p>{t.graph.noTraces}</p>}
      {answer.data && traces.length > 0 && (
        <>
          <Scatter traces={traces} startMs={answer.data.startMs} endMs={answer.data.endMs} />
          <table className="graph-table">
            <thead>
              <tr>
                <th scope="col">{t.graph.start}</th>
                <th scope="col">{t.graph.name}</th>
                <th scope="col" className="num">
                  {t.graph.length}
                </th>
                <th scope="col" className="num">
                  {t.graph.spans}
                </th>
                <th scope="col" className="num">
                  {t.graph.errors}
                </th>
              </tr>
            </thead>
            <tbody>
              {traces.map((trace) => (
                <tr key={trace.traceId}>
                  <td className="mesh-start">{formatMoment(trace.startMs, zone)}</td>
                  <td>
                    <Link path={`/trace/${trace.traceId}`} params={carriedParams(params)}>
                      {`${trace.rootService} ${trace.rootName}`.trim() || trace.traceId}
                    </Link>
                  </td>
                  <td className="num">{timeText(trace.durationMs)}</td>
                  <td className="num">{trace.spanCount}</td>
                  <td className={`num${trace.errorCount > 0 ? ' graph-bad' : ''}`}>{trace.errorCount}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

function Scatter({ traces, startMs, endMs }: { traces: TraceSummary[]; startMs: number; endMs: number }) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  const max = Math.max(...traces.map((trace) => trace.durationMs), 1);
  const carried = carriedParams(params);
  const clock = (ms: number) => formatClock(ms, zone).slice(0, 8);
  return (
    <figure className="mesh-scatter" role="group" aria-label={t.graph.scatter} data-points={traces.length}>
      <span className="mesh-scatter-top num sub">{timeText(max)}</span>
      <span className="mesh-scatter-start num sub">{clock(startMs)}</span>
      <span className="mesh-scatter-end num sub">{clock(endMs)}</span>
      <div className="mesh-scatter-plot">
        {traces.map((trace) => {
          const path = `/trace/${trace.traceId}`;
          const radius = Math.min(15, 3 + trace.spanCount / 6);
          return (
            <a
              key={trace.traceId}
              href={href(path, carried)}
              className={trace.errorCount > 0 ? 'mesh-dot mesh-bad' : 'mesh-dot'}
              style={{
                left: `${((trace.startMs - startMs) / (endMs - startMs)) * 100}%`,
                bottom: `${(trace.durationMs / max) * 100}%`,
                width: 2 * radius,
                height: 2 * radius,
              }}
              tabIndex={-1}
              aria-label={`${trace.rootService} ${trace.rootName} ${timeText(trace.durationMs)}`}
              title={`${trace.rootService} ${trace.rootName}\n${timeText(trace.durationMs)}`}
              onClick={(event) => {
                if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                  event.preventDefault();
                  navigate(path, carried);
                }
              }}
            />
          );
        })}
      </div>
    </figure>
  );
}

/**
 * Found by any of the names that a workload goes by: its own, the app's, with and without the namespace, as Kubernetes or a proxy says it.
 * Spans that name another namespace are another workload's; those that name none are taken at their word.
 */
export function traceQuery(of: 'workload' | 'service', namespace: string, name: string, node: GraphNode | undefined, errors: boolean): string {
  const is = (field: string, value: string) => `${field} = ${JSON.stringify(value)}`;
  const names = [...new Set([name, node?.app, node?.service].filter((one): one is string => one !== undefined && one !== ''))];
  const own = names.map((one) => is('resource.service.name', one));
  if (of === 'workload') {
    own.push(is('resource.k8s.deployment.name', name));
  }
  let any = own.join(' || ');
  if (namespace !== 'unknown') {
    const scopes = ['resource.k8s.namespace.name', 'resource.service.namespace'];
    const inside = [...scopes.map((scope) => is(scope, namespace)), `(${scopes.map((scope) => `${scope} = nil`).join(' && ')})`].join(' || ');
    const proxies = names.flatMap((one) => [is('resource.service.name', `${one}.${namespace}`), `(${is('span.istio.canonical_service', one)} && ${is('span.istio.namespace', namespace)})`]);
    any = [`((${any}) && (${inside}))`, ...proxies].join(' || ');
  }
  return errors ? `{ (${any}) && status = error }` : `{ ${any} }`;
}
