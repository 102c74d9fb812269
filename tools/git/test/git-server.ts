import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../src/git-process.ts';

/** How many requests of a kind a server was asked for, whatever came of them. */
export interface Counts {
  /** Reads of the refs before a push. */
  readonly pushConnections: number;
  readonly pushRequests: number;
  /** Reads of what the server can do, or, with the first protocol, of the refs. */
  readonly readConnections: number;
  /** One for the refs and one or more for the objects. */
  readonly readRequests: number;
}

export type RequestKind = keyof Counts;

/** A Git server on the loopback that holds the bare repositories below a folder: `<url>/<path below it>`. */
export interface GitServer {
  readonly url: string;
  /** What was asked for until now. */
  readonly counts: Counts;
  close(): Promise<void>;
}

/** Why a server cannot be started on this machine. */
export interface Missing {
  readonly missing: string;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Returns what kind of request it is over HTTP, or null when it is none that is counted. */
export function requestKind(method: string, url: string, length: string): RequestKind | null {
  const isPush = url.endsWith('git-receive-pack');
  if (!isPush && !url.endsWith('git-upload-pack')) return null;
  if (method === 'GET') return isPush ? 'pushConnections' : 'readConnections';
  // Before a large body Git asks with an empty one whether it may come in: four bytes, and nothing is pushed.
  if (length === '4') return null;
  return isPush ? 'pushRequests' : 'readRequests';
}

/** Returns the counts of the requests of these kinds. */
export function countKinds(kinds: Iterable<RequestKind | null>): Counts {
  const counts = { pushConnections: 0, pushRequests: 0, readConnections: 0, readRequests: 0 };
  for (const kind of kinds) if (kind !== null) counts[kind] += 1;
  return counts;
}

/** Returns the environment of a server, in which Git sees nothing of the machine's own configuration. */
export function serverEnvironment(root: string): Environment {
  return { PATH: process.env.PATH, HOME: root, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
}

/** Returns the path of a program, also where only an administrator's `PATH` leads, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const paths = folders.filter((folder) => folder.startsWith('/')).map((folder) => join(folder, name));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
