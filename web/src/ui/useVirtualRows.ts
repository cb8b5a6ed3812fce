import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Rows [first, last) of a list with one row height that are in view, with a margin on both sides. */
export interface VirtualRows {
  first: number;
  last: number;
  /** Height of the view itself in pixels. */
  viewHeight: number;
  /** Height that the list of rows has in the document. */
  height: number;
  /** What to take off a row's place (its number times its height) for its place in the document. */
  shift: number;
  /** Scrolls as little as needed to show a row, `margin` rows away from the edge. */
  scrollTo(row: number, margin?: number): void;
}

const overscan = 8;

/** Browsers lay nothing out beyond about 2²⁵ device pixels. A longer list is scrolled faster than its rows are high. */
const tallestPx = 12_000_000;

/** Follows the scroll position of `view`. `offset` is the height of what is stuck above the rows inside the same scroller. */
export function useVirtualRows(view: RefObject<HTMLElement | null>, count: number, rowHeight: number, offset = 0): VirtualRows {
  /** What the scroller stood at when it last said so. Not a state: only another row in view is worth a new drawing. */
  const seen = useRef({ top: 0, height: 800 });
  const [, redraw] = useState(0);
  const height = Math.min(count * rowHeight, tallestPx);
  /** Pixels of rows that the list does not have in the document. */
  const missing = count * rowHeight - height;
  /** Which rows are in view when the scroller stands at `top`: whole rows, in pixels of a list that is not squeezed. */
  const placeOf = (top: number, viewHeight: number) => {
    const most = Math.max(0, height + offset - viewHeight);
    const share = missing === 0 ? 0 : Math.min(1, top / Math.max(1, most));
    const shift = Math.round(share * missing);
    return { top: Math.floor((Math.min(top, most) + shift) / rowHeight) * rowHeight, shift };
  };

  // A list that becomes shorter or longer is not measured again: asking the document would lay it out twice. What the scroller will
  // stand at follows from what it stood at.
  const place = placeOf(seen.current.top, seen.current.height);
  const drawn = useRef({ place, viewHeight: 0, placeOf });
  drawn.current = { place, viewHeight: seen.current.height, placeOf };
  const attached = useRef<{ element: HTMLElement | null; detach(): void }>({ element: null, detach: () => undefined });
  // After each render, because a list may come into the document long after the page that shows it.
  useLayoutEffect(() => {
    const element = view.current;
    if (element === attached.current.element) {
      return;
    }
    attached.current.detach();
    attached.current = { element, detach: () => undefined };
    if (element === null) {
      return;
    }
    const measure = () => {
      seen.current = { top: element.scrollTop, height: element.clientHeight };
      const now = drawn.current.placeOf(seen.current.top, seen.current.height);
      const { place: old, viewHeight } = drawn.current;
      if (old.top !== now.top || old.shift !== now.shift || viewHeight !== seen.current.height) {
        redraw((n) => n + 1);
      }
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    attached.current.detach = () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  });
  useLayoutEffect(
    () => () => {
      attached.current.detach();
      attached.current = { element: null, detach: () => undefined };
    },
    [],
  );

  const scrollTo = useCallback(
    (row: number, margin = 1) => {
      const element = view.current;
      if (element === null) {
        return;
      }
      const room = element.clientHeight - offset;
      const gap = Math.min(margin * rowHeight, Math.max(0, (room - rowHeight) / 2));
      const track = Math.max(1, height + offset - element.clientHeight);
      // Where the rows that the document has room for would have to be scrolled to.
      const squeeze = track / (track + missing);
      const at = missing === 0 ? element.scrollTop : element.scrollTop / squeeze;
      const top = row * rowHeight;
      const to = top - gap < at ? top - gap : top + rowHeight + gap > at + room ? top + rowHeight + gap - room : at;
      if (to !== at) {
        element.scrollTop = to * squeeze;
      }
    },
    [view, rowHeight, offset, height, missing],
  );

  const first = Math.max(0, Math.floor(place.top / rowHeight) - overscan);
  const last = Math.min(count, Math.ceil((place.top + seen.current.height) / rowHeight) + overscan);
  return { first: Math.min(first, last), last, viewHeight: seen.current.height, height, shift: place.shift, scrollTo };
}
