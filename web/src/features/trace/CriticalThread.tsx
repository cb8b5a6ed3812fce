import { useMemo } from 'react';
import { placeOf } from '../../model/trace/rows';
import type { CriticalPath } from '../../model/trace/criticalPath';
import { rowHeight } from './WaterfallRow';

interface CriticalThreadProps {
  path: CriticalPath;
  rows: Int32Array;
  first: number;
  last: number;
  /** See VirtualRows. */
  shift: number;
  fromNs: number;
  toNs: number;
}

const drawnLimit = 400;

/** The upright parts of the thread: where the critical path passes from one span to another. Its level parts are drawn by the rows. */
export function CriticalThread({ path, rows, first, last, shift, fromNs, toNs }: CriticalThreadProps) {
  const extent = toNs - fromNs;
  // Scrolling draws this anew for every few rows, and a large trace's path has tens of thousands of pieces.
  const places = useMemo(() => path.row.map((row) => placeOf(rows, row)), [path, rows]);
  const steps: { key: number; left: number; top: number; height: number }[] = [];
  for (let i = 0; i + 1 < path.row.length && steps.length < drawnLimit; i++) {
    const at = path.toNs[i];
    if (at < fromNs || at > toNs) {
      continue;
    }
    const a = places[i];
    const b = places[i + 1];
    if (a === b || Math.max(a, b) < first || Math.min(a, b) >= last) {
      continue;
    }
    steps.push({ key: i, left: ((at - fromNs) / extent) * 100, top: Math.min(a, b) * rowHeight + rowHeight / 2 - shift, height: Math.abs(b - a) * rowHeight });
  }
  return (
    <div className="wf-grid wf-thread" aria-hidden="true">
      <div className="wf-scale">
        {steps.map((step) => (
          <span key={step.key} style={{ left: `${step.left}%`, top: step.top, height: step.height }} />
        ))}
      </div>
    </div>
  );
}
