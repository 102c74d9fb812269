import { type Landings, landingsOf } from '../evidence/landing.ts';
import type { Oid } from '../names/object-id.ts';
import { abreast } from './deployment.ts';
import type { Commit, Snapshot, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** How far ahead of ours, in seconds, the clock of whoever made a commit may be. */
const AHEAD = 300;
/** How far back commits are looked at: for what ran, and for what tells that one was dated back. */
const LOOK_BACK = 1000;

/** How long things ran, and a commit of the future, after which nobody can tell. */
export interface Ran<Key> {
  readonly seconds: ReadonlyMap<Key, number>;
  readonly future: Commit | undefined;
}

/**
 * Returns for how many seconds each of some things stood in the states of a branch, all its times there together, or as
 * many as are enough. A commit counts from its own time, but never from before one of those below it, so that nobody
 * gains more by dating it back than the one below has; one that was put to review counts from its landing.
 * @param now in milliseconds since 1970. @param stateOf what stood at a key then.
 */
export async function ranFor<Key>(
  view: View,
  workspace: Pick<Workspace, 'attestations'>,
  tip: Oid,
  wanted: ReadonlyMap<Key, Oid>,
  enough: number,
  now: number,
  stateOf: (snapshot: Snapshot, key: Key) => Promise<Oid | null>,
): Promise<Ran<Key>> {
  const present = Math.floor(now / 1000);
  const commits: Commit[] = [];
  for await (const portion of abreast(view.line(tip), 64)) {
    commits.push(...portion);
    if (commits.length >= LOOK_BACK) break;
  }
  const future = commits.find(({ committer }) => committer.time > present + AHEAD);
  const starts = startsOf(commits, await landingsOf(view, workspace, commits), present);
  const ran = new Map<Key, number>();
  const open = new Map(wanted);
  let end = present;
  // In growing portions: what is asked for is soon found, or each step would wait.
  for (let first = 0; first < commits.length && open.size > 0; first = 2 * first + 1) {
    const portion = commits.slice(first, 2 * first + 1);
    const states = await Promise.all(portion.map(({ tree }) => statesAt(tree)));
    for (const [index, state] of states.entries()) {
      const start = Math.min(starts[first + index] ?? end, end);
      for (const [key, wantedState] of open) {
        if (state.get(key) !== wantedState) continue;
        const seconds = (ran.get(key) ?? 0) + end - start;
        ran.set(key, seconds);
        if (seconds >= enough) open.delete(key);
      }
      end = start;
    }
  }
  return { seconds: ran, future };

  async function statesAt(tree: Oid): Promise<Map<Key, Oid | null>> {
    const snapshot = await view.snapshot(tree);
    return new Map(
      await Promise.all([...open.keys()].map(async (key) => [key, await stateOf(snapshot, key)] as const)),
    );
  }
}

/**
 * Returns from when each commit counts: the latest time of it and all below it. Newest first, as they are given.
 * @param unknown from when one counts that was put to review and of which nothing says when it landed; absent: as others.
 */
export function startsOf(commits: readonly Commit[], landings: Landings, unknown?: number): number[] {
  const starts: number[] = [];
  let latest = 0;
  for (const { oid, committer } of commits.toReversed()) {
    const landed = landings.get(oid);
    latest = Math.max(latest, committer.time, landed === null ? (unknown ?? 0) : (landed ?? 0));
    starts.push(latest);
  }
  return starts.reverse();
}
