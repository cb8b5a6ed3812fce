/**
 * `?embed=v1` shows a page inside another one. `hide` names what is left out, joined by commas: `header` (of the page), `minimap`, `strip`,
 * `tools`. The bar on top is never shown. The page around is told of what happens (see tell).
 */
export interface Embed {
  on: boolean;
  hides: ReadonlySet<string>;
}

export function embedOf(params: URLSearchParams): Embed {
  const on = params.get('embed') === 'v1';
  return { on, hides: new Set(on ? (params.get('hide') ?? '').split(',') : []) };
}

export type EmbedEvent = { type: 'ready' } | { type: 'height'; height: number } | { type: 'span-selected'; traceId: string; spanId: string };

/** Tells the page around, whoever that is allowed to be (the server's frame-ancestors decide): nothing said here is secret to it. */
export function tell(event: EmbedEvent): void {
  if (window.parent !== window) {
    window.parent.postMessage({ source: 'clew', version: 1, ...event }, '*');
  }
}
