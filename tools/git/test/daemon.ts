import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Environment } from '../src/git-process.ts';

// The server takes the place of the shell. Its watcher reads a pipe that closes when our process ends, however that
// happens, then ends the server and removes its folder. Both are apart from our process group, or what kills that would
// kill the watcher too.
const WATCHED = `exec 3<&0
{ cat <&3 >/dev/null; kill $$; rm -rf "$0"; } 2>/dev/null &
exec "$@" 3<&- </dev/null`;

/** How often a server may find its port taken by somebody else in the meantime. */
const ATTEMPTS = 3;
const STARTED_WITHIN = 20_000;

export interface DaemonOptions {
  /** What the server needs; removed with it. */
  readonly folder: string;
  readonly env: Environment;
  /** Returns the command that serves this port in the foreground, after writing its configuration. */
  readonly command: (port: number) => readonly string[];
}

export interface Daemon {
  readonly port: number;
  /** Ends the server, and returns when it is gone. */
  close(): Promise<void>;
}

/** Starts a program that listens on the loopback, and returns when it does. Throws with its last words. */
export async function startDaemon({ folder, env, command }: DaemonOptions): Promise<Daemon> {
  let words = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const child = spawn('sh', ['-c', WATCHED, folder, ...command(port)], {
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words = `${words}${chunk}`.slice(-4000);
    });
    if (await isListening(child, port)) {
      return {
        port,
        async close() {
          await end(child);
          rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        },
      };
    }
    await end(child);
  }
  throw new Error(`The server did not start: ${words}`);
}

async function end(child: ChildProcess): Promise<void> {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  const exited = isOver ? Promise.resolve() : once(child, 'exit');
  child.stdin?.end();
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Returns true once something listens on the port, false when the program ended or took too long. */
async function isListening(child: ChildProcess, port: number): Promise<boolean> {
  for (const end = Date.now() + STARTED_WITHIN; child.exitCode === null && Date.now() < end; ) {
    if (await answers(port)) return true;
    await setTimeout(20);
  }
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
