import { useEffect, useState } from 'react';
import { onTokenNeeded } from '../api/client';
import { beginSession } from '../api/session';

export type SignInState = { kind: 'open' } | { kind: 'trading' } | { kind: 'needed'; ended: boolean };

/** `#token=…` at the end of a link; a fragment never leaves the browser, so no proxy writes it down. */
function linkToken(): string | null {
  return /^#token=(.+)$/.exec(window.location.hash)?.[1] ?? null;
}

/** Whether pages may be shown: not while a link's token is traded for a session, and not once the server has asked for one. */
export function useSignIn(): { state: SignInState; done(): void } {
  const [state, setState] = useState<SignInState>(() => (linkToken() === null ? { kind: 'open' } : { kind: 'trading' }));
  useEffect(() => onTokenNeeded((ended) => setState({ kind: 'needed', ended })), []);
  useEffect(() => {
    const token = linkToken();
    if (token === null) {
      return;
    }
    // Neither history nor a copied address keeps it.
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    void beginSession(decodeURIComponent(token))
      .catch(() => false)
      .then((known) => setState(known ? { kind: 'open' } : { kind: 'needed', ended: false }));
  }, []);
  return { state, done: () => setState({ kind: 'open' }) };
}
