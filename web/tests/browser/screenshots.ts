import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { launch, visit } from './support/browser';
import { send } from './support/otlp';
import { startServer } from './support/server';
import { large, shop } from './support/shop';

/*
 * Pictures of every page, in both themes, both languages and two widths, for people to look at: `npm run screenshots`, into the folder
 * CLEW_SCREENSHOTS. Not part of the tests.
 */
const folder = process.env.CLEW_SCREENSHOTS as string;

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

  const pictures = async (name: string, path: string, prepare?: (page: Page) => Promise<void>) => {
    for (const v of variants) {
      const { context, page, complaints } = await visit(browser, server.url, { ...v, locale: v.lang });
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${v.lang}`);
      await page.locator('.skeleton').waitFor({ state: 'detached' });
      await page.waitForTimeout(900);
      await prepare?.(page);
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(folder, `${name}-${v.width}-${v.dark ? 'dark' : 'light'}-${v.lang}.png`) });
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
      ['workload', '/workloads/shop/payment?duration=3h'],
      ['workload-in', '/workloads/shop/payment?duration=3h&tab=in'],
      ['workload-traces', '/workloads/shop/payment?duration=3h&tab=traces'],
      ['mesh-services', '/mesh-services?duration=3h'],
    ]) {
      await pictures(name, path);
    }
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
  } finally {
    await browser.close();
    await server.stop();
  }
});
