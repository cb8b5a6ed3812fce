import { useMemo, useSyncExternalStore } from 'react';

/** The address as the application sees it. The URL is the state: pages read this and write it, and keep nothing of it for themselves. */
export interface Place {
  path: string;
  params: URLSearchParams;
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

const snapshot = () => window.location.pathname + window.location.search;

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, snapshot);
  return useMemo(() => readPlace(address), [address]);
}

export function currentPlace(): Place {
  return readPlace(snapshot());
}

function readPlace(address: string): Place {
  const [path, query = ''] = address.split('?', 2);
  return { path, params: new URLSearchParams(query) };
}

/** Parameters that belong to the reader, not to the page, and so survive a change of page. */
const carried = ['lang', 'theme', 'tz', 'tenant', 'embed', 'hide'] as const;

export function carriedParams(from: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of carried) {
    const value = from.get(key);
    if (value !== null) {
      params.set(key, value);
    }
  }
  return params;
}

export function href(path: string, params: URLSearchParams): string {
  // Blanks as + and these characters unescaped keep links to queries readable; all are legal within a query.
  const query = params.toString().replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%7B', '{').replaceAll('%7D', '}').replaceAll('%3D', '=');
  return query === '' ? path : `${path}?${query}`;
}

/** Goes to an address. Steps that refine one view (typing, folding, moving the cursor) replace; new views push. */
export function navigate(path: string, params: URLSearchParams, how: 'push' | 'replace' = 'push'): void {
  const address = href(path, params);
  if (address === snapshot()) {
    return;
  }
  if (how === 'push') {
    window.history.pushState({ from: snapshot() }, '', address);
  } else {
    window.history.replaceState(window.history.state, '', address);
  }
  for (const listener of listeners) {
    listener();
  }
}

/** The address within this UI from which the present one was reached; null when it was opened directly. */
export function cameFrom(): string | null {
  const state: unknown = window.history.state;
  return typeof state === 'object' && state !== null && 'from' in state && typeof state.from === 'string' ? state.from : null;
}
