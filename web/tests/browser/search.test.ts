import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  data = shop(Date.now(), 11, 60);
  await send(server.otlpHttp, ...data.traces);
  browser = await launch();
  here = await visit(browser, server.url);
  page = here.page;
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  await page.goto(server.url);
  await page.locator('.result-row').first().waitFor();
});

const query = () => page.getByRole('textbox', { name: 'TraceQL query or trace id' });
const ask = async (text: string) => {
  await query().fill(text);
  await query().press('Enter');
};
const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

describe('search', () => {
  it('lists the newest traces with their root, services and errors', async () => {
    for (const expected of ['POST /checkout', 'frontend', '6 errors']) {
      await expect.poll(() => page.locator('.result-row').first().innerText()).toContain(expected);
    }
    await expect.poll(() => page.getByRole('heading', { level: 2 }).innerText()).toBe('The newest 20 traces');
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('21');
  });

  it('has one query: quick filters write it, and it fills the quick filters', async () => {
    const service = page.getByRole('combobox', { name: 'Service' });
    await service.click();
    await service.pressSequentially('pay');
    await page.getByRole('option', { name: 'payment' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => query().inputValue()).toBe('{ resource.service.name = "payment" }');
    await page.getByRole('button', { name: 'Errors only' }).click();
    await expect.poll(() => query().inputValue()).toBe('{ resource.service.name = "payment" && status = error }');
    await page.getByRole('textbox', { name: 'Slower than' }).or(page.getByRole('combobox', { name: 'Slower than' })).fill('1s');
    await page.keyboard.press('Enter');
    await expect.poll(() => parameter('q')).toBe('{ resource.service.name = "payment" && status = error && duration >= 1s }');
    await page.locator('.error-badge').first().waitFor();

    await ask('{ name != "x" && status = error }');
    await expect.poll(() => page.getByRole('button', { name: 'Errors only' }).getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => service.inputValue()).toBe('');
    await page.goBack();
    await expect.poll(() => service.inputValue()).toBe('payment');
  });

  it('points at a mistake under the text and says what the server said', async () => {
    await ask('{ status == error }');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    await expect.poll(() => alert.innerText()).toMatch(/line 1, col 1[01]/);
    const field = await query().boundingBox();
    await expect.poll(async () => (await page.locator('.query-error-mark').boundingBox())?.x).toBeGreaterThan(field?.x ?? 0);
    await expect.poll(() => query().getAttribute('aria-invalid')).toBe('true');
  });

  it('offers the service when somebody types just its name', async () => {
    await ask('payment');
    await page.getByRole('button', { name: /Search for the service/ }).click();
    await expect.poll(() => query().inputValue()).toBe('{ resource.service.name = "payment" }');
    await page.locator('.result-row').first().waitFor();
  });

  it('says in words what was searched when nothing was found, and where data is', async () => {
    await page.goto(`${server.url}/?q=${encodeURIComponent('{ duration > 100s }')}&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&tz=utc`);
    for (const said of ['No trace matches', '{ duration > 100s }', '2020-01-01 00:00:00 – 2020-01-02 00:00']) {
      await expect.poll(() => page.locator('.notice').innerText()).toContain(said);
    }
    await page.getByText('The oldest trace on this server is from').waitFor();
    await page.getByRole('button', { name: 'Show all traces in this range' }).click();
    await page.getByRole('button', { name: 'Go to the oldest traces' }).click();
    await page.locator('.result-row').first().waitFor();
  });

  it('takes a time range as text, and keeps a relative one relative', async () => {
    await page.locator('.time-button').click();
    await page.getByLabel('From, or from and to').fill('last 3h');
    await page.keyboard.press('Enter');
    await expect.poll(() => parameter('from')).toBe('now-3h');
    await expect.poll(() => page.locator('.time-button').innerText()).toBe('Last 3h');
    await page.locator('.time-button').click();
    await page.getByLabel('From, or from and to').fill('yesterday');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a time range').waitFor();
    await page.getByLabel('From, or from and to').fill('2026-08-01 10:00 to 11:30');
    await page.keyboard.press('Enter');
    await expect.poll(() => parameter('to')).toBe('2026-08-01T02:30:00Z');
    await page.goBack();
    await expect.poll(() => page.locator('.time-button').innerText()).toBe('Last 3h');
    await page.getByRole('button', { name: 'Twice the range' }).click();
    await expect.poll(() => parameter('from')).toBe('now-6h');
  });

  it('sorts what was found', async () => {
    await page.getByRole('button', { name: 'Slowest' }).click();
    await expect.poll(() => parameter('sort')).toBe('duration');
    const durations = async () => {
      const times = await page.locator('.cell-duration .num').allInnerTexts();
      return times.map((text) => (text.endsWith(' ms') ? Number.parseFloat(text) : Number.parseFloat(text) * 1000));
    };
    // The address changes first; the server's order comes with its answer.
    await expect.poll(async () => {
      const ms = await durations();
      return ms.length > 1 && ms.every((value, i) => i === 0 || value <= ms[i - 1]!);
    }).toBe(true);
  });

  it.each([
    ['hex', (id: string) => id],
    ['upper case', (id: string) => id.toUpperCase()],
    ['the guide’s form', (id: string) => `trace_id="${id}"`],
    ['traceparent', (id: string) => `traceparent: 00-${id}-b7ad6b7169203331-01`],
    ['B3', (id: string) => `b3: ${id}-b7ad6b7169203331-1`],
    ['base64', (id: string) => Buffer.from(id, 'hex').toString('base64')],
    ['a Jaeger URL', (id: string) => `http://localhost:16686/trace/${id}`],
  ])('opens a trace by %s', async (_, form) => {
    await ask(form(data.good));
    await page.locator('.trace-head').waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/trace/${data.good}`);
  });

  it('opens a trace by an id in a link to the search', async () => {
    await page.goto(`${server.url}/?q=${encodeURIComponent(`trace_id="${data.good}"`)}`);
    await page.locator('.trace-head').waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/trace/${data.good}`);
  });

  it('comes back from a trace to the same list', async () => {
    await ask('{ status = error }');
    await page.waitForURL(/q=/);
    await page.locator('.result-row .error-badge').first().waitFor();
    const before = page.url();
    await page.locator('.result-link').nth(1).click();
    await page.locator('.trace-head').waitFor();
    await page.getByRole('link', { name: 'Results' }).click();
    await page.locator('.result-row').first().waitFor();
    await expect.poll(() => page.url()).toBe(before);
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[data-row]')?.getAttribute('data-row'))).toBe('1');
  });

  it('has talked to no other origin and complained of nothing', () => {
    expect(here.complaints).toEqual([]);
  });
});
