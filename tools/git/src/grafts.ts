import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commit, Oid } from '@eleventh/core';

/**
 * Makes Git take the known commits for parents of the new ones, and for all the history there is (GIT_GRAFT_FILE). A push
 * leaves out what the parents hold, and would send again what it finds in no parent though another branch has it, such as
 * the tested tree of a promotion. Returns the new folder that holds the file `grafts`.
 */
export function writeGrafts(gitDirectory: string, news: readonly Commit[], known: readonly Oid[]): string {
  const lines = news.map(({ oid, parents }) => [oid, ...new Set([...parents, ...known])].join(' '));
  const folder = mkdtempSync(join(gitDirectory, 'new-'));
  writeFileSync(join(folder, 'grafts'), [...lines, ...known].map((line) => `${line}\n`).join(''));
  return folder;
}
