import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, loaded, visit } from './support/browser';
import { send } from './support/otlp';
import { startServer, type Server } from './support/server';
import { shop, type Shop } from './support/shop';

/*
 * Pages look as they did when somebody last looked at them. Traffic, clock and ids are the same in every run. After a change that is meant,
 * CLEW_UPDATE_GOLDEN=1 writes the pictures anew; look at them before they are committed. What they are now is put beside them as *.now.png
 * when they differ.
 */

const folder = join(import.meta.dirname, 'reference');
const clock = Date.parse('2026-03-10T09:30:00Z');
const range = `from=${new Date(clock - 3_600_000).toISOString()}&to=${new Date(clock).toISOString()}`;
/** Pixels that may differ: a font's edges are not the same on every build of the browser. */
const differentLimit = 0.002;

let browser: Browser;
let server: Server;
let data: Shop;

beforeAll(async () => {
  server = await startServer();
  data = shop(clock, 7);
  for (let i = 0; i < data.traces.length; i += 40) {
    await send(server.otlpHttp, ...data.traces.slice(i, i + 40));
  }
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Share of pixels that are clearly another colour; 1 when the pictures have different sizes. Compared by the browser, which reads PNG anyway. */
async function difference(page: Page, before: Buffer, now: Buffer): Promise<number> {
  return page.evaluate(
    async ([a, b]) => {
      const pixels = async (base64: string) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.width;
        canvas.height = image.height;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [left, right] = [await pixels(a), await pixels(b)];
      if (left.width !== right.width || left.height !== right.height) {
        return 1;
      }
      let different = 0;
      for (let i = 0; i < left.data.length; i += 4) {
        if (Math.abs(left.data[i] - right.data[i]) + Math.abs(left.data[i + 1] - right.data[i + 1]) + Math.abs(left.data[i + 2] - right.data[i + 2]) > 60) {
          different++;
        }
      }
      return different / (left.width * left.height);
    },
    [before.toString('base64'), now.toString('base64')],
  );
}

const pages: [name: string, path: (data: Shop) => string][] = [
  ['search', () => `/?limit=100&${range}`],
  ['spans', () => `/?tab=spans&col=span.http.route&col=span.customer.tier&${range}`],
  ['breakdown', () => `/?tab=breakdown&${range}`],
  ['compare', () => `/?tab=compare&${range}`],
  ['errors', () => `/?tab=exceptions&${range}`],
  ['services', () => `/services?${range}`],
  ['service', () => `/services/payment?${range}`],
  ['trace', ({ failed }) => `/trace/${failed}?critical=1`],
  ['flame', ({ failed }) => `/trace/${failed}?view=flame`],
  ['diff', ({ good, failed }) => `/diff?base=${good}&other=${failed}`],
];

describe.each([
  ['light', 'en'],
  ['dark', 'ko'],
] as const)('%s, %s', (theme, lang) => {
  it.each(pages)('%s', async (name, path) => {
    const { page, context, complaints } = await visit(browser, server.url, { dark: theme === 'dark' });
    await page.clock.setFixedTime(clock);
    await page.goto(`${server.url}${path(data)}&lang=${lang}&tz=utc`);
    await page.waitForLoadState('networkidle');
    await loaded(page);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    const file = join(folder, `${name}-${theme}-${lang}.png`);
    const isUpdating = process.env.CLEW_UPDATE_GOLDEN === '1';
    expect(isUpdating || existsSync(file), `${file} is missing; CLEW_UPDATE_GOLDEN=1 makes it`).toBe(true);
    // A page that is still being drawn comes to look as it did; when the picture is to be made anew, it is done when it stays as it is.
    let [now, share] = [await page.screenshot({ animations: 'disabled', caret: 'hide' }), 1];
    const deadline = performance.now() + 20_000;
    while (share > differentLimit && performance.now() < deadline) {
      const last = now;
      now = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      share = await difference(page, isUpdating ? last : readFileSync(file), now);
    }
    // What only the browser's rounding changed is not written anew: pictures are heavy in a history.
    if (isUpdating && (!existsSync(file) || (await difference(page, readFileSync(file), now)) > 0)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, now);
    } else if (share > differentLimit) {
      writeFileSync(file.replace(/\.png$/, '.now.png'), now);
    }
    expect(share, `${file} has changed; CLEW_UPDATE_GOLDEN=1 takes the new look as the right one`).toBeLessThanOrEqual(differentLimit);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
