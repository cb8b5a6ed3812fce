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
  columns: Record<string, { type: string; offset: number; values?: number }>;
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

interface Columns {
  [index: number]: number;
  readonly length: number;
  set(other: ArrayLike<number>, at: number): void;
}

type ColumnType<T extends Columns> = (new (length: number) => T) & (new (bytes: ArrayBuffer, offset: number, length: number) => T);

/**
 * Lays the columns of a trace out as a table. The windows follow one another from the first row on; where the last of them ends before the
 * trace does, a span's subtree ends there too. Columns are copied, so that the bytes of the answers can go: the page needs half of them.
 */
export function tableOfSkeleton(windows: readonly ArrayBuffer[]): TraceTable | null {
  const parts = windows.map((bytes) => ({ bytes, ...readSkeletonHeader(bytes) }));
  const header = parts[0].header;
  const count = parts.reduce((sum, part) => sum + part.header.rows, 0);
  if (count === 0) {
    return null;
  }
  const column = <T extends Columns>(name: string, Type: ColumnType<T>, perRow = 1): T => {
    const lengths = parts.map((part) => part.header.columns[name]?.values ?? part.header.rows * perRow);
    const all = new Type(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    parts.forEach((part, i) => {
      const place = part.header.columns[name];
      if (place === undefined) {
        throw new Error(`the skeleton has no column ${name}`);
      }
      all.set(new Type(part.bytes, part.columnsAt + place.offset, lengths[i]), at);
      at += lengths[i];
    });
    return all;
  };
  const ids = column('spanId', Uint32Array, 2);
  const parents = column('parent', Int32Array);
  const descendants = column('descendants', Uint32Array);
  const statuses = column('status', Uint8Array);
  const errorsBelow = column('errors', Uint32Array);
  const links = column('links', Uint16Array);
  const ticks = column('ticks', Uint8Array);
  const depth = column('depth', Int32Array);
  const service = column('service', Int32Array);

  const parent = new Int32Array(count);
  const size = new Int32Array(count);
  const flags = new Uint16Array(count);
  const eventsFrom = new Int32Array(count + 1);
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
    size[row] = Math.min(descendants[row] + 1, count - row);
    eventsFrom[row + 1] = eventsFrom[row] + ticks[row];
    spanIdLow[row] = ids[row * 2];
    spanIdHigh[row] = ids[row * 2 + 1];
    maxDepth = Math.max(maxDepth, depth[row]);
    spansOfService[service[row]]++;
    let flag = 0;
    if (statuses[row] === errorStatus) {
      flag |= Flag.Error;
      errorCount++;
      errorsOfService[service[row]]++;
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
    spans: header.spans,
    baseUnixNano: base,
    baseUnixMs: Number(base.slice(0, -9)) * 1000 + Number(base.slice(-9)) / 1e6,
    durationNs: header.durationNanos,
    startNs: column('start', Float64Array),
    durationsNs: column('duration', Float64Array),
    parent,
    size,
    depth,
    maxDepth,
    service,
    name: column('name', Int32Array),
    kind: column('kind', Uint8Array),
    flags,
    spanIdHigh,
    spanIdLow,
    eventsFrom,
    eventNs: column('tick', Float64Array),
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
