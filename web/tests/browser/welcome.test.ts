import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit, type Visit } from './support/browser';
import { startServer, type Server } from './support/server';

let server: Server;
let browser: Browser;
let here: Visit;

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
  here = await visit(browser, server.url);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe('a fresh server', () => {
  it('shows its own addresses and how to send to them', async () => {
    const { page } = here;
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'Send your first trace' }).waitFor();
    const shown = await page.getByRole('region', { name: 'Addresses of this server' }).innerText();
    expect(shown).toContain(server.otlpHttp);
    await page.getByRole('tab', { name: 'Python' }).focus();
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      seen.push(await page.locator('[role=tab][aria-selected=true]').innerText());
      await expect.poll(() => page.getByRole('tabpanel').innerText()).toMatch(/127\.0\.0\.1:\d+/);
      await page.keyboard.press('ArrowRight');
    }
    expect(seen).toEqual(['Python', '.NET', 'Node.js', 'Java', 'Go', 'curl']);
    await expect.poll(() => page.getByText('clew demo').count()).toBeGreaterThan(0);
  });

  it('copies a snippet, and turns into results by itself when that snippet has sent the first span', async () => {
    const { page } = here;
    await page.getByRole('tab', { name: 'curl' }).click();
    await page.getByRole('tabpanel').getByRole('button', { name: 'Copy' }).click();
    const snippet = await page.evaluate(() => navigator.clipboard.readText());
    expect(snippet).toBe(await page.getByRole('tabpanel').locator('pre').innerText());
    await page.evaluate(() => Object.assign(window, { notReloaded: true }));
    await promisify(execFile)('sh', ['-c', snippet]);
    await page.getByRole('link', { name: 'hello' }).waitFor();
    await expect.poll(() => page.getByRole('status').filter({ hasText: 'The first span has arrived' }).count()).toBe(1);
    expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
    await expect.poll(() => page.locator('.result-row').innerText()).toContain('my-service');
  });

  it('has talked to no other origin and complained of nothing', () => {
    expect(here.complaints).toEqual([]);
  });
});
