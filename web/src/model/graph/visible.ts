import type { GraphEdge, GraphNode, HealthName, Latency, MeshGraph, Rates } from '../../api/graph';

/** The graph as it is drawn: boxes that are folded stand for their members, and hidden elements are gone. */
export function visibleGraph(graph: MeshGraph, collapsed: ReadonlySet<string>, hidden: { nodes: ReadonlySet<string>; edges: ReadonlySet<string> }): MeshGraph {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const standsFor = (id: string): string => {
    let shown = id;
    for (let node = byId.get(id); node?.parent !== undefined; node = byId.get(node.parent)) {
      if (collapsed.has(node.parent)) {
        shown = node.parent;
      }
    }
    return shown;
  };
  let nodes = graph.nodes.filter((node) => !hidden.nodes.has(node.id) && standsFor(node.id) === node.id);
  const kept = new Set(nodes.map((node) => node.id));
  const merged = new Map<string, GraphEdge>();
  for (const edge of graph.edges) {
    if (hidden.edges.has(edge.id) || hidden.nodes.has(edge.source) || hidden.nodes.has(edge.target)) {
      continue;
    }
    const source = standsFor(edge.source);
    const target = standsFor(edge.target);
    if (!kept.has(source) || !kept.has(target) || (source === target && source !== edge.source)) {
      continue;
    }
    if (source === edge.source && target === edge.target) {
      merged.set(edge.id, edge);
      continue;
    }
    const id = `${source}>${target}>${edge.protocol}`;
    const known = merged.get(id);
    merged.set(id, known ? mergeEdges(known, edge) : { ...edge, id, source, target });
  }
  const edges = [...merged.values()];
  const sums = new Map<string, Rates>();
  for (const edge of graph.edges) {
    const box = standsFor(edge.target);
    if (box !== edge.target && edge.protocol !== 'tcp') {
      const sum = sums.get(box) ?? { rate: 0, errors: 0, redirects: 0, clientErrors: 0, serverErrors: 0, noResponse: 0 };
      for (const key of Object.keys(sum) as (keyof Rates)[]) {
        sum[key] += edge.rates[key];
      }
      sums.set(box, sum);
    }
  }
  nodes = nodes.map((node) => (sums.has(node.id) ? { ...node, health: healthOf(sums.get(node.id) as Rates) } : node));
  if (hidden.edges.size > 0) {
    // A node that lost its last edge to hiding goes with it; one that never had any stays.
    const had = new Set(graph.edges.flatMap((edge) => [standsFor(edge.source), standsFor(edge.target)]));
    const has = new Set(edges.flatMap((edge) => [edge.source, edge.target]));
    nodes = nodes.filter((node) => node.kind === 'box' || !had.has(node.id) || has.has(node.id) || node.flags.includes('idle'));
  }
  const parents = new Set(nodes.map((node) => node.parent));
  let boxes = -1;
  while (boxes !== nodes.length) {
    boxes = nodes.length;
    parents.clear();
    nodes.forEach((node) => parents.add(node.parent));
    nodes = nodes.filter((node) => node.kind !== 'box' || collapsed.has(node.id) || parents.has(node.id));
  }
  return { ...graph, nodes, edges };
}

function mergeEdges(a: GraphEdge, b: GraphEdge): GraphEdge {
  const rates = { ...a.rates };
  for (const key of Object.keys(rates) as (keyof typeof rates)[]) {
    rates[key] += b.rates[key];
  }
  const share = (x: number, y: number) => (rates.rate > 0 ? (x * a.rates.rate + y * b.rates.rate) / rates.rate : 0);
  return {
    ...a,
    rates,
    errorPercent: rates.rate > 0 ? (rates.errors / rates.rate) * 100 : 0,
    requestPercent: 100,
    health: healthOf(rates),
    evidence: [...new Set([...a.evidence, ...b.evidence])],
    codes: [],
    latency: slowest(a.latency, b.latency),
    clientLatency: undefined,
    throughput: a.throughput === undefined ? b.throughput : a.throughput + (b.throughput ?? 0),
    mtls: a.mtls && b.mtls ? { percent: share(a.mtls.percent, b.mtls.percent), sourcePrincipal: '', destPrincipal: '' } : (a.mtls ?? b.mtls),
    exemplars: [...a.exemplars, ...b.exemplars].slice(0, 6),
    change: a.change === b.change ? a.change : 'same',
    before: undefined,
  };
}

/**
 * The health of traffic that stands for many edges, by the standard tolerances (percent of requests): one failing call among thousands
 * does not make a namespace fail.
 */
export function healthOf(rates: Rates): HealthName {
  if (rates.rate <= 0) {
    return 'NA';
  }
  const server = ((rates.serverErrors + rates.noResponse) / rates.rate) * 100;
  const client = (rates.clientErrors / rates.rate) * 100;
  return server >= 10 || client >= 20 ? 'Failure' : server > 0 || client >= 10 ? 'Degraded' : 'Healthy';
}

/** Quantiles do not add: of edges that are drawn as one, the slowest is told, never a mean of quantiles. */
function slowest(a: Latency | undefined, b: Latency | undefined): Latency | undefined {
  if (!a || !b) {
    return a ?? b;
  }
  return { avg: max(a.avg, b.avg), p50: max(a.p50, b.p50), p95: max(a.p95, b.p95), p99: max(a.p99, b.p99) };
}

function max(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

/** Everything up- and downstream of a node or edge. */
export function closure(graph: MeshGraph, id: string): Set<string> {
  const found = new Set<string>([id]);
  const into = new Map<string, GraphEdge[]>();
  const out = new Map<string, GraphEdge[]>();
  for (const edge of graph.edges) {
    (into.get(edge.target) ?? into.set(edge.target, []).get(edge.target)!).push(edge);
    (out.get(edge.source) ?? out.set(edge.source, []).get(edge.source)!).push(edge);
  }
  const edge = graph.edges.find((one) => one.id === id);
  const walk = (start: string, next: Map<string, GraphEdge[]>, end: 'source' | 'target') => {
    const queue = [start];
    const seen = new Set(queue);
    for (let at = 0; at < queue.length; at++) {
      found.add(queue[at]);
      for (const one of next.get(queue[at]) ?? []) {
        found.add(one.id);
        if (!seen.has(one[end])) {
          seen.add(one[end]);
          queue.push(one[end]);
        }
      }
    }
  };
  const node = graph.nodes.find((one) => one.id === id);
  const starts = node?.kind === 'box' ? members(graph, id) : [id];
  for (const start of edge ? [] : starts) {
    walk(start, into, 'source');
    walk(start, out, 'target');
  }
  if (edge) {
    walk(edge.source, into, 'source');
    walk(edge.target, out, 'target');
  }
  return found;
}

/** The nodes in a box, those in boxes within it included. */
export function members(graph: MeshGraph, box: string): string[] {
  const inside = graph.nodes.filter((node) => node.parent === box);
  return inside.flatMap((node) => (node.kind === 'box' ? members(graph, node.id) : [node.id]));
}

/** Nodes within some steps of one, in either direction. */
export function within(graph: MeshGraph, id: string, hops: number): Set<string> {
  let front = new Set([id]);
  const seen = new Set(front);
  for (let step = 0; step < hops; step++) {
    const next = new Set<string>();
    for (const edge of graph.edges) {
      if (front.has(edge.source) && !seen.has(edge.target)) {
        next.add(edge.target);
      }
      if (front.has(edge.target) && !seen.has(edge.source)) {
        next.add(edge.source);
      }
    }
    next.forEach((one) => seen.add(one));
    front = next;
  }
  return seen;
}

export function nodeName(node: GraphNode): string {
  return node.kind === 'app' && node.version && node.workload ? `${node.name}` : node.name;
}
