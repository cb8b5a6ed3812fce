import type { WireAttribute } from '../../api/otlp';
import type { SpanSource } from './build';
import type { TraceTable } from './table';
import { spanIdOf } from './table';
import { readAttributes } from './detail';

/** One word of a search within a trace: free text, or `key=value` where the key must contain the one and the value the other. */
interface Term {
  text: string;
  key: string | null;
  value: string;
}

/** Words are joined by AND; double quotes keep blanks together. */
export function parseTerms(text: string): Term[] {
  const terms: Term[] = [];
  for (const match of text.toLowerCase().matchAll(/(?:"[^"]*"?|[^\s"])+/g)) {
    const word = match[0].replaceAll('"', '');
    const equals = word.indexOf('=');
    if (word !== '') {
      terms.push({ text: word, key: equals > 0 ? word.slice(0, equals) : null, value: word.slice(equals + 1) });
    }
  }
  return terms;
}

/**
 * Rows whose span contains every term, in name, service, span id, status message, or the keys and values of its attributes, resource,
 * events and links. Resources are searched once each, not once for each of their spans.
 */
export function findSpans(table: TraceTable, sources: SpanSource[], text: string): Int32Array {
  const terms = parseTerms(text);
  const found: number[] = [];
  if (terms.length === 0) {
    return new Int32Array();
  }
  const resourceHits = new Map<object, boolean[]>();
  const nameHits = terms.map((term) => table.names.map((name) => plainMatch(term, 'name', name)));
  const serviceHits = terms.map((term) => table.services.map((name) => plainMatch(term, 'service', name)));
  for (let row = 0; row < table.count; row++) {
    const source = sources[row];
    let hits = resourceHits.get(source.resource);
    if (hits === undefined) {
      hits = terms.map((term) => attributesMatch(term, source.resource.resource?.attributes));
      resourceHits.set(source.resource, hits);
    }
    let all = true;
    for (let t = 0; t < terms.length && all; t++) {
      all = hits[t] || nameHits[t][table.name[row]] || serviceHits[t][table.service[row]] || spanMatches(terms[t], table, row, source);
    }
    if (all) {
      found.push(row);
    }
  }
  return Int32Array.from(found);
}

const statusWords = ['unset', 'ok', 'error'];
const kindWords = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function plainMatch(term: Term, key: string, value: string): boolean {
  return term.key === null ? value.toLowerCase().includes(term.text) : term.key === key && value.toLowerCase().includes(term.value);
}

function spanMatches(term: Term, table: TraceTable, row: number, { span, scope }: SpanSource): boolean {
  if (term.key !== null && (term.key === 'status' || term.key === 'kind')) {
    const word = term.key === 'status' ? statusWords[span.status?.code ?? 0] : kindWords[span.kind ?? 0];
    if (word === term.value) {
      return true;
    }
  }
  return (
    (term.key === null && spanIdOf(table, row).includes(term.text)) ||
    (span.status?.message !== undefined && plainMatch(term, 'statusmessage', span.status.message)) ||
    attributesMatch(term, span.attributes) ||
    (scope.scope?.name !== undefined && plainMatch(term, 'scope', scope.scope.name)) ||
    (span.events?.some((event) => plainMatch(term, 'event', event.name ?? '') || attributesMatch(term, event.attributes)) ?? false) ||
    (span.links?.some((link) => (link.traceId ?? '').includes(term.text) || attributesMatch(term, link.attributes)) ?? false)
  );
}

function attributesMatch(term: Term, attributes: WireAttribute[] | undefined): boolean {
  if (attributes === undefined) {
    return false;
  }
  for (const attribute of attributes) {
    const key = (attribute.key ?? '').toLowerCase();
    if (term.key === null && key.includes(term.text)) {
      return true;
    }
    if (term.key !== null && !key.includes(term.key)) {
      continue;
    }
    const text = attribute.value?.stringValue ?? readAttributes([attribute])[0].value;
    if (text.toLowerCase().includes(term.value)) {
      return true;
    }
  }
  return false;
}
