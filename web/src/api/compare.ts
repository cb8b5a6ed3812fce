import { equals } from '../model/builder';
import { quote } from '../model/query';
import type { Selection } from '../model/urlState';
import { ask, searchedOf, type Searched } from './client';
import type { Window } from './metrics';

/** In how many traces of the selection, and of the rest, a field has a value in any of their spans. */
export interface Difference {
  /** Whose field it is, when it means something within one service only; else empty. */
  service: string;
  field: string;
  value: string | number | boolean;
  selected: number;
  rest: number;
  selectedWithField: number;
  restWithField: number;
}

export interface Comparison {
  selected: number;
  rest: number;
  /** Most telling first. */
  differences: Difference[];
  /** Two values that tell more when both are there. */
  together: { first: Difference; second: Difference; selected: number; rest: number } | null;
  searched: Searched;
}

interface WireComparison {
  selected: number;
  rest: number;
  differences: (Omit<Difference, 'service'> & { service?: string })[];
  together?: { first: number; second: number; selected: number; rest: number };
}

/** Compares the traces that have a selected span with the other traces of a search, over every attribute. */
export async function compare(source: string, selection: Selection, window: Window, signal?: AbortSignal): Promise<Comparison> {
  const nano = (ms: number) => `${Math.round(ms)}000000`;
  const params = new URLSearchParams({ q: source, selection: selection.condition, start: nano(window.startMs), end: nano(window.endMs) });
  if (selection.window !== null) {
    params.set('selectionStart', nano(selection.window.fromMs));
    params.set('selectionEnd', nano(selection.window.toMs));
  }
  const response = await ask(`/api/v1/compare/traces?${params}`, signal);
  const wire = (await response.json()) as WireComparison;
  const differences = wire.differences.map((d) => ({ ...d, service: d.service ?? '' }));
  const { together } = wire;
  return {
    selected: wire.selected,
    rest: wire.rest,
    differences,
    together: together === undefined ? null : { first: differences[together.first], second: differences[together.second], selected: together.selected, rest: together.rest },
    searched: searchedOf(response),
  };
}

/** The spans that have the value, as a condition. */
export function conditionOf({ service, field, value }: Difference): string {
  const condition = equals(field, value);
  return service === '' ? condition : `resource.service.name = ${quote(service)} && ${condition}`;
}
