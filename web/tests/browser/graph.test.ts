import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphEdge, GraphNode, MeshGraph } from '../../src/api/graph';
import type { Placed } from '../../src/model/graph/layout';
import { launch, settled, visit, type Visit } from './support/browser';
import { mesh, tracesOf, type MeshCall, type Workload } from './support/mesh';
import { attributesOf, send } from './support/otlp';
import { startServer, type Server } from './support/server';

/* The graph, and the pages of workloads and services, in Chromium with spans that say who called whom how often. */

interface Hook {
  nodes: (GraphNode & { place?: Placed })[];
  edges: GraphEdge[];
  /** The lines beside each edge. */
  labels: Record<string, string[]>;
  camera: { scale: number; x: number; y: number };
  motions: Record<string, { dotsPerSecond: number; speed: number; errorShare: number; delayMs: number }>;
  animating: boolean;
  trace: string[];
  lit: string[] | null;
}

let server: Server;
let browser: Browser;
const now = Date.now();
const w = (name: string, namespace = 'shop'): Workload => ({ name: `${name}-v1`, app: name, version: 'v1', namespace });
// Known by heart: rates in the ratio 20 to 10, half encrypted, one of four failing.
const planted: MeshCall[] = [
  { from: w('web'), to: w('cart'), count: 20, failed: 0, ms: 20, encrypted: 20 },
  { from: w('web'), to: w('search'), count: 10, failed: 0, ms: 40, encrypted: 5 },
  { from: w('cart'), to: w('stock'), count: 8, failed: 2, ms: 400, encrypted: 0 },
  { from: w('stock'), to: w('ledger', 'bank'), count: 4, failed: 0, ms: 30 },
  { from: w('ledger', 'bank'), to: w('archive', 'bank'), count: 4, failed: 0, ms: 5 },
];

/** Spans of one workload as everybody names it, and of its namesake elsewhere. Hours ago, where the graphs of the last minutes do not see them. */
const names: { own: boolean; resource: Record<string, string>; span?: Record<string, string> }[] = [
  { own: true, resource: { 'service.name': 'pay' } },
  { own: true, resource: { 'service.name': 'pay', 'k8s.namespace.name': 'mall' } },
  { own: true, resource: { 'service.name': 'pay.mall' } },
  { own: true, resource: { 'service.name': 'backend', 'k8s.deployment.name': 'pay', 'service.namespace': 'mall' } },
  { own: true, resource: { 'service.name': 'proxy' }, span: { 'istio.canonical_service': 'pay', 'istio.namespace': 'mall' } },
  { own: false, resource: { 'service.name': 'pay', 'k8s.namespace.name': 'bank' } },
];
const named = names.map(({ own, resource, span }, i) => ({
  own,
  trace: {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ spans: [{ traceId: `${i + 1}`.padStart(32, 'a'), spanId: `${i + 1}`.padStart(16, 'b'), name: 'POST /pay', kind: 2, startTimeUnixNano: `${now - 3 * 3_600_000}000000`, endTimeUnixNano: `${now - 3 * 3_600_000 + 20}000000`, attributes: attributesOf(span) }] }],
      },
    ],
  },
}));

beforeAll(async () => {
  server = await startServer();
  const traces = tracesOf(planted, now, 1);
  for (let i = 0; i < traces.length; i += 500) {
    await send(server.otlpHttp, ...traces.slice(i, i + 500));
  }
  await send(server.otlpHttp, ...named.map((one) => one.trace));
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const hook = (page: Page) => page.evaluate(() => JSON.parse(JSON.stringify(window.clewGraph)) as unknown) as Promise<Hook>;

async function open(path: string, options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
  const here = await visit(browser, server.url, options);
  await here.page.goto(`${server.url}${path}`);
  await drawn(here.page);
  return here;
}

async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() => ((window.clewGraph as { paintedAtMs?: number } | undefined)?.paintedAtMs ?? 0) > 0);
}

/** Where the middle of a node's shape is on the screen. */
async function spot(page: Page, name: string): Promise<{ x: number; y: number }> {
  const { nodes, camera } = await hook(page);
  const place = nodes.find((node) => node.name === name && node.kind !== 'box')?.place;
  const box = await page.locator('.graph-canvas').boundingBox();
  if (!place || !box) {
    throw new Error(`${name} is not drawn`);
  }
  return { x: box.x + (place.x + place.width / 2) * camera.scale + camera.x, y: box.y + (place.y + 19) * camera.scale + camera.y };
}

const edgeOf = (of: Hook | MeshGraph, from: string, to: string) => {
  const name = new Map(of.nodes.map((node) => [node.id, node.name]));
  return of.edges.find((edge) => name.get(edge.source) === from && name.get(edge.target) === to) as GraphEdge;
};

describe('the drawing', () => {
  it('shows what the API says, with no shape on another, in the same places every time', async () => {
    const { page, context, complaints } = await open('/graph?duration=10m');
    const graph = (await (await fetch(`${server.url}/api/v1/graph?graphType=versionedApp&duration=10m&boxBy=namespace,cluster`)).json()) as MeshGraph;
    const first = await hook(page);
    expect(first.nodes.map((node) => node.id).sort()).toEqual(graph.nodes.map((node) => node.id).sort());
    expect(first.edges.map((edge) => edge.id).sort()).toEqual(graph.edges.map((edge) => edge.id).sort());
    const shapes = first.nodes.filter((node) => node.kind !== 'box');
    for (const a of shapes) {
      for (const b of shapes) {
        const [p, q] = [a.place as Placed, b.place as Placed];
        expect(a === b || p.x + p.width <= q.x || q.x + q.width <= p.x || p.y + p.height <= q.y || q.y + q.height <= p.y, `${a.name} lies on ${b.name}`).toBe(true);
      }
    }
    await page.reload();
    await drawn(page);
    await expect.poll(async () => (await hook(page)).nodes.map((node) => [node.name, node.place])).toEqual(first.nodes.map((node) => [node.name, node.place]));
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('has a legend in the colours of the drawing, which closes', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const legend = page.locator('.graph-legend');
    const inks = () =>
      legend.locator('canvas').evaluateAll((signs) =>
        (signs as HTMLCanvasElement[]).map((sign) => {
          const { data } = (sign.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, sign.width, sign.height);
          const opaque = Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4)).find((pixel) => pixel[3] === 255);
          return opaque === undefined ? 'nothing' : [...opaque.slice(0, 3)].join();
        }),
      );
    await expect.poll(async () => (await inks()).length).toBe(15);
    const [healthy, degraded, failing, tcp] = (await inks()).slice(5, 9);
    expect(new Set([healthy, degraded, failing, tcp, 'nothing', '0,0,0']).size).toBe(6);
    await legend.locator('summary').click();
    await expect.poll(() => legend.locator('canvas').first().isVisible()).toBe(false);
    await context.close();
  });

  it('keeps a node where it was put, until it is put back', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const placeOf = async () => (await hook(page)).nodes.find((node) => node.name === 'search')?.place as Placed;
    const [before, from] = [await placeOf(), await spot(page, 'search')];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 30, from.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await placeOf()).y).toBeGreaterThan(before.y + 20);
    const moved = await settled(placeOf);
    await page.reload();
    await drawn(page);
    await expect.poll(placeOf).toEqual(moved);
    await page.getByRole('button', { name: 'Put moved nodes back' }).click();
    await expect.poll(placeOf).toEqual(before);
    await context.close();
  });

  it('folds a namespace into one node whose edges are the sums of its members’', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const open_ = await hook(page);
    await page.getByRole('button', { name: 'Fold boxes' }).click();
    await expect.poll(async () => (await hook(page)).nodes.length).toBe(2);
    const folded = await hook(page);
    expect(edgeOf(folded, 'shop', 'bank').rates.rate).toBeCloseTo(edgeOf(open_, 'stock', 'ledger').rates.rate, 6);
    await expect.poll(() => new URL(page.url()).searchParams.get('collapsed')).not.toBeNull();
    await page.getByRole('button', { name: 'Unfold boxes' }).click();
    await expect.poll(async () => (await hook(page)).nodes.length).toBe(open_.nodes.length);
    await context.close();
  });
});

describe('display', () => {
  it('stands in the address, and the address brings it back', async () => {
    const { page, context } = await open('/graph?duration=10m');
    await page.getByRole('button', { name: 'Display' }).click();
    await page.getByRole('checkbox', { name: 'Response Time' }).check();
    await page.getByLabel('Median (p50)').check();
    await page.getByLabel('Traffic Rate').check();
    await page.getByLabel('Security (mTLS)').check();
    await page.getByLabel('TCP').selectOption('received');
    await page.keyboard.press('Escape');
    const address = new URL(page.url()).searchParams;
    expect([address.get('edges'), address.get('badgeSecurity'), address.get('rateTcp')]).toEqual(['rate,p50', 'true', 'received']);
    await page.reload();
    await drawn(page);
    await page.getByRole('button', { name: 'Display' }).click();
    await expect.poll(() => page.getByLabel('Median (p50)').isChecked()).toBe(true);
    await expect.poll(() => page.getByLabel('Security (mTLS)').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Factory settings' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('badgeSecurity')).toBeNull();
    await context.close();
  });

  it.each(['workload', 'app', 'versionedApp', 'service'])('draws the graph type %s', async (type) => {
    const { page, context } = await open('/graph?duration=10m');
    await page.getByLabel('Graph type').selectOption(type);
    await expect.poll(async () => (await hook(page)).nodes.filter((node) => node.name.startsWith('cart')).map((node) => node.kind)).toEqual([type === 'versionedApp' ? 'app' : type]);
    await context.close();
  });

  it('tells encryption apart: all, half, none, and nobody said', async () => {
    const { page, context } = await open('/graph?duration=10m&badgeSecurity=true');
    const graph = await hook(page);
    expect([edgeOf(graph, 'web', 'cart').mtls?.percent, edgeOf(graph, 'web', 'search').mtls?.percent, edgeOf(graph, 'cart', 'stock').mtls?.percent, edgeOf(graph, 'stock', 'ledger').mtls]).toEqual([100, 50, 0, undefined]);
    await page.goto(`${server.url}/graph?duration=10m&view=table`);
    const row = page.locator('.graph-table tbody tr', { hasText: 'search' });
    await expect.poll(() => row.innerText()).toContain('50');
    await context.close();
  });
});

describe('edge labels', () => {
  it.each(['avg', 'p50', 'p95', 'p99'] as const)('response time %s is on every edge, and is the API’s', async (label) => {
    const { page, context } = await open(`/graph?duration=10m&edges=${label}`);
    const { edges, labels } = await hook(page);
    const ms = edges.map((edge) => edge.latency?.[label] as number);
    expect(ms.every((value) => value > 0)).toBe(true);
    expect(edges.map((edge) => labels[edge.id])).toEqual(ms.map((value) => [value < 1000 ? `${value < 10 ? Math.round(value * 100) / 100 : Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`]));
    await context.close();
  });

  it('rate, its share and failures', async () => {
    const { page, context } = await open('/graph?duration=10m&edges=rate,distribution');
    const graph = await hook(page);
    // 10 of the 30 requests of web; 8 requests in ten minutes of which a quarter fails, all that cart sends.
    expect(graph.labels[edgeOf(graph, 'web', 'search').id]).toEqual(['0.02 rps | 33.3 %']);
    expect(graph.labels[edgeOf(graph, 'cart', 'stock').id]).toEqual(['0.01 rps', '25 % err']);
    await context.close();
  });
});

describe('the toolbar', () => {
  it('chooses namespaces: in order, found by typing, each with its traffic', async () => {
    const { page, context } = await open('/graph?duration=10m');
    await page.getByRole('button', { name: /^Select Namespaces/ }).click();
    const list = page.getByRole('group', { name: 'Select Namespaces' }).locator('label');
    await expect.poll(() => list.allInnerTexts()).toEqual([expect.stringMatching(/^bank\s+[\d.]+ rps$/), expect.stringMatching(/^shop\s+[\d.]+ rps$/)]);
    await page.getByRole('searchbox', { name: 'Search namespaces' }).fill('BAN');
    await expect.poll(() => list.count()).toBe(1);
    await list.first().getByRole('checkbox').check();
    await expect.poll(() => new URL(page.url()).searchParams.get('namespaces')).toBe('bank');
    // Who calls into it is shown too, and nobody else.
    await expect.poll(async () => (await hook(page)).nodes.filter((node) => node.kind !== 'box').map((node) => node.name).sort()).toEqual(['archive', 'ledger', 'stock']);
    await context.close();
  });

  it('asks for the last minutes and for refreshing, and keeps both in the address', async () => {
    const { page, context } = await open('/graph');
    await page.getByRole('combobox', { name: 'Last', exact: true }).selectOption('30m');
    await page.getByRole('combobox', { name: 'Refresh', exact: true }).selectOption('15');
    await expect.poll(() => ['duration', 'refresh'].map((key) => new URL(page.url()).searchParams.get(key))).toEqual(['30m', '15']);
    await context.close();
  });

  it('adds service nodes and operation nodes, where they mean something, and leaves out traffic that is not wanted', async () => {
    const { page, context } = await open('/graph?duration=10m&graphType=workload');
    const kinds = async () => [...new Set((await hook(page)).nodes.map((node) => node.kind))].filter((kind) => kind !== 'box').sort();
    await expect.poll(kinds).toEqual(['workload']);
    await page.getByRole('button', { name: 'Display' }).click();
    await page.getByLabel('Service Nodes').check();
    await expect.poll(kinds).toEqual(['service', 'workload']);
    await page.getByLabel('Service Nodes').uncheck();
    await page.getByLabel('Operation Nodes').check();
    await expect.poll(async () => (await kinds()).length).toBe(2);
    await page.getByLabel('Operation Nodes').uncheck();
    await page.getByLabel('HTTP').selectOption('none');
    // There is nothing else.
    await page.getByRole('heading', { name: 'Nothing to draw' }).waitFor();
    await page.goto(`${server.url}/graph?duration=10m&graphType=service`);
    await drawn(page);
    await page.getByRole('button', { name: 'Display' }).click();
    for (const one of ['Service Nodes', 'Operation Nodes']) {
      await expect.poll(() => page.getByLabel(one).isDisabled(), { message: one }).toBe(true);
    }
    await context.close();
  });

  it('says why there is nothing to draw', async () => {
    const here = await visit(browser, server.url);
    await here.page.goto(`${server.url}/graph?duration=10m&namespaces=nowhere`);
    await here.page.getByRole('heading', { name: 'Nothing to draw' }).waitFor();
    await here.page.getByText(/Spans tell of \d+ requests in this time range/).waitFor();
    await here.page.getByText('No Prometheus server is configured').waitFor();
    await here.page.getByRole('button', { name: 'Display idle nodes' }).click();
    await expect.poll(() => new URL(here.page.url()).searchParams.get('idleNodes')).toBe('true');
    await here.context.close();
  });

  it('shows the same edges as a table', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const { nodes, edges } = await hook(page);
    const name = new Map(nodes.map((node) => [node.id, node.name]));
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    const rows = async () => (await page.locator('.graph-table-view tbody tr').evaluateAll((all) => all.map((row) => [...(row as HTMLTableRowElement).cells].slice(0, 2).map((cell) => cell.textContent?.split(' ')[0]).join(' → ')))).sort();
    await expect.poll(rows).toEqual(edges.map((edge) => `${name.get(edge.source)} → ${name.get(edge.target)}`).sort());
    await context.close();
  });
});

describe('what is pointed at', () => {
  it('lights everything up- and downstream of it', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const at = await spot(page, 'stock');
    await page.mouse.move(at.x, at.y);
    const lit = async () => {
      const graph = await hook(page);
      return graph.nodes.filter((node) => graph.lit?.includes(node.id)).map((node) => node.name).sort();
    };
    await expect.poll(lit).toEqual(['archive', 'cart', 'ledger', 'stock', 'web']);
    await page.mouse.move(1, 1);
    await expect.poll(async () => (await hook(page)).lit).toBeNull();
    await context.close();
  });
});

describe('find and hide', () => {
  it('mark, remove, switch on what they need, and say what is wrong', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const field = (name: string) => page.getByRole('combobox', { name, exact: true });
    await field('Find').fill('rt > 300');
    await field('Find').press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('edges')).toBe('p95');
    await field('Hide').fill('name = archive');
    await field('Hide').press('Enter');
    await expect.poll(async () => (await hook(page)).nodes.some((node) => node.name === 'archive')).toBe(false);
    for (const [typed, said] of [['nonsense words', 'No valid operator found in expression'], ['name = cart AND rt > 1', 'Can not AND node and edge criteria'], ['shoe = 1', 'Invalid operand']]) {
      await field('Find').fill(typed);
      await field('Find').press('Enter');
      await expect.poll(() => page.getByRole('alert').innerText()).toContain(said);
    }
    await context.close();
  });
});

describe('an edge', () => {
  it('tells in the panel what the API tells, and leads to its slow and failing traces', async () => {
    const { page, context, complaints } = await open('/graph?duration=10m');
    const edge = edgeOf(await hook(page), 'cart', 'stock');
    await page.goto(`${server.url}/graph?duration=10m&sel=${edge.id}`);
    const panel = page.locator('.graph-panel');
    await panel.getByRole('heading', { name: 'cart → stock' }).waitFor();
    expect(edge.errorPercent).toBe(25);
    expect(edge.rates.rate * 600).toBeCloseTo(8, 3);
    await expect.poll(() => panel.innerText()).toContain('25');
    await expect.poll(() => panel.innerText()).toContain('503');
    await panel.locator('.graph-spark').first().waitFor();
    const example = panel.locator('.graph-examples li').first();
    await expect.poll(() => example.innerText()).toContain('failing');
    await example.getByRole('button').click();
    await expect.poll(async () => (await hook(page)).trace).toContain(edge.id);
    await panel.locator('.graph-examples a').first().click();
    await page.waitForURL(/\/trace\/[0-9a-f]{32}/);
    await page.locator('.wf-row', { hasText: 'GET /work' }).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('going into it', () => {
  it('by a double click to one node and its neighbours, and back by Escape', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const at = await spot(page, 'cart');
    await page.mouse.dblclick(at.x, at.y);
    await expect.poll(async () => (await hook(page)).nodes.filter((node) => node.kind !== 'box').map((node) => node.name).sort()).toEqual(['cart', 'stock', 'web']);
    await page.getByLabel('Steps around it').selectOption('2');
    await expect.poll(async () => (await hook(page)).nodes.filter((node) => node.kind !== 'box').map((node) => node.name).sort()).toEqual(['cart', 'ledger', 'search', 'stock', 'web']);
    await page.locator('.graph-canvas').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await hook(page)).nodes.some((node) => node.name === 'archive')).toBe(true);
    await context.close();
  });

  it('by the menu of the right button, and by the keyboard alone', async () => {
    const { page, context } = await open('/graph?duration=10m');
    const at = await spot(page, 'cart');
    await page.mouse.click(at.x, at.y, { button: 'right' });
    await page.getByRole('menu', { name: 'cart' }).waitFor();
    await expect.poll(() => page.getByRole('menuitem').allInnerTexts()).toEqual(['Details', 'Traffic', 'Inbound Metrics', 'Outbound Metrics', 'Traces', 'Show alone', 'Hide'].map((text) => expect.stringMatching(new RegExp(text.split(' ')[0]))));
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('menu').count()).toBe(0);
    await page.locator('.graph-canvas').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => new URL(page.url()).searchParams.get('sel')).not.toBeNull();
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('graphHide')).toMatch(/^name = /);
    await context.close();
  });

  it('Workloads, one of them, Traces, a trace: in four clicks', async () => {
    const { page, context, complaints } = await open('/graph?duration=10m');
    await page.locator('.shell-nav a', { hasText: 'Workloads' }).click();
    await page.locator('.mesh-list a', { hasText: 'stock-v1' }).click();
    await page.getByRole('tab', { name: 'Traces' }).click();
    await page.locator('.mesh-scatter[data-points="12"]').waitFor();
    await expect.poll(() => page.locator('.mesh-scatter .mesh-bad').count()).toBe(2);
    await page.locator('#mesh-panel tbody a').first().click();
    await page.locator('.trace-head').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a workload', () => {
  const open = async (path: string) => {
    const here = await visit(browser, server.url);
    await here.page.goto(`${server.url}${path}`);
    return here;
  };

  it('stands in the list by its health, and is found by its name', async () => {
    const { page, context, complaints } = await open('/workloads?duration=30m');
    const names = () => page.locator('.mesh-list tbody a').allInnerTexts();
    await expect.poll(async () => (await names()).sort()).toEqual(['archive-v1', 'cart-v1', 'ledger-v1', 'search-v1', 'stock-v1', 'web-v1']);
    // A quarter of what stock answers fails, which is what cart asks of it: both are in bad health, and only stock fails.
    const row = (name: string) => page.locator('.mesh-list tbody tr', { hasText: name });
    await expect.poll(async () => (await page.locator('.mesh-list tbody tr', { hasText: 'Failure' }).locator('a').allInnerTexts()).sort()).toEqual(['cart-v1', 'stock-v1']);
    await expect.poll(async () => (await names()).slice(0, 2).sort()).toEqual(['cart-v1', 'stock-v1']);
    await expect.poll(() => row('stock-v1').innerText()).toMatch(/\s25 %/);
    await expect.poll(() => row('cart-v1').innerText()).toMatch(/\s0 %/);
    await expect.poll(() => page.locator('.mesh-list a').first().getAttribute('href')).toContain('duration=30m');
    await page.getByRole('searchbox', { name: /by name/i }).fill('LED');
    await expect.poll(names).toEqual(['ledger-v1']);
    await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toBe('LED');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is drawn with its neighbours, and leads to the graph', async () => {
    const { page, context } = await open('/workloads/shop/cart-v1');
    await drawn(page);
    await expect.poll(async () => (await hook(page)).nodes.map((node) => node.name).sort()).toEqual(['cart-v1', 'stock-v1', 'web-v1']);
    await page.locator('.page-head').getByRole('link', { name: /graph/i }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/graph');
    expect(new URL(page.url()).searchParams.get('sel')).not.toBeNull();
    await context.close();
  });

  it('has metrics of what comes in, with dots that are traces', async () => {
    const { page, context, complaints } = await open('/workloads/shop/stock-v1?tab=in');
    await page.getByRole('figure', { name: 'Response Time' }).locator('.chart-point').first().waitFor();
    await expect.poll(() => page.locator('.chart-legend li', { hasText: 'p95' }).innerText()).toMatch(/\d+ ms/);
    await page.locator('.chart-point').first().click();
    await page.locator('.wf-row', { hasText: 'GET /work' }).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('has its traces as dots: start to the right, length upwards, and filters that leave fewer', async () => {
    const { page, context } = await open('/workloads/shop/stock-v1?tab=traces');
    const dots = () => page.locator('.mesh-scatter a').evaluateAll((all) => all.map((dot) => ({ id: (dot as HTMLAnchorElement).pathname.split('/').at(-1) as string, left: Number.parseFloat((dot as HTMLElement).style.left), bottom: Number.parseFloat((dot as HTMLElement).style.bottom), bad: dot.classList.contains('mesh-bad') })));
    await expect.poll(async () => (await dots()).length).toBe(12);
    const query = encodeURIComponent('{ resource.service.name = "stock" }');
    const found = (await (await fetch(`${server.url}/api/search?limit=100&q=${query}&start=${Math.floor(now / 1000) - 600}&end=${Math.floor(now / 1000) + 60}`)).json()) as { traces: { traceID: string; startTimeUnixNano: string; durationMs: number }[] };
    const by = new Map(found.traces.map((trace) => [trace.traceID.padStart(32, '0'), trace]));
    expect(by.size).toBe(12);
    const shown = (await dots()).map((dot) => ({ ...dot, start: Number(by.get(dot.id)?.startTimeUnixNano), ms: by.get(dot.id)?.durationMs as number }));
    const longest = Math.max(...shown.map((dot) => dot.ms));
    for (const dot of shown) {
      expect(dot.bottom).toBeCloseTo((dot.ms / longest) * 100, 0);
    }
    expect([...shown].sort((a, b) => a.left - b.left).map((dot) => dot.id)).toEqual([...shown].sort((a, b) => a.start - b.start).map((dot) => dot.id));
    expect(shown.filter((dot) => dot.bad).length).toBe(2);
    await page.getByRole('combobox', { name: 'Slower than' }).selectOption('p75');
    // The eight long ones are of one length but for the client's share of it.
    await expect.poll(async () => (await dots()).every((dot) => dot.bottom > 90)).toBe(true);
    await page.getByRole('combobox', { name: 'Slower than' }).selectOption('');
    await page.getByLabel('Errors only').check();
    await expect.poll(async () => (await dots()).map((dot) => dot.bad)).toEqual([true, true]);
    await expect.poll(() => new URL(page.url()).searchParams.get('errs')).toBe('true');
    await context.close();
  });
});

describe('a name', () => {
  it('finds the spans of a workload however it is written, and not those of its namesake', async () => {
    const { page, context } = await visit(browser, server.url);
    await page.goto(`${server.url}/workloads/mall/pay?tab=traces&duration=6h`);
    const found = async () => (await page.locator('.mesh-scatter a').evaluateAll((all) => all.map((dot) => (dot as HTMLAnchorElement).pathname.at(-1)))).sort();
    await expect.poll(found).toEqual(named.flatMap(({ own }, i) => (own ? [String(i + 1)] : [])));
    await context.close();
  });
});

describe('time', () => {
  it('compares with an earlier moment, and replays one', async () => {
    // The moment at which the calls had just been made; ten minutes before it there was nothing.
    const { page, context } = await open(`/graph?duration=1m&compare=10m&at=${Math.ceil(now / 1000)}`);
    await expect.poll(async () => edgeOf(await hook(page), 'web', 'cart')?.change).toBe('new');
    await page.goto(`${server.url}/graph?duration=10m`);
    await drawn(page);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('slider', { name: 'Moment shown' }).waitFor();
    expect(Number(new URL(page.url()).searchParams.get('at'))).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await drawn(page);
    await context.close();
  });
});

describe('traffic animation', () => {
  it('has twice the dots for twice the rate, is slow where answers are, and shows failures as failures', async () => {
    const { page, context } = await open('/graph?duration=10m&animation=true');
    const graph = await hook(page);
    const motion = (from: string, to: string) => graph.motions[edgeOf(graph, from, to).id];
    // Low rates fall under the least density; the encoding is the same above it, as the model's tests show for all rates.
    expect(motion('web', 'cart').dotsPerSecond / motion('web', 'search').dotsPerSecond).toBeCloseTo(1, 1);
    expect(motion('cart', 'stock').errorShare).toBeCloseTo(0.25, 6);
    expect(graph.animating).toBe(false);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await expect.poll(async () => (await hook(page)).animating).toBe(true);
    const frames = () => page.evaluate(() => (window.clewGraph as { frameTimes(): number[] }).frameTimes().length);
    await expect.poll(frames).toBeGreaterThan(10);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await expect.poll(async () => (await hook(page)).animating).toBe(false);
    await context.close();
  });
});

describe('a large mesh', () => {
  it('of 500 workloads and 2000 edges begins as namespaces, and opens to every edge', { timeout: 120_000 }, async () => {
    const large = await startServer();
    try {
      const calls = mesh(7, 10, 500, 2000);
      const traces = tracesOf(calls, Date.now(), 7);
      for (let i = 0; i < traces.length; i += 500) {
        await send(large.otlpHttp, ...traces.slice(i, i + 500));
      }
      const here = await visit(browser, large.url, { width: 1600, height: 1000 });
      await here.page.goto(`${large.url}/graph?duration=10m`);
      await drawn(here.page);
      await expect.poll(async () => (await hook(here.page)).nodes.filter((node) => node.kind === 'box' && node.boxOf === 'namespace').length).toBe(10);
      await here.page.goto(`${large.url}/graph?duration=10m&collapsed=none`);
      await drawn(here.page);
      const graph = await hook(here.page);
      expect(graph.edges.length).toBe(2000);
      expect(graph.nodes.filter((node) => node.kind !== 'box').length).toBe(500);
      expect(here.complaints).toEqual([]);
      await here.context.close();
    } finally {
      await large.stop();
    }
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.each([
  ['light', 'en'],
  ['dark', 'ko'],
] as const)('%s, %s', (theme, lang) => {
  it('passes axe and fits into 1280 pixels on every page of the mesh', { timeout: 120_000 }, async () => {
    const { page, context, complaints } = await visit(browser, server.url, { dark: theme === 'dark' });
    const found: string[] = [];
    for (const path of [
      '/graph?duration=10m', '/graph?duration=10m&view=table', '/graph?duration=10m&badgeSecurity=true&edges=p95,rate', '/graph?duration=10m&namespaces=nowhere', '/workloads', '/workloads/shop/cart-v1',
      '/workloads/shop/cart-v1?tab=traffic', '/workloads/shop/cart-v1?tab=in', '/workloads/shop/cart-v1?tab=out', '/workloads/shop/cart-v1?tab=traces', '/mesh-services', '/mesh-services/shop/cart',
    ]) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.waitForLoadState('networkidle');
      await page.evaluate(axe);
      const wrong = await page.evaluate(async () => (await (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] }> } }).axe.run()).violations);
      found.push(...wrong.map((v) => `${path} ${v.id}: ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join('; ')}`));
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: path }).toBe(1280);
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
