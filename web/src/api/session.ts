import { ApiError, ask, getJson } from './client';

const path = '/api/v1/session';

/** Trades a token for the cookie of a session; false when the server does not know it. */
export async function beginSession(token: string): Promise<boolean> {
  try {
    await ask(path, undefined, { method: 'POST', body: token, contentType: 'text/plain' });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      return false;
    }
    throw error;
  }
}

export async function endSession(): Promise<void> {
  await ask(path, undefined, { method: 'DELETE' });
}

/** Whether this server asks for tokens at all. */
export async function tokenNeeded(signal?: AbortSignal): Promise<boolean> {
  return (await getJson<{ tokenNeeded: boolean }>(path, signal)).tokenNeeded;
}
