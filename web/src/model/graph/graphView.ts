/** What the graph page shows. The URL is its only home; missing parts have these defaults. Names follow Kiali's where it has the same. */
export interface GraphView {
  /** Empty: all that are known. */
  namespaces: string[];
  graphType: GraphType;
  duration: string;
  /** Seconds between refreshes; 0: by hand. */
  refresh: number;
  edges: EdgeLabel[];
  /** What is counted of each protocol; messages of gRPC and bytes of TCP as Istio's metrics have them. */
  rateHttp: RateHttp;
  rateGrpc: RateGrpc;
  rateTcp: RateTcp;
  animation: boolean;
  security: boolean;
  sidecars: boolean;
  services: boolean;
  idle: boolean;
  operations: boolean;
  boxNamespace: boolean;
  boxCluster: boolean;
  collapsed: string[];
  find: string;
  hide: string;
  /** `workload:namespace/name`, or empty. */
  focus: string;
  hops: number;
  /** How long ago to compare with, or empty. */
  compare: string;
  /** Unix seconds of a moment in the past; 0: now. */
  at: number;
  traceId: string;
  selected: string;
  table: boolean;
}

export type GraphType = 'versionedApp' | 'app' | 'workload' | 'service';
export const graphTypes: readonly GraphType[] = ['versionedApp', 'app', 'workload', 'service'];

export type EdgeLabel = 'rate' | 'distribution' | 'throughput' | 'avg' | 'p50' | 'p95' | 'p99';
export const edgeLabels: readonly EdgeLabel[] = ['rate', 'distribution', 'throughput', 'avg', 'p50', 'p95', 'p99'];
export const latencyLabels = ['avg', 'p50', 'p95', 'p99'] as const;

export const ratesHttp = ['requests', 'none'] as const;
export const ratesGrpc = ['requests', 'sent', 'received', 'total', 'none'] as const;
export const ratesTcp = ['sent', 'received', 'total', 'none'] as const;
export type RateHttp = (typeof ratesHttp)[number];
export type RateGrpc = (typeof ratesGrpc)[number];
export type RateTcp = (typeof ratesTcp)[number];

export const durations: readonly string[] = ['1m', '2m', '5m', '10m', '30m', '1h', '3h', '6h', '12h', '1d', '7d', '30d'];
export const refreshes: readonly number[] = [0, 10, 15, 30, 60, 300, 900];

export const defaultGraphView: GraphView = {
  namespaces: [],
  graphType: 'versionedApp',
  duration: '10m',
  refresh: 60,
  edges: [],
  rateHttp: 'requests',
  rateGrpc: 'requests',
  rateTcp: 'sent',
  animation: false,
  security: false,
  sidecars: true,
  services: false,
  idle: false,
  operations: false,
  boxNamespace: true,
  boxCluster: true,
  collapsed: [],
  find: '',
  hide: '',
  focus: '',
  hops: 0,
  compare: '',
  at: 0,
  traceId: '',
  selected: '',
  table: false,
};

const flags = {
  animation: 'animation',
  security: 'badgeSecurity',
  sidecars: 'badgeSidecar',
  services: 'injectServiceNodes',
  idle: 'idleNodes',
  operations: 'operationNodes',
  boxNamespace: 'boxNamespace',
  boxCluster: 'boxCluster',
} as const;

type Flag = keyof typeof flags;
const flagKeys = Object.keys(flags) as Flag[];

export function readGraphView(params: URLSearchParams): GraphView {
  const view: GraphView = { ...defaultGraphView };
  view.namespaces = list(params.get('namespaces'));
  view.graphType = graphTypes.find((type) => type === params.get('graphType')) ?? defaultGraphView.graphType;
  view.duration = durations.find((one) => one === params.get('duration')) ?? defaultGraphView.duration;
  view.refresh = refreshes.find((one) => String(one) === params.get('refresh')) ?? defaultGraphView.refresh;
  view.edges = edgeLabels.filter((label) => list(params.get('edges')).includes(label));
  for (const flag of flagKeys) {
    const text = params.get(flags[flag]);
    view[flag] = text === null ? defaultGraphView[flag] : text === 'true';
  }
  view.rateHttp = ratesHttp.find((one) => one === params.get('rateHttp')) ?? defaultGraphView.rateHttp;
  view.rateGrpc = ratesGrpc.find((one) => one === params.get('rateGrpc')) ?? defaultGraphView.rateGrpc;
  view.rateTcp = ratesTcp.find((one) => one === params.get('rateTcp')) ?? defaultGraphView.rateTcp;
  view.collapsed = list(params.get('collapsed'));
  view.find = params.get('graphFind') ?? '';
  view.hide = params.get('graphHide') ?? '';
  view.focus = params.get('focus') ?? '';
  view.hops = Math.max(0, Math.min(9, Number(params.get('hops') ?? 0) || 0));
  view.compare = params.get('compare') ?? '';
  view.at = Math.max(0, Number(params.get('at') ?? 0) || 0);
  view.traceId = /^[0-9a-f]{1,32}$/i.test(params.get('traceId') ?? '') ? (params.get('traceId') as string).toLowerCase() : '';
  view.selected = params.get('sel') ?? '';
  view.table = params.get('view') === 'table';
  return view;
}

export function writeGraphView(view: GraphView, base: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(base);
  const put = (key: string, value: string, standard: string) => (value === standard ? params.delete(key) : params.set(key, value));
  put('namespaces', view.namespaces.join(','), '');
  put('graphType', view.graphType, defaultGraphView.graphType);
  put('duration', view.duration, defaultGraphView.duration);
  put('refresh', String(view.refresh), String(defaultGraphView.refresh));
  put('edges', view.edges.join(','), '');
  for (const flag of flagKeys) {
    put(flags[flag], String(view[flag]), String(defaultGraphView[flag]));
  }
  for (const rate of ['rateHttp', 'rateGrpc', 'rateTcp'] as const) {
    put(rate, view[rate], defaultGraphView[rate]);
  }
  put('collapsed', view.collapsed.join(','), '');
  put('graphFind', view.find, '');
  put('graphHide', view.hide, '');
  put('focus', view.focus, '');
  put('hops', String(view.hops), '0');
  put('compare', view.compare, '');
  put('at', String(view.at), '0');
  put('traceId', view.traceId, '');
  put('sel', view.selected, '');
  put('view', view.table ? 'table' : '', '');
  return params;
}

/** What the server has to be asked for the view. */
export function graphRequest(view: GraphView, nowSeconds: number): URLSearchParams {
  const params = new URLSearchParams({ graphType: view.graphType, duration: view.duration });
  if (view.namespaces.length > 0) {
    params.set('namespaces', view.namespaces.join(','));
  }
  const boxes = [view.boxNamespace && 'namespace', view.boxCluster && 'cluster'].filter(Boolean);
  if (boxes.length > 0) {
    params.set('boxBy', boxes.join(','));
  }
  if (view.services && view.graphType !== 'service') {
    params.set('injectServiceNodes', 'true');
  }
  if (view.idle) {
    params.set('idle', 'true');
  }
  if (view.operations && view.graphType !== 'service') {
    params.set('operations', 'true');
  }
  if (view.focus !== '' && view.hops === 0) {
    params.set('focus', view.focus);
  }
  for (const rate of ['rateHttp', 'rateGrpc', 'rateTcp'] as const) {
    if (view[rate] !== defaultGraphView[rate]) {
      params.set(rate, view[rate]);
    }
  }
  if (view.compare !== '') {
    params.set('compare', view.compare);
  }
  if (view.at > 0 || nowSeconds > 0) {
    params.set('queryTime', String(view.at > 0 ? view.at : nowSeconds));
  }
  return params;
}

function list(text: string | null): string[] {
  return text === null || text === '' ? [] : [...new Set(text.split(',').filter((one) => one !== ''))];
}
