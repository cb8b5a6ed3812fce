import { getJson } from './client';
import { queryInstant, type Window } from './metrics';

interface WireValues {
  tagValues?: { type?: string; value?: string }[];
}

/** Known values of an attribute, such as `resource.service.name`, sorted. */
export async function tagValues(tag: string, signal?: AbortSignal): Promise<string[]> {
  const wire = await getJson<WireValues>(`/api/v2/search/tag/${encodeURIComponent(tag)}/values`, signal);
  return (wire.tagValues ?? []).map((v) => v.value ?? '').filter((v) => v !== '').sort();
}

interface WireTags {
  scopes?: { name: string; tags?: string[] }[];
}

const fieldName = /^[A-Za-z0-9_.\-/:]+$/;

/** Every field that a condition can name, as TraceQL writes it: intrinsics first, then attributes with their scope. */
export async function fieldNames(signal?: AbortSignal): Promise<string[]> {
  const wire = await getJson<WireTags>('/api/v2/search/tags?limit=5000', signal);
  const fields: string[] = [];
  for (const scope of wire.scopes ?? []) {
    for (const tag of scope.tags ?? []) {
      fields.push(scope.name === 'intrinsic' ? tag : `${scope.name}.${fieldName.test(tag) ? tag : JSON.stringify(tag)}`);
    }
  }
  return fields;
}

export interface CountedValue {
  text: string;
  quoted: boolean;
  spans: number;
}

/** Values of a field with the number of spans that have them, among the spans of `source` in a window; most frequent first. */
export async function countedValues(field: string, source: string, window: Window, signal?: AbortSignal): Promise<CountedValue[]> {
  const answer = await queryInstant(`${source} | count_over_time() by(${field})`, window, signal);
  const bare = /^(?:status|kind|span:status|span:kind)$/.test(field);
  return answer.series
    .map((s) => {
      const value = s.labels[field] ?? Object.values(s.labels)[0] ?? '';
      return { text: String(value), quoted: typeof value === 'string' && !bare, spans: s.values[0] ?? 0 };
    })
    .filter((v) => v.text !== '' && v.text !== 'nil' && v.spans > 0)
    .sort((a, b) => b.spans - a.spans || a.text.localeCompare(b.text));
}
