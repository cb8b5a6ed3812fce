/** An answer that is not 2xx, or no answer at all (status 0). The message is the server's own first words, meant for people. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

const messageLimit = 2000;

/** Asks this origin for JSON. An abort is passed on as it is, every other failure is an ApiError. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { Accept: 'application/json' }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
  if (!response.ok) {
    const body = await response.text().catch(() => '');
    // A page of HTML can only come from something between this UI and the server.
    const text = body.trimStart().startsWith('<') ? response.statusText : body.trim().slice(0, messageLimit);
    throw new ApiError(response.status, text === '' ? `${response.status} ${response.statusText}` : text);
  }
  return (await response.json()) as T;
}
