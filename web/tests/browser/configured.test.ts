import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, visit } from './support/browser';
import { send, sendAs, TraceBuilder } from './support/otlp';
import { startServer, type Server } from './support/server';
import { shop, type Shop } from './support/shop';

/* What the configuration changes in the UI: tokens, tenants, links. */

const token = 'a-token-of-the-test';
const folder = mkdtempSync(join(tmpdir(), 'clew-config-'));
let browser: Browser;
let server: Server;
let data: Shop;

beforeAll(async () => {
  const config = join(folder, 'tokens.yaml');
  writeFileSync(config, `auth:\n  tokens: [${token}]\n`);
  server = await startServer('--config', config);
  data = shop(Date.now(), 31, 10);
  await send(server.otlpHttp, ...data.traces);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a server that asks for a token', () => {
  it('is asked by a form that says what is wrong, and then shows what the address says', async () => {
    const { page, context, complaints } = await visit(browser, server.url);
    await page.goto(`${server.url}/trace/${data.good}`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Token').fill('guess');
    await page.keyboard.press('Enter');
    await page.getByText('The server does not know this token.').waitFor();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('.trace-head').waitFor();
    // The cookie carries from here on.
    await page.reload();
    await page.locator('.trace-head').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('takes a token from a link, and takes it out of the address', async () => {
    const { page, context } = await visit(browser, server.url);
    await page.goto(`${server.url}/?lang=en#token=${token}`);
    await page.locator('.result-row').first().waitFor();
    expect(page.url()).not.toContain(token);
    await context.close();
  });

  it('says that a session has ended, and signs out', async () => {
    const { page, context } = await visit(browser, server.url);
    await page.goto(`${server.url}/?lang=en#token=${token}`);
    await page.locator('.result-row').first().waitFor();
    const cookie = (await context.cookies()).find((c) => c.name === 'clew_session');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await context.addCookies([{ ...(cookie as NonNullable<typeof cookie>), value: `1700000000.${'0'.repeat(64)}` }]);
    await page.reload();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.result-row').first().waitFor();
    await page.goto(`${server.url}/settings?lang=en`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.close();
  });
});

describe('tenants', () => {
  it('are switched, kept in the address, and see their own traces only', async () => {
    const config = join(folder, 'tenants.yaml');
    writeFileSync(config, 'tenants:\n  enabled: true\n');
    const tenants = await startServer('--config', config);
    const [a, b] = [shop(Date.now(), 32, 4), shop(Date.now(), 33, 9)];
    await sendAs('team-a', tenants.otlpHttp, ...a.traces);
    await sendAs('team-b', tenants.otlpHttp, ...b.traces);
    const { page, context, complaints } = await visit(browser, tenants.url);
    await page.goto(`${tenants.url}/?lang=en&tenant=team-a`);
    await page.locator('.result-row').first().waitFor();
    await expect.poll(() => page.locator('.results').getAttribute('aria-rowcount')).toBe(String(a.traces.length + 1));
    await page.getByRole('button', { name: 'team-a' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('team-b');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.results').getAttribute('aria-rowcount')).toBe(String(b.traces.length + 1));
    await expect.poll(() => new URL(page.url()).searchParams.get('tenant')).toBe('team-b');
    await page.goto(`${tenants.url}/trace/${a.good}?lang=en&tenant=team-b`);
    await page.getByText(a.good).first().waitFor();
    await expect.poll(() => page.locator('.trace-head').count()).toBe(0);
    await page.goto(`${tenants.url}/trace/${a.good}?lang=en&tenant=team-a`);
    await page.locator('.trace-head').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
    await tenants.stop();
  });
});

describe('links of the configuration', () => {
  it('are filled with the values of the span, and a value never makes an address of its own', async () => {
    const config = join(folder, 'links.yaml');
    writeFileSync(
      config,
      [
        'ui:',
        '  links:',
        '    - {title: Logs, url: "https://logs.example/?trace=${trace.id}&route=${span.http.route}&pod=${resource.k8s.pod.name}&from=${time.start}"}',
        '    - {title: Runbook, url: "/runbooks/${span.runbook}"}',
        '    - {title: Nowhere, url: "https://other.example/${span.absent}"}',
      ].join('\n'),
    );
    const linked = await startServer('--config', config);
    const start = Date.now() - 30_000;
    const trace = new TraceBuilder(start);
    trace.span('web', 'GET /a', null, 0, 20, { kind: 2, attributes: { 'http.route': '/a b/{id}&x=1', runbook: 'javascript:alert(1)' } });
    await send(linked.otlpHttp, trace.build());
    const { page, context, complaints } = await visit(browser, linked.url);
    await page.goto(`${linked.url}/trace/${trace.traceId}?lang=en`);
    await page.locator('.wf-row').first().click();
    const panel = page.getByRole('complementary', { name: 'Span details' });
    const logs = panel.getByRole('link', { name: 'Logs', exact: true });
    await logs.waitFor();
    await expect.poll(() => logs.getAttribute('href')).toBe(`https://logs.example/?trace=${trace.traceId}&route=%2Fa%20b%2F%7Bid%7D%26x%3D1&pod=web-6d5f7c9b8-x2x7q&from=${start}`);
    await expect.poll(() => panel.getByRole('link', { name: 'Runbook', exact: true }).getAttribute('href')).toBe('/runbooks/javascript%3Aalert(1)');
    expect(await panel.getByRole('link', { name: 'Nowhere', exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
    await linked.stop();
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//${span.host}/x', '${span.url}'])('%s is refused when the server starts', async (url) => {
    const config = join(folder, 'unsafe.yaml');
    writeFileSync(config, `ui:\n  links:\n    - {title: Bad, url: "${url}"}\n`);
    await expect(startServer('--config', config)).rejects.toThrow(/ui\.links/);
  });
});

describe('a search that a limit ends', () => {
  it('shows what it found, and says in words that and why it is not everything', async () => {
    const limited = await startServer('--set', 'query.max_bytes=1MiB');
    const much = shop(Date.now(), 34, 900);
    for (let i = 0; i < much.traces.length; i += 40) {
      await send(limited.otlpHttp, ...much.traces.slice(i, i + 40));
    }
    const { page, context } = await visit(browser, limited.url);
    await page.goto(`${limited.url}/?lang=en&from=now-24h&limit=1000&q=${encodeURIComponent('{ resource.service.name != "nowhere" } | sort(duration desc)')}`);
    await page.getByText('Not everything was searched').first().waitFor();
    await page.getByText('query.max_bytes').first().waitFor();
    await page.getByText(/\d of \d parts of the store were searched/).first().waitFor();
    await context.close();
    await limited.stop();
  });
});
