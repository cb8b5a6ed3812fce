import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatRate } from '../../src/model/format';
import { launch, loaded, settled, visit } from './support/browser';
import { seeded, send } from './support/otlp';
import { startServer, type Server } from './support/server';
import { shop, type Shop } from './support/shop';

let server: Server;
let browser: Browser;
let data: Shop;

beforeAll(async () => {
  server = await startServer();
  data = shop(Date.now(), 5, 40);
  await send(server.otlpHttp, ...data.traces);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: run } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await run.run()).violations;
  });
  return found.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary ?? ''})`).slice(0, 3).join('; ')}`);
}

describe.each([
  ['light', 'en'],
  ['dark', 'ko'],
] as const)('%s, %s', (theme, lang) => {
  it('passes axe on every page', { timeout: 240_000 }, async () => {
    const { page, context, complaints } = await visit(browser, server.url, { dark: theme === 'dark' });
    const found: string[] = [];
    for (const path of ['/', `/?q=${encodeURIComponent('{ status == error }')}`, `/trace/${data.failed}?find=error&critical=1`, '/trace/abc', '/?tab=spans&points=1', '/?tab=breakdown', '/?tab=compare', '/?tab=exceptions', '/?tab=structure', '/services', '/services/payment', '/settings', '/pipeline', '/import', `/diff?base=${data.good}&other=${data.failed}`, `/trace/${data.failed}?view=flame`, `/trace/${data.failed}?view=statistics`, `/trace/${data.failed}?view=table`, `/trace/${data.failed}?view=graph`]) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.waitForLoadState('networkidle');
      await loaded(page);
      if (path.includes('critical=1')) {
        await page.locator('.wf-row').nth(2).click();
        await page.locator('.attribute').first().waitFor();
      }
      // What is being asked anew fades for a moment: what counts is what stays.
      const wrong = await violations(page);
      found.push(...(wrong.length === 0 ? wrong : await settled(() => violations(page))).map((v) => `${path} ${v}`));
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('fits into 1280 pixels', { timeout: 120_000 }, async () => {
    const { page, context } = await visit(browser, server.url, { dark: theme === 'dark' });
    for (const path of ['/', `/trace/${data.failed}`, '/?tab=compare', '/?tab=breakdown', '/services', '/services/payment', '/settings', `/trace/${data.failed}?view=statistics`]) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.waitForLoadState('networkidle');
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
      // Buttons whose text is wider than they are would show it cut.
      const cut = () => page.evaluate(() => [...document.querySelectorAll('button, .chip, label, th')].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map((e) => e.textContent));
      await expect.poll(cut, { message: path }).toEqual([]);
    }
    await context.close();
  });
});

describe('the address', () => {
  it('restores what somebody sees after any walk through the pages', { timeout: 240_000 }, async () => {
    const { page, context } = await visit(browser, server.url);
    const random = seeded(17);
    await page.goto(server.url);
    const visible = async () => {
      await loaded(page);
      // What is pressed, chosen and listed; times since are of the moment.
      return page.evaluate(() => ({
        pressed: [...document.querySelectorAll('[aria-pressed="true"],[aria-selected="true"],[aria-current]')].map((e) => e.textContent?.trim()),
        fields: [...document.querySelectorAll('textarea, input:not([type=file])')].map((e) => (e as HTMLInputElement).value),
        rows: [...document.querySelectorAll('.result-link, .wf-text, .compare-table th code')].slice(0, 12).map((e) => e.textContent),
        count: document.querySelector('[role=treegrid],[role=table]')?.getAttribute('aria-rowcount'),
      }));
    };
    const steps: { name: string; where: string; act(): Promise<unknown> }[] = [
      { name: 'tab', where: '[role=tab]', act: () => page.locator('.view-tabs [role=tab]').nth(Math.floor(random() * 6)).click() },
      { name: 'errors', where: '.filters .chip', act: () => page.getByRole('button', { name: 'Errors only' }).click() },
      { name: 'sort', where: '.result-summary .segmented', act: () => page.locator('.result-summary .segmented button').nth(Math.floor(random() * 4)).click() },
      { name: 'open', where: '.result-link', act: () => page.locator('.result-link').first().click() },
      { name: 'view', where: '.trace-toolbar', act: () => page.locator('.trace-toolbar .segmented button').nth(Math.floor(random() * 5)).click() },
      { name: 'critical', where: '.wf-row', act: () => page.getByRole('button', { name: 'Critical path' }).click() },
      { name: 'span', where: '.wf-row', act: () => page.locator('.wf-row').nth(Math.floor(random() * 4)).click() },
      { name: 'back', where: '.trace-head', act: () => page.goBack() },
      { name: 'services', where: '.shell-nav', act: () => page.locator('.shell-nav a', { hasText: /^Services$/ }).click() },
      { name: 'search', where: '.shell-nav', act: () => page.locator('.shell-nav a', { hasText: 'Search' }).click() },
    ];
    for (let n = 0; n < 20; n++) {
      const possible = [];
      for (const step of steps) {
        if ((await page.locator(step.where).count()) > 0) {
          possible.push(step);
        }
      }
      const step = possible[Math.floor(random() * possible.length)];
      await step.act();
      const before = await settled(visible);
      await page.reload();
      await page.locator('#main > *').first().waitFor();
      await expect.poll(visible, { message: `after ${step.name}, step ${n}, at ${page.url()}`, timeout: 15_000 }).toEqual(before);
    }
    await context.close();
  });
});

describe('palette', () => {
  it('takes every key from the first on, and no page takes one for a shortcut', async () => {
    const { page, context, complaints } = await visit(browser, server.url);
    await page.goto(server.url);
    await page.locator('.result-row').first().waitFor();
    const before = page.url();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('workl', { delay: 1 });
    await expect.poll(() => page.getByRole('combobox', { name: 'Go to anything' }).inputValue()).toBe('workl');
    expect(page.url()).toBe(before);
    await expect.poll(() => page.getByRole('dialog').getByRole('option').first().innerText()).toContain('Workloads');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/workloads/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('goes anywhere, also with the Hangul keyboard', async () => {
    const { page, context, complaints } = await visit(browser, server.url);
    await page.goto(server.url);
    await page.locator('.result-row').first().waitFor();
    await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, code: 'KeyK', key: 'ㅏ', ctrlKey: true })));
    const field = page.getByRole('combobox', { name: 'Go to anything' });
    await field.fill('payment');
    await page.getByRole('dialog').getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'payment', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await field.fill(`00-${data.good}-b7ad6b7169203331-01`);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(data.good));
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('saved searches and short links', () => {
  it('are kept on the server, for everybody', async () => {
    const one = await visit(browser, server.url);
    await one.page.goto(`${server.url}/?q=${encodeURIComponent('{ status = error }')}&tab=spans`);
    await one.page.getByRole('button', { name: 'Save and share' }).click();
    await one.page.getByRole('textbox', { name: 'Name of this search' }).fill('What fails');
    await one.page.getByRole('button', { name: 'Save', exact: true }).click();
    await one.page.getByRole('button', { name: 'What fails', exact: true }).waitFor();
    await one.page.getByRole('button', { name: 'Make a short link' }).click();
    const link = await one.page.getByRole('textbox', { name: 'Short link' }).inputValue();
    expect(link).toMatch(/\/s\/[\w-]+$/);
    const two = await visit(browser, server.url);
    await two.page.goto(link);
    await expect.poll(() => new URL(two.page.url()).searchParams.get('q')).toBe('{ status = error }');
    expect(new URL(two.page.url()).searchParams.get('tab')).toBe('spans');
    await two.page.goto(server.url);
    await two.page.getByRole('button', { name: 'Save and share' }).click();
    await two.page.getByRole('button', { name: 'What fails', exact: true }).click();
    await expect.poll(() => new URL(two.page.url()).searchParams.get('q')).toBe('{ status = error }');
    await two.page.getByRole('button', { name: 'Save and share' }).click();
    await two.page.getByRole('button', { name: 'Delete What fails' }).click();
    await two.page.getByText('No search is saved yet').waitFor();
    expect([...one.complaints, ...two.complaints]).toEqual([]);
    await one.context.close();
    await two.context.close();
  });
});

describe('services and settings', () => {
  it('tell the numbers of the API, and test what Grafana asks', async () => {
    const { page, context, complaints } = await visit(browser, server.url);
    await page.goto(`${server.url}/services?from=now-3h`);
    const row = page.locator('.red-table tbody tr', { hasText: 'payment' });
    await row.waitFor();
    const end = Math.floor(Date.now() / 1000) + 1;
    const answer = (await (await fetch(`${server.url}/api/metrics/query?q=${encodeURIComponent('{ resource.service.name = "payment" && kind = server } | count_over_time()')}&start=${end - 10_800}&end=${end}`)).json()) as { series: { value: number }[] };
    const perSecond = answer.series[0].value / 10_800;
    const shown = formatRate(perSecond, 'en');
    await expect.poll(() => row.locator('td').first().innerText()).toBe(shown);
    await row.getByRole('link', { name: 'payment' }).click();
    const operation = page.locator('.red-table tbody tr', { hasText: 'POST /charge' });
    await operation.waitFor();
    // All that payment serves is this.
    await expect.poll(() => operation.locator('td').first().innerText()).toBe(shown);
    const failed = (await (await fetch(`${server.url}/api/metrics/query?q=${encodeURIComponent('{ resource.service.name = "payment" && name = "POST /charge" && status = error } | count_over_time()')}&start=${end - 10_800}&end=${end}`)).json()) as { series: { value: number }[] };
    await expect.poll(async () => Number.parseFloat(await operation.locator('td').nth(2).innerText())).toBeCloseTo((failed.series[0].value / answer.series[0].value) * 100, 0);
    await page.locator('.neighbours-table', { hasText: 'checkout' }).first().waitFor();
    await page.locator('.chart-point').first().waitFor();
    await page.locator('.exceptions-table', { hasText: 'System.TimeoutException' }).waitFor();
    await page.goto(`${server.url}/settings`);
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await expect.poll(() => page.locator('.checks-table tr[data-state="passed"]').count(), { timeout: 8000 }).toBeGreaterThanOrEqual(7);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('language and theme', () => {
  it('follow the browser, are switched, and stay; a link says its own and changes nothing', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'ko-KR' });
    await page.goto(server.url);
    await page.getByRole('heading', { name: /최근 트레이스/ }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe('ko');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: /The newest/ }).waitFor();
    await page.goto(`${server.url}/?lang=ko`);
    await page.getByRole('heading', { name: /최근 트레이스/ }).waitFor();
    await page.locator('.result-link').first().click();
    await page.getByText('크리티컬 패스').first().waitFor();
    await page.goto(server.url);
    await page.getByRole('heading', { name: /The newest/ }).waitFor();

    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByRole('button', { name: /Theme/ }).click();
    await page.getByRole('button', { name: 'Theme: light. Change' }).click();
    await expect.poll(paper).not.toBe(light);
    await page.reload();
    await page.locator('.result-row').first().waitFor();
    await expect.poll(() => paper()).not.toBe(light);
    await context.close();
  });

  it('what is painted changes its colours with the page, which is not loaded anew', async () => {
    const { page, context } = await visit(browser, server.url);
    for (const [path, canvas] of [[`/trace/${data.good}`, '.minimap canvas'], ['/graph?duration=1h', '.graph-canvas canvas']]) {
      await page.goto(`${server.url}${path}`);
      await page.getByRole('button', { name: /^Theme/ }).waitFor();
      const picture = () => page.locator(canvas).first().evaluate((element) => (element as HTMLCanvasElement).toDataURL());
      await page.emulateMedia({ colorScheme: 'light' });
      const light = await settled(picture);
      await page.evaluate(() => Object.assign(window, { notReloaded: true }));
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(picture, { message: path }).not.toBe(light);
      await page.emulateMedia({ colorScheme: 'light' });
      await expect.poll(picture, { message: path }).toBe(light);
      expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
    }
    await context.close();
  });
});

describe('keyboard alone', () => {
  it('goes from search to a span and back', async () => {
    const { page, context, complaints } = await visit(browser, server.url);
    await page.goto(server.url);
    await page.locator('.result-row').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('{ status = error }');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    await page.locator('.error-badge').first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('result-link');
    await page.keyboard.press('Enter');
    await page.locator('.wf-row').first().waitFor();
    await page.keyboard.press('e');
    await page.keyboard.press('e');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Span details' }).waitFor();
    await page.keyboard.press('j');
    await expect.poll(() => page.locator('.wf-row-selected').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('complementary').count()).toBe(0);
    await page.keyboard.press('Shift+Slash');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.goBack();
    await page.locator('.result-row').first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('works by the place of a key, and never while a syllable is composed', async () => {
    const { page, context } = await visit(browser, server.url);
    await page.goto(`${server.url}/trace/${data.good}`);
    await page.locator('.wf-row').first().waitFor();
    const press = (init: { code: string; key: string; isComposing?: boolean }) => page.evaluate((i) => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...i })), init);
    // With the Hangul keyboard on, the key of c gives ㅊ.
    await press({ code: 'KeyC', key: 'ㅊ', isComposing: true });
    expect(new URL(page.url()).searchParams.get('critical')).toBe(null);
    await press({ code: 'KeyC', key: 'ㅊ' });
    await expect.poll(() => new URL(page.url()).searchParams.get('critical')).toBe('1');
    await page.keyboard.press('/');
    await page.keyboard.type('c');
    await expect.poll(() => new URL(page.url()).searchParams.get('critical')).toBe('1');
    await context.close();
  });
});

describe('weight', () => {
  it('of the scripts of the first page stays within its budget', async () => {
    const { page, context } = await visit(browser, server.url);
    const scripts: Promise<{ url: string; bytes: number }>[] = [];
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') {
        scripts.push(response.body().then((body) => ({ url: response.url(), bytes: gzipSync(body).length })));
      }
    });
    await page.goto(`${server.url}/?lang=ko`);
    await page.locator('.result-row').first().waitFor();
    await page.waitForLoadState('networkidle');
    const loaded = await Promise.all(scripts);
    const bytes = loaded.reduce((sum, script) => sum + script.bytes, 0);
    console.log(`first page: ${loaded.length} scripts, ${(bytes / 1000).toFixed(1)} kB compressed`);
    expect(loaded.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(250_000);
    await context.close();
  });
});

describe('doctor', () => {
  it('speaks the language of the page', async () => {
    const { page, context } = await visit(browser, server.url);
    await page.goto(`${server.url}/pipeline?lang=ko`);
    const findings = page.locator('.doctor-findings li');
    await findings.first().waitFor();
    await page.getByRole('button', { name: '모든 수신기로 시험 스팬 보내기' }).click();
    await page.getByText(/바로 다시 찾았습니다/).first().waitFor();
    // Sentences end in Korean; names, addresses and quoted messages stay as they are.
    for (const title of await findings.locator('strong').allInnerTexts()) {
      expect(title).toMatch(/[가-힣].*[다요]\.$|[가-힣]\([^)]*\)\.$|[가-힣].*\.$/);
    }
    await context.close();
  });
});
