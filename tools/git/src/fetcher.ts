import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '@eleventh/core';
import { CONFIG, HEAD } from './cache.ts';
import { type Environment, type GitResult, runGit } from './git-process.ts';
import { isLocal } from './repository-url.ts';

/** How large a file may be that comes with its commit, such as a pin. */
const SMALL = '16k';

/** What comes with a commit and its topmost folder, as filters of `git fetch` (git-rev-list(1)). */
const FILTERS = { nothing: 'tree:1', 'topmost folders': 'tree:3', 'small files': `blob:limit=${SMALL}` } as const;

/** What to bring of commits. What does not come with them comes when it is asked for. */
export interface Extent {
  /** How many commits of the line, the wanted one included. */
  readonly depth: number;
  readonly inside: keyof typeof FILTERS;
}

/**
 * `absent`: the remote does not have it. `unsupported`: the server gives out nothing but whole refs, as one does that
 * speaks only the first version of Git's protocol. `failed`: see the complaint.
 */
export type FetchOutcome =
  | { readonly kind: 'fetched' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'absent'; readonly oid: Oid | undefined }
  | { readonly kind: 'failed'; readonly stderr: string };

const UNSUPPORTED =
  /does not allow request for unadvertised object|filter-spec|filter combination|does not support (--filter|shallow|filter)/i;

/** Brings single objects of a remote into a cache, by their ids: as Git's own partial clones do, but many at a time. */
export class Fetcher {
  readonly #url: string;
  readonly #env: Environment;
  readonly #cacheDirectory: () => string;
  #place: string | undefined;

  constructor(url: string, env: Environment, cacheDirectory: () => string) {
    this.#url = url;
    this.#env = env;
    this.#cacheDirectory = cacheDirectory;
  }

  commits(oids: readonly Oid[], { depth, inside }: Extent): Promise<FetchOutcome> {
    return this.#fetch(oids, [`--depth=${depth}`, `--filter=${FILTERS[inside]}`]);
  }

  /**
   * Brings commits with what they hold that some other commits, which are here, do not: one round trip where there would
   * be one for each level of folders. Where Git describes something by its difference to what is not here, it fetches that
   * by itself, or fails.
   */
  changes(oids: readonly Oid[], since: readonly Oid[]): Promise<FetchOutcome> {
    const options = since.map((oid) => `--negotiation-tip=${oid}`);
    return this.#fetch(oids, ['--depth=1', `--filter=${FILTERS['small files']}`, ...options], since);
  }

  /** Brings these trees, files and tags themselves, and nothing that they name. */
  async objects(oids: readonly Oid[]): Promise<FetchOutcome> {
    const outcome = await this.#fetch(oids, ['--filter=tree:0']);
    // Git leaves out what is asked for when it also is in a folder that is asked for: so not both at a time.
    const isLeftOut = outcome.kind === 'failed' && /did not send all necessary objects/.test(outcome.stderr);
    if (!isLeftOut || oids.length === 1) return outcome;
    const half = Math.ceil(oids.length / 2);
    const first = await this.objects(oids.slice(0, half));
    return first.kind === 'fetched' ? this.objects(oids.slice(half)) : first;
  }

  /** Brings these trees and everything below them. */
  below(oids: readonly Oid[]): Promise<FetchOutcome> {
    return this.#fetch(oids, ['--no-filter']);
  }

  /** Removes what the fetches needed for themselves. The objects stay. */
  close(): void {
    if (this.#place !== undefined) rmSync(this.#place, { recursive: true, force: true });
    this.#place = undefined;
  }

  /** @param since commits that the server is told of as being here, without their parents. */
  async #fetch(oids: readonly Oid[], options: readonly string[], since: readonly Oid[] = []): Promise<FetchOutcome> {
    const cache = this.#cacheDirectory();
    const place = this.#open(cache);
    // Which commits came without their parents before is of no use, and would be told to the server.
    if (since.length === 0) rmSync(join(place, 'shallow'), { force: true });
    else writeFileSync(join(place, 'shallow'), since.map((oid) => `${oid}\n`).join(''));
    const result = await runGit(
      [
        ...this.#remote(since.length > 0),
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
      ]
        .concat(isLocal(this.#url) ? ['--upload-pack=git -c uploadpack.allowFilter=true upload-pack'] : [])
        .concat(options, '--stdin', 'eleventh'),
      {
        env: this.#env,
        gitDirectory: place,
        objectDirectory: join(cache, 'objects'),
        input: oids.map((oid) => `${oid}\n`).join(''),
      },
    );
    return outcome(result);
  }

  /** Returns what names the remote to Git as one that is known to hold what is missing; nothing of it is written down. */
  #remote(isSince: boolean): string[] {
    const settings = { url: this.#url, promisor: 'true', partialCloneFilter: 'tree:0' };
    return [
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `remote.eleventh.${name}=${value}`]),
      // Else nothing is offered to the server: what is asked for is known to be missing.
      ...['-c', `fetch.negotiationAlgorithm=${isSince ? 'consecutive' : 'noop'}`],
    ];
  }

  /**
   * Returns a repository of this process alone, whose objects are the cache's. Git notes in a locked file where a
   * history was cut off, for which parallel commands would otherwise have to queue.
   */
  #open(cache: string): string {
    if (this.#place?.startsWith(cache) === true) return this.#place;
    const place = mkdtempSync(join(cache, 'new-'));
    mkdirSync(join(place, 'refs'));
    writeFileSync(join(place, 'HEAD'), HEAD);
    writeFileSync(join(place, 'config'), CONFIG);
    this.#place = place;
    return place;
  }
}

function outcome({ exitCode, stderr }: GitResult): FetchOutcome {
  if (exitCode === 0) return { kind: 'fetched' };
  const absent = /not our ref ([0-9a-f]{40})/.exec(stderr);
  if (absent !== null) return { kind: 'absent', oid: absent[1] };
  return UNSUPPORTED.test(stderr) ? { kind: 'unsupported' } : { kind: 'failed', stderr };
}
