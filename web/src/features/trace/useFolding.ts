import { useCallback, useMemo, useState } from 'react';
import { foldToDepth, reveal, visibleRows } from '../../model/trace/rows';
import { repeatMarks, type Repeat } from '../../model/trace/repeats';
import { spanIdOf, type TraceTable } from '../../model/trace/table';
import type { FoldState } from '../../model/urlState';
import type { TraceSession } from './session';

export interface Folding {
  folded: Uint8Array;
  /** Visible table rows, ascending. */
  rows: Int32Array;
  toggle(row: number): void;
  /** Rows that stand for all siblings of their kind, by row. */
  repeats: ReadonlyMap<number, Repeat>;
  isRepeat(row: number): boolean;
  toggleRepeat(row: number): void;
  foldFrom(level: number | null): void;
  /** Unfolds what hides a row; the rows are up to date when it returns them. */
  show(row: number): Int32Array;
}

/**
 * Which spans are folded, and which rows that leaves; `only` hides more of them (see withAncestors). The page holds one byte per span; the URL gets the level and the spans toggled by hand, from which a link
 * restores the same picture.
 */
export function useFolding({ table, repeats }: TraceSession, initial: FoldState, only: Uint8Array | null, write: (state: FoldState) => void): Folding {
  const [kept, setState] = useState(() => ({ description: initial, folded: restore(table, initial) }));
  // More rows of the same trace are folded as those before them were.
  const state = useMemo(() => (kept.folded.length === table.count ? kept : { ...kept, folded: restore(table, kept.description) }), [kept, table]);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  // What somebody looks for must be there: with a search that hides the rest, every match is a row.
  const marks = useMemo(() => (only === null ? repeatMarks(table, repeats, opened) : null), [table, repeats, opened, only]);
  const rows = useMemo(() => visibleRows(table, state.folded, only, marks), [table, state.folded, only, marks]);
  const toggleRepeat = useCallback(
    (row: number) =>
      setOpened((before) => {
        const next = new Set(before);
        if (!next.delete(row)) {
          next.add(row);
        }
        return next;
      }),
    [],
  );

  const change = useCallback(
    (description: FoldState, folded: Uint8Array) => {
      setState({ description, folded });
      write(description);
    },
    [write],
  );
  const toggle = useCallback(
    (row: number) => {
      if (table.size[row] === 1) {
        return;
      }
      const folded = state.folded.slice();
      folded[row] ^= 1;
      const id = spanIdOf(table, row).slice(8);
      const { level, toggled } = state.description;
      change({ level, toggled: toggled.includes(id) ? toggled.filter((other) => other !== id) : [...toggled, id] }, folded);
    },
    [table, state, change],
  );
  const foldFrom = useCallback((level: number | null) => change({ level, toggled: [] }, foldToDepth(table, level ?? Number.POSITIVE_INFINITY)), [table, change]);
  const show = useCallback(
    (row: number) => {
      const folded = state.folded.slice();
      let open = opened;
      for (let at = row; at >= 0; at = table.parent[at]) {
        if (marks !== null && (marks[at] === 1 || (marks[at] === 2 && at !== row))) {
          const kind = [...repeats.values()].find((repeat) => repeat.rows.includes(at));
          open = kind === undefined ? open : new Set([...open, kind.first]);
        }
      }
      const shown = open === opened ? marks : repeatMarks(table, repeats, open);
      setOpened(open);
      if (!reveal(table, folded, row)) {
        return open === opened ? rows : visibleRows(table, folded, only, shown);
      }
      const { level, toggled } = state.description;
      const standard = foldToDepth(table, level ?? Number.POSITIVE_INFINITY);
      let next = toggled;
      for (let above = table.parent[row]; above >= 0; above = table.parent[above]) {
        const id = spanIdOf(table, above).slice(8);
        next = next.filter((other) => other !== id);
        if (standard[above] === 1) {
          next = [...next, id];
        }
      }
      change({ level, toggled: next }, folded);
      return visibleRows(table, folded, only, shown);
    },
    [table, state, only, rows, change, marks, opened, repeats],
  );
  return { folded: state.folded, rows, toggle, foldFrom, show, repeats, isRepeat: (row) => marks !== null && marks[row] === 2, toggleRepeat };
}

function restore(table: TraceTable, { level, toggled }: FoldState): Uint8Array {
  const folded = foldToDepth(table, level ?? Number.POSITIVE_INFINITY);
  if (toggled.length > 0) {
    const wanted = new Set(toggled.map((id) => Number.parseInt(id, 16)));
    for (let row = 0; row < table.count; row++) {
      if (table.size[row] > 1 && wanted.has(table.spanIdLow[row])) {
        folded[row] ^= 1;
      }
    }
  }
  return folded;
}
