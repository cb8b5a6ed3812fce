import { getJson } from './client';

interface WireValues {
  tagValues?: { type?: string; value?: string }[];
}

/** Known values of an attribute, such as `resource.service.name`, sorted. */
export async function tagValues(tag: string, signal?: AbortSignal): Promise<string[]> {
  const wire = await getJson<WireValues>(`/api/v2/search/tag/${encodeURIComponent(tag)}/values`, signal);
  return (wire.tagValues ?? []).map((v) => v.value ?? '').filter((v) => v !== '').sort();
}
