/**
 * The quick filters of the search page as a view of the query text. Text is the truth: filters are read from the first spanset filter of
 * the query and written back into it by replacing just their own characters, so that nothing a person typed is lost. Queries of another
 * shape (an `||` on the top level, structural operators) are shown as written by hand.
 */
export type FilterName = 'service' | 'status' | 'minDuration';

export type QueryFilters =
  | { editable: true; service: string; error: boolean; minDuration: string }
  | { editable: false; reason: 'alternatives' | 'structure' | 'unreadable' };

interface Conjunct {
  /** Offsets in the text, blanks excluded. */
  start: number;
  end: number;
  filter: FilterName | null;
  value: string;
}

type Shape =
  | { ok: true; /** Offset behind the opening brace and of the closing one. */ open: number; close: number; conjuncts: Conjunct[] }
  | { ok: false; reason: 'alternatives' | 'structure' | 'unreadable' };

export const emptyQuery = '{ }';

/** Offset behind the string literal that begins at `at`; -1 when it does not end. */
function skipString(text: string, at: number): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote !== '`') {
      i++;
    } else if (text[i] === quote) {
      return i + 1;
    }
  }
  return -1;
}

function readShape(text: string): Shape {
  const first = /\S/.exec(text);
  if (first === null) {
    return { ok: true, open: 0, close: 0, conjuncts: [] };
  }
  if (first[0] !== '{') {
    return { ok: false, reason: text.trimStart().startsWith('(') ? 'structure' : 'unreadable' };
  }
  const open = first.index + 1;
  const conjuncts: Conjunct[] = [];
  let depth = 0;
  let from = open;
  let i = open;
  for (; i < text.length; i++) {
    const c = text[i];
    if (c === '"' || c === '`') {
      i = skipString(text, i) - 1;
      if (i < 0) {
        return { ok: false, reason: 'unreadable' };
      }
    } else if (c === '(') {
      depth++;
    } else if (c === ')') {
      depth--;
    } else if (depth === 0 && c === '}') {
      break;
    } else if (depth === 0 && c === '|' && text[i + 1] === '|') {
      return { ok: false, reason: 'alternatives' };
    } else if (depth === 0 && c === '&' && text[i + 1] === '&') {
      addConjunct(conjuncts, text, from, i);
      from = i + 2;
      i++;
    }
  }
  if (i >= text.length || depth !== 0) {
    return { ok: false, reason: 'unreadable' };
  }
  addConjunct(conjuncts, text, from, i);
  // A pipeline may follow; another spanset filter may not, as it would be unclear which one a filter belongs to.
  const rest = text.slice(i + 1).trim();
  if (rest !== '' && !/^\|(?!\|)/.test(rest)) {
    return { ok: false, reason: 'structure' };
  }
  return { ok: true, open, close: i, conjuncts };
}

function addConjunct(into: Conjunct[], text: string, start: number, end: number): void {
  while (start < end && /\s/.test(text[start])) {
    start++;
  }
  while (end > start && /\s/.test(text[end - 1])) {
    end--;
  }
  if (start < end) {
    into.push({ start, end, ...classify(text.slice(start, end)) });
  }
}

function classify(condition: string): { filter: FilterName | null; value: string } {
  const service = /^(?:resource\.service\.name|resource\."service\.name"|\.service\.name)\s*=\s*("(?:[^"\\]|\\.)*"|`[^`]*`)$/.exec(condition);
  if (service) {
    return { filter: 'service', value: unquote(service[1]) };
  }
  if (/^(?:status|span:status|\.status)\s*=\s*error$/.test(condition)) {
    return { filter: 'status', value: 'error' };
  }
  const duration = /^(?:duration|span:duration|traceDuration|trace:duration)\s*(?:>=|>)\s*([\d.]+(?:ns|us|µs|ms|s|m|h)(?:[\d.]+(?:ns|us|µs|ms|s|m|h))*)$/.exec(condition);
  return duration ? { filter: 'minDuration', value: duration[1] } : { filter: null, value: '' };
}

function unquote(literal: string): string {
  return literal.startsWith('`') ? literal.slice(1, -1) : literal.slice(1, -1).replace(/\\(["\\])/g, '$1');
}

/** A TraceQL string literal. */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

export function readFilters(text: string): QueryFilters {
  const shape = readShape(text);
  if (!shape.ok) {
    return { editable: false, reason: shape.reason };
  }
  const value = (filter: FilterName) => shape.conjuncts.find((c) => c.filter === filter)?.value ?? '';
  return { editable: true, service: value('service'), error: value('status') === 'error', minDuration: value('minDuration') };
}

function condition(filter: FilterName, value: string): string {
  switch (filter) {
    case 'service':
      return `resource.service.name = ${quote(value)}`;
    case 'status':
      return 'status = error';
    case 'minDuration':
      return `duration >= ${value}`;
  }
}

/** The query with one filter set to a value, or taken out when the value is empty. Text that is not editable comes back unchanged. */
export function writeFilter(text: string, filter: FilterName, value: string): string {
  const shape = readShape(text);
  if (!shape.ok) {
    return text;
  }
  const at = shape.conjuncts.findIndex((c) => c.filter === filter);
  if (value === '') {
    return at < 0 ? text : removeConjunct(text, shape, at);
  }
  const written = condition(filter, value);
  if (at >= 0) {
    const found = shape.conjuncts[at];
    return text.slice(0, found.start) + written + text.slice(found.end);
  }
  if (text.trim() === '') {
    return `{ ${written} }`;
  }
  const last = shape.conjuncts.at(-1);
  if (last === undefined) {
    return `${text.slice(0, shape.open)} ${written} ${text.slice(shape.close)}`;
  }
  return `${text.slice(0, last.end)} && ${written}${text.slice(last.end)}`;
}

function removeConjunct(text: string, shape: Shape & { ok: true }, at: number): string {
  const { conjuncts } = shape;
  if (conjuncts.length === 1) {
    return `${text.slice(0, shape.open)} ${text.slice(shape.close)}`;
  }
  return at === 0
    ? text.slice(0, conjuncts[0].start) + text.slice(conjuncts[1].start)
    : text.slice(0, conjuncts[at - 1].end) + text.slice(conjuncts[at].end);
}

/** A minimum duration as typed (`100ms`, `1.5s`, or a bare number of milliseconds) in TraceQL's form; null when it is not one. */
export function parseMinDuration(text: string): string | null {
  const compact = text.trim().toLowerCase().replaceAll(' ', '').replaceAll('μ', 'µ');
  if (compact === '') {
    return '';
  }
  if (/^\d+(?:\.\d+)?$/.test(compact)) {
    return Number(compact) === 0 ? '' : `${compact}ms`;
  }
  return /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(compact) ? compact : null;
}

/** True for a word that cannot be TraceQL but could well be the name of a service. */
export function looksLikeService(text: string): boolean {
  return /^[\p{L}][\p{L}\p{N}._/-]*$/u.test(text.trim());
}

/** Line and column (from 1) in an error message of the server, such as `parse error at line 1, col 8: …`. */
export function errorPosition(message: string): { line: number; column: number } | null {
  const match = /line\s+(\d+),?\s+col(?:umn)?\s+(\d+)/i.exec(message);
  return match && { line: Number(match[1]), column: Number(match[2]) };
}
