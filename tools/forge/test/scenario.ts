import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder with a bare repository, `main` and `env/preprod` in it, and a checkout of that. */
export interface Scenario {
  readonly bare: string;
  git(...args: string[]): string;
  /** Makes a commit on a branch that starts at another, pushes it and returns its name. */
  commit(branch: string, from: string, subject: string): string;
  remove(): void;
}

/** Begins both, in a new bare repository or in an empty one of a server. */
export function createScenario(remote?: string): Scenario {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'eleventh-forge-')));
  const [bare, checkout] = [join(folder, 'bare.git'), join(folder, 'checkout')];
  const who = { GIT_AUTHOR_NAME: 'Ada Example', GIT_AUTHOR_EMAIL: 'ada@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'Ada Example', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...who,
    ...committer,
  };
  const run = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  if (remote === undefined) run(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  run(folder, 'init', '--quiet', '--initial-branch=main', checkout);
  const git = (...args: string[]) => run(checkout, ...args);
  git('remote', 'add', 'origin', remote ?? bare);
  git('commit', '--quiet', '--allow-empty', '-m', 'Begin');
  git('push', '--quiet', 'origin', 'HEAD:refs/heads/main', 'HEAD:refs/heads/env/preprod');
  return {
    bare,
    git,
    commit: (branch, from, subject) => {
      git('fetch', '--quiet', 'origin');
      git('checkout', '--quiet', '--detach', `origin/${from}`);
      git('commit', '--quiet', '--allow-empty', '-m', subject);
      git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
