import { durationLiteral, slowBound } from '../../model/strip';
import type { Selection } from '../../model/urlState';
import type { StripData } from './useStrip';

/** The share of spans that "the slowest" means. */
export const slowShare = 0.05;

/** The slow end of what the chart above the results shows, as a selection. */
export function slowSelection(strip: StripData | undefined): Selection | null {
  const bound = strip === undefined ? null : slowBound(strip.histogram, slowShare);
  return bound === null ? null : { condition: `duration > ${durationLiteral(bound)}`, window: null };
}

export const errorSelection: Selection = { condition: 'status = error', window: null };
