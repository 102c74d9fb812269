import {
  type Commit,
  contains,
  EleventhError,
  isEmpty,
  isOid,
  type Oid,
  type Plan,
  type Refs,
  type View,
} from '@eleventh/core';
import { draftPlan, type Made, type People } from './drafts.ts';
import { type Environment, runGit } from './git-process.ts';
import { Remote } from './remote.ts';
import { TreeSnapshot } from './tree-snapshot.ts';

export interface RepositoryOptions {
  /** A URL, an SSH address or an absolute path. */
  readonly url: string;
  readonly cacheDirectory: string;
  readonly env: Environment;
  /** Whether it is a folder that a person works in: its HEAD says what they look at, not which branch is reviewed. */
  readonly isCheckout?: boolean;
  /** Waits so many milliseconds between attempts. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

/** What a write did. */
export interface Written<P extends Plan> extends Made {
  readonly plan: P;
  readonly changed: boolean;
  /** How many pushes it took, accepted or not. */
  readonly pushes: number;
}

const MOVED_LIMIT = 10;
const BROKEN_LIMIT = 3;
/** How often the server may say that somebody else was first while nothing moves: then it holds a stale lock. */
const STUCK_LIMIT = 8;
const LONGEST_WAIT = 3000;

/** A deployment repository: read at one moment, or written by a pure edit. */
export class Repository {
  readonly #options: RepositoryOptions;
  readonly #remote: Remote;

  static async open(options: RepositoryOptions): Promise<Repository> {
    return new Repository(options, await Remote.open(options));
  }

  private constructor(options: RepositoryOptions, remote: Remote) {
    this.#options = options;
    this.#remote = remote;
  }

  /** Returns what an edit plans, or a report says, of the repository as it is now. Nothing is written anywhere. */
  async read<T>(report: (view: View) => Promise<T>): Promise<T> {
    return this.#repaired(async () => report(await this.#view()));
  }

  /**
   * Commits what a pure edit plans: read the heads, apply the edit with every rule inside it, write the objects, push
   * with the expected old heads. When somebody else was first, the same edit is applied to the new heads, or, for a
   * plan that says `report`, `OVERTAKEN` is thrown. Other errors: the edit's own, `PUSH_REFUSED`, `PUSH_FAILED`, and
   * what reading throws. No ref has moved when it throws.
   */
  async write<P extends Plan>(edit: (view: View) => Promise<P>, people: People): Promise<Written<P>> {
    return this.#repaired(() => this.#attempts(edit, people));
  }

  async #attempts<P extends Plan>(edit: (view: View) => Promise<P>, people: People): Promise<Written<P>> {
    let expected: Refs | undefined;
    let before: Refs | undefined;
    let broken = 0;
    let stuck = 0;
    for (let pushes = 0; ; ) {
      const view = await this.#view();
      const plan = await edit(view);
      const { made, objects, updates } = await draftPlan(plan, people, this.#remote.objects);
      if (isEmpty(plan)) return { ...made, plan, changed: false, pushes };
      if (plan.onRace === 'report' && expected !== undefined) refuseOvertaken(plan, expected, view.refs);
      expected ??= view.refs;
      stuck = before !== undefined && isUnmoved(plan, before, view.refs) ? stuck + 1 : 0;
      if (stuck >= STUCK_LIMIT) throw pushFailed('the server says that somebody else was first, yet nothing moves');
      before = view.refs;
      await this.#remote.write(objects);
      const outcome = await this.#remote.push(updates);
      pushes += 1;
      if (outcome.kind === 'accepted') return { ...made, plan, changed: true, pushes };
      if (outcome.kind === 'refused') throw pushRefused(outcome.message);
      if (outcome.kind === 'unknown') {
        if (await this.#landed(updates)) return { ...made, plan, changed: true, pushes };
        broken += 1;
        if (broken >= BROKEN_LIMIT) throw pushFailed(outcome.message);
      }
      await this.#options.sleep(this.#options.random() * Math.min(LONGEST_WAIT, 50 * 2 ** Math.min(pushes, 8)));
    }
  }

  /** Returns whether every ref contains what was pushed: the server may have accepted before the connection broke. */
  async #landed(updates: readonly { readonly ref: string; readonly value: Oid }[]): Promise<boolean> {
    const view = await this.#view();
    for (const { ref, value } of updates) {
      if (ref.startsWith('refs/tags/')) {
        if (view.refs.tags.get(ref.slice('refs/tags/'.length))?.oid !== value) return false;
        continue;
      }
      const head = view.refs.branches.get(ref.slice('refs/heads/'.length));
      if (head === undefined || !(await contains(view.line(head), value))) return false;
    }
    return true;
  }

  async #view(): Promise<View> {
    for (let attempt = 0; attempt < MOVED_LIMIT; attempt += 1) {
      const listed = await this.#remote.refs();
      const refs: Refs = this.#options.isCheckout === true ? { ...listed, head: null } : listed;
      const wanted = [
        ...[...refs.branches].map(([name, oid]) => ({ ref: `refs/heads/${name}`, oid })),
        ...[...refs.tags].map(([name, { oid }]) => ({ ref: `refs/tags/${name}`, oid })),
      ];
      if ((await this.#remote.fetch(wanted)) === 'present') return this.#viewOf(refs);
    }
    throw new EleventhError(
      'REPOSITORY_UNREACHABLE',
      'The branches of the repository move faster than they can be read.',
      {
        hint: 'Run the command again.',
      },
    );
  }

  #viewOf(refs: Refs): View {
    const { objects } = this.#remote;
    const commit = (oid: Oid): Promise<Commit> => objects.commit(oid);
    return {
      refs,
      commit,
      snapshot: (tree) => new TreeSnapshot(objects, tree),
      line: async function* (tip) {
        for (let next: Oid | undefined = tip; next !== undefined; ) {
          const current: Commit = await commit(next);
          yield current;
          next = current.parents[0];
        }
      },
      expand: (prefix) => this.#expand(prefix),
    };
  }

  async #expand(prefix: string): Promise<Oid | null> {
    const { objects, gitDirectory } = this.#remote;
    if (isOid(prefix)) return (await objects.typeOf(prefix)) === 'commit' ? prefix : null;
    if (!/^[0-9a-f]{4,39}$/.test(prefix)) return null;
    const { stdout } = await runGit(['rev-parse', `--disambiguate=${prefix}`], {
      env: this.#options.env,
      gitDirectory,
    });
    const oids = stdout.split('\n').filter(isOid);
    const types = await Promise.all(oids.map((oid) => objects.typeOf(oid)));
    const commits = oids.filter((_, index) => types[index] === 'commit');
    return commits.length === 1 ? (commits[0] ?? null) : null;
  }

  /** Does the work again once, with a new cache, when the cache turns out to be damaged. */
  async #repaired<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isDamage = error instanceof EleventhError && error.code === 'OBJECT_MISSING';
      if (!isDamage) throw error;
      await this.#remote.discard();
      return work();
    } finally {
      await this.#remote.close();
    }
  }
}

/** Returns whether every ref of a plan stands where it stood. */
function isUnmoved(plan: Plan, before: Refs, now: Refs): boolean {
  const tag = plan.tag?.tag ?? '';
  return (
    plan.branches.every(({ branch }) => before.branches.get(branch) === now.branches.get(branch)) &&
    before.tags.get(tag)?.oid === now.tags.get(tag)?.oid
  );
}

function refuseOvertaken(plan: Plan, expected: Refs, now: Refs): void {
  for (const { branch } of plan.branches) {
    const [before, after] = [expected.branches.get(branch), now.branches.get(branch)];
    if (before === after) continue;
    throw new EleventhError(
      'OVERTAKEN',
      `${branch} moved from ${before?.slice(0, 7) ?? 'nothing'} to ${after?.slice(0, 7) ?? 'nothing'} meanwhile; nothing was changed.`,
      {
        hint: 'Look at it with eleventh status, then run the command again.',
        details: { branch, before: before ?? null, after: after ?? null },
      },
    );
  }
}

function pushRefused(message: string): EleventhError {
  // The server's own words say most: what a hook prints follows the reason that Git gives.
  const [cause, ...lines] = message.split('\n');
  const said = lines.filter((line) => !line.startsWith('error: hook declined')).slice(0, 3);
  const words = said.length === 0 ? `: ${cause}` : ` (${cause}): ${said.join(' ')}`;
  return new EleventhError('PUSH_REFUSED', `The repository refused the push${words}`, {
    hint: 'Ask for the right to push to these branches and tags.',
    details: { server: message },
  });
}

function pushFailed(message: string): EleventhError {
  return new EleventhError('PUSH_FAILED', `The push did not go through: ${message}`, {
    hint: 'Run the command again: what landed is not done twice.',
  });
}
