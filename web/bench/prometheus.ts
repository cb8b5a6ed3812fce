import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeshCall } from '../tests/browser/support/mesh';
import { freePorts } from '../tests/browser/support/server';

const [historySeconds, stepSeconds] = [900, 60];
const bounds = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000];

export interface Prometheus {
  url: string;
  stop(): Promise<void>;
}

/** A real Prometheus that holds what both proxies of every call report, up to `endSeconds` (unix time): each call at `count` requests a second. */
export async function startPrometheus(calls: readonly MeshCall[], endSeconds: number): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'clew-prometheus-'));
  const file = join(folder, 'series.om');
  writeSeries(file, calls, endSeconds);
  const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')], { encoding: 'utf8' });
  if (made.status !== 0) {
    throw new Error(`promtool (Debian package prometheus) could not make blocks: ${made.error?.message ?? made.stderr}`);
  }
  rmSync(file);
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {scrape_interval: 60s}\n');
  const [port] = await freePorts(1);
  const child = spawn('prometheus', ['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'data'), '--web.listen-address', `127.0.0.1:${port}`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/-/ready`).catch(() => null))?.ok; tries++) {
    if (tries > 300) {
      throw new Error('prometheus is not ready after 30 s');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** OpenMetrics wants the samples of a metric together. */
function writeSeries(file: string, calls: readonly MeshCall[], endSeconds: number): void {
  const out = openSync(file, 'w');
  const metric = (name: string, type: string, series: (call: MeshCall, labels: string) => [string, number][]) => {
    writeSync(out, `# TYPE ${name.replace(/_total$/, '')} ${type}\n`);
    for (const call of calls) {
      for (const reporter of ['destination', 'source']) {
        const lines: string[] = [];
        for (const [labels, rate] of series(call, labelsOf(call, reporter))) {
          for (let at = -historySeconds; at <= 0; at += stepSeconds) {
            lines.push(`${name}{${labels}} ${rate * (at + historySeconds)} ${endSeconds + at}\n`);
          }
        }
        writeSync(out, lines.join(''));
      }
    }
  };
  const codes = (call: MeshCall): [string, number][] => (call.failed > 0 ? [['200', call.count - call.failed], ['503', call.failed]] : [['200', call.count]]);
  metric('istio_requests_total', 'counter', (call, labels) => codes(call).map(([code, rate]) => [`${labels},response_code="${code}"`, rate]));
  metric('istio_request_duration_milliseconds_bucket', 'unknown', (call, labels) =>
    [...bounds, Infinity].map((bound) => [`${labels},response_code="200",le="${bound === Infinity ? '+Inf' : bound}"`, bound >= call.ms ? call.count : 0]),
  );
  metric('istio_request_duration_milliseconds_sum', 'unknown', (call, labels) => [[`${labels},response_code="200"`, call.count * call.ms]]);
  metric('istio_request_duration_milliseconds_count', 'unknown', (call, labels) => [[`${labels},response_code="200"`, call.count]]);
  writeSync(out, '# EOF\n');
  closeSync(out);
}

function labelsOf(call: MeshCall, reporter: string): string {
  const { from, to } = call;
  const host = `${to.app}.${to.namespace}.svc.cluster.local`;
  const labels: Record<string, string> = {
    reporter, request_protocol: 'http', response_flags: '-', connection_security_policy: 'mutual_tls',
    source_cluster: 'east', source_workload_namespace: from.namespace, source_workload: from.name, source_canonical_service: from.app, source_canonical_revision: from.version,
    source_principal: `spiffe://cluster.local/ns/${from.namespace}/sa/${from.app}`,
    destination_cluster: 'east', destination_service_namespace: to.namespace, destination_service: host, destination_service_name: to.app,
    destination_workload_namespace: to.namespace, destination_workload: to.name, destination_canonical_service: to.app, destination_canonical_revision: to.version,
    destination_principal: `spiffe://cluster.local/ns/${to.namespace}/sa/${to.app}`,
  };
  return Object.entries(labels).map(([name, value]) => `${name}="${value}"`).join(',');
}
