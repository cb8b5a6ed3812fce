import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WireTrace } from '../../src/api/otlp';
import { launch, visit, type Visit } from './support/browser';
import { kind, seeded, seededId, send, TraceBuilder } from './support/otlp';
import { startServer, type Server } from './support/server';

/*
 * What stands around the list of results: charts of exactly the search, breakdown, comparison, errors, columns, builder, live. The
 * traffic is planned, so that every number is known beforehand.
 */

let server: Server;
let browser: Browser;
let here: Visit;
let page: Page;

const minutes = 30;
const random = seeded(5);
const now = Date.now();
const counts = { spans: 0, errors: 0, gold: 0 };
const exceptions: Record<string, number> = { 'shop.OutOfStock': 7, 'shop.Declined': 4, 'shop.Timeout': 2 };

function traffic(): WireTrace[] {
  const kinds = Object.entries(exceptions).flatMap(([type, n]) => Array.from({ length: n }, () => type));
  return Array.from({ length: 300 }, (_, i) => {
    const t = new TraceBuilder(now - 10_000 - (i / 300) * minutes * 60_000, seededId(random, 16));
    const type = kinds[i];
    const slow = i % 20 === 0;
    const tier = (slow ? i % 200 !== 0 : i % 20 === 1) ? 'gold' : 'standard';
    const ms = slow ? 2000 + i : 20 + (i % 40);
    const root = t.span('front', i % 3 === 0 ? 'GET /a' : 'GET /b', null, 0, ms, { kind: kind.server, attributes: { 'customer.tier': tier, 'http.response.status_code': type ? 500 : 200, 'batch.number': i }, error: type && 'failed' });
    t.span('back', 'work', root, 1, ms - 1, {
      kind: kind.server,
      error: type && 'failed',
      events: type ? [{ at: 2, name: 'exception', attributes: { 'exception.type': type, 'exception.message': `because of ${type}` } }] : [],
    });
    counts.spans += 2;
    counts.errors += type ? 2 : 0;
    counts.gold += tier === 'gold' ? 1 : 0;
    return t.build();
  });
}

beforeAll(async () => {
  server = await startServer();
  await send(server.otlpHttp, ...traffic());
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
  await page.locator('.strip-cells path[d^="M"]').first().waitFor();
});

const query = () => page.getByRole('textbox', { name: 'TraceQL query or trace id' });
const parameter = (name: string) => new URL(page.url()).searchParams.get(name);
const tab = (name: string) => page.getByRole('tab', { name, exact: true });

describe('the charts above the results', () => {
  it('count the spans and errors of the search', async () => {
    await expect.poll(() => page.locator('.strip-panel').nth(0).innerText()).toContain(`${counts.spans} spans`);
    await expect.poll(() => page.locator('.strip-panel').nth(1).innerText()).toContain(`${counts.errors} failed`);
    await query().fill('{ span.customer.tier = "gold" }');
    await query().press('Enter');
    await expect.poll(() => page.locator('.strip-panel').nth(0).innerText()).toContain(`${counts.gold} spans`);
  });

  it('select by dragging; the selection is in the address, and filtering to it gives what the API gives', async () => {
    const box = (await page.locator('.strip-panel-wide .strip-plot').boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(box.x + 2, box.y + 1);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + 4, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => parameter('sel')).toMatch(/^duration > /);
    await page.reload();
    await page.locator('.selection-bar').waitFor();
    await page.getByRole('button', { name: 'Filter to it' }).click();
    await expect.poll(() => parameter('sel')).toBe(null);
    await page.locator('.result-row').first().waitFor();
    const asked = parameter('q') as string;
    const answer = (await (await fetch(`${server.url}/api/search?limit=500&q=${encodeURIComponent(asked)}&start=${Math.floor(now / 1000) - 7200}&end=${Math.floor(now / 1000) + 60}`)).json()) as { traces: unknown[] };
    await expect.poll(() => page.getByRole('table', { name: 'Traces found' }).getAttribute('aria-rowcount')).toBe(String(answer.traces.length + 1));
    expect(answer.traces.length).toBeGreaterThan(0);
    expect(answer.traces.length).toBeLessThan(300);
  });
});

describe('points', () => {
  it('are the traces of the list; a click opens one', async () => {
    await page.getByRole('button', { name: 'Points' }).click();
    await expect.poll(() => page.locator('.strip-point').count()).toBe(20);
    await page.locator('.strip-point').first().click();
    await page.locator('.trace-head').waitFor();
  });
});

describe('editor', () => {
  it('proposes by the server’s parser, with names and values of the data', async () => {
    const proposals = () => page.getByRole('listbox', { name: 'Proposals' }).getByRole('option').allInnerTexts();
    await query().focus();
    await query().pressSequentially('{ span.cust');
    await expect.poll(async () => (await proposals().catch(() => [])).join()).toContain('customer.tier');
    await page.keyboard.press('Tab');
    await expect.poll(() => query().inputValue()).toBe('{ span.customer.tier');
    await query().pressSequentially(' = ');
    await expect.poll(async () => (await proposals().catch(() => [])).join()).toContain('gold');
    await page.keyboard.press('Escape');
    await expect.poll(() => query().inputValue()).toBe('{ span.customer.tier = ');
  });

  it('marks what is wrong, and nothing in what Drilldown writes', async () => {
    await query().fill('{ status == error }');
    await page.locator('[data-mark="error"]').first().waitFor();
    for (const valid of [
      '{nestedSetParent<0 && true} | rate()  with(sample=true)',
      '{true && status=error} | histogram_over_time(duration) with(sample=true)',
      '{true && span.customer.tier != nil} | rate()by(span.customer.tier)',
      '({true} &>> {kind = server}) || ({true}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)',
      '{true && status = error} | select(resource.service.name, event.exception.message) with(most_recent=true)',
      '{true} | compare({duration >= 1s && duration <= 2s}, 10, 1785578400000000000, 1785579400000000000)',
    ]) {
      const analysed = page.waitForResponse((response) => response.url().includes('/traceql/analyze') && new URL(response.url()).searchParams.get('q') === valid && response.ok());
      await query().fill(valid);
      await analysed;
      await expect.poll(() => page.locator('.query-colours [data-mark="error"]').count(), { message: valid }).toBe(0);
    }
  });
});

describe('builder', () => {
  it('and text are one query: what is built is written, what is written is taken apart, and nothing is lost', async () => {
    await query().fill('{ name =~ "GET.*" && (span.x = 1 || span.y = 2 || true) } | select(span.customer.tier)');
    await query().press('Enter');
    await expect.poll(() => page.locator('.query-chip').count()).toBe(3);
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    const editor = page.getByRole('dialog', { name: 'Filter' });
    await editor.getByRole('combobox', { name: 'Field' }).pressSequentially('customer.t');
    await page.getByRole('option', { name: 'span.customer.tier' }).waitFor();
    await page.keyboard.press('Enter');
    // Counts are those of the spans that the rest of the query leaves.
    await expect.poll(() => editor.locator('.condition-value').allInnerTexts()).toEqual([expect.stringMatching(/standard\s+\d+/), expect.stringMatching(new RegExp(`gold\\s+${counts.gold}`))]);
    await editor.getByLabel(/gold/).check();
    await editor.getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => query().inputValue()).toBe('{ name =~ "GET.*" && (span.x = 1 || span.y = 2 || true) && span.customer.tier = "gold" } | select(span.customer.tier)');
    await page.getByRole('button', { name: 'Change the condition span.customer.tier = "gold"' }).click();
    await page.getByRole('dialog').getByLabel(/standard/).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => query().inputValue()).toContain('(span.customer.tier = "gold" || span.customer.tier = "standard")');
    await page.getByRole('button', { name: /Take out \(span.customer.tier/ }).click();
    await expect.poll(() => query().inputValue()).toBe('{ name =~ "GET.*" && (span.x = 1 || span.y = 2 || true) } | select(span.customer.tier)');
  });
});

describe('order', () => {
  it('is over all matches: the first row is the slowest trace there is', async () => {
    await page.getByRole('button', { name: 'Slowest', exact: true }).click();
    await expect.poll(() => page.getByRole('heading', { level: 2 }).innerText()).toBe('The slowest 20 traces');
    // The last of the slow ones is the longest: 2000 + 280 ms. Every fortieth, which would take 20 ms, is slow.
    await expect.poll(() => page.locator('.result-row').first().innerText()).toContain('2.28 s');
    await page.getByRole('columnheader', { name: 'Duration' }).getByRole('button').click();
    await expect.poll(() => parameter('sort')).toBe('-duration');
    await expect.poll(() => page.locator('.result-row').first().innerText()).toContain('21.0 ms');
  });
});

describe('order of spans', () => {
  it('is over all matches too, by any column', async () => {
    // The twenty newest traces have the numbers 0 to 19; the greatest and the least of all are asked for.
    await page.goto(`${server.url}/?tab=spans&limit=20&col=span.batch.number&q=${encodeURIComponent('{ span.batch.number >= 5 }')}`);
    await page.locator('.span-row').first().waitFor();
    const first = () => page.locator('.span-row').first().locator('.span-field').innerText();
    await page.getByRole('columnheader', { name: 'span.batch.number' }).getByRole('button').click();
    await expect.poll(first).toBe('299');
    await page.getByRole('columnheader', { name: 'span.batch.number' }).getByRole('button').click();
    await expect.poll(first).toBe('5');
    await page.getByRole('columnheader', { name: 'Duration' }).getByRole('button').click();
    await expect.poll(() => page.locator('.span-row').first().innerText()).toContain('2.28 s');
  });
});

describe('a span among its like', () => {
  it('is told by the share that was quicker', async () => {
    // All 300 roots are of two operations; of GET /a, every third, the slowest is the one with the number 240.
    await page.goto(`${server.url}/?q=${encodeURIComponent('{ span.batch.number = 240 }')}`);
    await page.locator('.result-link').first().click();
    await page.locator('.wf-row').first().click();
    const all = (await (await fetch(`${server.url}/api/metrics/query?q=${encodeURIComponent('{ name = "GET /a" } | count_over_time()')}&start=${Math.floor(now / 1000) - 7200}&end=${Math.floor(now / 1000) + 60}`)).json()) as { series: { value: number }[] };
    expect(Number(all.series[0]?.value)).toBe(100);
    await page.getByText('slower than 99% of 100, 30 min. around it').waitFor();
  });
});

describe('tabs', () => {
  it('shows spans with chosen columns', async () => {
    await tab('Spans').click();
    await page.getByRole('table', { name: 'Spans found' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('combobox', { name: 'Add a field as a column' }).pressSequentially('customer.tier');
    await page.getByRole('option', { name: 'span.customer.tier' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => parameter('col')).toBe('span.customer.tier');
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'span.customer.tier' }).waitFor();
    await expect.poll(() => page.locator('.span-row', { hasText: 'standard' }).count()).toBeGreaterThan(3);
  });

  it('breaks down by an attribute, with the numbers of the API', async () => {
    await tab('Breakdown').click();
    await page.getByRole('navigation', { name: 'Break down by' }).getByRole('button', { name: 'span.customer.tier' }).click();
    const row = page.locator('.breakdown-table tbody tr', { hasText: 'gold' });
    await row.waitFor();
    await expect.poll(() => row.locator('td').first().innerText()).toBe(String(counts.gold));
    await row.getByRole('button', { name: 'Only gold' }).click();
    await expect.poll(() => query().inputValue()).toBe('{ span.customer.tier = "gold" }');
  });

  it('compares: the attribute that is planted comes first, and a sentence says both shares', async () => {
    await page.getByRole('button', { name: 'What do slow traces share?' }).click();
    const first = page.locator('.compare-sentences li').first();
    await first.waitFor();
    // 13 of 15 slow traces, 15 of 285 others.
    await expect.poll(() => first.innerText()).toMatch(/span\.customer\.tier\s*= gold is in 87% of the selection, 5\.3% of the rest\./);
    await expect.poll(() => page.locator('.compare-table tbody tr').first().innerText()).toContain('gold');
    await page.locator('.compare-table tbody tr').first().getByRole('button', { name: 'Show traces' }).click();
    await expect.poll(() => query().inputValue()).toBe('{ span.customer.tier = "gold" }');
  });

  it('groups exceptions, and a click filters', async () => {
    await tab('Errors').click();
    await page.locator('.exceptions-table tbody tr').first().waitFor();
    const rows = async () => (await page.locator('.exceptions-table').first().locator('tbody tr').allInnerTexts()).map((r) => [r.split('\t')[0].trim(), Number(r.trim().split(/\s+/).at(-1))]);
    await expect.poll(rows).toEqual(Object.entries(exceptions));
    await page.getByRole('button', { name: 'shop.Declined' }).click();
    await expect.poll(() => page.getByRole('table', { name: 'Traces found' }).getAttribute('aria-rowcount')).toBe('5');
  });

  it('lays traces over one another', async () => {
    await tab('Structure').click();
    const items = page.getByRole('treeitem');
    await items.first().waitFor();
    // Two kinds of root, each with one kind of child.
    await expect.poll(() => items.count()).toBe(4);
  });
});

describe('words for an empty answer', () => {
  it('name the condition that removes everything', async () => {
    await query().fill('{ span.customer.tier = "gold" && name = "no such" }');
    await query().press('Enter');
    await page.getByText('What removes everything:').waitFor();
    await page.getByRole('button', { name: 'take it out' }).click();
    await expect.poll(() => query().inputValue()).toBe('{ span.customer.tier = "gold" }');
  });
});

describe('live', () => {
  it('shows what arrives, holds still when paused, and counts what waits', async () => {
    await page.getByRole('button', { name: 'Live' }).click();
    const arrive = async (name: string) => {
      const t = new TraceBuilder(Date.now() - 50, seededId(random, 16));
      t.span('front', name, null, 0, 20, { kind: kind.server });
      await send(server.otlpHttp, t.build());
    };
    await arrive('first live');
    await page.locator('.result-row', { hasText: 'first live' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await arrive('second live');
    await page.getByText('1 waiting').waitFor();
    expect(await page.locator('.result-row', { hasText: 'second live' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.result-row', { hasText: 'second live' }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No trace matches').waitFor();
  });

  it('has talked to no other origin and complained of nothing', () => {
    expect(here.complaints).toEqual([]);
  });
});
