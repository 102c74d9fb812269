import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EMPTY_TREE, type Oid } from '@eleventh/core';
import { Drafts } from '../src/commits.ts';
import type { Environment } from '../src/git-process.ts';
import { Remote } from '../src/remote.ts';
import { editTree } from '../src/tree-edit.ts';
import { createScratch, PERSON, type Scratch } from './scratch.ts';

/** A bare repository that plays the remote, and a person's checkout beside it. */
export class Deployment {
  readonly scratch: Scratch = createScratch();
  readonly url = this.scratch.bare('deploy.git');
  readonly work = this.scratch.checkout('work');
  /** The file that is published. */
  file = 'file';
  readonly #opened: Remote[] = [];

  async open(options: { url?: string; cache?: string; env?: Environment; isNarrow?: boolean } = {}): Promise<Remote> {
    const cacheDirectory = join(this.scratch.path, options.cache ?? 'cache');
    const remote = await Remote.open({ url: this.url, env: this.scratch.env, ...options, cacheDirectory });
    this.#opened.push(remote);
    return remote;
  }

  /** Commits a file in the checkout and pushes the branch; returns the commit. */
  publish(branch: string, text: string, ...options: string[]): Oid {
    mkdirSync(join(this.work, dirname(this.file)), { recursive: true });
    writeFileSync(join(this.work, this.file), text);
    this.scratch.git('work', 'add', '.');
    this.scratch.git('work', 'commit', '--quiet', '-m', text.slice(0, 40));
    this.scratch.git('work', 'push', '--quiet', ...options, this.url, `HEAD:refs/heads/${branch}`);
    return this.scratch.git('work', 'rev-parse', 'HEAD');
  }

  /** Returns what a ref of the remote points to. */
  at(ref: string): Oid | null {
    return this.scratch.git('deploy.git', 'for-each-ref', '--format=%(objectname)', ref) || null;
  }

  /** Returns an environment whose `git` is a script, with the real one to be found on the path `$REAL`. */
  withGit(name: string, script: string): Environment {
    const folder = join(this.scratch.path, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'git'), script);
    chmodSync(join(folder, 'git'), 0o755);
    return { ...this.scratch.env, PATH: `${folder}:${this.scratch.env.PATH}`, REAL: this.scratch.env.PATH };
  }

  /** Returns an environment whose `git` writes down what it is asked, and those commands since they were last read. */
  counting(): { env: Environment; commands: () => string[] } {
    const log = join(this.scratch.path, 'commands');
    const commands = () => {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      rmSync(log, { force: true });
      return lines.filter((line) => line !== 'version');
    };
    return {
      env: this.withGit(
        'counting',
        `#!/bin/sh\ncase "$*" in -c\\ *\\ fetch\\ *) word=fetch;; *) word="$1";; esac\necho "$word" >> '${log}'\nPATH="$REAL" exec git "$@"\n`,
      ),
      commands,
    };
  }

  async remove(): Promise<void> {
    await Promise.all(this.#opened.map((remote) => remote.close()));
    this.scratch.remove();
  }
}

/** Writes a commit into a remote's cache that adds a file to its parent, and returns it. */
export async function draft(remote: Remote, parent: Oid | null, path: string): Promise<Oid> {
  const base = parent === null ? EMPTY_TREE : (await remote.objects.commit(parent)).tree;
  const tree = await editTree(remote.objects, base, [{ path, put: { file: path } }]);
  const drafts = new Drafts();
  const oid = await drafts.commit({ parent, tree, message: path, author: PERSON, committer: PERSON });
  await remote.write(drafts.objects);
  return oid;
}
