/**
 * The pieces of a TraceQL text, for its colours and for the builder. The server's parser decides what a query means and what is wrong
 * with it; this only has to cut the text where that parser cuts it, at once and while somebody types.
 */
export type TokenClass = 'comment' | 'string' | 'number' | 'duration' | 'keyword' | 'scope' | 'attribute' | 'intrinsic' | 'function' | 'operator' | 'punctuation' | 'unknown';

export interface Token {
  class: TokenClass;
  start: number;
  end: number;
}

const keywords = new Set(['true', 'false', 'nil', 'error', 'ok', 'unset', 'server', 'client', 'producer', 'consumer', 'internal', 'unspecified', 'asc', 'desc', 'with']);
const intrinsics = new Set(['duration', 'name', 'status', 'statusMessage', 'kind', 'rootServiceName', 'rootName', 'rootService', 'traceDuration', 'parent', 'childCount', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent']);

/** Functions whose answer is a series over time and not traces. */
export const metricsFunctions: ReadonlySet<string> = new Set([
  'rate',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'histogram_over_time',
  'compare',
]);

const attributeName = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s{}()=~!<>&|^,"'` + '`' + String.raw`+*%])+`;
const pieces: readonly [TokenClass | 'word' | 'path', RegExp][] = [
  ['comment', /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['string', /"(?:[^"\\]|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)/y],
  ['duration', /\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))*\b/y],
  ['number', /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['intrinsic', /(?:span|trace|event|link|instrumentation):[A-Za-z]*/y],
  ['path', new RegExp(String.raw`(?:parent\.)?(?:span|resource|event|link|instrumentation)?\.${attributeName}|(?:parent\.)?(?:span|resource|event|link|instrumentation|parent)\.`, 'y')],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['operator', /&&|\|\||!>>|!<<|&>>|&<<|!>|!<|&>|&<|&~|>>|<<|>=|<=|=~|!~|!=|[=<>!~+\-*/%^|]/y],
  ['punctuation', /[{}(),]/y],
];

/** Cuts a text into tokens; blanks are left out, and what has no meaning is `unknown`. Never fails. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  scan: while (at < text.length) {
    if (/\s/.test(text[at])) {
      at++;
      continue;
    }
    for (const [kind, pattern] of pieces) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null || match[0] === '') {
        continue;
      }
      const end = at + match[0].length;
      if (kind === 'path') {
        // The scope with its dot, then the name behind it.
        const scope = /^(?:parent\.)?(?:(?:span|resource|event|link|instrumentation)\.|\.|parent\.)?/.exec(match[0])?.[0].length ?? 0;
        tokens.push({ class: 'scope', start: at, end: at + scope });
        if (at + scope < end) {
          tokens.push({ class: 'attribute', start: at + scope, end });
        }
      } else if (kind === 'word') {
        tokens.push({ class: wordClass(match[0], text, end), start: at, end });
      } else {
        tokens.push({ class: kind, start: at, end });
      }
      at = end;
      continue scan;
    }
    tokens.push({ class: 'unknown', start: at, end: at + 1 });
    at++;
  }
  return tokens;
}

function wordClass(word: string, text: string, end: number): TokenClass {
  if (/^\s*\(/.test(text.slice(end))) {
    return 'function';
  }
  return keywords.has(word) ? 'keyword' : intrinsics.has(word) ? 'intrinsic' : metricsFunctions.has(word) ? 'function' : 'unknown';
}

export interface Piece {
  start: number;
  end: number;
  text: string;
}

/** The text between two offsets without the blanks around it. */
export function piece(text: string, start: number, end: number): Piece {
  while (start < end && /\s/.test(text[start])) {
    start++;
  }
  while (end > start && /\s/.test(text[end - 1])) {
    end--;
  }
  return { start, end, text: text.slice(start, end) };
}

/** Cuts a text at an operator where no bracket is open; null when the brackets or a string do not close. */
export function splitAt(text: string, operator: string, from = 0, to = text.length): Piece[] | null {
  const pieces: Piece[] = [];
  let depth = 0;
  let start = from;
  for (const token of tokenize(text.slice(from, to))) {
    const word = text.slice(from + token.start, from + token.end);
    if (token.class === 'punctuation') {
      depth += word === '{' || word === '(' ? 1 : word === '}' || word === ')' ? -1 : 0;
      if (depth < 0) {
        return null;
      }
    } else if (token.class === 'string' && !isClosed(word)) {
      return null;
    } else if (token.class === 'operator' && depth === 0 && word === operator) {
      pieces.push(piece(text, start, from + token.start));
      start = from + token.end;
    }
  }
  if (depth !== 0) {
    return null;
  }
  pieces.push(piece(text, start, to));
  return pieces;
}

function isClosed(literal: string): boolean {
  return literal.length > 1 && literal.endsWith(literal[0]);
}

/** The stages of a query: its spanset expression and what stands behind each `|`. Null when brackets do not close. */
export function stagesOf(text: string): Piece[] | null {
  return splitAt(text, '|');
}

/** True when the query asks for series over time and not for traces. */
export function isMetricsQuery(text: string): boolean {
  return tokenize(text).some((token) => token.class === 'function' && metricsFunctions.has(text.slice(token.start, token.end)));
}

/** What a search finds, as the beginning of a metrics query: the same text without `select()`, `sort()` and hints. */
export function metricsSource(query: string): string {
  const text = query.trim() === '' ? '{ }' : query.trim();
  const stages = stagesOf(text);
  if (stages === null) {
    return text;
  }
  const kept = stages.filter((stage, index) => index === 0 || !/^(?:select|sort)\s*\(/.test(stage.text)).map((stage) => stage.text.replace(/\s*\bwith\s*\([^()]*\)\s*$/, ''));
  const first = splitAt(kept[0], '||')?.length === 1 && /^\{[^{}]*\}$/.test(kept[0]) ? kept[0] : kept[0].startsWith('{') && isOneFilter(kept[0]) ? kept[0] : `(${kept[0]})`;
  return [first, ...kept.slice(1)].join(' | ');
}

/** True for a text that is one `{ … }` and nothing else. */
export function isOneFilter(text: string): boolean {
  let depth = 0;
  const tokens = tokenize(text);
  for (const [index, token] of tokens.entries()) {
    const word = text.slice(token.start, token.end);
    if (token.class === 'punctuation' && word === '{') {
      depth++;
    } else if (token.class === 'punctuation' && word === '}') {
      depth--;
      if (depth === 0) {
        return index === tokens.length - 1;
      }
    } else if (depth === 0) {
      return false;
    }
  }
  return false;
}
