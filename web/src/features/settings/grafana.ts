import { ask } from '../../api/client';

/** The data source as Grafana's provisioning reads it. */
export function provisioning(url: string, tenant: string): string {
  const headers = tenant === '' ? '' : `\n      httpHeaderName1: X-Scope-OrgID\n    secureJsonData:\n      httpHeaderValue1: ${tenant}`;
  return `apiVersion: 1
datasources:
  - name: Clew
    type: tempo
    uid: clew
    access: proxy
    url: ${url}
    jsonData:
      streamingEnabled:
        search: true
        metrics: true
      nodeGraph:
        enabled: true
      serviceMap:
        datasourceUid: clew-metrics${headers}
  - name: Clew metrics
    type: prometheus
    uid: clew-metrics
    access: proxy
    url: ${url}/prometheus
    jsonData:
      httpMethod: POST
`;
}

export interface Check {
  id: CheckId;
  path: string;
  /** Throws, with a sentence, when the answer is not what Grafana needs. */
  judge(response: Response): Promise<void>;
}

export type CheckId = 'echo' | 'build' | 'search' | 'tags' | 'values' | 'metrics' | 'trace' | 'graph';

async function expectJson(response: Response, what: (body: Record<string, unknown>) => boolean): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  if (!what(body)) {
    throw new Error(JSON.stringify(body).slice(0, 200));
  }
}

/** The questions that Grafana's Tempo data source asks, one by one, as it asks them. */
export const checks: readonly Check[] = [
  {
    id: 'echo',
    path: '/api/echo',
    judge: async (response) => {
      const text = await response.text();
      if (text.trim() !== 'echo') {
        throw new Error(text.slice(0, 200));
      }
    },
  },
  { id: 'build', path: '/api/status/buildinfo', judge: (response) => expectJson(response, (body) => /^\d+\.\d+\.\d+/.test(String(body.version))) },
  { id: 'search', path: `/api/search?q=${encodeURIComponent('{}')}&limit=20&spss=3`, judge: (response) => expectJson(response, (body) => Array.isArray(body.traces)) },
  { id: 'tags', path: '/api/v2/search/tags?limit=5000', judge: (response) => expectJson(response, (body) => Array.isArray(body.scopes)) },
  { id: 'values', path: '/api/v2/search/tag/resource.service.name/values?limit=5000', judge: (response) => expectJson(response, (body) => Array.isArray(body.tagValues)) },
  { id: 'metrics', path: `/api/metrics/query_range?q=${encodeURIComponent('{} | rate()')}&since=1m`, judge: (response) => expectJson(response, (body) => Array.isArray(body.series)) },
  {
    id: 'trace',
    path: '/api/v2/traces/1',
    judge: async (response) => {
      // The trace does not exist; Grafana wants to hear so in protobuf, with a trace that is there and empty.
      const bytes = await response.arrayBuffer();
      if (bytes.byteLength === 0) {
        throw new Error(`${response.status}`);
      }
    },
  },
  { id: 'graph', path: `/prometheus/api/v1/query?query=${encodeURIComponent('sum by (client, server) (rate(traces_service_graph_request_total[5m]))')}`, judge: (response) => expectJson(response, (body) => body.status === 'success') },
];

export type CheckState = { kind: 'waiting' } | { kind: 'passed'; ms: number } | { kind: 'failed'; message: string };

export async function run(check: Check): Promise<CheckState> {
  const started = performance.now();
  try {
    const response = await ask(check.path, undefined, check.id === 'trace' ? { accept: 'application/protobuf' } : {}).catch((error: unknown) => {
      // A missing trace may also be a plain 404: Grafana says "not found" then, which is right.
      if (check.id === 'trace' && error instanceof Error && 'status' in error && error.status === 404) {
        return null;
      }
      throw error;
    });
    if (response !== null) {
      await check.judge(response);
    }
    return { kind: 'passed', ms: Math.round(performance.now() - started) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
