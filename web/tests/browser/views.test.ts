import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit, type Visit } from './support/browser';
import { kind, seeded, seededId, send, TraceBuilder } from './support/otlp';
import { startServer, type Server } from './support/server';

/* The other ways to look at a trace, and what can be done with it. */

let server: Server;
let browser: Browser;
let here: Visit;
let page: Page;
let folder: string;

const random = seeded(21);
const now = Date.now();

/** GET /list: a fast query, then `calls` equal ones, the rest in the server itself. Known self times. */
function list(startMs: number, calls: number, extra: string | null, pay = 40): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const root = t.span('shop', 'GET /list', null, 0, 1000, { kind: kind.server, attributes: { 'http.route': '/list', 'customer.tier': 'gold', 'long.text': 'x'.repeat(900) } });
  for (let i = 0; i < calls; i++) {
    t.span('shop', 'SELECT item', root, 100 + i, 100.5 + i, { kind: kind.client, attributes: { 'item.number': i } });
  }
  const call = t.span('shop', 'POST pay', root, 700, 700 + pay, { kind: kind.client });
  t.span('pay', 'POST /pay', call, 705, 700 + pay - 5, { kind: kind.server });
  if (extra !== null) {
    t.span('shop', extra, root, 900, 950);
  }
  return t;
}

const plain = list(now - 30_000, 3, 'old step');
const changed = list(now - 20_000, 3, 'new step', 240);
/** What the end of it waited for: `first`, then `second` with `inner` in it. `beside` and `early` ended in time. */
function waits(startMs: number): TraceBuilder {
  const t = new TraceBuilder(startMs, seededId(random, 16));
  const root = t.span('shop', 'GET /waits', null, 0, 100, { kind: kind.server });
  t.span('shop', 'first', root, 10, 60);
  t.span('shop', 'beside', root, 10, 40);
  const second = t.span('shop', 'second', root, 60, 90);
  t.span('shop', 'inner', second, 65, 85);
  t.span('shop', 'early', second, 65, 70);
  return t;
}

const waiting = waits(now - 40_000);
const repeated = list(now - 10_000, 500, null);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clew-views-'));
  server = await startServer();
  await send(server.otlpHttp, plain.build(), changed.build(), repeated.build(), waiting.build());
  browser = await launch();
  here = await visit(browser, server.url);
  page = here.page;
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (trace: TraceBuilder, query = '') => {
  await page.goto(`${server.url}/trace/${trace.traceId}${query}`);
  await page.locator('.trace-head').waitFor();
};
const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

describe('repeated siblings', () => {
  it('stand as one row with their numbers, and unfold', async () => {
    await open(repeated);
    const rows = () => page.getByRole('treegrid').getAttribute('aria-rowcount');
    // Header, root, the repeated one, the call and its server.
    await expect.poll(() => rows()).toBe('5');
    const button = page.getByRole('button', { name: 'Show all 500' });
    await expect.poll(() => button.getAttribute('title')).toContain('500 alike');
    await button.click();
    await expect.poll(rows).toBe('504');
    // Only rows in view are in the document, and each says which of all it is.
    await page.locator('.wf').focus();
    await page.keyboard.press('End');
    const indexes = async () => (await page.locator('.wf-row').evaluateAll((all) => all.map((row) => Number(row.getAttribute('aria-rowindex'))))).sort((a, b) => a - b);
    await expect.poll(async () => (await indexes()).at(-1)).toBe(504);
    const seen = await indexes();
    expect(seen.length).toBeLessThan(100);
    expect(seen).toEqual(seen.map((_, i) => seen[0] + i));
    await page.getByRole('searchbox', { name: 'Find spans' }).fill('item.number=499');
    await expect.poll(() => page.locator('.find-count').innerText()).toBe('1 of 1');
  });
});

describe('critical path', () => {
  it('has just the spans that the end waited for', async () => {
    await open(waiting, '?critical=1');
    const on = async () => (await page.locator('.wf-row', { has: page.locator('.wf-piece') }).locator('.wf-text').allInnerTexts()).sort();
    await expect.poll(on).toEqual(['GET /waits', 'first', 'inner', 'second']);
    await page.keyboard.press('c');
    await expect.poll(on).toEqual([]);
  });
});

describe('views', () => {
  it('statistics: self times that a person can add up', async () => {
    await open(plain, '?view=statistics');
    const row = (name: string) => page.locator('.statistics-table tbody tr', { hasText: name });
    await row('GET /list').waitFor();
    // 1000 ms less three half milliseconds, 40 ms of the call and 50 ms of the step.
    await expect.poll(() => row('GET /list').innerText()).toContain('909 ms');
    await expect.poll(() => row('SELECT item').innerText()).toContain('1.50 ms');
    await expect.poll(() => row('POST pay').innerText()).toContain('10.0 ms');
    await page.getByRole('button', { name: 'Service', exact: true }).click();
    await expect.poll(() => page.locator('.statistics-table tbody tr').count()).toBe(2);
  });

  it('flame graph: a frame for each path; a click zooms, Escape goes back', async () => {
    await open(repeated, '?view=flame');
    const frames = page.locator('.flame-frame');
    await frames.first().waitFor();
    const wide = async (name: RegExp) => (await page.getByRole('treeitem', { name }).boundingBox())?.width ?? 0;
    const whole = await wide(/GET \/list/);
    await expect.poll(() => wide(/SELECT item/)).toBeLessThan(whole / 2);
    await page.getByRole('treeitem', { name: /SELECT item/ }).click();
    await expect.poll(() => wide(/SELECT item/)).toBeCloseTo(whole, -1);
    await page.keyboard.press('Escape');
    await expect.poll(() => wide(/SELECT item/)).toBeLessThan(whole / 2);
  });

  it('table: every span, sorted, as a file', async () => {
    await open(plain, '?view=table');
    const table = page.getByRole('table', { name: 'Table' });
    await table.waitFor();
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('8');
    await table.getByRole('button', { name: 'Duration' }).click();
    await expect.poll(() => page.locator('.span-table .result-row').first().innerText()).toContain('GET /list');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'As CSV' }).click()]);
    const path = join(folder, 'spans.csv');
    await file.saveAs(path);
    expect(readFileSync(path, 'utf8').trim().split('\n').length).toBe(8);
  });

  it('graph: a box for each operation', async () => {
    await open(plain, '?view=graph');
    await page.locator('.call-node').first().waitFor();
    await expect.poll(() => page.locator('.call-node').count()).toBe(5);
    await expect.poll(() => page.locator('.call-edge').count()).toBe(4);
  });

  it('are switched by number keys, and the address says which', async () => {
    await open(plain);
    await page.keyboard.press('2');
    await expect.poll(() => parameter('view')).toBe('flame');
    await page.keyboard.press('1');
    await expect.poll(() => parameter('view')).toBe(null);
  });
});

describe('details', () => {
  it('stand in the list when asked to, and long values fold', async () => {
    await open(plain, '?inline=1');
    await page.locator('.wf-row').first().click();
    await page.locator('.wf-detail .attribute').first().waitFor();
    await page.getByRole('button', { name: 'Show all 900 characters' }).click();
    await page.reload();
    await page.locator('.wf-detail').waitFor();
  });

  it('filter in, filter out and group by from any attribute', async () => {
    const query = '{ resource.service.name = "shop" }';
    const come = async () => {
      await page.goto(`${server.url}/?q=${encodeURIComponent(query)}`);
      await page.locator(`.result-link[href*="${plain.traceId}"]`).click();
      await page.locator('.wf-row').first().click();
      await page.locator('.attribute', { hasText: 'customer.tier' }).hover();
    };
    const text = () => page.getByRole('textbox', { name: 'TraceQL query or trace id' }).inputValue();
    await come();
    await page.getByRole('link', { name: 'Only spans with this customer.tier' }).click();
    await expect.poll(text).toBe('{ resource.service.name = "shop" && span.customer.tier = "gold" }');
    await come();
    await page.getByRole('link', { name: 'Without this customer.tier' }).click();
    await expect.poll(text).toBe('{ resource.service.name = "shop" && span.customer.tier != "gold" }');
    await come();
    await page.getByRole('link', { name: 'Break down by customer.tier' }).click();
    await expect.poll(() => parameter('by')).toBe('span.customer.tier');
  });
});

describe('two traces', () => {
  it('laid over one another: what is added, missing and slower', async () => {
    await page.goto(`${server.url}/diff?base=${plain.traceId}&other=${changed.traceId}`);
    await page.getByRole('treegrid').waitFor();
    await expect.poll(() => page.locator('.diff-bar li').allInnerTexts()).toEqual(['4 same', '2 changed', '1 added', '1 missing']);
    await expect.poll(() => page.locator('[data-change="added"]', { hasText: 'new step' }).count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Differences only' }).click();
    // The root stands above what differs.
    await expect.poll(() => page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('6');
  });

  it('finds a typical one to compare with', async () => {
    await open(changed);
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByRole('button', { name: 'With a typical trace of its kind' }).click();
    await page.waitForURL(/\/diff\?/);
    await page.getByRole('treegrid').waitFor();
  });
});

describe('files', () => {
  it.each(['OTLP as JSON', 'JSON for Grafana’s import'])('%s: what is exported is opened again with the same rows', async (form) => {
    await open(plain);
    const rows = () => page.locator('.wf-row').allInnerTexts();
    await page.locator('.wf-row').first().waitFor();
    const before = await rows();
    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: form }).click()]);
    const path = join(folder, 'trace.json');
    await file.saveAs(path);
    await page.goto(`${server.url}/import`);
    await page.locator('input[type=file]').setInputFiles(path);
    await page.locator('.wf-row').first().waitFor();
    await expect.poll(() => rows()).toEqual(before);
  });

  it('says why a file cannot be read', async () => {
    await page.goto(`${server.url}/import`);
    await page.locator('input[type=file]').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a":') });
    await page.getByRole('alert').waitFor();
  });
});

describe('inside another page', () => {
  it('shows no bar, hides what it is told to, and says what is selected', async () => {
    await page.goto(`${server.url}/trace/${plain.traceId}?embed=v1&hide=minimap,header`);
    await page.locator('.wf-row').first().waitFor();
    await expect.poll(() => page.locator('.shell-bar').isVisible()).toBe(false);
    await expect.poll(() => page.locator('.minimap').count()).toBe(0);
    await expect.poll(() => page.locator('.trace-head').count()).toBe(0);
    // A page of the same server may show it in a frame.
    await page.goto(`${server.url}/settings`);
    const said = page.evaluate(
      (src) =>
        new Promise<{ type: string }[]>((resolve) => {
          const heard: { type: string }[] = [];
          window.addEventListener('message', (event) => {
            if (event.data?.source === 'clew') {
              heard.push(event.data);
              if (event.data.type === 'span-selected') {
                resolve(heard);
              }
            }
          });
          const frame = document.createElement('iframe');
          frame.src = src;
          frame.width = '900';
          frame.height = '500';
          document.body.append(frame);
        }),
      `/trace/${plain.traceId}?embed=v1`,
    );
    await page.frameLocator('iframe').locator('.wf-row').first().click();
    const heard = await said;
    expect(heard.map((m) => m.type)).toContain('ready');
    expect(heard.at(-1)).toMatchObject({ traceId: plain.traceId });
  });

  it('has talked to no other origin and complained of nothing', () => {
    expect(here.complaints).toEqual([]);
  });
});
