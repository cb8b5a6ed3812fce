import { getJson } from './client';

/** What the server's configuration has for the pages. */
export interface UiSettings {
  links: UiLink[];
  tenantsEnabled: boolean;
}

/** A link from a span to what another program knows of it; `url` has places that the span fills in. */
export interface UiLink {
  title: string;
  url: string;
}

export async function uiSettings(signal?: AbortSignal): Promise<UiSettings> {
  const wire = await getJson<Partial<UiSettings>>('/api/v1/ui', signal);
  return { links: wire.links ?? [], tenantsEnabled: wire.tenantsEnabled ?? false };
}
