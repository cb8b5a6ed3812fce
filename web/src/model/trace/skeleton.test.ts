import { describe, expect, it } from 'vitest';
import { plainSources, tableOfSkeleton } from './skeleton';
import { Flag, spanIdOf, type TraceTable } from './table';

interface Span {
  id: number;
  parent: number;
  descendants: number;
  depth: number;
  start: number;
  duration: number;
  status: number;
  errors: number;
  ticks: number[];
}

const spans: Span[] = [
  { id: 10, parent: -1, descendants: 4, depth: 0, start: 0, duration: 100, status: 0, errors: 1, ticks: [5, 6] },
  { id: 11, parent: 0, descendants: 1, depth: 1, start: 10, duration: 20, status: 0, errors: 0, ticks: [] },
  { id: 12, parent: 1, descendants: 0, depth: 2, start: 12, duration: 5, status: 0, errors: 0, ticks: [13] },
  { id: 13, parent: 0, descendants: 1, depth: 1, start: 40, duration: 30, status: 0, errors: 1, ticks: [] },
  { id: 14, parent: 3, descendants: 0, depth: 2, start: 41, duration: 9, status: 2, errors: 0, ticks: [42, 43, 44] },
  { id: 15, parent: -2, descendants: 0, depth: 0, start: 90, duration: 1, status: 0, errors: 0, ticks: [90] },
];

/** Rows of the spans above as the server writes them (docs/formats/skeleton.md). */
function skeleton(from: number, to: number): ArrayBuffer {
  const rows = spans.slice(from, to);
  const columns: [name: string, type: string, values: number[], bytes: 1 | 2 | 4 | 8][] = [
    ['spanId', 'u64', rows.flatMap((s) => [s.id, 0]), 4],
    ['parent', 'i32', rows.map((s) => s.parent), 4],
    ['descendants', 'u32', rows.map((s) => s.descendants), 4],
    ['depth', 'u32', rows.map((s) => s.depth), 4],
    ['start', 'f64', rows.map((s) => s.start), 8],
    ['duration', 'f64', rows.map((s) => s.duration), 8],
    ['service', 'u32', rows.map((s) => s.depth), 4],
    ['name', 'u32', rows.map((s) => s.id % 2), 4],
    ['kind', 'u8', rows.map(() => 2), 1],
    ['status', 'u8', rows.map((s) => s.status), 1],
    ['errors', 'u32', rows.map((s) => s.errors), 4],
    ['links', 'u16', rows.map(() => 0), 2],
    ['ticks', 'u8', rows.map((s) => s.ticks.length), 1],
    ['tick', 'f64', rows.flatMap((s) => s.ticks), 8],
  ];
  const places: Record<string, { type: string; offset: number; values?: number }> = {};
  let offset = 0;
  for (const [name, type, values, bytes] of columns) {
    places[name] = { type, offset, ...(name === 'tick' ? { values: values.length } : {}) };
    offset += Math.ceil((values.length * bytes) / 8) * 8;
  }
  const header = { traceId: 'a'.repeat(32), startUnixNano: '1700000000000000000', durationNanos: 100, spans: spans.length, rows: rows.length, cut: null, services: ['web', 'shop', 'db'], names: ['even', 'odd'], columns: places };
  let json = JSON.stringify(header);
  json += ' '.repeat((8 - ((12 + json.length) % 8)) % 8);
  const answer = new ArrayBuffer(12 + json.length + offset);
  new Uint8Array(answer).set(new TextEncoder().encode(`CLEWSKL1${'\0'.repeat(4)}${json}`));
  const view = new DataView(answer);
  view.setUint32(8, json.length, true);
  for (const [name, , values, bytes] of columns) {
    values.forEach((value, i) => {
      const at = 12 + json.length + places[name].offset + i * bytes;
      if (bytes === 8) {
        view.setFloat64(at, value, true);
      } else if (bytes === 4) {
        view.setUint32(at, value >>> 0, true);
      } else if (bytes === 2) {
        view.setUint16(at, value, true);
      } else {
        view.setUint8(at, value);
      }
    });
  }
  return answer;
}

function table(...windows: ArrayBuffer[]): TraceTable {
  return tableOfSkeleton(windows) as TraceTable;
}

describe('a skeleton', () => {
  it('becomes a table with its events', () => {
    const whole = table(skeleton(0, 6));
    expect([whole.count, whole.spans, whole.maxDepth, whole.errorCount]).toEqual([6, 6, 2, 1]);
    expect(Array.from({ length: 6 }, (_, row) => Number.parseInt(spanIdOf(whole, row), 16))).toEqual([10, 11, 12, 13, 14, 15]);
    expect([...whole.size]).toEqual([5, 2, 1, 2, 1, 1]);
    expect([...whole.eventsFrom]).toEqual([0, 2, 2, 3, 3, 6, 7]);
    expect([...whole.eventNs]).toEqual([5, 6, 13, 42, 43, 44, 90]);
    expect([...whole.roots]).toEqual([0, 5]);
    expect(whole.flags[5] & Flag.MissingParent).toBe(Flag.MissingParent);
    expect(plainSources(whole)).toHaveLength(6);
  });

  it.each([[1], [2, 4], [1, 2, 3, 4, 5], [3]])('is the same in windows that end at %s', (...ends) => {
    const cuts = [0, ...ends, 6];
    expect(table(...cuts.slice(1).map((end, i) => skeleton(cuts[i], end)))).toEqual(table(skeleton(0, 6)));
  });

  it('ends subtrees where its rows end, as long as the rest is not here', () => {
    const first = table(skeleton(0, 4));
    expect([first.count, first.spans]).toEqual([4, 6]);
    expect([...first.size]).toEqual([4, 2, 1, 1]);
    expect(tableOfSkeleton([skeleton(0, 0)])).toBeNull();
  });

  it('of another kind is refused in words', () => {
    expect(() => tableOfSkeleton([new TextEncoder().encode('CLEWSKL9........').buffer as ArrayBuffer])).toThrow('not a skeleton of a version that this page knows');
  });
});
