import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A service's own repository, real and empty, on the branch main, in a temporary folder of its own; for tests. */
export class ServiceRepository {
  readonly base = mkdtempSync(join(tmpdir(), 'service-'));
  readonly root = join(this.base, 'payments');
  readonly env: Readonly<Record<string, string>>;
  #clock = 1_795_165_964; // 2026-11-20T09:12:44Z

  constructor(path = '') {
    this.env = { PATH: path, HOME: this.base, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    this.git(this.base, 'init', '--quiet', '--initial-branch=main', this.root);
  }

  git(cwd: string, ...args: string[]): string {
    return this.#run(cwd, args);
  }

  /** Returns the id of a new commit, a minute after the one before, with what is staged. */
  commit(message: string, author = 'Service Author <author@example.com>', cwd = this.root): string {
    this.#run(cwd, ['commit', '--quiet', '--allow-empty', '--file=-'], author, message);
    return this.git(cwd, 'rev-parse', 'HEAD');
  }

  /** Returns the id of a new commit that merges a branch into the one that is checked out. */
  merge(branch: string, author: string): string {
    this.#run(this.root, ['merge', '--quiet', '--no-ff', '--message=merge', branch], author);
    return this.git(this.root, 'rev-parse', 'HEAD');
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  #run(cwd: string, args: string[], author = 'Nobody <nobody@example.com>', input = ''): string {
    this.#clock += 60;
    const [name = '', email = ''] = author.replace('>', '').split(' <');
    const env = {
      ...this.env,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: '946684800 +0000',
      GIT_COMMITTER_NAME: 'Merge Button',
      GIT_COMMITTER_EMAIL: 'merge@example.com',
      GIT_COMMITTER_DATE: `${this.#clock} +0130`,
    };
    return execFileSync('git', args, { cwd, env, input, encoding: 'utf8', stdio: 'pipe' }).trim();
  }
}
