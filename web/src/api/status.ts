import { getJson } from './client';

/** What this server is and what it has received: `GET /api/v1/status`. */
export interface ServerStatus {
  version: string;
  startedAt: string;
  receivers: { protocol: string; endpoint: string }[];
  api: string;
  tenant: string;
  data: { path: string; backend: string; retention: string };
  spans: { accepted: number; refused: number; firstReceivedUnixMs: number | null; lastReceivedUnixMs: number | null };
  traces: { oldestUnixMs: number | null; newestUnixMs: number | null };
}

export function serverStatus(signal?: AbortSignal): Promise<ServerStatus> {
  return getJson<ServerStatus>('/api/v1/status', signal);
}

/** True while the server holds nothing and has received nothing: the moment for the welcome page. */
export function isEmpty(status: ServerStatus): boolean {
  return status.spans.accepted === 0 && status.traces.newestUnixMs === null;
}
