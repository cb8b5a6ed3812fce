import { useEffect, useState } from 'react';
import type { TraceSession } from './session';

/** `rows` ascending; `bitmap` has a 1 for each of them; `text` is what was asked: for any other text the answer is out of date. */
export type Found = { kind: 'none'; rows: Int32Array } | { kind: 'searching'; rows: Int32Array } | { kind: 'found'; rows: Int32Array; bitmap: Uint8Array; text: string };

const nothing: Found = { kind: 'none', rows: new Int32Array() };

/** The spans that a text finds. Answers to a text that has changed meanwhile are dropped. */
export function useFind(session: TraceSession, text: string): Found {
  const [found, setFound] = useState<Found>(nothing);
  useEffect(() => {
    if (text.trim() === '') {
      setFound(nothing);
      return;
    }
    let current = true;
    setFound((before) => ({ kind: 'searching', rows: before.rows }));
    void session.find(text).then((rows) => {
      if (current) {
        const bitmap = new Uint8Array(session.table.count);
        for (const row of rows) {
          bitmap[row] = 1;
        }
        setFound({ kind: 'found', rows, bitmap, text });
      }
    });
    return () => {
      current = false;
    };
  }, [session, text]);
  return found;
}
