import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit } from './support/browser';
import { send } from './support/otlp';
import { startServer, type Server } from './support/server';
import { large } from './support/shop';

/*
 * Large traces open, scroll and fold. Times depend on the machine and are printed, not asserted; what is asserted is what makes them
 * possible: only rows in view are in the document, and the numbers are right.
 */

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const spansPerRequest = 10_000;

/** Makes a trace and sends it; the answer is its id. What it was made of can go then: a million spans as objects would slow down all that is measured. */
async function plant(otlpHttp: string, count: number): Promise<string> {
  const trace = large(Date.now() - 60_000, count, count);
  for (const resource of trace.build().resourceSpans ?? []) {
    for (const scope of resource.scopeSpans ?? []) {
      const spans = scope.spans ?? [];
      for (let from = 0; from < spans.length; from += spansPerRequest) {
        await send(otlpHttp, { resourceSpans: [{ ...resource, scopeSpans: [{ ...scope, spans: spans.slice(from, from + spansPerRequest) }] }] });
      }
    }
  }
  return trace.traceId;
}

/** Longest gap between two frames while something goes on, in ms. */
async function longestFrame(page: Page, action: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const state = { on: true, longest: 0, last: performance.now() };
    const tick = (now: number) => {
      state.longest = Math.max(state.longest, now - state.last);
      state.last = now;
      if (state.on) {
        requestAnimationFrame(tick);
      }
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames: state });
  });
  await action();
  return page.evaluate(() => {
    const { frames } = window as unknown as { frames: { on: boolean; longest: number } };
    frames.on = false;
    return Math.round(frames.longest);
  });
}

// A million takes minutes to make and send: CLEW_HUGE=1.
const sizes = process.env.CLEW_HUGE === '1' ? [1_000_000] : [10_000, 100_000];

describe.each(sizes)('%d spans', (count) => {
  it('open, scroll and fold with a screenful of rows in the document', { timeout: 600_000 }, async () => {
    const traceId = await plant(server.otlpHttp, count);
    const { page, context, complaints } = await visit(browser, server.url);
    const asked = Date.now();
    const answer = await (await fetch(`${server.url}/api/v1/traces/${traceId}/skeleton`)).arrayBuffer();
    console.log(`${count} spans: the server answered ${(answer.byteLength / 1e6).toFixed(1)} MB of skeleton in ${Date.now() - asked} ms`);
    await page.goto(`${server.url}/?lang=en`);
    await page.locator('.result-row').first().waitFor();

    const opened = await page.evaluate(async (id) => {
      const started = performance.now();
      window.history.pushState({}, '', `/trace/${id}`);
      window.dispatchEvent(new PopStateEvent('popstate'));
      while (document.querySelector('.wf-row') === null && performance.now() - started < 60_000) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return Math.round(performance.now() - started);
    }, traceId);
    // Equal siblings stand as one row; nearly all of these differ.
    const listed = async () => Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'));
    await expect.poll(listed, { timeout: 60_000 }).toBeGreaterThan(count * 0.95);
    const whole = await page.evaluate(() => Math.round(performance.now()));
    expect(await listed()).toBeLessThanOrEqual(count + 1);

    const scroll = await longestFrame(page, () =>
      page.evaluate(async () => {
        const view = document.querySelector('.wf') as HTMLElement;
        // A fling: five seconds, at first 15 000 pixels a second, ever slower.
        for (let i = 0, speed = 250; i < 300; i++, speed *= 0.99) {
          view.scrollTop += speed;
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      }),
    );
    expect(await page.locator('.wf-row').count()).toBeLessThan(80);

    await page.keyboard.press('Home');
    const fold = await page.evaluate(async () => {
      const key = (code: string) => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, code }));
      const times: number[] = [];
      for (const code of ['ArrowLeft', 'ArrowRight', 'ArrowLeft', 'ArrowRight']) {
        const started = performance.now();
        key(code);
        const rows = () => document.querySelector('.wf')?.getAttribute('aria-rowcount');
        const before = rows();
        while (rows() === before && performance.now() - started < 1000) {
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        times.push(performance.now() - started);
      }
      return times.map((t) => Math.round(t * 10) / 10);
    });
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('2');
    await page.keyboard.press('ArrowRight');

    const heap = await page.evaluate(() => Math.round(((performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0) / 1e6));
    await page.keyboard.press('/');
    const started = Date.now();
    await page.keyboard.type(`item.number=${count - 1}`);
    await expect.poll(() => page.locator('.find-count').innerText(), { timeout: 60_000 }).toMatch(/^1 of /);
    console.log(`${count} spans: rows drawn after ${opened} ms, all there ${whole} ms after the page, longest frame while scrolling ${scroll} ms, folding ${fold.join('/')} ms, page heap ${heap} MB, found in ${Date.now() - started} ms`);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
