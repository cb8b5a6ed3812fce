import { quote } from './query';
import { isOneFilter, piece, splitAt, stagesOf, tokenize, type Piece } from './traceql';

/**
 * The query as a row of chips. Text is the truth: chips are read from it and write back by replacing just their own characters, so that
 * nothing a person typed is lost. What a chip cannot take apart is a chip of text.
 */
export type Builder =
  /** One filter: a chip for each of its conditions. */
  | { kind: 'filter'; open: number; close: number; chips: Chip[]; stages: Piece[] }
  /** One filter that offers alternatives on its top level; it is one chip, and another condition goes beside it in brackets. */
  | { kind: 'alternatives'; open: number; close: number; inner: Piece; stages: Piece[] }
  /** Several filters in relation; the whole expression is one chip. */
  | { kind: 'structure'; whole: Piece; stages: Piece[] }
  /** Brackets or strings that do not close: somebody is typing. */
  | { kind: 'unreadable' };

export interface Chip extends Piece {
  /** What the chip says when it is a comparison of one field with values; null for everything else. */
  condition: Condition | null;
}

export interface Condition {
  field: string;
  op: Operator;
  values: Literal[];
}

export const operators = ['=', '!=', '=~', '!~', '>', '>=', '<', '<='] as const;
export type Operator = (typeof operators)[number];

/** A value as people read it, and whether it is written with quotes. */
export interface Literal {
  text: string;
  quoted: boolean;
}

export function readBuilder(text: string): Builder {
  if (text.trim() === '') {
    return { kind: 'filter', open: 0, close: 0, chips: [], stages: [] };
  }
  const stages = stagesOf(text);
  if (stages === null) {
    return { kind: 'unreadable' };
  }
  const [first, ...rest] = stages;
  if (!isOneFilter(first.text)) {
    return first.text.startsWith('{') || first.text.startsWith('(') || first.text.startsWith('!') ? { kind: 'structure', whole: first, stages: rest } : { kind: 'unreadable' };
  }
  const open = first.start + 1;
  const close = first.end - 1;
  const inner = piece(text, open, close);
  if (inner.text === '' || inner.text === 'true') {
    return { kind: 'filter', open, close, chips: [], stages: rest };
  }
  const alternatives = splitAt(text, '||', open, close);
  const conjuncts = splitAt(text, '&&', open, close);
  if (alternatives === null || conjuncts === null) {
    return { kind: 'unreadable' };
  }
  if (alternatives.length > 1) {
    return { kind: 'alternatives', open, close, inner, stages: rest };
  }
  return { kind: 'filter', open, close, chips: conjuncts.map((c) => ({ ...c, condition: readCondition(c.text) })), stages: rest };
}

/** A comparison, or a bracketed group of comparisons of one field: `(a = 1 || a = 2)`, `(a != 1 && a != 2)`. */
export function readCondition(text: string): Condition | null {
  if (text.startsWith('(') && text.endsWith(')')) {
    for (const [joint, op] of [
      ['||', '='],
      ['&&', '!='],
    ] as const) {
      const parts = splitAt(text, joint, 1, text.length - 1);
      if (parts !== null && parts.length > 1) {
        const read = parts.map((p) => readComparison(p.text));
        const [head] = read;
        if (head && read.every((r) => r !== null && r.field === head.field && r.op === op)) {
          return { field: head.field, op, values: read.flatMap((r) => r?.values ?? []) };
        }
      }
    }
    return null;
  }
  return readComparison(text);
}

function readComparison(text: string): Condition | null {
  const tokens = tokenize(text);
  const fieldTokens = tokens[0]?.class === 'scope' ? 2 : 1;
  const [first] = tokens;
  if (first === undefined || !(first.class === 'scope' ? tokens[1]?.class === 'attribute' : first.class === 'intrinsic')) {
    return null;
  }
  const field = text.slice(first.start, tokens[fieldTokens - 1].end);
  const op = operators.find((o) => tokens[fieldTokens]?.class === 'operator' && o === text.slice(tokens[fieldTokens].start, tokens[fieldTokens].end));
  const rest = tokens.slice(fieldTokens + 1);
  const literal = rest.at(-1);
  if (op === undefined || literal === undefined) {
    return null;
  }
  const raw = text.slice(rest[0].start, literal.end);
  const isNegative = rest.length === 2 && raw.startsWith('-') && /^(?:number|duration)$/.test(literal.class);
  if (rest.length !== 1 && !isNegative) {
    return null;
  }
  if (literal.class === 'string') {
    return { field, op, values: [{ text: unquote(raw), quoted: true }] };
  }
  return /^(?:number|duration|keyword)$/.test(literal.class) ? { field, op, values: [{ text: raw, quoted: false }] } : null;
}

export function unquote(literal: string): string {
  if (literal.startsWith('`')) {
    return literal.slice(1, -1);
  }
  return literal.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c));
}

const escapeRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A condition as text. Several values of `=` become an or-group, of `!=` an and-group, of the regular expressions one pattern. */
export function writeCondition({ field, op, values }: Condition): string {
  const literal = (value: Literal) => (value.quoted ? quote(value.text) : value.text);
  if (values.length <= 1) {
    return `${field} ${op} ${literal(values[0] ?? { text: '', quoted: true })}`;
  }
  if (op === '=~' || op === '!~') {
    return `${field} ${op} ${quote(values.map((v) => escapeRegex(v.text)).join('|'))}`;
  }
  return `(${values.map((value) => `${field} ${op} ${literal(value)}`).join(op === '!=' ? ' && ' : ' || ')})`;
}

/** The query with one more condition on its spans. A relation of several filters gets a filter beside it, for the trace. */
export function addCondition(text: string, condition: string): string {
  const builder = readBuilder(text);
  switch (builder.kind) {
    case 'unreadable':
      return `{ ${condition} }`;
    case 'structure':
      return `${text.slice(0, builder.whole.start)}(${builder.whole.text}) && { ${condition} }${text.slice(builder.whole.end)}`;
    case 'alternatives':
      return `${text.slice(0, builder.inner.start)}(${builder.inner.text}) && ${condition}${text.slice(builder.inner.end)}`;
    case 'filter': {
      if (text.trim() === '') {
        return `{ ${condition} }`;
      }
      const last = builder.chips.at(-1);
      if (builder.chips.some((chip) => chip.text === condition)) {
        return text;
      }
      return last === undefined ? `${text.slice(0, builder.open)} ${condition} ${text.slice(builder.close)}` : `${text.slice(0, last.end)} && ${condition}${text.slice(last.end)}`;
    }
  }
}

/** The query, of traces that also have a span (any, not necessarily one that the query matches) for which a condition holds. */
export function addTraceCondition(text: string, condition: string): string {
  const builder = readBuilder(text);
  if (builder.kind === 'unreadable') {
    return `{ ${condition} }`;
  }
  const [whole] = stagesOf(text) ?? [];
  if (whole === undefined || whole.text === '' || (builder.kind === 'filter' && builder.chips.length === 0)) {
    return whole === undefined ? `{ ${condition} }` : text.slice(0, whole.start) + `{ ${condition} }` + text.slice(whole.end);
  }
  const first = builder.kind === 'structure' && splitAt(whole.text, '&&')?.every((part) => isOneFilter(part.text)) !== true ? `(${whole.text})` : whole.text;
  return `${text.slice(0, whole.start)}${first} && { ${condition} }${text.slice(whole.end)}`;
}

/** The query with the condition of one chip changed, or taken out when it is null. */
export function writeChip(text: string, index: number, condition: string | null): string {
  const builder = readBuilder(text);
  if (builder.kind !== 'filter' || builder.chips[index] === undefined) {
    return text;
  }
  const chip = builder.chips[index];
  if (condition !== null) {
    return text.slice(0, chip.start) + condition + text.slice(chip.end);
  }
  if (builder.chips.length === 1) {
    return `${text.slice(0, builder.open)} ${text.slice(builder.close)}`;
  }
  return index === 0 ? text.slice(0, chip.start) + text.slice(builder.chips[1].start) : text.slice(0, builder.chips[index - 1].end) + text.slice(chip.end);
}

/** The query without one of the stages behind its `|`. */
export function removeStage(text: string, index: number): string {
  const builder = readBuilder(text);
  if (builder.kind === 'unreadable' || builder.stages[index] === undefined) {
    return text;
  }
  const stage = builder.stages[index];
  const bar = text.lastIndexOf('|', stage.start);
  return text.slice(0, bar).trimEnd() + text.slice(stage.end);
}

/** The first filter of the query without one chip, to narrow the values offered for it; all spans when there is no such filter. */
export function restOf(text: string, index: number | null): string {
  const builder = readBuilder(text);
  if (builder.kind === 'filter') {
    const kept = builder.chips.filter((_, i) => i !== index).map((chip) => chip.text);
    return kept.length === 0 ? '{ }' : `{ ${kept.join(' && ')} }`;
  }
  return builder.kind === 'alternatives' ? `{ ${builder.inner.text} }` : builder.kind === 'structure' ? `(${builder.whole.text})` : '{ }';
}

/** A condition that holds for one value of a field as a metrics answer gives it; `nil` stands for spans without the field. */
export function equals(field: string, value: string | number | boolean): string {
  if (value === 'nil') {
    return `${field} = nil`;
  }
  if (typeof value !== 'string') {
    return `${field} = ${value}`;
  }
  const bare = /^(?:status|kind|span:status|span:kind)$/.test(field);
  return `${field} = ${bare ? value : quote(value)}`;
}
