import { Flag, type TraceTable } from './table';

/** Spans with the same path of service and operation from the root, as one frame. Its width is the self time of all that is in it. */
export interface Frame {
  id: number;
  parent: Frame | null;
  service: number;
  name: number;
  depth: number;
  spans: number;
  errors: number;
  selfNs: number;
  totalNs: number;
  example: number;
  children: Frame[];
}

/** The frames of a trace below one that stands for all of it. */
export function flameOf(table: TraceTable, self: Float64Array): Frame {
  let ids = 0;
  const frame = (parent: Frame | null, row: number): Frame => ({
    id: ids++,
    parent,
    service: row < 0 ? -1 : table.service[row],
    name: row < 0 ? -1 : table.name[row],
    depth: parent === null ? 0 : parent.depth + 1,
    spans: 0,
    errors: 0,
    selfNs: 0,
    totalNs: 0,
    example: row,
    children: [],
  });
  const top = frame(null, -1);
  const frames = new Array<Frame>(table.count);
  const byKey = new Map<number, Frame>();
  const keys = (table.names.length + 1) * (table.services.length + 1);
  for (let row = 0; row < table.count; row++) {
    const parent = table.parent[row] < 0 ? top : frames[table.parent[row]];
    const key = parent.id * keys + table.service[row] * (table.names.length + 1) + table.name[row];
    let found = byKey.get(key);
    if (found === undefined) {
      found = frame(parent, row);
      byKey.set(key, found);
      parent.children.push(found);
    }
    frames[row] = found;
    found.spans++;
    found.errors += table.flags[row] & Flag.Error ? 1 : 0;
    found.selfNs += self[row];
    if (table.durationsNs[row] > table.durationsNs[found.example]) {
      found.example = row;
    }
  }
  // Frames are numbered before their children, so backwards every child is complete before its parent.
  const all = [top, ...byKey.values()].sort((a, b) => b.id - a.id);
  for (const f of all) {
    f.totalNs += f.selfNs;
    if (f.parent !== null) {
      f.parent.totalNs += f.totalNs;
    }
    f.children.sort((a, b) => b.totalNs - a.totalNs);
  }
  return top;
}

export interface Box {
  frame: Frame;
  /** Shares of the width. */
  left: number;
  width: number;
  level: number;
}

/** The frames below (and the path above) a chosen one, with those too narrow to see left out. */
export function layFlame(focus: Frame, narrowest: number, limit: number): Box[] {
  const boxes: Box[] = [];
  const path: Frame[] = [];
  for (let f: Frame | null = focus; f !== null; f = f.parent) {
    path.unshift(f);
  }
  path.forEach((f, level) => boxes.push({ frame: f, left: 0, width: 1, level }));
  const queue: Box[] = [boxes[boxes.length - 1]];
  const whole = Math.max(1, focus.totalNs);
  for (let i = 0; i < queue.length && boxes.length < limit; i++) {
    const { frame, left, level } = queue[i];
    let at = left;
    for (const child of frame.children) {
      const width = child.totalNs / whole;
      if (width >= narrowest && boxes.length < limit) {
        const box = { frame: child, left: at, width, level: level + 1 };
        boxes.push(box);
        queue.push(box);
      }
      at += width;
    }
  }
  return boxes;
}
