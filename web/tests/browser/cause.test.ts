import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit } from './support/browser';
import { send } from './support/otlp';
import { planted } from './support/planted';
import { startServer } from './support/server';

/*
 * One version of one service is slow for one tier of customers. From the start page somebody who knows none of these names finds the
 * cause in at most six actions, and types no attribute's name.
 */

let browser: Browser;
const mostActions = 6;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

describe.each([2, 4, 12, 21, 35])('a planted cause, seed %d', (seed) => {
  it('is found from the start page', async () => {
    const server = await startServer();
    const cause = planted(Date.now(), seed);
    for (let i = 0; i < cause.traces.length; i += 50) {
      await send(server.otlpHttp, ...cause.traces.slice(i, i + 50));
    }
    const { page, context, complaints } = await visit(browser, server.url);
    let actions = 0;
    const act = async (action: Promise<unknown>) => {
      actions++;
      await action;
    };
    await page.goto(server.url);

    // By the button.
    await act(page.getByRole('button', { name: 'What do slow traces share?' }).click());
    const sentences = page.locator('.compare-sentences');
    await sentences.waitFor();
    const first = await sentences.locator('li').first().innerText();
    console.log(`seed ${seed}: ${cause.service} ${cause.version} for ${cause.tier}: ${first}`);
    expect(first).toContain('service.version');
    expect(first).toContain(cause.version);
    expect(first).toContain(cause.service);
    expect(first).toContain(cause.tier);
    await act(sentences.getByRole('button', { name: 'Show traces' }).click());
    await page.locator('.results[data-stale="false"]').waitFor();
    await expect.poll(async () => cause.slow.includes(/trace\/([0-9a-f]{32})/.exec((await page.locator('.result-link').first().getAttribute('href')) ?? '')?.[1] ?? '')).toBe(true);
    await act(page.locator('.result-link').first().click());
    await act(page.locator('.wf-row', { hasText: cause.service }).last().click());
    await page.getByRole('complementary', { name: 'Span details' }).getByText(cause.version, { exact: true }).waitFor();
    expect(actions).toBeLessThanOrEqual(mostActions);

    // By dragging over the slow end of the chart.
    actions = 0;
    await page.goto(server.url);
    await page.locator('.strip-cells path[d^="M"]').first().waitFor();
    const heat = (await page.locator('.strip-panel-wide .strip-plot').boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(heat.x + 3, heat.y + 2);
    await page.mouse.down();
    await page.mouse.move(heat.x + heat.width - 3, heat.y + 10, { steps: 4 });
    await act(page.mouse.up());
    await act(page.getByRole('button', { name: 'Compare with the rest' }).click());
    await sentences.waitFor();
    await expect.poll(() => sentences.innerText()).toContain(cause.version);
    await expect.poll(() => sentences.innerText()).toContain(cause.tier);
    expect(complaints).toEqual([]);
    await context.close();
    await server.stop();
  });
});
