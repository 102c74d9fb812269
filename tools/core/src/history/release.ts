import { compare, major, minor, SemVer } from 'semver';
import { EleventhError, usageError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { type Bump, formatTag, highest, isRelease, nextVersion, parseVersion, tagVersion } from '../names/version.ts';
import { type FolderChange, folderChanges, pinOf } from './deployment.ts';
import type { Commit, Refs, Snapshot, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** A release of an environment: a tag at a commit of its branch. */
export interface Release {
  readonly tag: string;
  readonly version: string;
  readonly commit: Oid;
}

/** Returns all releases that tags of the environment's form name, highest version first, wherever they stand. */
export function releases(view: View, environment: Environment): Release[] {
  const pattern = environment.release?.tag;
  if (pattern === undefined) return [];
  const known = RELEASES.get(view.refs) ?? new Map<string, Release[]>();
  RELEASES.set(view.refs, known);
  const found = known.get(pattern) ?? readReleases(view.refs, pattern);
  known.set(pattern, found);
  return [...found];
}

/** The releases by the tags that they were read from, and by pattern: a repository may have thousands. */
const RELEASES = new WeakMap<Refs, Map<string, Release[]>>();

function readReleases({ tags }: Refs, pattern: string): Release[] {
  const found = [...tags].flatMap(([tag, { commit }]) => {
    const version = tagVersion(pattern, tag);
    return version === null || !isRelease(version)
      ? []
      : [{ release: { tag, version, commit }, order: new SemVer(version) }];
  });
  return found.sort((a, b) => b.order.compare(a.order)).map(({ release }) => release);
}

/** Returns the release tags at a commit, highest version first. */
export function tagsAt(view: View, environment: Environment, commit: Oid): string[] {
  return releases(view, environment)
    .filter((release) => release.commit === commit)
    .map(({ tag }) => tag);
}

/** Returns the candidates' versions (`1.5.0-rc.1`) by tag, for a tag pattern. */
export function candidates(view: View, pattern: string): Release[] {
  return [...view.refs.tags].flatMap(([tag, { commit }]) => {
    const version = tagVersion(pattern, tag);
    return version === null || isRelease(version) ? [] : [{ tag, version, commit }];
  });
}

/** Returns the releases at commits of a line, newest commit first, with the commit of each. Stops after `limit`. */
export async function releasesOn(
  view: View,
  environment: Environment,
  line: AsyncIterable<Commit>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ release: Release; commit: Commit }[]> {
  const byCommit = new Map<Oid, Release>();
  for (const release of releases(view, environment))
    if (!byCommit.has(release.commit)) byCommit.set(release.commit, release);
  const found: { release: Release; commit: Commit }[] = [];
  if (byCommit.size === 0) return found;
  for await (const commit of line) {
    const release = byCommit.get(commit.oid);
    if (release !== undefined) found.push({ release, commit });
    if (found.length >= Math.min(limit, byCommit.size)) break;
  }
  return found;
}

/**
 * Returns the highest release at a commit of a line, which is what agents deploy, with its commit; undefined for none.
 * Stops at the highest release there is, so all of the line is read only when that one stands elsewhere.
 */
export async function highestOn(
  view: View,
  environment: Environment,
  line: AsyncIterable<Commit>,
): Promise<{ release: Release; commit: Commit } | undefined> {
  const all = releases(view, environment);
  const ranks = new Map(all.map(({ commit }, rank) => [commit, rank] as const).reverse());
  let highest: { rank: number; commit: Commit } | undefined;
  if (ranks.size === 0) return undefined;
  for await (const commit of line) {
    const rank = ranks.get(commit.oid);
    if (rank !== undefined && (highest === undefined || rank < highest.rank)) highest = { rank, commit };
    if (highest?.rank === 0) break;
  }
  const release = all[highest?.rank ?? -1];
  return highest === undefined || release === undefined ? undefined : { release, commit: highest.commit };
}

/**
 * Returns the commit that speaks for an environment: its branch's head, or its newest release where another environment
 * deploys from the same branch, whose head is that one's. undefined before the first.
 */
export async function commitOf(view: View, workspace: Workspace, environment: Environment): Promise<Oid | undefined> {
  const head = view.refs.branches.get(environment.branch);
  const isShared = workspace.environments.some((other) => other !== environment && other.branch === environment.branch);
  if (head === undefined || !isShared) return head;
  const [newest] = await releasesOn(view, environment, view.line(head), 1);
  return newest?.commit.oid ?? head;
}

export interface VersionRequest {
  readonly version?: string | undefined;
  readonly bump?: Bump | undefined;
}

/** A service's folder in a release and in the one before. */
export interface ServiceChange extends FolderChange {
  readonly before: Pin | null;
  readonly after: Pin | null;
}

/** Returns the services that differ between two states, with their pins; null for a folder that holds no readable pin. */
export async function serviceChanges(from: Snapshot, to: Snapshot): Promise<ServiceChange[]> {
  const changes = await folderChanges(from, to);
  return Promise.all(
    changes.map(async (change) => ({
      ...change,
      before: change.from === null ? null : await readablePin(from, change.id),
      after: change.to === null ? null : await readablePin(to, change.id),
    })),
  );
}

async function readablePin(snapshot: Snapshot, id: ServiceId): Promise<Pin | null> {
  try {
    return await pinOf(snapshot, id);
  } catch (error) {
    if (error instanceof EleventhError && error.code === 'BAD_PIN') return null;
    throw error;
  }
}

/** Returns which part of the version the changes since the last release raise. */
export function bumpFor(changes: readonly ServiceChange[]): Bump {
  const bumps = changes.map(({ from, to, before, after }): Bump => {
    if (to === null) return 'major';
    if (from === null) return 'minor';
    if (before?.version === undefined || after?.version === undefined) return 'patch';
    if (major(after.version) > major(before.version)) return 'major';
    const isMinor = major(after.version) === major(before.version) && minor(after.version) > minor(before.version);
    return isMinor ? 'minor' : 'patch';
  });
  if (bumps.includes('major')) return 'major';
  return bumps.includes('minor') ? 'minor' : 'patch';
}

/**
 * Returns the version of the next release. It is always above every release there is: Flux takes the highest tag.
 * @param isKnownTree whether an earlier release had exactly this tree; going back is always a patch.
 */
export function releaseVersion(
  existing: readonly Release[],
  request: VersionRequest,
  changes: readonly ServiceChange[],
  isKnownTree: boolean,
): string {
  const last = highest(existing.map(({ version }) => version));
  if (request.version === undefined) {
    return nextVersion(last, request.bump ?? (isKnownTree ? 'patch' : bumpFor(changes)));
  }
  const version = parseVersion(request.version);
  if (!isRelease(version)) {
    throw usageError(
      'BAD_VERSION',
      `${version} is a pre-release; a release has three numbers.`,
      `--version ${version.split('-')[0]}`,
    );
  }
  if (last !== null && compare(version, last) <= 0) throw notHigher(version, last);
  return version;
}

function notHigher(version: string, last: string): EleventhError {
  return usageError(
    'VERSION_NOT_HIGHER',
    `${version} is not above ${last}, the highest release there is: agents deploy the highest tag.`,
    `--version ${nextVersion(last, 'patch')}`,
  );
}

/** Returns the tag of a version in an environment that releases. */
export function releaseTag(environment: Environment, version: string): string {
  return formatTag(environment.release?.tag ?? 'v{version}', version);
}
