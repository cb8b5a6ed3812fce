import { Fragment } from 'react';

/** A dotted name that, where it must, is broken behind its dots rather than within a word. */
export function Breakable({ text }: { text: string }) {
  return text.split(/(?<=[._/:])(?=.)/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
