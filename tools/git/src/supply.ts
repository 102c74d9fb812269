import type { EleventhError, Oid } from '@eleventh/core';
import { type Cache, leaveIfCrowded, unwritable } from './cache.ts';
import { type Extent, Fetcher, type FetchOutcome } from './fetcher.ts';
import type { Environment, GitResult } from './git-process.ts';
import type { Want } from './missing.ts';
import type { Objects } from './objects.ts';
import { noteSeen, readSeen } from './seen.ts';
import { transportError } from './transport-error.ts';
import { isNotedWhole, noteWhole, recordTips } from './whole-refs.ts';

/** What a supply comes from and goes to. */
interface Source {
  readonly url: string;
  readonly cacheDirectory: string;
  readonly env: Environment;
  readonly isNarrow?: boolean;
  readonly cache: () => Cache;
  readonly objects: () => Objects;
  /** Returns the refs of the remote when they were last read, by full name. */
  readonly listed: () => ReadonlyMap<string, Oid>;
  /** Runs a command that reads from the remote into the cache. */
  readonly ask: (args: readonly string[], input?: string) => Promise<GitResult>;
}

/** Brings what is missing of a cache: objects by their ids, or whole refs where the server gives out nothing else. */
export class Supply {
  readonly #from: Source;
  readonly #fetcher: Fetcher;
  /** Beside the other, since it notes where histories are cut off. */
  readonly #commitFetcher: Fetcher;
  /** Whether the server gives out nothing but whole refs; then which listing of them was fetched last. */
  #wholeRefs: ReadonlyMap<string, Oid> | 'yes' | undefined;
  #hasBrought = false;

  constructor(source: Source) {
    this.#from = source;
    const newFetcher = () => new Fetcher(source.url, source.env, () => source.cache().directory);
    this.#fetcher = newFetcher();
    this.#commitFetcher = newFetcher();
    this.#wholeRefs = isNotedWhole(source.cache().directory) ? 'yes' : undefined;
  }

  async close(): Promise<void> {
    this.#fetcher.close();
    this.#commitFetcher.close();
    if (!this.#hasBrought) return;
    this.#hasBrought = false;
    const { listed, objects, cache } = this.#from;
    await noteSeen(
      cache().directory,
      [...listed()].filter(([, oid]) => objects().remembered(oid) !== undefined),
    );
    await leaveIfCrowded(cache());
  }

  /** Fetches what is missing of the cache, and returns what the remote does not have. */
  async bring(wants: readonly Want[]): Promise<ReadonlySet<Oid>> {
    try {
      return new Set(await this.#bringEach(wants));
    } catch (error) {
      throw unwritable(this.#from.cacheDirectory, error);
    }
  }

  async #bringEach(wants: readonly Want[]): Promise<Oid[]> {
    if (this.#wholeRefs !== undefined) return this.#bringWhole(wants);
    const commits = wants.filter(({ type }) => type === 'commit' || type === null);
    const depth = Math.max(...commits.map((want) => want.depth));
    const inside = this.#from.isNarrow === true ? 'topmost folders' : 'small files';
    // Whoever looks at one commit looks into it; whoever walks a line compares what it holds.
    const extent: Extent = { depth, inside: depth > 1 ? 'nothing' : inside };
    const others = wants.filter((want) => !commits.includes(want));
    const isDeep = others.some(({ depth }) => depth > 1);
    // A file is the same with everything below it.
    const whole = others.filter(({ depth, type }) => depth > 1 || (isDeep && type === 'blob'));
    const alone = others.filter((want) => !whole.includes(want));
    const fetched = await Promise.allSettled([
      this.#fetch(commits, (oids) => this.#commits(oids, extent)),
      this.#fetch(alone, (oids) => this.#fetcher.objects(oids)),
      this.#fetch(whole, (oids) => this.#below(oids)),
    ]);
    this.#hasBrought = true;
    // What they work in goes when the command ends: none of them is left running.
    return fetched.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
  }

  // A server gives out nothing when one of the trees that it looks into names what is not there, or a folder as a file.
  // So what does not come as a whole is left to come piece by piece, when it is read.

  async #commits(oids: readonly Oid[], extent: Extent): Promise<FetchOutcome> {
    const before = extent.depth === 1 ? await this.#before(oids) : undefined;
    if (before !== undefined) {
      const changes = await this.#commitFetcher.changes(oids, before);
      if (changes.kind === 'fetched') return changes;
    }
    const outcome = await this.#commitFetcher.commits(oids, extent);
    if (outcome.kind !== 'failed' || extent.inside === 'nothing') return outcome;
    return this.#commitFetcher.commits(oids, { ...extent, inside: 'nothing' });
  }

  async #below(oids: readonly Oid[]): Promise<FetchOutcome> {
    const outcome = await this.#fetcher.below(oids);
    return outcome.kind === 'failed' ? this.#fetcher.objects(oids) : outcome;
  }

  /** Returns the commits at which the refs of some others stood when they were last seen, if each was seen. */
  async #before(oids: readonly Oid[]): Promise<readonly Oid[] | undefined> {
    if (this.#from.isNarrow === true) return undefined;
    const seen = await readSeen(this.#from.cache().directory);
    const before = oids.map((oid) => {
      const ref = [...this.#from.listed()].find(([name, now]) => now === oid && seen.has(name))?.[0];
      return seen.get(ref ?? '') ?? '';
    });
    const present = await Promise.all(before.map((oid) => this.#from.objects().has(oid)));
    return present.every(Boolean) ? [...new Set(before)] : undefined;
  }

  /** Returns those that the remote does not have. */
  async #fetch(
    wants: readonly Want[],
    fetch: (oids: readonly Oid[]) => Promise<FetchOutcome>,
  ): Promise<readonly Oid[]> {
    const absent: Oid[] = [];
    for (let oids = wants.map(({ oid }) => oid); oids.length > 0; ) {
      const outcome = await fetch(oids);
      if (outcome.kind === 'fetched') return absent;
      if (outcome.kind === 'failed') throw this.#failure(outcome.stderr);
      if (outcome.kind === 'unsupported') {
        noteWhole(this.#from.cache().directory);
        this.#wholeRefs = 'yes';
        return this.#bringWhole(wants);
      }
      // One that is not there keeps the others from coming.
      const gone = oids.filter((oid) => outcome.oid === undefined || oid === outcome.oid);
      absent.push(...(gone.length > 0 ? gone : oids));
      oids = gone.length > 0 ? oids.filter((oid) => !gone.includes(oid)) : [];
    }
    return absent;
  }

  /**
   * Fetches every branch and tag with all its history, by name: every server can do that. Once for each listing.
   * Returns what it was asked for, since what is missing after that is not to be had.
   */
  async #bringWhole(wants: readonly Want[]): Promise<Oid[]> {
    const asked = wants.map(({ oid }) => oid);
    if (this.#wholeRefs === this.#from.listed()) return asked;
    // Without a destination, so that parallel commands have no ref to fight over.
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--stdin'];
    const names = new Set(this.#from.listed().keys());
    const fetch = () => {
      const input = [...names].map((ref) => `${ref}\n`).join('');
      return this.#from.ask(['fetch', ...options, '--', this.#from.url], input);
    };
    let result = await fetch();
    // One that is gone by now keeps the others from coming.
    for (let gone = goneRef(result); names.delete(gone); gone = goneRef(result)) result = await fetch();
    const { stderr, exitCode } = result;
    this.#wholeRefs = this.#from.listed();
    // What it pointed to stays missing, and the refs are read again.
    if (/not our ref/.test(stderr)) return asked;
    if (exitCode !== 0) throw this.#failure(stderr);
    const tips = [...this.#from.listed().values()];
    const present = await Promise.all(tips.map((oid) => this.#from.objects().has(oid)));
    await recordTips(
      this.#from.cache().directory,
      tips.filter((_, index) => present[index]),
      new Set(tips),
    );
    this.#hasBrought = true;
    return asked;
  }

  #failure(stderr: string): EleventhError {
    return transportError(this.#from.url, stderr, this.#from.cacheDirectory);
  }
}

/** Returns the name of the ref that a fetch did not find, or nothing. */
function goneRef({ stderr }: GitResult): string {
  return /couldn't find remote ref (\S+)/.exec(stderr)?.[1] ?? '';
}
