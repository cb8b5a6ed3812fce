import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { launch } from '../tests/browser/support/browser';
import { mesh, tracesOf } from '../tests/browser/support/mesh';
import { send } from '../tests/browser/support/otlp';
import { startServer, type Server } from '../tests/browser/support/server';
import { report } from './figures';
import { startPrometheus, type Prometheus } from './prometheus';

/* The graph of a large mesh: 10 namespaces, 500 workloads, 2000 edges, from spans and from Istio's metrics. */

const seed = 8;
const calls = mesh(seed, 10, 500, 2000);
const [openings, animatedMs] = [5, 10_000];
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

/** Milliseconds from the navigation to the first painted graph, in a browser without a cache. */
async function paint(url: string): Promise<{ page: Page; ms: number; close(): Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => ((window.clewGraph as { paintedAtMs?: number } | undefined)?.paintedAtMs ?? 0) > 0, undefined, { polling: 50, timeout: 120_000 });
  return { page, ms: await page.evaluate(() => (window.clewGraph as unknown as { paintedAtMs: number }).paintedAtMs), close: () => context.close() };
}

async function measure(what: string, url: string): Promise<void> {
  const first: number[] = [];
  for (let n = 0; n < openings; n++) {
    const { ms, close } = await paint(url);
    first.push(ms);
    await close();
  }
  report(`${what}: first paint`, first, 'ms', '2000');
}

async function asked(what: string, url: string): Promise<void> {
  const took: number[] = [];
  for (let n = 0; n < openings; n++) {
    const started = performance.now();
    await (await fetch(url)).arrayBuffer();
    took.push(performance.now() - started);
  }
  report(`${what}: answer of /api/v1/graph`, took, 'ms', '–');
}

describe('a large mesh', () => {
  describe('from spans', () => {
    let server: Server;
    beforeAll(async () => {
      server = await startServer();
      const traces = tracesOf(calls, Date.now(), seed);
      for (let i = 0; i < traces.length; i += 500) {
        await send(server.otlpHttp, ...traces.slice(i, i + 500));
      }
    });
    afterAll(() => server?.stop());

    it('paints', async () => {
      await asked('spans', `${server.url}/api/v1/graph?graphType=versionedApp&duration=10m&boxBy=namespace,cluster`);
      await measure('spans', `${server.url}/graph?duration=10m`);
    });

    it('moves', async () => {
      const { page, close } = await paint(`${server.url}/graph?duration=10m&animation=true&collapsed=none`);
      await page.waitForTimeout(animatedMs);
      report('animation: script a frame', await page.evaluate(() => (window.clewGraph as unknown as { frameTimes(): number[] }).frameTimes()), 'ms', '8');
      await close();
    });
  });

  describe('from Istio’s metrics', () => {
    let server: Server;
    let prometheus: Prometheus;
    beforeAll(async () => {
      prometheus = await startPrometheus(calls, Math.floor(Date.now() / 1000));
      server = await startServer('--set', `mesh.prometheus.url=${prometheus.url}`);
    });
    afterAll(async () => {
      await server?.stop();
      await prometheus?.stop();
    });

    it('paints', async () => {
      await asked('Istio', `${server.url}/api/v1/graph?graphType=versionedApp&duration=10m&boxBy=namespace,cluster`);
      await measure('Istio', `${server.url}/graph?duration=10m`);
      await measure('Istio with response time and security', `${server.url}/graph?duration=10m&edges=p95&badgeSecurity=true`);
    });
  });
});
