import { describe, expect, it } from 'vitest';
import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';
import { delayOf, isErrorDot, motions, scaleOf, speedOf } from './animation';
import { find, rankOf } from './find';
import { defaultGraphView, readGraphView, writeGraphView } from './graphView';
import { edgeText } from './labels';
import { layout } from './layout';
import { closure, visibleGraph, within } from './visible';

const none = { rate: 0, errors: 0, redirects: 0, clientErrors: 0, serverErrors: 0, noResponse: 0 };

function node(name: string, more: Partial<GraphNode> = {}): GraphNode {
  return { id: name, kind: 'workload', name, workload: name, cluster: 'c', namespace: 'shop', evidence: [], flags: [], destServices: [], traffic: [], health: 'Healthy', ...more };
}

function edge(source: string, target: string, rate = 1, more: Partial<GraphEdge> = {}): GraphEdge {
  return { id: `${source}-${target}`, source, target, protocol: 'http', evidence: [], health: 'Healthy', rates: { ...none, rate }, errorPercent: 0, requestPercent: 100, codes: [], exemplars: [], ...more };
}

const graph: MeshGraph = {
  time: 0,
  durationSeconds: 600,
  type: 'workload',
  durations: {},
  sources: [],
  nodes: [
    node('shop', { kind: 'box', boxOf: 'namespace' }),
    node('web', { parent: 'shop', flags: ['root'] }),
    node('cart', { parent: 'shop', health: 'Failure', labels: { team: 'a' } }),
    node('stock', { namespace: 'depot', traffic: [{ protocol: 'http', in: { ...none, rate: 7 }, out: none }] }),
    node('idle', { namespace: 'depot', flags: ['idle', 'outOfMesh'], health: 'NA' }),
  ],
  edges: [edge('web', 'cart', 10, { latency: { p95: 1500 }, mtls: { percent: 50, sourcePrincipal: 'spiffe://a', destPrincipal: '' }, errorPercent: 20 }), edge('cart', 'stock', 5), edge('web', 'stock', 2)],
};

const names = (text: string) => {
  const result = find(text, graph);
  if (!result.ok) {
    throw new Error(result.error.code);
  }
  return [...result.found.nodes, ...result.found.edges].sort();
};

describe('find and hide', () => {
  it.each([
    ['! healthy', ['cart']],
    ['not healthy', ['cart']],
    ['name = cart', ['cart']],
    ['name contains t', ['cart', 'stock']],
    ['name not contains t AND ns = shop', ['web']],
    ['namespace ^= dep', ['idle', 'stock']],
    ['is idle', ['idle']],
    ['sc', ['idle']],
    ['outofmesh', ['idle']],
    ['label:team', ['cart']],
    ['label:team = b', []],
    ['httpin > 5', ['stock']],
    ['node = service', []],
    ['rt > 1000', ['web-cart']],
    ['%httperr >= 20', ['web-cart']],
    ['http > 1 AND http < 6', ['cart-stock', 'web-stock']],
    ['name = web OR rt > 1000', ['web', 'web-cart']],
    ['mtls < 100', ['web-cart']],
    ['plaintext', ['web-cart']],
    ['throughput = NaN', ['cart-stock', 'web-cart', 'web-stock']],
    ['', []],
  ])('%s', (text, expected) => expect(names(text)).toEqual(expected));

  it.each([
    ['nonsense', 'noOperator'],
    ['name = web AND rt > 5', 'mixed'],
    ['colour = red', 'operand'],
    ['rt > fast', 'value'],
  ])('%s is refused as %s', (text, code) => expect(find(text, graph)).toMatchObject({ ok: false, error: { code } }));

  it('agrees with a plain reading of any expression', () => {
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    type Term = { text: string; fits(one: GraphNode): boolean };
    const pick = <T,>(list: readonly T[]): T => list[random(list.length)];
    const term = (): Term => {
      const value = pick(['web', 'cart', 'st', 'k', 'depot', 'shop']);
      const [operand, read] = pick([['name', (n: GraphNode) => n.name], ['ns', (n: GraphNode) => n.namespace]] as const);
      const [sign, test] = pick([
        ['=', (a: string, b: string) => a === b],
        ['!=', (a: string, b: string) => a !== b],
        ['contains', (a: string, b: string) => a.includes(b)],
        ['not contains', (a: string, b: string) => !a.includes(b)],
        ['^=', (a: string, b: string) => a.startsWith(b)],
        ['!$=', (a: string, b: string) => !a.endsWith(b)],
      ] as const);
      const plain: Term = pick([
        { text: `${operand} ${sign} ${value}`, fits: (n: GraphNode) => test(read(n), value) },
        { text: 'idle', fits: (n: GraphNode) => n.flags.includes('idle') },
        { text: 'healthy', fits: (n: GraphNode) => n.health === 'Healthy' || n.health === 'NA' },
      ]);
      return random(4) === 0 && !plain.text.includes(' ') ? { text: `! ${plain.text}`, fits: (n) => !plain.fits(n) } : plain;
    };
    for (let run = 0; run < 300; run++) {
      const clauses = Array.from({ length: 1 + random(3) }, () => Array.from({ length: 1 + random(3) }, term));
      const text = clauses.map((clause) => clause.map((one) => one.text).join(' AND ')).join(' OR ');
      const expected = graph.nodes.filter((n) => n.kind !== 'box' && clauses.some((clause) => clause.every((one) => one.fits(n)))).map((n) => n.id);
      const result = find(text, graph);
      expect(result.ok ? [...result.found.nodes].sort() : result.error, text).toEqual(expected.sort());
    }
  });

  it('switches on what an operand needs', () => expect(find('rt > 1', graph)).toMatchObject({ needs: ['p95'] }));

  it('ranks the most connected first', () => expect([...rankOf(graph)].filter(([, rank]) => rank === 1).map(([id]) => id).sort()).toEqual(['cart', 'stock', 'web']));
});

describe('traffic animation', () => {
  it('has twice the dots for twice the rate, and none without traffic', () => {
    expect(delayOf(1, 1, false)).toBe(1000);
    expect(delayOf(2, 1, false)).toBe(500);
    expect(delayOf(0, 1, false)).toBe(Infinity);
    expect(delayOf(20, 1, true)).toBe(1000);
    expect(delayOf(1e9, 1, false)).toBe(40);
    expect(delayOf(1e-9, 1, false)).toBe(5000);
  });

  it('scales all request edges down together once one of them is busy', () => {
    expect(scaleOf(50)).toBe(1);
    expect(scaleOf(100)).toBe(4);
    const moved = motions([edge('a', 'b', 100), edge('b', 'c', 50)], () => 100, () => undefined);
    expect(moved.get('b-c')!.delayMs / moved.get('a-b')!.delayMs).toBeCloseTo(2);
  });

  it('is slower the longer a response takes', () => {
    expect(speedOf(10_000, 50)).toBeCloseTo(0.1);
    expect(speedOf(0, 50)).toBeCloseTo(2);
    expect(speedOf(10, 100)).toBeCloseTo(speedOf(10, 50) / 2);
  });

  it('shows errors in their share', () => {
    const count = (share: number) => Array.from({ length: 10_000 }, (_, n) => isErrorDot(n, 7, share)).filter(Boolean).length;
    expect(count(0)).toBe(0);
    expect(count(0.5)).toBeGreaterThan(4700);
    expect(count(0.5)).toBeLessThan(5300);
    expect(count(0.0001)).toBeGreaterThan(0);
    expect(count(1)).toBe(10_000);
  });
});

describe('layout', () => {
  const nodes = Array.from({ length: 40 }, (_, i) => ({ id: `n${i}`, width: 60, height: 60, parent: i < 20 ? 'box' : undefined }));
  const edges = Array.from({ length: 80 }, (_, i) => ({ source: `n${(i * 7) % 40}`, target: `n${(i * 11 + 3) % 40}` }));
  const all = [...nodes, { id: 'box', width: 10, height: 10 }];

  it('gives the same places to the same graph, in whatever order it comes', () => {
    expect([...layout(all, edges)].sort()).toEqual([...layout([...all].reverse(), [...edges].reverse())].sort());
  });

  it('lets no two nodes lie on each other, and keeps members in their box', () => {
    const placed = layout(all, edges);
    const box = placed.get('box')!;
    for (const a of nodes) {
      const p = placed.get(a.id)!;
      const inside = p.x >= box.x && p.x + p.width <= box.x + box.width && p.y >= box.y && p.y + p.height <= box.y + box.height;
      expect(inside).toBe(a.parent === 'box');
      for (const b of nodes) {
        const q = placed.get(b.id)!;
        expect(a.id !== b.id && p.x < q.x + q.width && q.x < p.x + p.width && p.y < q.y + q.height - 0.01 && q.y < p.y + p.height - 0.01).toBe(false);
      }
    }
  });

  it('puts callers left of what they call', () => {
    const placed = layout(['a', 'b', 'c'].map((id) => ({ id, width: 10, height: 10 })), [{ source: 'a', target: 'b' }, { source: 'b', target: 'c' }]);
    expect(placed.get('a')!.x).toBeLessThan(placed.get('b')!.x);
    expect(placed.get('b')!.x).toBeLessThan(placed.get('c')!.x);
  });
});

describe('what is visible', () => {
  const nothing = { nodes: new Set<string>(), edges: new Set<string>() };

  it('sums the edges of a folded box', () => {
    const folded = visibleGraph(graph, new Set(['shop']), nothing);
    expect(folded.nodes.map((one) => one.id)).toEqual(['shop', 'stock', 'idle']);
    expect(folded.edges.map((one) => [one.source, one.target, one.rates.rate])).toEqual([['shop', 'stock', 7]]);
  });

  it('hides the edges of hidden nodes, and nodes that lose all their edges', () => {
    const hidden = visibleGraph(graph, new Set(), { nodes: new Set(['web']), edges: new Set() });
    expect(hidden.edges.map((one) => one.id)).toEqual(['cart-stock']);
    const edgeless = visibleGraph(graph, new Set(), { nodes: new Set(), edges: new Set(['web-cart', 'web-stock']) });
    expect(edgeless.nodes.map((one) => one.id)).toEqual(['shop', 'cart', 'stock', 'idle']);
  });

  it('follows the flow both ways from a node, and counts steps', () => {
    expect([...closure(graph, 'cart')].sort()).toEqual(['cart', 'cart-stock', 'stock', 'web', 'web-cart']);
    expect([...within(graph, 'web', 1)].sort()).toEqual(['cart', 'stock', 'web']);
  });
});

describe('view in the URL', () => {
  it('is read as it was written', () => {
    const view = { ...defaultGraphView, namespaces: ['a', 'b'], graphType: 'app' as const, edges: ['rate', 'p99'] as const, animation: true, sidecars: false, find: 'rt > 5', hops: 2, focus: 'app:a/b', traceId: 'ab12', at: 7 };
    expect(readGraphView(writeGraphView({ ...view, edges: [...view.edges] }, new URLSearchParams('lang=ko')))).toEqual({ ...view, edges: [...view.edges] });
    expect(writeGraphView(defaultGraphView, new URLSearchParams('lang=ko')).toString()).toBe('lang=ko');
  });
});

describe('labels', () => {
  it('write rates, times and errors', () => {
    const one = edge('a', 'b', 12.5, { errorPercent: 5, latency: { p95: 1234, avg: 12 }, requestPercent: 33.33 });
    expect(edgeText(one, ['rate'])).toEqual(['12.5', '5 % err']);
    expect(edgeText(one, ['rate', 'distribution', 'p95'])).toEqual(['12.5 rps | 33.3 % | 1.23 s', '5 % err']);
    expect(edgeText({ ...one, protocol: 'tcp', rates: { ...none, rate: 2048 } }, ['rate'])[0]).toBe('2 kps');
  });
});
