import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Oid } from '@eleventh/core';
import { replaceFile } from './cache.ts';

const FILE = 'seen.json';

/** Returns where the refs of a remote stood when their commits were last brought into a cache, by full name. */
export async function readSeen(gitDirectory: string): Promise<ReadonlyMap<string, Oid>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(join(gitDirectory, FILE), 'utf8'))));
  } catch {
    return new Map();
  }
}

/** Notes where some refs stand. It is a hint: the worst of a race or a lost note is a fetch that takes longer. */
export async function noteSeen(gitDirectory: string, refs: Iterable<readonly [string, Oid]>): Promise<void> {
  const text = JSON.stringify(Object.fromEntries(refs));
  await replaceFile(gitDirectory, FILE, text).catch(() => {}); // A cache that has become read-only still serves.
}
