import { ask, getJson } from './client';

/** A search that the people of a tenant share. `state` is the page's address behind the `?`. */
export interface SavedSearch {
  id: string;
  name: string;
  query: string;
  state: string;
}

export async function savedSearches(signal?: AbortSignal): Promise<SavedSearch[]> {
  const wire = await getJson<{ searches?: (Omit<SavedSearch, 'state'> & { state?: string | null })[] }>('/api/v1/saved-searches', signal);
  return (wire.searches ?? []).map((s) => ({ ...s, state: s.state ?? '' }));
}

export async function saveSearch(name: string, query: string, state: string): Promise<void> {
  await ask('/api/v1/saved-searches', undefined, { method: 'POST', contentType: 'application/json', body: JSON.stringify({ name, query, state }) });
}

export async function deleteSearch(id: string): Promise<void> {
  await ask(`/api/v1/saved-searches/${encodeURIComponent(id)}`, undefined, { method: 'DELETE' });
}

/** A short address of this server for a longer one, from the first `/` on. */
export async function shorten(path: string): Promise<string> {
  const response = await ask('/api/v1/links', undefined, { method: 'POST', contentType: 'application/json', body: JSON.stringify({ path }) });
  const link = (await response.json()) as { id: string };
  return `/s/${link.id}`;
}

export async function resolveLink(id: string, signal?: AbortSignal): Promise<string> {
  return (await getJson<{ path: string }>(`/api/v1/links/${encodeURIComponent(id)}`, signal)).path;
}
