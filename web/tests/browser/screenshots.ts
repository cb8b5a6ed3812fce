import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { launch, loaded, visit } from './support/browser';
import { send } from './support/otlp';
import { startServer } from './support/server';
import { large, shop } from './support/shop';

/*
 * Pictures of every page, in both themes, both languages and two widths, for people to look at: `npm run screenshots`, into the folder
 * CLEW_SCREENSHOTS. CLEW_SCREENSHOTS_ONLY, a regular expression, chooses some by the names of their files. Not part of the tests.
 */
const folder = process.env.CLEW_SCREENSHOTS as string;
const only = new RegExp(process.env.CLEW_SCREENSHOTS_ONLY ?? '');

const variants = [
  { width: 1280, height: 800, dark: false, lang: 'en' },
  { width: 1920, height: 1080, dark: true, lang: 'en' },
  { width: 1280, height: 800, dark: true, lang: 'ko' },
  { width: 1920, height: 1080, dark: false, lang: 'ko' },
];

test('pictures', { timeout: 1_800_000 }, async () => {
  mkdirSync(folder, { recursive: true });
  const server = await startServer();
  const browser = await launch();

  const pictures = async (name: string, path: string, prepare?: (page: Page) => Promise<unknown>, url = server.url) => {
    for (const v of variants) {
      const file = `${name}-${v.width}-${v.dark ? 'dark' : 'light'}-${v.lang}`;
      if (!only.test(file)) {
        continue;
      }
      const { context, page, complaints } = await visit(browser, url, { ...v, locale: v.lang });
      await page.goto(`${url}${path}${path.includes('?') ? '&' : '?'}lang=${v.lang}`);
      await loaded(page);
      await page.waitForLoadState('networkidle');
      await prepare?.(page);
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(folder, `${file}.png`) });
      if (complaints.length > 0) {
        console.log(name, complaints);
      }
      await context.close();
    }
  };

  try {
    await pictures('welcome', '/');
    const now = Date.now();
    const data = shop(now, 7);
    for (let i = 0; i < data.traces.length; i += 40) {
      await send(server.otlpHttp, ...data.traces.slice(i, i + 40));
    }
    const big = large(now - 60_000, 5000, 3);
    await send(server.otlpHttp, big.build());
    await pictures('search', '/?limit=100');
    await pictures('search-filtered', `/?q=${encodeURIComponent('{ resource.service.name = "payment" && status = error }')}&from=now-24h`);
    await pictures('search-bad', `/?q=${encodeURIComponent('{ status == error }')}`);
    await pictures('search-empty', `/?q=${encodeURIComponent('{ duration > 100s }')}&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
    await pictures('time', '/?limit=100', async (page) => {
      await page.locator('.time-button').click();
    });
    await pictures('spans', '/?tab=spans&col=span.http.route&col=span.customer.tier&from=now-3h');
    await pictures('points', '/?points=1&limit=100&from=now-3h');
    await pictures('breakdown', '/?tab=breakdown&from=now-3h');
    await pictures('compare', '/?tab=compare&from=now-3h');
    await pictures('errors', '/?tab=exceptions&from=now-3h');
    await pictures('structure', '/?tab=structure&from=now-3h');
    await pictures('metrics', `/?q=${encodeURIComponent('{ kind = server } | quantile_over_time(duration, 0.5, 0.95) by(resource.service.name)')}&from=now-3h`);
    await pictures('editor', '/', async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('{ resource.service.name = "payment" && span.');
      await page.waitForTimeout(800);
    });
    await pictures('services', '/services?from=now-3h');
    await pictures('service', '/services/payment?from=now-3h');
    await pictures('pipeline', '/pipeline');
    for (const [name, path] of [
      ['graph', '/graph?duration=3h&edges=p95,rate'],
      ['graph-table', '/graph?duration=3h&view=table'],
      ['workloads', '/workloads?duration=3h'],
      ['graph-security', '/graph?duration=3h&badgeSecurity=true&edges=avg&graphType=workload'],
      ['graph-services', '/graph?duration=3h&injectServiceNodes=true&edges=distribution,throughput'],
      ['graph-operations', '/graph?duration=3h&operationNodes=true&graphType=workload'],
      ['graph-service-type', '/graph?duration=3h&graphType=service&edges=p99'],
      ['graph-focus', '/graph?duration=3h&focus=app:shop/payment&hops=1'],
      ['graph-find', '/graph?duration=3h&graphFind=%21%20healthy&graphHide=name%20%3D%20email'],
      ['graph-compare', '/graph?duration=10m&compare=1h'],
      ['graph-replay', `/graph?duration=10m&at=${Math.floor(now / 1000) - 300}`],
      ['graph-empty', '/graph?duration=3h&namespaces=nowhere'],
      ['workload', '/workloads/shop/payment?duration=3h'],
      ['workload-traffic', '/workloads/shop/payment?duration=3h&tab=traffic'],
      ['workload-out', '/workloads/shop/payment?duration=3h&tab=out'],
      ['mesh-service', '/mesh-services/shop/payment?duration=3h'],
      ['workloads-empty', '/workloads?duration=3h&namespaces=nowhere'],
      ['workload-in', '/workloads/shop/payment?duration=3h&tab=in'],
      ['workload-traces', '/workloads/shop/payment?duration=3h&tab=traces'],
      ['mesh-services', '/mesh-services?duration=3h'],
    ]) {
      await pictures(name, path);
    }
    await pictures('graph-display', '/graph?duration=3h', (page) => page.locator('.graph-toolbar .graph-menu button').nth(1).click());
    await pictures('graph-namespaces', '/graph?duration=3h', (page) => page.locator('.graph-toolbar .graph-menu button').first().click());
    await pictures('graph-doctor', '/graph?duration=3h', (page) => page.locator('.graph-subbar .graph-menu button').last().click());
    await pictures('graph-edge', '/graph?duration=3h&edges=p95', async (page) => {
      const edge = await page.evaluate(() => (window.clewGraph as { edges: { id: string; errorPercent: number }[] }).edges.sort((a, b) => b.errorPercent - a.errorPercent)[0]?.id ?? '');
      await page.goto(`${page.url()}&sel=${encodeURIComponent(edge)}`);
      await page.waitForLoadState('networkidle');
    });
    await pictures('graph-node', '/graph?duration=3h&edges=p95', async (page) => {
      const node = await page.evaluate(() => (window.clewGraph as { nodes: { id: string; name: string }[] }).nodes.find((one) => one.name === 'payment')?.id ?? '');
      await page.goto(`${page.url()}&sel=${encodeURIComponent(node)}`);
      await page.waitForLoadState('networkidle');
    });
    await pictures('palette', '/', async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('pay');
      await page.waitForLoadState('networkidle');
    });
    await pictures('shortcuts', `/trace/${data.good}`, (page) => page.keyboard.press('Shift+Slash'));
    await pictures('save', '/?limit=100', (page) => page.locator('.query-add [aria-haspopup=dialog]').first().click());
    await pictures('search-error', '/?limit=100', async (page) => {
      await page.route('**/api/v1/search*', (route) => route.fulfill({ status: 503, contentType: 'text/plain', body: 'all 8 places for queries are taken; try again in a moment (query.max_concurrent)' }));
      await page.reload();
      await page.getByRole('alert').first().waitFor();
    });
    await pictures('services-error', '/services', async (page) => {
      await page.route('**/api/v1/services*', (route) => route.fulfill({ status: 503, contentType: 'text/plain', body: 'all 8 places for queries are taken; try again in a moment (query.max_concurrent)' }));
      await page.reload();
      await page.getByRole('alert').first().waitFor({ timeout: 20_000 });
    });
    await pictures('live', '/?live=1');
    await pictures('short-link-missing', '/s/nothing');
    await pictures('not-found', '/nowhere');
    await pictures('service-alone', '/services/email?from=now-3h');
    await pictures('settings', '/settings');
    await pictures('import', '/import');
    await pictures('diff', `/diff?base=${data.good}&other=${data.failed}`);
    for (const view of ['flame', 'statistics', 'table', 'graph']) {
      await pictures(`trace-${view}`, `/trace/${data.failed}?view=${view}`);
    }
    await pictures('trace', `/trace/${data.good}?critical=1`);
    await pictures('trace-error', `/trace/${data.failed}`, async (page) => {
      await page.locator('.wf-row', { hasText: 'POST /charge' }).first().click();
      await page.waitForTimeout(200);
      await page.locator('.stack summary').click();
    });
    await pictures('trace-odd', `/trace/${data.odd}`);
    await pictures('trace-large', `/trace/${big.traceId}?find=status%3Derror`);
    await pictures('trace-missing', `/trace/abc123`);
    await pictures('trace-inline', `/trace/${data.failed}?inline=1`, (page) => page.locator('.wf-row').nth(3).click());
    if (variants.some((v) => only.test(`sign-in-${v.width}-${v.dark ? 'dark' : 'light'}-${v.lang}`))) {
      const closed = await startServer('--set', 'auth.tokens=[a-token-of-the-pictures]');
      await pictures('sign-in', '/', undefined, closed.url);
      await closed.stop();
    }
  } finally {
    await browser.close();
    await server.stop();
  }
});
