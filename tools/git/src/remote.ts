import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { branchRef, type Commit, type EleventhError, type Oid, tagRef } from '@eleventh/core';
import { type Cache, leaveCache, openCache, unwritable } from './cache.ts';
import { type Environment, type GitResult, requireGitVersion, runGit } from './git-process.ts';
import { writeGrafts } from './grafts.ts';
import { Memory } from './memory.ts';
import { Neighbours, type Processes } from './neighbours.ts';
import type { GitObject } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { encodePack, writeObjects } from './object-store.ts';
import { type ManifestTools, Objects } from './objects.ts';
import { inTurn, pushArguments, type RefUpdate } from './push-arguments.ts';
import { type PushOutcome, parsePushReport, serverLines } from './push-report.ts';
import { type Listing, parseRefList } from './ref-list.ts';
import { assertRepositoryUrl, isLocal } from './repository-url.ts';
import { Supply } from './supply.ts';
import { failureKind, lastWords, transportError } from './transport-error.ts';

export interface RemoteOptions {
  /** A URL, an SSH address or an absolute path. */
  readonly url: string;
  /** Where the caches of all repositories live. */
  readonly cacheDirectory: string;
  readonly env: Environment;
  /** Whether little is going to be read of each commit, as for a pin: then no more than its topmost folders comes with it. */
  readonly isNarrow?: boolean;
  /** What tells who else on this machine writes it; without, nobody is looked for. */
  readonly processes?: Processes;
  /** What looks at manifests, for environments that ask for plain YAML or sound manifests. */
  readonly manifests?: ManifestTools | undefined;
}

/** More new objects than this go into the cache as one pack: a process costs as much as some files. */
const MOST_LOOSE = 64;

/**
 * A deployment repository, which is always remote, a local path too: it is read into a cache of objects and written by
 * pushing from there. The repository in which a person stands is never touched.
 */
export class Remote {
  readonly url: string;
  readonly neighbours: Neighbours | undefined;
  readonly #options: RemoteOptions;
  readonly #supply: Supply;
  #cache: Cache;
  #reader: ObjectReader;
  #objects: Objects;
  #begun: { readonly refs: Promise<Listing>; readonly ending: AbortController } | undefined;
  /** The refs of the remote when they were last read, by full name. */
  #listed: ReadonlyMap<string, Oid> = new Map();

  /** Returns the remote without talking to it. Throws `BAD_REPOSITORY` and `CACHE_UNWRITABLE`. */
  static async open(options: RemoteOptions): Promise<Remote> {
    assertRepositoryUrl(options.url);
    return new Remote(options, await openCache(options.url, options.cacheDirectory));
  }

  private constructor(options: RemoteOptions, cache: Cache) {
    this.url = options.url;
    this.#options = options;
    this.#cache = cache;
    this.#supply = new Supply({
      ...options,
      cache: () => this.#cache,
      objects: () => this.#objects,
      listed: () => this.#listed,
      ask: (args, input) => this.#ask(args, input),
    });
    this.#reader = new ObjectReader(cache.directory, options.env);
    this.#objects = this.#newObjects();
    this.neighbours = options.processes && new Neighbours(cache.directory, options.processes);
  }

  /** Every object of the remote: what the cache does not hold is fetched when it is read. */
  get objects(): Objects {
    return this.#objects;
  }

  #newObjects(): Objects {
    return new Objects(
      this.#reader,
      (wants) => this.#supply.bring(wants),
      new Memory(this.#cache.directory),
      this.#options.manifests,
    );
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
  async refs(): Promise<Listing> {
    const refs = this.#begun?.refs ?? this.#readRefs();
    this.#begun = undefined;
    return refs;
  }

  /** Begins to read the refs, for the next one who wants them, and starts what reads objects. */
  begin(): void {
    const ending = new AbortController();
    this.#begun = { refs: this.#readRefs(ending.signal), ending };
    this.#begun.refs.catch(() => {}); // Whoever wants them finds out.
    this.#reader.begin();
  }

  async #readRefs(signal?: AbortSignal): Promise<Listing> {
    // The version is asked meanwhile, and its answer goes first: an old Git fails in its own ways.
    const [listing, version] = await Promise.allSettled([
      this.#ask(['ls-remote', '--symref', '--', this.url], undefined, signal),
      requireGitVersion({ env: this.#options.env, gitDirectory: this.gitDirectory }),
    ]);
    if (version.status === 'rejected') throw version.reason;
    if (listing.status === 'rejected') throw listing.reason;
    if (listing.value.exitCode !== 0) throw this.#failure(listing.value.stderr);
    const refs = parseRefList(listing.value.stdout);
    this.#listed = new Map([
      ...[...refs.branches].map(([name, oid]) => [branchRef(name), oid] as const),
      ...[...refs.tags].map(([name, { oid }]) => [tagRef(name), oid] as const),
      ...refs.queue,
    ]);
    return refs;
  }

  /**
   * Makes commits present, each with its topmost folders, in one round trip where some are missing. Returns `moved` when
   * the remote does not have one any more: read the refs again.
   */
  async tips(oids: readonly Oid[]): Promise<'present' | 'moved'> {
    const present = await Promise.all(oids.map((oid) => this.objects.find(oid, 'commit')));
    return present.includes(null) ? 'moved' : 'present';
  }

  /** Writes objects into the cache, children before their parents. Throws `CACHE_UNWRITABLE`. */
  async write(objects: readonly GitObject[]): Promise<void> {
    if (objects.length <= MOST_LOOSE) return this.#guarded(() => writeObjects(this.gitDirectory, objects));
    const { stderr, exitCode } = await this.#git(['index-pack', '--stdin'], encodePack(objects));
    if (exitCode !== 0) throw this.#failure(stderr);
  }

  #guarded<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      throw unwritable(this.#options.cacheDirectory, error);
    }
  }

  /**
   * Moves all refs or none, each only if it still points to what was expected. Throws like `refs`.
   * @param news the new commits that come after none of the others.
   * @param known commits that the remote has, whose files need not be sent again.
   */
  async push(
    updates: readonly RefUpdate[],
    news: readonly Commit[] = [],
    known: readonly Oid[] = [],
  ): Promise<PushOutcome> {
    const grafts = this.#guarded(() => writeGrafts(this.gitDirectory, news, known));
    const send = (some: readonly RefUpdate[], isAtomic: boolean) =>
      this.#send(pushArguments(this.url, some, isAtomic), join(grafts, 'grafts'));
    try {
      const result = await send(updates, true);
      if (await this.#isOutdated(result, known)) return { kind: 'stale' };
      if (!/does not support --atomic/.test(result.stderr)) return this.#outcome(result);
      for (const [index, some] of inTurn(updates).entries()) {
        const outcome = this.#outcome(await send(some, false));
        if (outcome.kind === 'accepted') continue;
        if (index === 0) return outcome;
        const ref = some[0]?.ref ?? '';
        // What became of requests is found out from the branch.
        if (ref.startsWith('refs/eleventh/')) break;
        return {
          kind: 'refused',
          message: `the branch has moved, but ${ref} did not follow (eleventh release makes the tag)`,
        };
      }
      return { kind: 'accepted' };
    } finally {
      rmSync(grafts, { recursive: true, force: true });
    }
  }

  /** Returns whether Git missed what it would not have needed if another branch had not moved on meanwhile. */
  async #isOutdated({ exitCode, stderr }: GitResult, known: readonly Oid[]): Promise<boolean> {
    if (exitCode === 0 || failureKind(stderr) !== 'damaged' || known.length === 0) return false;
    const { branches, tags, queue } = await this.refs();
    const now = new Set([...branches.values(), ...queue.values(), ...[...tags.values()].map(({ commit }) => commit)]);
    return known.some((oid) => !now.has(oid));
  }

  #send(args: readonly string[], graftFile: string): Promise<GitResult> {
    // A server on this machine is a child of the push: killed with us, it would leave its locks behind for good.
    return runGit(args, { env: this.#options.env, gitDirectory: this.gitDirectory, graftFile }, isLocal(this.url));
  }

  #outcome({ stdout, stderr, exitCode }: GitResult): PushOutcome {
    const failure = failureKind(stderr);
    // The server calls a pack that could not be made a bad one.
    if (exitCode !== 0 && (failure === 'damaged' || failure === 'unwritable')) throw this.#failure(stderr);
    const outcome = parsePushReport(stdout, stderr, exitCode);
    if (outcome !== null) return outcome;
    if (failure === 'broken') return { kind: 'unknown', message: lastWords(stderr) };
    if (failure !== 'denied' && failure !== 'unsupported') throw this.#failure(stderr);
    return { kind: 'refused', message: [...serverLines(stderr), lastWords(stderr)].join('\n') };
  }

  /** Leaves the cache and starts an empty one, for when reading it found something missing or broken. */
  async discard(): Promise<void> {
    await this.close();
    await leaveCache(this.#cache);
    this.#cache = await openCache(this.url, this.#options.cacheDirectory);
    this.#reader = new ObjectReader(this.#cache.directory, this.#options.env);
    this.#objects = this.#newObjects();
  }

  async close(): Promise<void> {
    this.#begun?.ending.abort();
    this.#begun = undefined;
    await Promise.all([this.#supply.close(), this.objects.close()]);
  }

  #git(args: readonly string[], input?: string | Uint8Array, signal?: AbortSignal): Promise<GitResult> {
    return runGit(args, { env: this.#options.env, gitDirectory: this.gitDirectory, input, signal });
  }

  /** Runs a command that reads from the remote, a second time with an empty cache if the first finds it damaged. */
  async #ask(args: readonly string[], input?: string, signal?: AbortSignal): Promise<GitResult> {
    const result = await this.#git(args, input, signal);
    if (failureKind(result.stderr) !== 'damaged') return result;
    await this.discard();
    return this.#git(args, input);
  }

  #failure(stderr: string): EleventhError {
    return transportError(this.url, stderr, this.#options.cacheDirectory);
  }
}
