import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit, type Visit } from './support/browser';
import { send } from './support/otlp';
import { startServer, type Server } from './support/server';
import { shop, type Shop } from './support/shop';

let server: Server;
let browser: Browser;
let here: Visit;
let page: Page;
let data: Shop;

beforeAll(async () => {
  server = await startServer();
  data = shop(Date.now(), 23, 3);
  await send(server.otlpHttp, ...data.traces);
  browser = await launch();
  here = await visit(browser, server.url);
  page = here.page;
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const open = async (id: string, search = '') => {
  await page.goto(`${server.url}/trace/${id}${search}`);
  await page.locator('.wf-row').first().waitFor();
};
const names = async () => (await page.locator('.wf-row').evaluateAll((rows) => rows.map((r) => [Number(r.getAttribute('aria-rowindex')), r.getAttribute('aria-level'), r.querySelector('.wf-text')?.textContent] as const))).sort((a, b) => a[0] - b[0]).map(([, level, name]) => `${level} ${name}`);
const row = (name: string) => page.locator('.wf-row', { has: page.locator('.wf-text', { hasText: name }) });
const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

describe('a trace', () => {
  it('is drawn as a tree with errors marked, and named above', async () => {
    await open(data.failed);
    await expect.poll(async () => (await names()).slice(0, 5)).toEqual(['1 POST /checkout', '2 GET cart', '3 GET /cart/{id}', '4 HGETALL', '2 shop.Checkout/PlaceOrder']);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toMatch(/frontend\s*POST \/checkout/);
    await expect.poll(() => page.locator('.trace-head').innerText()).toContain(data.failed);
    await page.locator('.cause', { hasText: 'payment · POST api.cardhub.example' }).waitFor();
    await expect.poll(() => page.locator('.wf-row .wf-error').count()).toBe(6);
    await expect.poll(() => page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('23');
  });

  it('names the deepest error as the cause, and leads to it', async () => {
    await open(data.failed);
    await page.locator('.cause').getByRole('button', { name: 'payment · POST api.cardhub.example' }).click();
    const charged = row('POST api.cardhub.example');
    await expect.poll(() => charged.getAttribute('aria-selected')).toBe('true');
    await page.getByRole('complementary', { name: 'Span details' }).getByRole('heading', { name: 'POST api.cardhub.example' }).waitFor();
    expect(parameter('span')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('folds and unfolds by mouse and keys, one and all', async () => {
    await open(data.good);
    const all = (await names()).length;
    await row('GET cart').getByRole('button').click();
    await expect.poll(() => row('GET cart').getAttribute('aria-expanded')).toBe('false');
    await expect.poll(async () => (await names()).length).toBe(all - 2);
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await names()).length).toBe(all);
    await page.keyboard.press(']');
    await expect.poll(async () => (await names()).length).toBeLessThan(5);
    await expect.poll(() => parameter('fold')).toBe('1');
    await page.reload();
    await page.locator('.wf-row').first().waitFor();
    await expect.poll(async () => (await names()).length).toBeLessThan(5);
    await page.keyboard.press('[');
    await expect.poll(async () => (await names()).length).toBe(all);
  });

  it('shows everything about a span, copies it, and keeps it in the address', async () => {
    await open(data.failed);
    await row('POST /charge').click();
    const panel = page.getByRole('complementary', { name: 'Span details' });
    await panel.getByText('payment.provider').waitFor();
    for (const expected of ['payment.amount', '148.5', 'k8s.pod.name', 'Kubernetes', 'System.TimeoutException', 'The card service did not answer within 1500 ms', 'shop.payment', 'server']) {
      await expect.poll(() => panel.innerText()).toContain(expected);
    }
    await panel.getByText('Stack trace').click();
    await expect.poll(() => panel.locator('.stack pre').innerText()).toContain('CardClient.cs:line 84');
    await panel.getByRole('button', { name: 'Copy the stack trace' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('EndpointMiddleware');
    await panel.getByPlaceholder('Filter attributes').fill('cardhub');
    await expect.poll(async () => (await panel.locator('.attribute dt').allInnerTexts()).join()).toBe('payment.provider');
    await expect.poll(() => parameter('span')).toMatch(/^[0-9a-f]{16}$/);
    await page.reload();
    await panel.getByText('payment.provider').waitFor();
    await page.getByRole('treegrid').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => parameter('span')).toBe(null);
  });

  it('finds spans with next, previous and a count, kept in the address', async () => {
    await open(data.failed);
    await page.keyboard.press('/');
    await page.keyboard.type('status=error');
    await expect.poll(() => page.locator('.find-count').innerText()).toBe('1 of 6');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.find-count').innerText()).toBe('2 of 6');
    await page.getByRole('treegrid').focus();
    await page.keyboard.press('b');
    await page.keyboard.press('b');
    await expect.poll(() => page.locator('.find-count').innerText()).toBe('6 of 6');
    await page.getByRole('button', { name: 'Matches only' }).click();
    await expect.poll(async () => (await names()).length).toBe(6);
    await expect.poll(() => parameter('find')).toBe('status=error');
    await page.reload();
    await expect.poll(async () => (await names()).length).toBe(6);
  });

  it('draws the critical path', async () => {
    await open(data.good);
    await page.keyboard.press('c');
    await expect.poll(() => parameter('critical')).toBe('1');
    const on = await page.locator('.wf-row', { has: page.locator('.wf-piece') }).locator('.wf-text').allInnerTexts();
    expect(on).toContain('POST api.cardhub.example');
    expect(on).not.toContain('send confirmation');
    await expect.poll(() => page.locator('.wf-thread span').count()).toBeGreaterThan(3);
  });

  it('zooms with the minimap, and back', async () => {
    await open(data.good);
    const whole = await page.locator('.wf-tick').allInnerTexts();
    const box = await page.locator('.minimap-frame').boundingBox();
    if (box === null) {
      throw new Error('no minimap');
    }
    await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => parameter('zoom')).toMatch(/^\d+-\d+$/);
    await page.locator('.wf-beyond').first().waitFor();
    // The axis is that of the window now.
    const ticks = () => page.locator('.wf-tick').allInnerTexts();
    const zoomed = await ticks();
    expect(zoomed).not.toEqual(whole);
    await page.locator('.toolbar-zoom').click();
    await expect.poll(() => parameter('zoom')).toBe(null);
    await expect.poll(ticks).toEqual(whole);
  });

  it('names missing parents, clocks apart and shared ids, and follows links', async () => {
    await open(data.odd);
    const problems = () => page.locator('.problems').innerText();
    await expect.poll(problems).toContain('1 span names a parent that has not been received');
    await expect.poll(problems).toContain('The clocks of gateway and users disagree by up to 26.0 ms');
    await expect.poll(async () => (await names()).slice(0, 4)).toEqual(['1 GET /orders', '2 get /orders', '3 get /orders', '4 query']);
    await row('query').click();
    await page.getByRole('complementary').getByRole('link', { name: data.good }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toMatch(/POST \/checkout/);
    await page.getByRole('complementary').getByText('customer.tier').waitFor();
  });

  it('searches for a value from its row', async () => {
    await open(data.failed);
    await row('POST /charge').click();
    await page.getByRole('link', { name: 'Only spans with this payment.provider' }).click();
    await expect.poll(() => parameter('q')).toBe('{ span.payment.provider = "cardhub" }');
  });

  it('waits for a trace that is not there yet', async () => {
    await page.goto(`${server.url}/trace/abc123`);
    await page.getByRole('heading', { name: 'This trace is not here' }).waitFor();
    await expect.poll(() => page.locator('.notice').innerText()).toContain('000000000000000000000000abc123');
  });

  it('has talked to no other origin and complained of nothing', () => {
    expect(here.complaints).toEqual([]);
  });
});
