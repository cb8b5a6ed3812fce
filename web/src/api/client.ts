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

// Set from the address by the application (and, in a worker, from the message that starts it): every question carries it.
let tenant = '';

export function setTenant(name: string): void {
  tenant = name;
}

export function currentTenant(): string {
  return tenant;
}

let tokenNeeded: ((ended: boolean) => void) | null = null;

/** Says who hears that the server asks for a token; `ended`: it had one that it takes no longer. The answer unsubscribes. */
export function onTokenNeeded(listener: (ended: boolean) => void): () => void {
  tokenNeeded = listener;
  return () => {
    tokenNeeded = null;
  };
}

export interface Request {
  method?: string;
  accept?: string;
  body?: BodyInit;
  contentType?: string;
}

/** Asks this origin. An abort is passed on as it is, every other failure is an ApiError. */
export async function ask(path: string, signal?: AbortSignal, request: Request = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: request.accept ?? 'application/json' };
  if (tenant !== '') {
    headers['X-Scope-OrgID'] = tenant;
  }
  if (request.contentType !== undefined) {
    headers['Content-Type'] = request.contentType;
  }
  let response: Response;
  try {
    response = await fetch(path, { method: request.method ?? 'GET', headers, body: request.body ?? null, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
  if (!response.ok) {
    const challenge = response.headers.get('WWW-Authenticate');
    if (response.status === 401 && challenge?.startsWith('Bearer')) {
      tokenNeeded?.(challenge.includes('invalid_token'));
    }
    const body = await response.text().catch(() => '');
    // A page of HTML can only come from something between this UI and the server.
    const text = body.trimStart().startsWith('<') ? response.statusText : body.trim().slice(0, messageLimit);
    throw new ApiError(response.status, text === '' ? `${response.status} ${response.statusText}` : text);
  }
  return response;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, signal)).json()) as T;
}

/** The objects of an answer that comes a line of JSON at a time, as they come. */
export async function* readLines<T>(response: Response): AsyncGenerator<T> {
  const reader = (response.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = done ? '' : (lines.pop() as string);
    for (const line of lines) {
      if (line !== '') {
        yield JSON.parse(line) as T;
      }
    }
    if (done) {
      return;
    }
  }
}

/** What an answer of the query engine rests on. */
export interface Searched {
  /** Sources searched, and sources that could hold an answer. */
  sources: number;
  relevant: number;
  spans: number;
  /** Which limit ended the query, in the server's words; null when the answer is complete. */
  incomplete: string | null;
}

/** From the headers of an answer that comes at once. */
export function searchedOf(response: Response): Searched {
  const [sources = '0', relevant = '0'] = (response.headers.get('X-Clew-Searched') ?? '').split('/');
  return {
    sources: Number(sources) || 0,
    relevant: Number(relevant) || 0,
    spans: Number(response.headers.get('X-Clew-Inspected-Spans') ?? 0),
    incomplete: response.headers.get('X-Clew-Incomplete'),
  };
}
