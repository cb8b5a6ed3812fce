import type { WireResourceSpans, WireScopeSpans, WireSpan, WireTrace } from '../../api/otlp';
import { Flag, SpanKind, type ClockSkew, type TraceTable } from './table';

/** Where the parts of one span lie in the answer of the server. */
export interface SpanSource {
  span: WireSpan;
  resource: WireResourceSpans;
  scope: WireScopeSpans;
}

export interface BuiltTrace {
  table: TraceTable;
  /** In row order. */
  sources: SpanSource[];
}

const unknownService = 'unknown_service';

/** Lays a trace out as columns in depth-first order. An answer without spans gives null. */
export function buildTrace(traceId: string, wire: WireTrace): BuiltTrace | null {
  const collected = collect(wire);
  if (collected === null) {
    return null;
  }
  const linked = linkParents(collected);
  return layOut(traceId, collected, linked);
}

interface Collected {
  sources: SpanSource[];
  service: Int32Array;
  services: string[];
  baseUnixNano: string;
  startNs: Float64Array;
  durationsNs: Float64Array;
}

function collect(wire: WireTrace): Collected | null {
  const sources: SpanSource[] = [];
  const serviceIds = new Map<string, number>();
  const service: number[] = [];
  for (const resource of wire.resourceSpans ?? []) {
    const name = serviceName(resource);
    const id = intern(serviceIds, name);
    for (const scope of resource.scopeSpans ?? []) {
      for (const span of scope.spans ?? []) {
        sources.push({ span, resource, scope });
        service.push(id);
      }
    }
  }
  if (sources.length === 0) {
    return null;
  }
  const times = readTimes(sources);
  return { sources, service: Int32Array.from(service), services: [...serviceIds.keys()], ...times };
}

function serviceName(resource: WireResourceSpans): string {
  const found = resource.resource?.attributes?.find((a) => a.key === 'service.name')?.value?.stringValue;
  return found === undefined || found === '' ? unknownService : found;
}

function intern(ids: Map<string, number>, text: string): number {
  let id = ids.get(text);
  if (id === undefined) {
    id = ids.size;
    ids.set(text, id);
  }
  return id;
}

/**
 * Start times relative to the earliest one. A nanosecond time has 19 digits, a double holds 15: seconds and the rest are subtracted
 * apart, which is exact and much faster than BigInt for each span.
 */
function readTimes(sources: SpanSource[]): Pick<Collected, 'baseUnixNano' | 'startNs' | 'durationsNs'> {
  const count = sources.length;
  const startSeconds = new Float64Array(count);
  const startRest = new Float64Array(count);
  const durationsNs = new Float64Array(count);
  let base = 0;
  for (let i = 0; i < count; i++) {
    const start = digits(sources[i].span.startTimeUnixNano);
    const end = digits(sources[i].span.endTimeUnixNano);
    startSeconds[i] = Number(start.slice(0, -9));
    startRest[i] = Number(start.slice(-9));
    // A span that has not ended, or that ends before it starts, is drawn as an instant.
    durationsNs[i] = Math.max(0, (Number(end.slice(0, -9)) - startSeconds[i]) * 1e9 + (Number(end.slice(-9)) - startRest[i]));
    if (startSeconds[i] < startSeconds[base] || (startSeconds[i] === startSeconds[base] && startRest[i] < startRest[base])) {
      base = i;
    }
  }
  const startNs = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    startNs[i] = (startSeconds[i] - startSeconds[base]) * 1e9 + (startRest[i] - startRest[base]);
  }
  return { baseUnixNano: digits(sources[base].span.startTimeUnixNano), startNs, durationsNs };
}

function digits(time: string | number | undefined): string {
  return typeof time === 'number' ? BigInt(Math.round(time)).toString() : (time ?? '0');
}

interface Linked {
  /** In the order of the answer; −1 for roots. */
  parent: Int32Array;
  flags: Uint16Array;
  sharedIds: number;
  duplicateIds: number;
}

/**
 * Finds parents by span id. Two spans may carry one id: in Zipkin's shared form the client's and the server's half of a call. The
 * server's half then goes under the client's, and whoever names that id as parent goes under the server's half, where the work was done.
 */
function linkParents({ sources }: Collected): Linked {
  const count = sources.length;
  const first = new Map<string, number>();
  const serverHalf = new Map<string, number>();
  const parent = new Int32Array(count).fill(-1);
  const flags = new Uint16Array(count);
  let sharedIds = 0;
  let duplicateIds = 0;
  for (let i = 0; i < count; i++) {
    const id = sources[i].span.spanId ?? '';
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, i);
      continue;
    }
    const [client, server] = isServer(sources[i].span) ? [other, i] : [i, other];
    if (isServer(sources[server].span) && !isServer(sources[client].span) && !serverHalf.has(id)) {
      first.set(id, client);
      serverHalf.set(id, server);
      parent[server] = client;
      flags[server] |= Flag.SharedId;
      sharedIds++;
    } else {
      duplicateIds++;
    }
  }
  for (let i = 0; i < count; i++) {
    const wanted = sources[i].span.parentSpanId;
    if (parent[i] >= 0 || wanted === undefined || wanted === '' || /^0+$/.test(wanted)) {
      continue;
    }
    const found = serverHalf.get(wanted) ?? first.get(wanted);
    if (found === undefined) {
      flags[i] |= Flag.MissingParent;
    } else if (found === i) {
      flags[i] |= Flag.Loop;
    } else {
      parent[i] = found;
    }
  }
  return { parent, flags, sharedIds, duplicateIds };
}

function isServer(span: WireSpan): boolean {
  return span.kind === SpanKind.Server || span.kind === SpanKind.Consumer;
}

interface Order {
  /** Row → position in the answer. */
  source: Int32Array;
  parent: Int32Array;
  depth: Int32Array;
  maxDepth: number;
  loops: number;
}

/** Depth-first, siblings and roots by start time. A ring of parents is cut open at its earliest span. */
function depthFirst(linked: Linked, startNs: Float64Array, durationsNs: Float64Array): Order {
  const count = startNs.length;
  const byStart = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    byStart[i] = i;
  }
  byStart.sort((a, b) => startNs[a] - startNs[b] || durationsNs[b] - durationsNs[a] || a - b);

  // Children in compressed rows, filled in order of start, hence sorted.
  const childrenFrom = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    if (linked.parent[i] >= 0) {
      childrenFrom[linked.parent[i] + 1]++;
    }
  }
  for (let i = 0; i < count; i++) {
    childrenFrom[i + 1] += childrenFrom[i];
  }
  const filled = childrenFrom.slice(0, count);
  const children = new Int32Array(childrenFrom[count]);
  for (let k = 0; k < count; k++) {
    const parent = linked.parent[byStart[k]];
    if (parent >= 0) {
      children[filled[parent]++] = byStart[k];
    }
  }

  const source = new Int32Array(count);
  const rowOf = new Int32Array(count).fill(-1);
  const parentRow = new Int32Array(count).fill(-1);
  const depth = new Int32Array(count);
  const stack: number[] = [];
  let next = 0;
  let maxDepth = 0;
  const walk = (root: number) => {
    stack.push(root);
    while (stack.length > 0) {
      const at = stack.pop() as number;
      if (rowOf[at] >= 0) {
        continue;
      }
      const row = next++;
      rowOf[at] = row;
      source[row] = at;
      const above = at === root ? -1 : rowOf[linked.parent[at]];
      parentRow[row] = above;
      depth[row] = above < 0 ? 0 : depth[above] + 1;
      maxDepth = Math.max(maxDepth, depth[row]);
      for (let c = childrenFrom[at + 1] - 1; c >= childrenFrom[at]; c--) {
        stack.push(children[c]);
      }
    }
  };
  for (let k = 0; k < count; k++) {
    if (linked.parent[byStart[k]] < 0) {
      walk(byStart[k]);
    }
  }
  let loops = 0;
  for (let k = 0; k < count && next < count; k++) {
    if (rowOf[byStart[k]] < 0) {
      linked.flags[byStart[k]] |= Flag.Loop;
      loops++;
      walk(byStart[k]);
    }
  }
  for (let i = 0; i < count; i++) {
    if (linked.flags[i] & Flag.Loop && linked.parent[i] < 0) {
      loops++;
    }
  }
  return { source, parent: parentRow, depth, maxDepth, loops };
}

function layOut(traceId: string, collected: Collected, linked: Linked): BuiltTrace {
  const order = depthFirst(linked, collected.startNs, collected.durationsNs);
  const count = order.source.length;
  const sources = new Array<SpanSource>(count);
  const startNs = new Float64Array(count);
  const durationsNs = new Float64Array(count);
  const size = new Int32Array(count).fill(1);
  const service = new Int32Array(count);
  const name = new Int32Array(count);
  const kind = new Uint8Array(count);
  const flags = new Uint16Array(count);
  const spanIdHigh = new Uint32Array(count);
  const spanIdLow = new Uint32Array(count);
  const eventsFrom = new Int32Array(count + 1);
  const eventNs: number[] = [];
  const nameIds = new Map<string, number>();
  const spansOfService = new Int32Array(collected.services.length);
  const errorsOfService = new Int32Array(collected.services.length);
  const baseSeconds = Number(collected.baseUnixNano.slice(0, -9));
  const baseRest = Number(collected.baseUnixNano.slice(-9));
  let durationNs = 0;
  let errorCount = 0;
  let missingParents = 0;

  for (let row = 0; row < count; row++) {
    const at = order.source[row];
    const { span } = (sources[row] = collected.sources[at]);
    startNs[row] = collected.startNs[at];
    durationsNs[row] = collected.durationsNs[at];
    durationNs = Math.max(durationNs, startNs[row] + durationsNs[row]);
    service[row] = collected.service[at];
    spansOfService[service[row]]++;
    name[row] = intern(nameIds, span.name ?? '');
    kind[row] = span.kind ?? 0;
    flags[row] = linked.flags[at];
    const id = (span.spanId ?? '').padStart(16, '0');
    spanIdHigh[row] = Number.parseInt(id.slice(0, 8), 16);
    spanIdLow[row] = Number.parseInt(id.slice(8, 16), 16);
    if (span.status?.code === 2) {
      flags[row] |= Flag.Error;
      errorCount++;
      errorsOfService[service[row]]++;
    }
    if (flags[row] & Flag.MissingParent) {
      missingParents++;
    }
    if (span.links !== undefined && span.links.length > 0) {
      flags[row] |= Flag.Links;
    }
    for (const event of span.events ?? []) {
      const time = digits(event.timeUnixNano);
      eventNs.push((Number(time.slice(0, -9)) - baseSeconds) * 1e9 + (Number(time.slice(-9)) - baseRest));
      if (event.name === 'exception') {
        flags[row] |= Flag.Exception;
      }
    }
    eventsFrom[row + 1] = eventNs.length;
  }
  const roots: number[] = [];
  let mainRoot = -1;
  for (let row = count - 1; row >= 0; row--) {
    const above = order.parent[row];
    if (above >= 0) {
      size[above] += size[row];
      flags[above] |= flags[row] & (Flag.Error | Flag.ErrorBelow) ? Flag.ErrorBelow : 0;
    } else {
      roots.push(row);
      // Rows go by start time, so the last assignment while walking backwards is the earliest root.
      if (!(flags[row] & (Flag.MissingParent | Flag.Loop))) {
        mainRoot = row;
      }
    }
  }
  roots.reverse();

  const table: TraceTable = {
    traceId,
    count,
    spans: count,
    baseUnixNano: collected.baseUnixNano,
    baseUnixMs: baseSeconds * 1000 + baseRest / 1e6,
    durationNs,
    startNs,
    durationsNs,
    parent: order.parent,
    size,
    depth: order.depth,
    maxDepth: order.maxDepth,
    service,
    name,
    kind,
    flags,
    spanIdHigh,
    spanIdLow,
    eventsFrom,
    eventNs: Float64Array.from(eventNs),
    services: collected.services,
    spansOfService,
    errorsOfService,
    names: [...nameIds.keys()],
    roots: Int32Array.from(roots),
    mainRoot: mainRoot >= 0 ? mainRoot : roots[0],
    errorCount,
    problems: { missingParents, sharedIds: linked.sharedIds, duplicateIds: linked.duplicateIds, loops: order.loops, skews: [], cut: '' },
  };
  table.problems.skews = findSkews(table);
  return { table, sources };
}

/**
 * Spans of another service that start before their parent, or server spans that outlast the client span that waited for them although
 * they are no longer than it, can only come from clocks that disagree. Marks them and sums them up per pair of services.
 */
export function findSkews(table: TraceTable): ClockSkew[] {
  const found = new Map<number, ClockSkew>();
  for (let row = 0; row < table.count; row++) {
    const above = table.parent[row];
    if (above < 0 || table.service[above] === table.service[row]) {
      continue;
    }
    const early = table.startNs[above] - table.startNs[row];
    const late = table.startNs[row] + table.durationsNs[row] - table.startNs[above] - table.durationsNs[above];
    const waitedFor = table.kind[above] === SpanKind.Client && table.kind[row] === SpanKind.Server;
    const skew = early > 0 ? early : waitedFor && table.durationsNs[row] <= table.durationsNs[above] ? late : 0;
    if (skew <= 0) {
      continue;
    }
    table.flags[row] |= Flag.Skewed;
    const pair = table.service[above] * table.services.length + table.service[row];
    const entry = found.get(pair) ?? {
      parentService: table.services[table.service[above]],
      childService: table.services[table.service[row]],
      spans: 0,
      largestNs: 0,
    };
    entry.spans++;
    entry.largestNs = Math.max(entry.largestNs, skew);
    found.set(pair, entry);
  }
  return [...found.values()].sort((a, b) => b.largestNs - a.largestNs);
}
