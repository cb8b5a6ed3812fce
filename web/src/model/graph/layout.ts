/**
 * A layered layout from left to right, box by box: the nodes of a box are laid out by themselves, and the box then is one node of the
 * next outer level. Pure and without chance: the same graph has the same places every time.
 */
export interface LayoutNode {
  id: string;
  width: number;
  height: number;
  parent?: string;
}

export interface LayoutEdge {
  source: string;
  target: string;
}

export interface Placed {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Room between columns and between the nodes of one: generous where there are few, close where there are many. */
const wide = { layer: 150, node: 40 };
const close = { layer: 84, node: 20 };
const closeFrom = 40;
/** Width to height that a screen has room for; a longer row of columns is broken into rows below each other, like text. */
const wantedAspect = 1.7;
const longestAspect = 2.4;
const rowGap = 56;
/** What fits a screen as it is, is not broken. */
const screenWidth = 1500;
const boxPadding = 22;
const boxTitle = 22;
const sweeps = 8;
/** A layer with more nodes than this becomes several columns: nobody reads a column of two hundred. */
const columnLimit = 18;

interface Item {
  id: string;
  width: number;
  height: number;
  x: number;
  y: number;
}

export function layout(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, Placed> {
  const children = new Map<string, LayoutNode[]>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) {
    const parent = node.parent !== undefined && byId.has(node.parent) ? node.parent : '';
    const list = children.get(parent);
    if (list) {
      list.push(node);
    } else {
      children.set(parent, [node]);
    }
  }
  // The chain of boxes above each node, to find on which level two nodes meet.
  const chains = new Map<string, string[]>();
  const chainOf = (id: string): string[] => {
    const known = chains.get(id);
    if (known) {
      return known;
    }
    const node = byId.get(id);
    const parent = node?.parent !== undefined && byId.has(node.parent) ? node.parent : '';
    const chain = parent === '' ? ['', id] : [...chainOf(parent), id];
    chains.set(id, chain);
    return chain;
  };
  const levelEdges = new Map<string, Map<string, LayoutEdge>>();
  for (const edge of edges) {
    if (!byId.has(edge.source) || !byId.has(edge.target)) {
      continue;
    }
    const a = chainOf(edge.source);
    const b = chainOf(edge.target);
    let depth = 0;
    while (depth + 1 < a.length && depth + 1 < b.length && a[depth + 1] === b[depth + 1]) {
      depth++;
    }
    if (depth + 1 >= a.length || depth + 1 >= b.length) {
      continue;
    }
    const level = levelEdges.get(a[depth]) ?? new Map<string, LayoutEdge>();
    level.set(`${a[depth + 1]}>${b[depth + 1]}`, { source: a[depth + 1], target: b[depth + 1] });
    levelEdges.set(a[depth], level);
  }
  const local = new Map<string, Item[]>();
  const place = (box: string): { width: number; height: number } => {
    const items = (children.get(box) ?? []).map((node): Item => {
      const size = children.has(node.id) ? place(node.id) : node;
      return { id: node.id, width: size.width, height: size.height, x: 0, y: 0 };
    });
    layer(items, [...(levelEdges.get(box)?.values() ?? [])]);
    local.set(box, items);
    const width = Math.max(0, ...items.map((item) => item.x + item.width));
    const height = Math.max(0, ...items.map((item) => item.y + item.height));
    return box === '' ? { width, height } : { width: width + 2 * boxPadding, height: height + 2 * boxPadding + boxTitle };
  };
  place('');
  const placed = new Map<string, Placed>();
  const spread = (box: string, left: number, top: number) => {
    for (const item of local.get(box) ?? []) {
      placed.set(item.id, { x: left + item.x, y: top + item.y, width: item.width, height: item.height });
      if (children.has(item.id)) {
        spread(item.id, left + item.x + boxPadding, top + item.y + boxPadding + boxTitle);
      }
    }
  };
  spread('', 0, 0);
  return placed;
}

/** Gives the items of one level their places, from 0/0. */
function layer(items: Item[], edges: readonly LayoutEdge[]): void {
  if (items.length === 0) {
    return;
  }
  const index = new Map(items.map((item, i) => [item.id, i]));
  const out: number[][] = items.map(() => []);
  const into: number[][] = items.map(() => []);
  for (const edge of edges) {
    const a = index.get(edge.source) as number;
    const b = index.get(edge.target) as number;
    out[a].push(b);
  }
  // Edges that would close a circle are turned round for the layering.
  const state = new Uint8Array(items.length);
  const forward: number[][] = items.map(() => []);
  const indegree = items.map(() => 0);
  out.forEach((targets) => targets.forEach((b) => indegree[b]++));
  const order = items.map((_, i) => i).sort((a, b) => Number(indegree[a] > 0) - Number(indegree[b] > 0) || compare(items[a].id, items[b].id));
  const visit = (start: number) => {
    const stack: { node: number; next: number }[] = [{ node: start, next: 0 }];
    state[start] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next >= out[top.node].length) {
        state[top.node] = 2;
        stack.pop();
        continue;
      }
      const target = out[top.node][top.next++];
      if (state[target] === 1) {
        forward[target].push(top.node);
      } else {
        forward[top.node].push(target);
        if (state[target] === 0) {
          state[target] = 1;
          stack.push({ node: target, next: 0 });
        }
      }
    }
  };
  for (const i of order) {
    if (state[i] === 0) {
      visit(i);
    }
  }
  forward.forEach((targets, a) => targets.forEach((b) => into[b].push(a)));
  const longest = longestPaths(forward, into);
  // Where everybody calls everybody the longest path goes through all of them, one behind the other; then the distance from the start tells more.
  const rank = Math.max(...longest) > Math.max(6, 2 * Math.ceil(Math.sqrt(items.length))) ? distances(forward, into) : longest;
  // What nobody on this level calls stands next to what it calls.
  items.forEach((_, i) => {
    if (into[i].length === 0 && forward[i].length > 0) {
      rank[i] = Math.min(...forward[i].map((b) => rank[b])) - 1;
    }
  });
  const least = Math.min(...rank);
  const loose = items.map((_, i) => i).filter((i) => into[i].length === 0 && forward[i].length === 0);
  const layers: number[][] = [];
  items.forEach((_, i) => {
    if (loose.length === items.length || !loose.includes(i)) {
      (layers[rank[i] - least] ??= []).push(i);
    }
  });
  if (loose.length < items.length && loose.length > 0) {
    // Without edges of this level: at the end, out of the way of the arrows.
    layers.push(loose);
  }
  const columns = orderLayers(layers.filter(Boolean), forward, into, items);
  const gaps = items.length < closeFrom ? wide : close;
  let top = 0;
  for (const row of rowsOf(columns, items, gaps)) {
    const own = new Set(row.flat());
    const within = (lists: number[][]) => lists.map((list, i) => (own.has(i) ? list.filter((other) => own.has(other)) : []));
    setPlaces(row, within(forward), within(into), items, gaps);
    own.forEach((i) => (items[i].y += top));
    top = Math.max(...[...own].map((i) => items[i].y + items[i].height)) + rowGap;
  }
}

/** A long row of columns as so many rows as come nearest to the shape of a screen. */
function rowsOf(columns: number[][], items: Item[], gaps: typeof wide): number[][][] {
  const widths = columns.map((column) => Math.max(...column.map((i) => items[i].width)) + gaps.layer);
  const heights = columns.map((column) => column.reduce((sum, i) => sum + items[i].height + gaps.node, 0));
  const at = new Map(columns.map((column, index) => [column, index]));
  const aspectOf = (rows: number[][][]) =>
    Math.max(...rows.map((row) => row.reduce((sum, column) => sum + widths[at.get(column) as number], 0))) /
    rows.reduce((sum, row) => sum + Math.max(...row.map((column) => heights[at.get(column) as number])) + rowGap, 0);
  let best = [columns];
  if (widths.reduce((sum, one) => sum + one, 0) <= screenWidth || aspectOf(best) <= longestAspect) {
    return best;
  }
  const misfit = (rows: number[][][]) => Math.abs(Math.log(aspectOf(rows) / wantedAspect));
  for (let count = 2; count <= columns.length; count++) {
    const rows = split(columns, widths, count);
    if (misfit(rows) < misfit(best) - 1e-9) {
      best = rows;
    }
  }
  return best;
}

/** Cuts columns into so many parts that follow each other, of about the same width. */
function split(columns: number[][], widths: number[], count: number): number[][][] {
  const share = widths.reduce((sum, one) => sum + one, 0) / count;
  const rows: number[][][] = [[]];
  let used = 0;
  columns.forEach((column, at) => {
    if (rows[rows.length - 1].length > 0 && rows.length < count && used + widths[at] / 2 > share * rows.length) {
      rows.push([]);
    }
    rows[rows.length - 1].push(column);
    used += widths[at];
  });
  return rows;
}

function longestPaths(forward: number[][], into: number[][]): number[] {
  const rank = forward.map(() => 0);
  const waiting = into.map((sources) => sources.length);
  const queue = waiting.flatMap((count, i) => (count === 0 ? [i] : []));
  for (let at = 0; at < queue.length; at++) {
    for (const target of forward[queue[at]]) {
      rank[target] = Math.max(rank[target], rank[queue[at]] + 1);
      if (--waiting[target] === 0) {
        queue.push(target);
      }
    }
  }
  return rank;
}

/** Steps from the nearest item that nobody calls. */
function distances(forward: number[][], into: number[][]): number[] {
  const rank = forward.map(() => -1);
  const queue = into.flatMap((sources, i) => (sources.length === 0 ? [i] : []));
  queue.forEach((i) => (rank[i] = 0));
  for (let at = 0; at < queue.length; at++) {
    for (const target of forward[queue[at]]) {
      if (rank[target] < 0) {
        rank[target] = rank[queue[at]] + 1;
        queue.push(target);
      }
    }
  }
  return rank.map((one) => Math.max(one, 0));
}

/** Orders each layer by where its neighbours stand, to and fro, and cuts long layers into columns. */
function orderLayers(layers: number[][], forward: number[][], into: number[][], items: Item[]): number[][] {
  const position = new Float64Array(items.length);
  const number = () => layers.forEach((one) => one.forEach((i, at) => (position[i] = one.length < 2 ? 0.5 : at / (one.length - 1))));
  layers.forEach((one) => one.sort((a, b) => compare(items[a].id, items[b].id)));
  number();
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const sequence = sweep % 2 === 0 ? layers : [...layers].reverse();
    for (const one of sequence) {
      const weight = new Map(one.map((i) => {
        const neighbours = sweep % 2 === 0 ? into[i] : forward[i];
        return [i, neighbours.length === 0 ? position[i] : neighbours.reduce((sum, n) => sum + position[n], 0) / neighbours.length] as const;
      }));
      one.sort((a, b) => (weight.get(a) as number) - (weight.get(b) as number) || compare(items[a].id, items[b].id));
      one.forEach((i, at) => (position[i] = one.length < 2 ? position[i] : at / (one.length - 1)));
    }
  }
  return layers.flatMap((one) => {
    const parts = Math.ceil(one.length / columnLimit);
    const size = Math.ceil(one.length / parts);
    return Array.from({ length: parts }, (_, part) => one.slice(part * size, (part + 1) * size));
  });
}

/** Columns side by side; within a column each item as near to its neighbours' middle as the order allows. */
function setPlaces(columns: number[][], forward: number[][], into: number[][], items: Item[], gaps: typeof wide): void {
  let x = 0;
  columns.forEach((column, c) => {
    const width = Math.max(...column.map((i) => items[i].width));
    let y = 0;
    for (const i of column) {
      items[i].x = x + (width - items[i].width) / 2;
      items[i].y = y;
      y += items[i].height + gaps.node;
    }
    const shift = y / 2;
    column.forEach((i) => (items[i].y -= shift));
    const isSame = c + 1 < columns.length && columns[c + 1].every((i) => !into[i].some((source) => column.includes(source)));
    x += width + (isSame ? gaps.layer / 2 : gaps.layer);
  });
  const middle = (i: number) => items[i].y + items[i].height / 2;
  for (let pass = 0; pass < 6; pass++) {
    for (const column of pass % 2 === 0 ? columns : [...columns].reverse()) {
      const wanted = column.map((i) => {
        const near = pass % 2 === 0 ? into[i] : forward[i];
        const all = near.length > 0 ? near : [...into[i], ...forward[i]];
        return all.length === 0 ? items[i].y : all.reduce((sum, n) => sum + middle(n), 0) / all.length - items[i].height / 2;
      });
      settle(column, wanted, items, gaps.node);
    }
  }
  const own = columns.flat();
  const top = Math.min(...own.map((i) => items[i].y));
  own.forEach((i) => (items[i].y -= top));
}

/** Pools neighbours that want the same place (isotonic regression), so that each group stands around its mean and none overlap. */
function settle(column: number[], wanted: number[], items: Item[], gap: number): void {
  const offsets: number[] = [];
  let offset = 0;
  for (const i of column) {
    offsets.push(offset);
    offset += items[i].height + gap;
  }
  const pools: { sum: number; count: number; first: number }[] = [];
  column.forEach((_, at) => {
    pools.push({ sum: wanted[at] - offsets[at], count: 1, first: at });
    while (pools.length > 1) {
      const last = pools[pools.length - 1];
      const before = pools[pools.length - 2];
      if (before.sum / before.count <= last.sum / last.count) {
        break;
      }
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count, first: before.first });
    }
  });
  for (const pool of pools) {
    for (let at = pool.first; at < pool.first + pool.count; at++) {
      items[column[at]].y = pool.sum / pool.count + offsets[at];
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
