import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { getGraphList, type GraphNode } from '../../api/graph';
import { Link } from '../../app/Link';
import { usePreferences } from '../../app/preferences';
import { bytesText, percentText, short, timeText } from '../../model/graph/labels';
import { Icon } from '../../ui/Icon';
import { Doctor } from '../graph/Doctor';
import '../graph/graph.css';
import { meshParams } from '../graph/meshParams';
import { Health } from '../graph/panelParts';
import { NamespacePicker } from '../graph/Toolbar';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import '../services/services.css';
import { DurationChoice } from './DurationChoice';
import { useMeshPage } from './useMeshPage';

const worst = ['Failure', 'Degraded', 'Not Ready', 'Healthy', 'NA'];

/** Workloads or services with their health, the worst first. */
export function ListPage({ of }: { of: 'workload' | 'service' }) {
  const { t } = usePreferences();
  const { view, update, params } = useMeshPage();
  const isService = of === 'service';
  useEffect(() => {
    document.title = isService ? t.graph.servicesTitle : t.graph.workloadsTitle;
  }, [t, isService]);
  const request = new URLSearchParams({ of, duration: view.duration });
  if (view.namespaces.length > 0) {
    request.set('namespaces', view.namespaces.join(','));
  }
  const answer = useQuery({ queryKey: ['graph-list', request.toString()], queryFn: ({ signal }) => getGraphList(request, signal), placeholderData: (before) => before, retry: false });
  const nodes = (answer.data?.nodes ?? [])
    .filter((node) => (isService ? node.kind === 'service' && !node.role : node.kind === 'workload') && !node.flags.includes('inaccessible') && node.name.toLowerCase().includes(view.filter.toLowerCase()))
    .sort((a, b) => worst.indexOf(a.health) - worst.indexOf(b.health) || total(b) - total(a) || a.name.localeCompare(b.name));
  const latency = new Map<string, number>();
  for (const edge of answer.data?.edges ?? []) {
    if (edge.latency?.p95 !== undefined) {
      latency.set(edge.target, Math.max(latency.get(edge.target) ?? 0, edge.latency.p95));
    }
  }
  const number = 'cell-number num';
  return (
    <div className="page">
      <header className="page-head">
        <h1>{isService ? t.graph.servicesHeading : t.graph.workloadsHeading}</h1>
        <input className="field" type="search" data-primary-search aria-label={t.graph.filterNames} placeholder={t.graph.filterNames} value={view.filter} onChange={(event) => update({ filter: event.target.value })} />
        <NamespacePicker view={view} update={update} />
        <DurationChoice view={view} update={update} />
      </header>
      {answer.isError && (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{answer.error.message}</p>
        </div>
      )}
      {answer.data === undefined && !answer.isError && <Skeleton />}
      {answer.isSuccess && nodes.length === 0 && (
        <div className="panel-scroll">
          <p>{t.graph.noneListed}</p>
          <Doctor request={request} />
        </div>
      )}
      {nodes.length > 0 && (
        <div className="panel-scroll" data-stale={answer.isPlaceholderData}>
          <table className="panel-table mesh-list">
            <caption className="visually-hidden">{isService ? t.graph.servicesHeading : t.graph.workloadsHeading}</caption>
            <thead>
              <tr>
                <th scope="col">{t.graph.name}</th>
                <th scope="col">{t.graph.namespace}</th>
                <th scope="col">{t.graph.health}</th>
                <th scope="col" className="cell-number">
                  {t.graph.requests}
                </th>
                <th scope="col" className="cell-number" title={t.graph.errorsHint}>
                  {t.graph.errors}
                </th>
                <th scope="col" className="cell-number">
                  {t.graph.label_p95}
                </th>
                <th scope="col">{t.graph.notes}</th>
              </tr>
            </thead>
          <tbody>
            {nodes.map((node) => {
              const requests = node.traffic.filter((one) => one.protocol !== 'tcp');
              const rate = requests.reduce((sum, one) => sum + one.in.rate, 0);
              const errors = requests.reduce((sum, one) => sum + one.in.errors, 0);
              const tcp = node.traffic.find((one) => one.protocol === 'tcp')?.in.rate ?? 0;
              const ms = latency.get(node.id);
              return (
                <tr key={node.id}>
                  <th scope="row">
                    <Link className="services-link" path={`/${isService ? 'mesh-services' : 'workloads'}/${encodeURIComponent(node.namespace)}/${encodeURIComponent(node.name)}`} params={meshParams(params)} translate="no">
                      {node.name}
                    </Link>
                  </th>
                  <td translate="no">{node.namespace}</td>
                  <td>
                    <Health name={node.health} />
                  </td>
                  <td className={number}>{[rate > 0 ? `${short(rate)} rps` : '', tcp > 0 ? bytesText(tcp) : ''].filter(Boolean).join(', ') || '–'}</td>
                  <td className={errors > 0 ? `${number} graph-bad` : number}>{rate > 0 ? percentText((errors / rate) * 100) : '–'}</td>
                  <td className={number}>{ms === undefined ? '–' : timeText(ms)}</td>
                  <td>
                    {node.flags
                      .filter((flag) => flag !== 'injected')
                      .map((flag) => (
                        <span key={flag} className="graph-flag">
                          {t.graph[`flag_${flag}` as 'flag_root']}
                        </span>
                      ))}
                  </td>
                </tr>
              );
            })}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function total(node: GraphNode): number {
  return node.traffic.reduce((sum, one) => sum + (one.protocol === 'tcp' ? 0 : one.in.rate + one.out.rate), 0);
}
