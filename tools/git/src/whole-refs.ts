import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOid, type Oid } from '@eleventh/core';
import { replaceFile } from './cache.ts';

/** Returns whether the server was found to give out nothing but whole refs. */
export function isNotedWhole(gitDirectory: string): boolean {
  return existsSync(join(gitDirectory, 'whole'));
}

export function noteWhole(gitDirectory: string): void {
  try {
    writeFileSync(join(gitDirectory, 'whole'), '');
  } catch {
    // A cache that has become read-only still serves.
  }
}

/** Returns the commits and tags that are noted as complete in a cache. */
async function readTips(gitDirectory: string): Promise<ReadonlySet<Oid>> {
  const text = await readFile(join(gitDirectory, 'packed-refs'), 'utf8').catch(() => '');
  return new Set(
    text
      .split('\n')
      .map((line) => line.slice(0, 40))
      .filter(isOid),
  );
}

/**
 * Notes that commits and tags are complete in a cache, as refs that its next fetch offers to the server and that its
 * connectivity check stops at. Those that no ref of the remote has any more are forgotten: what replaced them is there.
 *
 * The file of packed refs is written whole and in one step. So nothing is ever locked, by a dead process neither, and
 * the worst of a race is a note that is lost and some bytes that are fetched twice.
 */
export async function recordTips(gitDirectory: string, tips: readonly Oid[], current: ReadonlySet<Oid>): Promise<void> {
  const recorded = await readTips(gitDirectory);
  const kept = new Set([...[...recorded].filter((oid) => current.has(oid)), ...tips]);
  if (kept.size === recorded.size && [...kept].every((oid) => recorded.has(oid))) return;
  const lines = [...kept].sort().map((oid) => `${oid} refs/eleventh/known/${oid}\n`);
  // A cache that has become read-only still serves.
  await replaceFile(gitDirectory, 'packed-refs', `# pack-refs with: sorted \n${lines.join('')}`).catch(() => {});
}
