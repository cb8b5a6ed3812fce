import { describe, expect, it } from 'vitest';
import { buildTrace, type BuiltTrace } from './build';
import { criticalPath } from './criticalPath';
import { spanDetail } from './detail';
import { findSpans } from './find';
import { largeTrace, traceOf, type SpanSpec } from './fixtures';
import { rootCause } from './rootCause';
import { foldToDepth, placeOf, reveal, visibleRows, withAncestors } from './rows';
import { Flag, rowOfSpan, spanIdOf } from './table';

function built(...specs: SpanSpec[]): BuiltTrace {
  const trace = buildTrace('1'.padStart(32, '0'), traceOf(...specs));
  if (trace === null) {
    throw new Error('no spans');
  }
  return trace;
}

/** The tree as indented names. */
function drawn({ table }: BuiltTrace): string[] {
  return Array.from({ length: table.count }, (_, row) => '.'.repeat(table.depth[row]) + table.names[table.name[row]]);
}

describe('buildTrace', () => {
  it('orders depth first and siblings by start', () => {
    const trace = built(
      { id: 'c', parent: 'a', from: 50, to: 60 },
      { id: 'a', from: 0, to: 100 },
      { id: 'b', parent: 'a', from: 10, to: 40 },
      { id: 'd', parent: 'b', from: 15, to: 20, service: 'db' },
    );
    expect(drawn(trace)).toEqual(['a', '.b', '..d', '.c']);
    expect([...trace.table.size]).toEqual([4, 2, 1, 1]);
    expect([...trace.table.parent]).toEqual([-1, 0, 1, 0]);
    expect(trace.table.durationNs).toBe(100e6);
    expect(rowOfSpan(trace.table, 'd'.padStart(16, '0'))).toBe(2);
    expect(spanIdOf(trace.table, 2)).toBe('d'.padStart(16, '0'));
  });

  it('keeps nanoseconds exact', () => {
    const trace = built({ id: 'a', from: 0, to: 100 }, { id: 'b', parent: 'a', from: 0.000001, to: 0.000003 });
    expect(trace.table.startNs[1]).toBe(1);
    expect(trace.table.durationsNs[1]).toBe(2);
  });

  it('takes an orphan as a root and says so; the real root names the trace', () => {
    const trace = built({ id: 'x', parent: 'gone', from: 0, to: 5 }, { id: 'a', from: 3, to: 9 });
    expect(drawn(trace)).toEqual(['x', 'a']);
    expect(trace.table.problems.missingParents).toBe(1);
    expect(trace.table.mainRoot).toBe(1);
  });

  it('puts the server half of a shared id under the client half, and its children under the server half', () => {
    const trace = built(
      { id: 'a', from: 0, to: 100, service: 'web', kind: 2, name: 'root' },
      { id: 'c', parent: 'b', from: 30, to: 40, service: 'api', name: 'work' },
      { id: 'b', parent: 'a', from: 20, to: 50, service: 'api', kind: 2, name: 'server' },
      { id: 'b', parent: 'a', from: 10, to: 60, service: 'web', kind: 3, name: 'client' },
    );
    expect(drawn(trace)).toEqual(['root', '.client', '..server', '...work']);
    expect(trace.table.problems).toMatchObject({ sharedIds: 1, duplicateIds: 0 });
  });

  it('cuts rings of parents open', () => {
    const trace = built({ id: 'a', parent: 'c', from: 0, to: 9 }, { id: 'b', parent: 'a', from: 1, to: 8 }, { id: 'c', parent: 'b', from: 2, to: 7 }, { id: 'd', parent: 'd', from: 4, to: 5 });
    expect(drawn(trace)).toEqual(['d', 'a', '.b', '..c']);
    expect(trace.table.problems.loops).toBe(2);
  });

  it('names services whose clocks disagree', () => {
    const trace = built(
      { id: 'a', from: 10, to: 100, service: 'web', kind: 3 },
      { id: 'b', parent: 'a', from: 2, to: 60, service: 'api', kind: 2 },
      { id: 'c', parent: 'b', from: 1, to: 300, service: 'api', kind: 1 },
    );
    expect(trace.table.problems.skews).toEqual([{ parentService: 'web', childService: 'api', spans: 1, largestNs: 8e6 }]);
  });

  it('carries errors upwards', () => {
    const { table } = built({ id: 'a', from: 0, to: 9 }, { id: 'b', parent: 'a', from: 1, to: 8 }, { id: 'c', parent: 'b', from: 2, to: 7, error: true });
    expect([...table.flags].map((f) => [f & Flag.Error, f & Flag.ErrorBelow])).toEqual([[0, 2], [0, 2], [1, 0]]);
  });

  it('is null without spans and copes with a chain of 50 000', () => {
    expect(buildTrace('1', { resourceSpans: [] })).toBeNull();
    const chain = Array.from({ length: 50_000 }, (_, i) => ({ id: (i + 1).toString(16), parent: i === 0 ? undefined : i.toString(16), from: i, to: 60_000 }));
    expect(built(...chain).table.maxDepth).toBe(49_999);
  });
});

describe('rows', () => {
  const { table } = built(
    { id: 'a', from: 0, to: 100 },
    { id: 'b', parent: 'a', from: 10, to: 40 },
    { id: 'd', parent: 'b', from: 15, to: 20 },
    { id: 'c', parent: 'a', from: 50, to: 60 },
  );

  it('skip what is folded', () => {
    const folded = new Uint8Array([0, 1, 0, 0]);
    const rows = visibleRows(table, folded);
    expect([...rows]).toEqual([0, 1, 3]);
    expect(placeOf(rows, 3)).toBe(2);
    expect(placeOf(rows, 2)).toBe(1);
    expect(reveal(table, folded, 2)).toBe(true);
    expect(visibleRows(table, folded).length).toBe(4);
  });

  it('keep found spans and what leads to them', () => {
    const only = withAncestors(table, Int32Array.of(2));
    expect([...visibleRows(table, new Uint8Array(4), only)]).toEqual([0, 1, 2]);
    expect([...visibleRows(table, new Uint8Array([0, 1, 0, 0]), only)]).toEqual([0, 1]);
  });

  it('fold from a level on', () => {
    expect([...visibleRows(table, foldToDepth(table, 1))]).toEqual([0, 1, 3]);
    expect([...visibleRows(table, foldToDepth(table, 0))]).toEqual([0]);
    expect(visibleRows(table, foldToDepth(table, Number.POSITIVE_INFINITY)).length).toBe(4);
  });
});

describe('criticalPath', () => {
  it('follows the child that finished last and gives the gaps to the parent', () => {
    const { table } = built(
      { id: 'a', from: 0, to: 100 },
      { id: 'b', parent: 'a', from: 10, to: 40 },
      { id: 'c', parent: 'a', from: 20, to: 90 },
      { id: 'd', parent: 'c', from: 30, to: 85 },
      { id: 'late', parent: 'c', from: 80, to: 200 },
    );
    const path = criticalPath(table);
    const pieces = Array.from(path.row, (row, i) => `${table.names[table.name[row]]} ${path.fromNs[i] / 1e6}-${path.toNs[i] / 1e6}`);
    // The trace ends with `late`, but `a` did not wait for it: it is cut to its parent's time.
    expect(pieces).toEqual(['a 0-20', 'c 20-80', 'late 80-90', 'a 90-100']);
  });

  it('sums to the whole of a trace without gaps between roots', () => {
    const trace = buildTrace('1', largeTrace(3000, 7));
    const total = trace ? criticalPath(trace.table).ownNs.reduce((a, b) => a + b, 0) : 0;
    expect(total).toBeCloseTo(trace?.table.durationNs ?? 0, 0);
  });
});

describe('rootCause', () => {
  it('is the deepest error that no other error stands under', () => {
    const { table } = built(
      { id: 'a', from: 0, to: 100, error: true },
      { id: 'b', parent: 'a', from: 10, to: 90, error: true },
      { id: 'c', parent: 'b', from: 20, to: 30, error: true },
      { id: 'd', parent: 'b', from: 40, to: 80, error: true },
      { id: 'e', parent: 'd', from: 50, to: 60 },
    );
    expect(table.names[table.name[rootCause(table)]]).toBe('d');
    expect(rootCause(built({ id: 'a', from: 0, to: 1 }).table)).toBe(-1);
  });
});

describe('findSpans', () => {
  const trace = built(
    { id: 'a', from: 0, to: 100, name: 'GET /cart', attributes: { 'http.route': '/cart', user: 'Kim' } },
    { id: 'b', parent: 'a', from: 10, to: 40, service: 'db', name: 'SELECT', error: true, events: [{ at: 12, name: 'exception', attributes: { 'exception.message': 'Deadlock found' } }] },
  );
  it.each([
    ['cart', [0]],
    ['DB', [1]],
    ['deadlock', [1]],
    ['"deadlock found" select', [1]],
    ['route=/cart', [0]],
    ['status=error', [1]],
    ['user=lee', []],
    ['000b', [1]],
    ['', []],
  ])('%s', (text, rows) => {
    expect([...findSpans(trace.table, trace.sources, text)]).toEqual(rows);
  });
});

describe('spanDetail', () => {
  it('reads values of every type', () => {
    const trace = buildTrace('1', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ spanId: '1'.padStart(16, '0'), startTimeUnixNano: '1000000000', endTimeUnixNano: '1000000005', attributes: [
        { key: 's', value: { stringValue: 'x' } },
        { key: 'i', value: { intValue: '9007199254740993' } },
        { key: 'a', value: { arrayValue: { values: [{ stringValue: 'p' }, { intValue: '2' }] } } },
        { key: 'm', value: { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } } },
        { key: 'none' },
      ] }] }] }],
    });
    const detail = trace && spanDetail(0, trace.sources[0]);
    expect(detail?.attributes).toEqual([
      { key: 's', type: 'string', value: 'x' },
      { key: 'i', type: 'int', value: '9007199254740993' },
      { key: 'a', type: 'array', value: '["p","2"]' },
      { key: 'm', type: 'map', value: '{\n  "k": true\n}' },
      { key: 'none', type: 'empty', value: '' },
    ]);
    expect(trace?.table.services).toEqual(['unknown_service']);
  });
});

describe('100 000 spans', () => {
  it('are folded', () => {
    const trace = buildTrace('1', largeTrace(100_000, 42));
    const table = trace?.table;
    expect(table?.count).toBe(100_000);
    if (table) {
      const folded = foldToDepth(table, 2);
      expect(visibleRows(table, folded).length).toBeLessThan(100_000);
    }
  });
});
