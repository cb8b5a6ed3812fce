import { navigate, usePlace } from '../../app/location';
import { durations } from '../../model/graph/graphView';

export interface MeshView {
  namespaces: string[];
  duration: string;
  filter: string;
  tab: string;
  errors: boolean;
  limit: number;
  percentile: string;
}

export const tabs = ['overview', 'traffic', 'in', 'out', 'traces'] as const;
export const traceLimits = [20, 50, 100, 200, 500] as const;
export const percentiles = ['', 'p75', 'p90', 'p99'] as const;

/** The view of the lists and details in the URL. */
export function useMeshPage(): { view: MeshView; update(change: Partial<MeshView>): void; params: URLSearchParams } {
  const { path, params } = usePlace();
  const view: MeshView = {
    namespaces: (params.get('namespaces') ?? '').split(',').filter((one) => one !== ''),
    duration: durations.find((one) => one === params.get('duration')) ?? '10m',
    filter: params.get('filter') ?? '',
    tab: tabs.find((one) => one === params.get('tab')) ?? 'overview',
    errors: params.get('errs') === 'true',
    limit: traceLimits.find((one) => String(one) === params.get('limit')) ?? 100,
    percentile: percentiles.find((one) => one === params.get('percentile')) ?? '',
  };
  const update = (change: Partial<MeshView>) => {
    const next = { ...view, ...change };
    const written = new URLSearchParams(params);
    const put = (key: string, value: string, standard: string) => (value === standard ? written.delete(key) : written.set(key, value));
    put('namespaces', next.namespaces.join(','), '');
    put('duration', next.duration, '10m');
    put('filter', next.filter, '');
    put('tab', next.tab, 'overview');
    put('errs', String(next.errors), 'false');
    put('limit', String(next.limit), '100');
    put('percentile', next.percentile, '');
    navigate(path, written, change.tab === undefined ? 'replace' : 'push');
  };
  return { view, update, params };
}
