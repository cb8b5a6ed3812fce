import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFake } from './fake';

export interface Server {
  url: string;
  otlpHttp: string;
  stop(): Promise<void>;
}

const program = process.env.CLEW_PROGRAM ?? join(import.meta.dirname, '../../../../clew');
const startLimitMs = 60_000;

/** An empty server of its own: the program on free ports with a data folder that is removed afterwards, or the stand-in (CLEW_FAKE=1). `more` goes to the command line. */
export async function startServer(...more: string[]): Promise<Server> {
  if (process.env.CLEW_FAKE === '1') {
    const fake = await startFake();
    return { url: fake.url, otlpHttp: fake.url, stop: fake.stop };
  }
  const data = mkdtempSync(join(tmpdir(), 'clew-browser-'));
  const [http, grpc, otlp] = await freePorts(3);
  const child = spawn(program, ['serve', '--data', data, '--http', `127.0.0.1:${http}`, '--otlp-grpc', `127.0.0.1:${grpc}`, '--otlp-http', `127.0.0.1:${otlp}`, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000);
  };
  // A program that is not there has no exit code of its own.
  child.on('error', (error) => {
    said += error.message;
  });
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const url = `http://127.0.0.1:${http}`;
  await ready(url, child, () => said);
  return {
    url,
    otlpHttp: `http://127.0.0.1:${otlp}`,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`the server ended with ${child.exitCode}:\n${said()}`);
    }
    const answer = await fetch(`${url}/ready`).catch(() => null);
    if (answer?.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready after ${startLimitMs} ms:\n${said()}`);
}

export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
