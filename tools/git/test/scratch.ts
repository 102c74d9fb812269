import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../src/git-process.ts';

/** A temporary folder in which Git sees nothing of the machine's own configuration, and a person of its own. */
export interface Scratch {
  readonly path: string;
  readonly env: Environment;
  /** Returns the trimmed output of a Git command that is run in a folder of the scratch; throws when it fails. */
  git(folder: string, ...args: string[]): string;
  /** Returns the path of a new bare repository. */
  bare(name: string): string;
  /** Returns the path of a new repository with a work tree, on branch main. */
  checkout(name: string): string;
  remove(): void;
}

export const PERSON = { name: 'Ada Example', email: 'ada@example.com', time: 1_700_000_000, zone: '+0100' };

export function createScratch(): Scratch {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'eleventh-git-')));
  const date = `${PERSON.time} ${PERSON.zone}`;
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: PERSON.name,
    GIT_AUTHOR_EMAIL: PERSON.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: PERSON.name,
    GIT_COMMITTER_EMAIL: PERSON.email,
    GIT_COMMITTER_DATE: date,
  };
  const git = (folder: string, ...args: string[]) =>
    execFileSync('git', args, {
      cwd: join(path, folder),
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  return {
    path,
    env,
    git,
    bare: (name) => {
      git('', 'init', '--quiet', '--bare', '--initial-branch=main', name);
      return join(path, name);
    },
    checkout: (name) => {
      git('', 'init', '--quiet', '--initial-branch=main', name);
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
