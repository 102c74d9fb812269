import type { EleventhError, Oid, Refs } from '@eleventh/core';
import { type Cache, discardCache, isCrowded, openCache, unwritable } from './cache.ts';
import { type Environment, type GitResult, requireGitVersion, runGit, runGitApart } from './git-process.ts';
import type { GitObject } from './object-format.ts';
import { writeObjects } from './object-store.ts';
import { Objects } from './objects.ts';
import { pushArguments, type RefUpdate } from './push-arguments.ts';
import { type PushOutcome, parsePushReport, serverLines } from './push-report.ts';
import { parseRefList } from './ref-list.ts';
import { assertRepositoryUrl, isLocal } from './repository-url.ts';
import { readTips, recordTips } from './tips.ts';
import { failureKind, lastWords, transportError } from './transport-error.ts';

export interface RemoteOptions {
  /** A URL, an SSH address or an absolute path. */
  readonly url: string;
  /** Where the caches of all repositories live. */
  readonly cacheDirectory: string;
  readonly env: Environment;
}

/** A ref as it was read: its full name and the commit or tag object that it pointed to. */
export interface WantedRef {
  readonly ref: string;
  readonly oid: Oid;
}

/**
 * A deployment repository, which is always remote, a local path too: it is read into a cache of objects and written by
 * pushing from there. The repository in which a person stands is never touched.
 */
export class Remote {
  readonly url: string;
  /** What the cache holds. It is complete for every ref that `fetch` found present. */
  readonly objects: Objects;
  readonly #options: RemoteOptions;
  #cache: Cache;
  /** Every value that a ref of the remote had when they were last read. */
  #values = new Set<Oid>();

  /** Returns the remote without talking to it. Throws `BAD_REPOSITORY` and `CACHE_UNWRITABLE`. */
  static async open(options: RemoteOptions): Promise<Remote> {
    assertRepositoryUrl(options.url);
    return new Remote(options, await openCache(options.url, options.cacheDirectory));
  }

  private constructor(options: RemoteOptions, cache: Cache) {
    this.url = options.url;
    this.objects = new Objects(cache.directory, options.env);
    this.#options = options;
    this.#cache = cache;
  }

  /** The bare repository that holds the objects, for commands that only read. */
  get gitDirectory(): string {
    return this.#cache.directory;
  }

  /**
   * Returns all branches and tags of this moment, in one round trip.
   *
   * Throws `REPOSITORY_NOT_FOUND`, `PERMISSION_DENIED`, `REPOSITORY_UNREACHABLE`, `GIT_NOT_FOUND` and `GIT_TOO_OLD`.
   */
  async refs(): Promise<Refs> {
    // The version is asked meanwhile, and its answer goes first: an old Git fails in its own ways.
    const [version, listing] = await Promise.allSettled([
      requireGitVersion({ env: this.#options.env, gitDirectory: this.gitDirectory }),
      this.#ask(['ls-remote', '--symref', '--', this.url]),
    ]);
    if (version.status === 'rejected') throw version.reason;
    if (listing.status === 'rejected') throw listing.reason;
    if (listing.value.exitCode !== 0) throw this.#failure(listing.value.stderr);
    const refs = parseRefList(listing.value.stdout);
    this.#values = new Set([...refs.branches.values(), ...[...refs.tags.values()].map((tag) => tag.oid)]);
    return refs;
  }

  /**
   * Makes the commits and tags that the refs pointed to present in the cache, with all their history. Returns `moved`
   * when that is not possible any more because a ref was deleted or rewritten: read the refs again. Talks to the
   * remote only for what is missing. A damaged cache is replaced once.
   */
  async fetch(wanted: readonly WantedRef[]): Promise<'present' | 'moved'> {
    // A second round only when the cache had to be replaced, or when the first one found the refs elsewhere.
    for (let round = 0; round < 2; round += 1) {
      const missing = await this.#missing(wanted);
      if (missing.length === 0) break;
      const { stderr, exitCode } = await this.#fetchRefs(missing);
      if (/couldn't find remote ref|not our ref/.test(stderr)) return 'moved';
      if (exitCode !== 0) throw this.#failure(stderr);
    }
    // A ref that went forward in the meantime brought what it pointed to before; one that was rewritten did not.
    if ((await this.#missing(wanted)).length > 0) return 'moved';
    await this.#record(wanted.map(({ oid }) => oid));
    return 'present';
  }

  /** Writes objects into the cache, children before their parents. Throws `CACHE_UNWRITABLE`. */
  async write(objects: readonly GitObject[]): Promise<void> {
    try {
      writeObjects(this.gitDirectory, objects);
    } catch (error) {
      throw unwritable(this.#options.cacheDirectory, error);
    }
  }

  /** Moves all refs or none, each only if it still points to what was expected. Throws like `refs`. */
  async push(updates: readonly RefUpdate[]): Promise<PushOutcome> {
    // A server on this machine is a child of the push: killed with us, it would leave its locks behind for good.
    const run = isLocal(this.url) ? runGitApart : runGit;
    const { stdout, stderr, exitCode } = await run(pushArguments(this.url, updates), {
      env: this.#options.env,
      gitDirectory: this.gitDirectory,
    });
    const failure = failureKind(stderr);
    // The server calls a pack that could not be made a bad one.
    if (exitCode !== 0 && (failure === 'damaged' || failure === 'unwritable')) throw this.#failure(stderr);
    const outcome = parsePushReport(stdout, stderr, exitCode);
    if (outcome?.kind === 'accepted') await this.#record(updates.map(({ value }) => value));
    if (outcome !== null) return outcome;
    if (failure === 'broken') return { kind: 'unknown', message: lastWords(stderr) };
    if (failure !== 'denied' && failure !== 'unsupported') throw this.#failure(stderr);
    return { kind: 'refused', message: [...serverLines(stderr), lastWords(stderr)].join('\n') };
  }

  /** Throws the cache away and starts an empty one, for when reading it found something missing or broken. */
  async discard(): Promise<void> {
    await this.objects.close();
    await discardCache(this.#cache);
    this.#cache = await openCache(this.url, this.#options.cacheDirectory);
  }

  close(): Promise<void> {
    return this.objects.close();
  }

  #git(args: readonly string[], input?: string): Promise<GitResult> {
    return runGit(args, { env: this.#options.env, gitDirectory: this.gitDirectory, input });
  }

  /** Runs a command that reads from the remote, a second time with an empty cache if the first finds it damaged. */
  async #ask(args: readonly string[], input?: string): Promise<GitResult> {
    const result = await this.#git(args, input);
    if (failureKind(result.stderr) !== 'damaged') return result;
    await this.discard();
    return this.#git(args, input);
  }

  #fetchRefs(wanted: readonly WantedRef[]): Promise<GitResult> {
    // By name, since not every server gives out any id that it is asked for; without a destination, so that parallel
    // commands have no ref to fight over.
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--stdin'];
    return this.#ask(['fetch', ...options, '--', this.url], wanted.map(({ ref }) => `${ref}\n`).join(''));
  }

  async #missing(wanted: readonly WantedRef[]): Promise<WantedRef[]> {
    const noted = await readTips(this.gitDirectory);
    const present = await Promise.all(wanted.map(({ oid }) => noted.has(oid) || this.objects.has(oid)));
    return wanted.filter((_, index) => !present[index]);
  }

  #failure(stderr: string): EleventhError {
    return transportError(this.url, stderr, this.#options.cacheDirectory);
  }

  async #record(oids: readonly Oid[]): Promise<void> {
    await recordTips(this.gitDirectory, oids, this.#values);
    // Once in thousands of objects. It drops nothing, reachable or not, and may fail without harm.
    if (await isCrowded(this.gitDirectory)) await this.#git(['repack', '-d', '-q', '--geometric=2']);
  }
}
