import { getJson } from './client';

/** What the server's parser says of a text that is being written. Places are offsets in UTF-16 units. */
export interface Analysis {
  diagnostics: Diagnostic[];
  completion: Completion;
}

export interface Diagnostic {
  severity: 'error' | 'warning' | 'hint';
  message: string;
  start: number;
  end: number;
  suggestion: string;
}

export interface Completion {
  situation: string;
  /** What a chosen proposal replaces. */
  start: number;
  end: number;
  prefix: string;
  items: { kind: string; label: string; insert: string; detail: string }[];
  /** Where names of attributes are looked for: a scope, `any`, or empty when none fit. */
  scope: string;
  ofParent: boolean;
  /** Of which field values are wanted. */
  field: string;
  /** The rest of the query, to narrow names and values with. */
  narrow: string;
}

interface WireAnalysis {
  diagnostics?: (Omit<Diagnostic, 'suggestion'> & { suggestion?: string | null })[];
  completion: Partial<Omit<Completion, 'items'>> & { items?: { kind: string; label: string; insert: string; detail?: string | null }[] };
}

export async function analyze(text: string, cursor: number, signal?: AbortSignal): Promise<Analysis> {
  const wire = await getJson<WireAnalysis>(`/api/v1/traceql/analyze?${new URLSearchParams({ q: text, cursor: String(cursor) })}`, signal);
  const { completion } = wire;
  return {
    diagnostics: (wire.diagnostics ?? []).map((d) => ({ ...d, suggestion: d.suggestion ?? '' })),
    completion: {
      situation: completion.situation ?? 'none',
      start: completion.start ?? cursor,
      end: completion.end ?? cursor,
      prefix: completion.prefix ?? '',
      items: (completion.items ?? []).map((item) => ({ ...item, detail: item.detail ?? '' })),
      scope: completion.scope ?? '',
      ofParent: completion.ofParent ?? false,
      field: completion.field ?? '',
      narrow: completion.narrow ?? '',
    },
  };
}

const valuesWanted = 60;

interface WireNames {
  scopes?: { scope: string; names?: string[] }[];
}

/** Names of attributes of a scope (all scopes for `any`), among the spans that a filter leaves. */
export async function attributeNames(scope: string, narrow: string, range: { startMs: number; endMs: number } | null, signal?: AbortSignal): Promise<{ scope: string; name: string }[]> {
  const wire = await getJson<WireNames>(`/api/v1/attributes?${narrowed(scope === 'any' || scope === '' ? {} : { scope }, narrow, range)}`, signal);
  return (wire.scopes ?? []).filter((s) => s.scope !== 'intrinsic').flatMap((s) => (s.names ?? []).map((name) => ({ scope: s.scope, name })));
}

export interface AttributeValue {
  value: string;
  type: string;
  spans: number;
}

/** Values of an attribute with their number of spans, most frequent first. */
export async function attributeValues(name: string, prefix: string, narrow: string, range: { startMs: number; endMs: number } | null, signal?: AbortSignal): Promise<AttributeValue[]> {
  const wire = await getJson<{ values?: AttributeValue[] }>(`/api/v1/attributes/values?${narrowed({ name, prefix, limit: String(valuesWanted) }, narrow, range)}`, signal);
  return wire.values ?? [];
}

function narrowed(own: Record<string, string>, narrow: string, range: { startMs: number; endMs: number } | null): URLSearchParams {
  const params = new URLSearchParams(own);
  if (narrow !== '') {
    params.set('q', narrow);
  }
  if (range !== null) {
    params.set('start', String(Math.floor(range.startMs / 1000)));
    params.set('end', String(Math.ceil(range.endMs / 1000)));
  }
  return params;
}
