import { landingsOf } from '../evidence/landing.ts';
import type { Environment } from '../files/environment.ts';
import type { Oid } from '../names/object-id.ts';
import { startsOf } from './ran-for.ts';
import { type Release, releases } from './release.ts';
import type { AnnotatedTag, Commit, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** A commit of a branch with the time, in seconds since 1970, from which it counts: never before the one below it. */
export interface DatedCommit {
  readonly commit: Commit;
  readonly start: number;
}

/** A release with the commit that it deploys, and the time from which it counts: never before its commit. */
export interface DatedRelease {
  readonly release: Release;
  readonly commit: Commit;
  /** What the tag says; null for a lightweight one, which says nothing, and counts from its commit's time. */
  readonly tag: AnnotatedTag | null;
  readonly start: number;
}

/** Returns all commits of an environment's branch, newest first; none before its first. */
export async function timeline(
  view: View,
  workspace: Pick<Workspace, 'attestations'>,
  { branch }: Environment,
): Promise<DatedCommit[]> {
  const head = view.refs.branches.get(branch);
  const commits: Commit[] = [];
  if (head !== undefined) for await (const commit of view.line(head)) commits.push(commit);
  const starts = startsOf(commits, await landingsOf(view, workspace, commits));
  return commits.map((commit, index) => ({ commit, start: starts[index] ?? 0 }));
}

/** Returns the newest commit of a branch that counts at a time, or undefined before the first. */
export function commitAt(line: readonly DatedCommit[], time: number): DatedCommit | undefined {
  return line.find(({ start }) => start <= time);
}

/**
 * Returns the highest of the releases that stood on a branch at a time, which is what agents deployed then, or undefined.
 * Reads tags from the highest down, and none whose commit was not there yet.
 */
export async function releaseAt(
  view: View,
  environment: Environment,
  line: readonly DatedCommit[],
  time: number,
): Promise<DatedRelease | undefined> {
  const there = releasesOnLine(view, environment, line).filter(({ start }) => start <= time);
  // In growing portions: the highest is nearly always the one, and where it is not, each step would wait.
  for (let first = 0; first < there.length; first = 2 * first + 1) {
    const dated = await Promise.all(there.slice(first, 2 * first + 1).map((each) => datedRelease(view, each)));
    const found = dated.find(({ start }) => start <= time);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the releases at commits of a branch, highest version first, each with its commit. Reads no tag. */
export function releasesOnLine(
  view: View,
  environment: Environment,
  line: readonly DatedCommit[],
): (DatedCommit & { readonly release: Release })[] {
  const byOid = new Map<Oid, DatedCommit>(line.map((dated) => [dated.commit.oid, dated]));
  return releases(view, environment).flatMap((release) => {
    const dated = byOid.get(release.commit);
    return dated === undefined ? [] : [{ ...dated, release }];
  });
}

/** Returns a release with what its tag says. */
export async function datedRelease(
  view: View,
  { release, commit, start }: DatedCommit & { readonly release: Release },
): Promise<DatedRelease> {
  const tag = await tagOf(view, release.tag);
  return { release, commit, tag, start: Math.max(start, tag?.tagger?.time ?? start) };
}

/** Returns what the tag of that name says, or null for a lightweight one. */
export async function tagOf(view: View, name: string): Promise<AnnotatedTag | null> {
  const ref = view.refs.tags.get(name);
  return ref === undefined || ref.oid === ref.commit ? null : view.tag(ref.oid);
}
