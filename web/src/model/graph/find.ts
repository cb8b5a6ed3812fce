import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';

/** The language of find and hide: clauses of AND joined by OR, each about nodes or about edges. */
export interface Found {
  nodes: Set<string>;
  edges: Set<string>;
}

/** What has to be switched on before an operand means anything. */
export type Needs = 'p95' | 'security' | 'idle' | 'operations' | 'sidecars' | 'throughput';

export type FindResult = { ok: true; found: Found; needs: Needs[] } | { ok: false; error: FindError };
export type FindError = { code: 'noOperator' | 'mixed' | 'operand' | 'value'; subject: string };

type Test = { of: 'node'; test(node: Facts): boolean } | { of: 'edge'; test(edge: GraphEdge): boolean };

interface Facts {
  node: GraphNode;
  rank: number;
}

const words = [
  ['not contains', '!*='],
  ['not startswith', '!^='],
  ['not endswith', '!$='],
  ['contains', '*='],
  ['startswith', '^='],
  ['endswith', '$='],
] as const;

const operatorPattern = /(!\*=|!\^=|!\$=|\*=|\^=|\$=|!=|>=|<=|=|>|<)/;

export function find(text: string, graph: MeshGraph): FindResult {
  const found: Found = { nodes: new Set(), edges: new Set() };
  const needs = new Set<Needs>();
  if (text.trim() === '') {
    return { ok: true, found, needs: [] };
  }
  const ranks = rankOf(graph);
  for (const clause of text.split(/\s+or\s+/i)) {
    const tests: Test[] = [];
    for (const term of clause.split(/\s+and\s+/i)) {
      const parsed = parseTerm(term, needs);
      if ('code' in parsed) {
        return { ok: false, error: parsed };
      }
      tests.push(parsed);
    }
    if (tests.some((test) => test.of !== tests[0].of)) {
      return { ok: false, error: { code: 'mixed', subject: clause.trim() } };
    }
    for (const node of graph.nodes) {
      if (node.kind !== 'box' && tests.every((test) => test.of === 'node' && test.test({ node, rank: ranks.get(node.id) ?? 100 }))) {
        found.nodes.add(node.id);
      }
    }
    for (const edge of graph.edges) {
      if (tests.every((test) => test.of === 'edge' && test.test(edge))) {
        found.edges.add(edge.id);
      }
    }
  }
  return { ok: true, found, needs: [...needs] };
}

function parseTerm(term: string, needs: Set<Needs>): Test | FindError {
  let text = term.trim().replace(/^(?:is|has)\s+/i, '').replace(/\s+(?:is|has)\s+/gi, ' ');
  for (const [word, sign] of words) {
    text = text.replace(new RegExp(`\\s+${word}\\s+`, 'i'), ` ${sign} `);
  }
  const sign = operatorPattern.exec(text.replace(/^(?:!|not\s)/i, (m) => ' '.repeat(m.length)));
  if (!sign) {
    return parseUnary(text, needs);
  }
  const operand = text.slice(0, sign.index).trim().toLowerCase();
  const value = text.slice(sign.index + sign[0].length).trim();
  const negated = /^(?:!|not\s+)/.exec(operand);
  const test = parseBinary(negated ? operand.slice(negated[0].length).trim() : operand, text.slice(0, sign.index).trim(), sign[0], value, needs);
  return negated && 'of' in test ? invert(test) : test;
}

function parseUnary(text: string, needs: Set<Needs>): Test | FindError {
  const negation = /^(?:!|not\s+)\s*/i.exec(text);
  const word = (negation ? text.slice(negation[0].length) : text).trim().replace(/^(?:is|has)\s+/i, '').toLowerCase();
  const label = /^label:(.+)$/.exec(word);
  const test: Test | null = label ? { of: 'node', test: ({ node }) => node.labels?.[label[1]] !== undefined } : unary(word, needs);
  if (test === null) {
    return { code: 'noOperator', subject: text };
  }
  return negation ? invert(test) : test;
}

function invert(test: Test): Test {
  return test.of === 'node' ? { of: 'node', test: (facts) => !test.test(facts) } : { of: 'edge', test: (edge) => !test.test(edge) };
}

function unary(word: string, needs: Set<Needs>): Test | null {
  const flag = (name: string): Test => ({ of: 'node', test: ({ node }) => node.flags.includes(name) });
  switch (word) {
    case 'circuitbreaker': case 'cb': return flag('circuitBreaker');
    case 'dead': return flag('dead');
    case 'faultinjection': case 'fi': return flag('faultInjection');
    case 'healthy': return { of: 'node', test: ({ node }) => node.health === 'Healthy' || node.health === 'NA' };
    case 'idle': needs.add('idle'); return flag('idle');
    case 'inaccessible': return flag('inaccessible');
    case 'mirroring': return flag('mirroring');
    case 'outside': case 'outsider': return flag('outside');
    case 'requestrouting': case 'rr': return flag('requestRouting');
    case 'requesttimeout': case 'rto': return flag('requestTimeout');
    case 'serviceentry': case 'se': return flag('serviceEntry');
    case 'sidecar': case 'sc': case 'outofmesh': case 'om': needs.add('sidecars'); return flag('outOfMesh');
    case 'tcptrafficshifting': case 'tcpts': return flag('tcpTrafficShifting');
    case 'trafficshifting': case 'ts': return flag('trafficShifting');
    case 'trafficsource': case 'root': return flag('root');
    case 'virtualservice': case 'vs': return flag('virtualService');
    case 'workloadentry': case 'we': return flag('workloadEntry');
    case 'gateway': return flag('gateway');
    case 'mtls': needs.add('security'); return { of: 'edge', test: (edge) => (edge.mtls?.percent ?? 0) > 0 };
    case 'plaintext': needs.add('security'); return { of: 'edge', test: (edge) => edge.mtls !== undefined && edge.mtls.percent < 100 };
    case 'traffic': return { of: 'edge', test: (edge) => edge.rates.rate > 0 };
    case 'new': case 'gone': case 'slower': case 'faster': case 'failing': return { of: 'edge', test: (edge) => edge.change === word };
    default: return null;
  }
}

const nodeTypes: Record<string, string> = {
  app: 'app', aggregate: 'aggregate', operation: 'aggregate', op: 'aggregate', service: 'service', svc: 'service', workload: 'workload', wl: 'workload', unknown: 'unknown',
};

function parseBinary(operand: string, written: string, sign: string, value: string, needs: Set<Needs>): Test | FindError {
  const node = (read: (node: GraphNode) => string): Test => ({ of: 'node', test: (facts) => compareText(read(facts.node), sign, value) });
  const number = (of: 'node' | 'edge', read: (thing: never) => number | undefined): Test | FindError => {
    const isNothing = value.toLowerCase() === 'nan';
    const wanted = Number(value);
    if (!isNothing && (value === '' || Number.isNaN(wanted))) {
      return { code: 'value', subject: value };
    }
    const test = (thing: never) => {
      const has = read(thing);
      if (isNothing) {
        return (has === undefined || has === 0) === (sign === '=');
      }
      return has !== undefined && compareNumber(has, sign, wanted);
    };
    return of === 'node' ? { of, test: test as (facts: Facts) => boolean } : { of, test: test as (edge: GraphEdge) => boolean };
  };
  const traffic = (protocol: string, side: 'in' | 'out') => number('node', (({ node: one }: Facts) => one.traffic.find((t) => t.protocol === protocol)?.[side].rate) as never);
  const edgeNumber = (read: (edge: GraphEdge) => number | undefined) => number('edge', read as never);
  const ofProtocol = (protocol: string, read: (edge: GraphEdge) => number | undefined) => edgeNumber((edge) => (edge.protocol === protocol ? read(edge) : undefined));
  const label = /^label:(.+)$/i.exec(written);
  if (label) {
    const key = label[1].trim();
    return { of: 'node', test: ({ node: one }) => one.labels?.[key] !== undefined && compareText(one.labels[key], sign, value) };
  }
  switch (operand) {
    case 'app': return node((n) => n.app ?? '');
    case 'cluster': return node((n) => n.cluster);
    case 'grpcin': return traffic('grpc', 'in');
    case 'grpcout': return traffic('grpc', 'out');
    case 'httpin': return traffic('http', 'in');
    case 'httpout': return traffic('http', 'out');
    case 'tcpin': return traffic('tcp', 'in');
    case 'tcpout': return traffic('tcp', 'out');
    case 'name': return {
      of: 'node',
      test: ({ node: one }) => {
        const names = [one.name, one.app, one.operation, one.service, one.workload].filter((name): name is string => name !== undefined && name !== '');
        return sign.startsWith('!') ? names.every((name) => compareText(name, sign, value)) : names.some((name) => compareText(name, sign, value));
      },
    };
    case 'namespace': case 'ns': return node((n) => n.namespace);
    case 'node': case 'nodetype': {
      const type = nodeTypes[value.toLowerCase()];
      if (type === undefined) {
        return { code: 'value', subject: value };
      }
      if (type === 'aggregate') {
        needs.add('operations');
      }
      return { of: 'node', test: ({ node: one }) => (one.kind === type) === (sign !== '!=') };
    }
    case 'operation': case 'op': needs.add('operations'); return node((n) => n.operation ?? '');
    case 'rank': return number('node', ((facts: Facts) => facts.rank) as never);
    case 'service': case 'svc': return node((n) => n.service ?? '');
    case 'version': return node((n) => n.version ?? '');
    case 'workload': case 'wl': return node((n) => n.workload ?? '');
    case 'destprincipal': needs.add('security'); return { of: 'edge', test: (edge) => compareText(edge.mtls?.destPrincipal ?? '', sign, value) };
    case 'sourceprincipal': needs.add('security'); return { of: 'edge', test: (edge) => compareText(edge.mtls?.sourcePrincipal ?? '', sign, value) };
    case 'grpc': return ofProtocol('grpc', (edge) => edge.rates.rate);
    case '%grpcerr': case '%grpcerror': return ofProtocol('grpc', (edge) => edge.errorPercent);
    case '%grpctraffic': return ofProtocol('grpc', (edge) => edge.requestPercent);
    case 'http': return ofProtocol('http', (edge) => edge.rates.rate);
    case '%httperr': case '%httperror': return ofProtocol('http', (edge) => edge.errorPercent);
    case '%httptraffic': return ofProtocol('http', (edge) => edge.requestPercent);
    case 'mtls': case '%mtls': needs.add('security'); return edgeNumber((edge) => edge.mtls?.percent);
    case 'protocol': return { of: 'edge', test: (edge) => compareText(edge.protocol, sign, value) };
    case 'responsetime': case 'rt': needs.add('p95'); return edgeNumber((edge) => edge.latency?.p95);
    case 'tcp': return ofProtocol('tcp', (edge) => edge.rates.rate);
    case 'throughput': needs.add('throughput'); return edgeNumber((edge) => edge.throughput);
    default: return { code: 'operand', subject: operand };
  }
}

function compareText(has: string, sign: string, wanted: string): boolean {
  const a = has.toLowerCase();
  const b = wanted.toLowerCase();
  switch (sign) {
    case '=': return a === b;
    case '!=': return a !== b;
    case '*=': return a.includes(b);
    case '!*=': return !a.includes(b);
    case '^=': return a.startsWith(b);
    case '!^=': return !a.startsWith(b);
    case '$=': return a.endsWith(b);
    case '!$=': return !a.endsWith(b);
    default: return compareNumber(Number(has), sign, Number(wanted));
  }
}

function compareNumber(a: number, sign: string, b: number): boolean {
  switch (sign) {
    case '=': return a === b;
    case '!=': return a !== b;
    case '>': return a > b;
    case '>=': return a >= b;
    case '<': return a < b;
    case '<=': return a <= b;
    default: return false;
  }
}

/** 1 for the most connected nodes, up to 100. */
export function rankOf(graph: MeshGraph): Map<string, number> {
  const score = new Map<string, number>();
  for (const edge of graph.edges) {
    score.set(edge.target, (score.get(edge.target) ?? 0) + 1);
    score.set(edge.source, (score.get(edge.source) ?? 0) + 1);
  }
  const steps = [...new Set(graph.nodes.map((node) => score.get(node.id) ?? 0))].sort((a, b) => b - a);
  const squeeze = steps.length <= 100 ? 1 : 99 / (steps.length - 1);
  const ranks = new Map(steps.map((step, i) => [step, squeeze === 1 ? i + 1 : 1 + Math.floor(i * squeeze)]));
  return new Map(graph.nodes.map((node) => [node.id, ranks.get(score.get(node.id) ?? 0) as number]));
}
