import { findSkews, type SpanSource } from './build';
import { Flag, type TraceTable } from './table';

/** The beginning of a skeleton: everything but its columns. Layout: docs/formats/skeleton.md. */
export interface SkeletonHeader {
  traceId: string;
  startUnixNano: string;
  durationNanos: number;
  spans: number;
  rows: number;
  cut: string | null;
  services: string[];
  names: string[];
  columns: Record<string, { type: string; offset: number }>;
}

const magic = 'CLEWSKL1';
const lengthAt = 8;
const headerAt = 12;
const missingParent = -2;
const errorStatus = 2;

export function readSkeletonHeader(bytes: ArrayBuffer): { header: SkeletonHeader; columnsAt: number } {
  const start = new Uint8Array(bytes, 0, Math.min(magic.length, bytes.byteLength));
  if (String.fromCharCode(...start) !== magic) {
    throw new Error('the answer is not a skeleton of a version that this page knows; load the page anew');
  }
  const length = new DataView(bytes).getUint32(lengthAt, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, headerAt, length))) as SkeletonHeader;
  return { header, columnsAt: headerAt + length };
}

/** Lays the columns of a whole trace out as a table. Typed arrays are laid over the bytes of the answer where the types agree. */
export function tableOfSkeleton(bytes: ArrayBuffer): TraceTable | null {
  const { header, columnsAt } = readSkeletonHeader(bytes);
  const count = header.rows;
  if (count === 0) {
    return null;
  }
  const at = (name: string) => {
    const column = header.columns[name];
    if (column === undefined) {
      throw new Error(`the skeleton has no column ${name}`);
    }
    return columnsAt + column.offset;
  };
  const ids = new Uint32Array(bytes, at('spanId'), count * 2);
  const parents = new Int32Array(bytes, at('parent'), count);
  const descendants = new Uint32Array(bytes, at('descendants'), count);
  const depths = new Uint32Array(bytes, at('depth'), count);
  const services = new Uint32Array(bytes, at('service'), count);
  const names = new Uint32Array(bytes, at('name'), count);
  const statuses = new Uint8Array(bytes, at('status'), count);
  const errorsBelow = new Uint32Array(bytes, at('errors'), count);
  const links = new Uint16Array(bytes, at('links'), count);

  const parent = new Int32Array(count);
  const size = new Int32Array(count);
  const flags = new Uint16Array(count);
  const spanIdHigh = new Uint32Array(count);
  const spanIdLow = new Uint32Array(count);
  const spansOfService = new Int32Array(header.services.length);
  const errorsOfService = new Int32Array(header.services.length);
  const roots: number[] = [];
  let maxDepth = 0;
  let mainRoot = -1;
  let errorCount = 0;
  let missingParents = 0;
  for (let row = 0; row < count; row++) {
    parent[row] = Math.max(-1, parents[row]);
    size[row] = descendants[row] + 1;
    spanIdLow[row] = ids[row * 2];
    spanIdHigh[row] = ids[row * 2 + 1];
    maxDepth = Math.max(maxDepth, depths[row]);
    spansOfService[services[row]]++;
    let flag = 0;
    if (statuses[row] === errorStatus) {
      flag |= Flag.Error;
      errorCount++;
      errorsOfService[services[row]]++;
    }
    flag |= errorsBelow[row] > 0 ? Flag.ErrorBelow : 0;
    flag |= links[row] > 0 ? Flag.Links : 0;
    if (parents[row] < 0) {
      roots.push(row);
      if (parents[row] === missingParent) {
        flag |= Flag.MissingParent;
        missingParents++;
      } else if (mainRoot < 0) {
        mainRoot = row;
      }
    }
    flags[row] = flag;
  }
  const base = header.startUnixNano;
  const table: TraceTable = {
    traceId: header.traceId,
    count,
    baseUnixNano: base,
    baseUnixMs: Number(base.slice(0, -9)) * 1000 + Number(base.slice(-9)) / 1e6,
    durationNs: header.durationNanos,
    // Copies, so that the bytes of the answer can go: the page needs half of its columns.
    startNs: new Float64Array(bytes, at('start'), count).slice(),
    durationsNs: new Float64Array(bytes, at('duration'), count).slice(),
    parent,
    size,
    depth: Int32Array.from(depths),
    maxDepth,
    service: Int32Array.from(services),
    name: Int32Array.from(names),
    kind: new Uint8Array(bytes, at('kind'), count).slice(),
    flags,
    spanIdHigh,
    spanIdLow,
    // Times of events come with the details of a span.
    eventsFrom: new Int32Array(count + 1),
    eventNs: new Float64Array(),
    services: header.services,
    spansOfService,
    errorsOfService,
    names: header.names,
    roots: Int32Array.from(roots),
    mainRoot: mainRoot >= 0 ? mainRoot : roots[0],
    errorCount,
    problems: { missingParents, sharedIds: 0, duplicateIds: 0, loops: 0, skews: [], cut: header.cut ?? '' },
  };
  table.problems.skews = findSkews(table);
  return table;
}

/** Stand-ins for the spans of a table whose attributes are not here: a search then looks at names, services, kinds, states and ids. */
export function plainSources(table: TraceTable): SpanSource[] {
  const resource = {};
  const scope = {};
  const kinds = 6;
  const shared = Array.from({ length: kinds * 2 }, (_, i): SpanSource => ({ span: { kind: i % kinds, status: i >= kinds ? { code: errorStatus } : {} }, resource, scope }));
  return Array.from({ length: table.count }, (_, row) => shared[(table.kind[row] % kinds) + (table.flags[row] & Flag.Error ? kinds : 0)]);
}
