import { useCallback, useLayoutEffect, useState, type RefObject } from 'react';

/** Rows [first, last) of a list with one row height that are in view, with a margin on both sides. */
export interface VirtualRows {
  first: number;
  last: number;
  /** Height of the view itself in pixels. */
  viewHeight: number;
  /** Scrolls as little as needed to show a row, `margin` rows away from the edge. */
  scrollTo(row: number, margin?: number): void;
}

const overscan = 8;

/** Follows the scroll position of `view`. `offset` is the height of what is stuck above the rows inside the same scroller. */
export function useVirtualRows(view: RefObject<HTMLElement | null>, count: number, rowHeight: number, offset = 0): VirtualRows {
  const [scroll, setScroll] = useState({ top: 0, height: 800 });

  useLayoutEffect(() => {
    const element = view.current;
    if (element === null) {
      return;
    }
    // Rounded down to whole rows: React hears of a new position only when another row comes into view.
    const measure = () =>
      setScroll((before) => {
        const top = Math.floor(element.scrollTop / rowHeight) * rowHeight;
        return before.top === top && before.height === element.clientHeight ? before : { top, height: element.clientHeight };
      });
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [view, rowHeight]);

  const scrollTo = useCallback(
    (row: number, margin = 1) => {
      const element = view.current;
      if (element === null) {
        return;
      }
      const room = element.clientHeight - offset;
      const gap = Math.min(margin * rowHeight, Math.max(0, (room - rowHeight) / 2));
      const top = row * rowHeight;
      if (top - gap < element.scrollTop) {
        element.scrollTop = top - gap;
      } else if (top + rowHeight + gap > element.scrollTop + room) {
        element.scrollTop = top + rowHeight + gap - room;
      }
    },
    [view, rowHeight, offset],
  );

  const first = Math.max(0, Math.floor(scroll.top / rowHeight) - overscan);
  const last = Math.min(count, Math.ceil((scroll.top + scroll.height) / rowHeight) + overscan);
  return { first: Math.min(first, last), last, viewHeight: scroll.height, scrollTo };
}
