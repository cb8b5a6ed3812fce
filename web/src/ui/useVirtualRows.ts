import { useCallback, useLayoutEffect, useState, type RefObject } from 'react';

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
  const [scroll, setScroll] = useState({ top: 0, height: 800, shift: 0 });
  const height = Math.min(count * rowHeight, tallestPx);
  /** Pixels of rows that the list does not have in the document. */
  const missing = count * rowHeight - height;

  useLayoutEffect(() => {
    const element = view.current;
    if (element === null) {
      return;
    }
    // Rounded down to whole rows: React hears of a new position only when another row comes into view.
    const measure = () =>
      setScroll((before) => {
        const share = missing === 0 ? 0 : Math.min(1, element.scrollTop / Math.max(1, height + offset - element.clientHeight));
        const shift = Math.round(share * missing);
        const top = Math.floor((element.scrollTop + shift) / rowHeight) * rowHeight;
        return before.top === top && before.height === element.clientHeight && before.shift === shift ? before : { top, height: element.clientHeight, shift };
      });
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [view, rowHeight, height, missing, offset]);

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

  const first = Math.max(0, Math.floor(scroll.top / rowHeight) - overscan);
  const last = Math.min(count, Math.ceil((scroll.top + scroll.height) / rowHeight) + overscan);
  return { first: Math.min(first, last), last, viewHeight: scroll.height, height, shift: scroll.shift, scrollTo };
}
