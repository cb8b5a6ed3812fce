import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit } from './support/browser';
import { send } from './support/otlp';
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
  it('passes axe on every page', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { dark: theme === 'dark' });
    const found: string[] = [];
    for (const path of ['/', `/?q=${encodeURIComponent('{ status == error }')}`, `/trace/${data.failed}?find=error&critical=1`, '/trace/abc']) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.waitForLoadState('networkidle');
      if (path.includes(data.failed)) {
        await page.locator('.wf-row').nth(2).click();
        await page.locator('.attribute').first().waitFor();
      }
      found.push(...(await violations(page)).map((v) => `${path} ${v}`));
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('fits into 1280 pixels', async () => {
    const { page, context } = await visit(browser, server.url, { dark: theme === 'dark' });
    for (const path of ['/', `/trace/${data.failed}`]) {
      await page.goto(`${server.url}${path}?lang=${lang}`);
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
      // Buttons whose text is wider than they are would show it cut.
      const cut = await page.evaluate(() => [...document.querySelectorAll('button, .chip, label, th')].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map((e) => e.textContent));
      expect(cut).toEqual([]);
    }
    await context.close();
  });
});

describe('language and theme', () => {
  it('follow the browser, are switched, and stay; a link says its own and changes nothing', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'ko-KR' });
    await page.goto(server.url);
    await page.getByRole('heading', { name: /최근 트레이스/ }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ko');
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
    expect(await paper()).not.toBe(light);
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
    expect(new URL(page.url()).searchParams.get('critical')).toBe('1');
    await context.close();
  });
});
