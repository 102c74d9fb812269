import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { type Credentials, countKinds, type GitServer, type RequestKind, requestKind } from './git-server.ts';
import { type Backend, sendReply, startBackend } from './http-backend.ts';

/**
 * What goes wrong with a request:
 * - `status`: it is answered with this, and nothing is done;
 * - `delay`: it is done at once, and answered so many milliseconds later;
 * - `cut`: it is done to its end, but the connection is cut before the client hears of that. All that it hears is that
 *   the request came in, or nothing at `all`, which makes its HTTP library send the request once more by itself;
 * - `kill`: Git on the server is killed, all of it at once, and the connection is cut: when half of the request came
 *   in, when the refs are locked but did not move, or when they moved. The repository's own hooks do not run then.
 */
export type Fault =
  | { readonly status: number }
  | { readonly delay: number }
  | { readonly cut: 'result' | 'all' }
  | { readonly kill: 'receiving' | 'prepared' | 'committed' };

type Verdict = Fault | undefined;

export interface HttpOptions {
  /** Who may come in; everybody when it is absent. */
  readonly credentials?: Credentials;
  /** Says of each request that is counted what goes wrong with it. The request waits for the answer. */
  readonly beforeReply?: (kind: RequestKind) => Verdict | Promise<Verdict>;
}

/** Returns a `beforeReply` by which the first request of a kind goes wrong. */
export function onFirst(kind: RequestKind, fault: Fault): (asked: RequestKind) => Verdict {
  let isOver = false;
  return (asked) => {
    if (isOver || asked !== kind) return undefined;
    isOver = true;
    return fault;
  };
}

const RESULT = { 'Content-Type': 'application/x-git-receive-pack-result' };

/**
 * Starts Node's own web server in front of `git http-backend`. It lives in this process, so a Git command that talks to
 * it must not be waited for synchronously.
 */
export async function startHttpServer(root: string, options: HttpOptions = {}): Promise<GitServer> {
  const kinds: RequestKind[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const user = options.credentials?.user ?? null;
    if (!mayEnter(request, options.credentials)) {
      request.resume();
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const kind = requestKind(`${request.method}`, `${request.url}`, `${request.headers['content-length']}`);
    if (kind !== null) kinds.push(kind);
    const fault = kind === null ? undefined : await options.beforeReply?.(kind);
    if (fault !== undefined && 'status' in fault) {
      request.resume();
      response.writeHead(fault.status).end();
      return;
    }
    if (fault !== undefined && 'kill' in fault && fault.kill === 'receiving') {
      return killHalfway(request, response, startBackend(root, request, user));
    }
    const hooks = fault !== undefined && 'kill' in fault ? makeHooks(fault.kill) : null;
    const backend = startBackend(root, request, user, hooks ?? undefined);
    pipeline(request, backend.stdin).catch(() => {});
    if (fault === undefined || 'delay' in fault) {
      const reply = backend.stdout.pipe(new PassThrough());
      if (fault !== undefined) await setTimeout(fault.delay);
      return sendReply(reply, response);
    }
    // Git on the server says that the request came in before it begins with the work.
    if (!('cut' in fault && fault.cut === 'all')) response.writeHead(200, RESULT).flushHeaders();
    backend.stdout.resume();
    await once(backend, 'close');
    if (hooks !== null) rmSync(hooks, { recursive: true });
    response.destroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get counts() {
      return countKinds(kinds);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Returns a folder of hooks by which Git kills its whole process group, the backend's, at a moment of the push. */
function makeHooks(moment: string): string {
  const hooks = mkdtempSync(join(tmpdir(), 'eleventh-hooks-'));
  const script = `#!/bin/sh\n[ "$1" != ${moment} ] || kill -KILL 0\n`;
  writeFileSync(join(hooks, 'reference-transaction'), script, { mode: 0o755 });
  return hooks;
}

function mayEnter(request: IncomingMessage, credentials: Credentials | undefined): boolean {
  if (credentials === undefined) return true;
  const { user, password } = credentials;
  return request.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function killHalfway(request: IncomingMessage, response: ServerResponse, backend: Backend): Promise<void> {
  response.writeHead(200, RESULT).flushHeaders();
  backend.stdin.on('error', () => {});
  backend.stdout.resume();
  const body = await buffer(request);
  await new Promise((resolve) => backend.stdin.write(body.subarray(0, body.length / 2), resolve));
  const closed = once(backend, 'close');
  if (backend.pid !== undefined) process.kill(-backend.pid, 'SIGKILL');
  await closed;
  response.destroy();
}
