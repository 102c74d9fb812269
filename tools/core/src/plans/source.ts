import { refusal } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { contains, type Deployment, folderChanges, neverHad } from '../history/deployment.ts';
import { outsideFiles } from '../history/outside.ts';
import { type Named, resolve } from '../history/resolve.ts';
import { type Reviewed, requireReviewed, reviewedCommit } from '../history/reviewed-state.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, type Workspace } from '../history/workspace.ts';
import { listed } from '../names/listed.ts';
import { EMPTY_TREE, short } from '../names/object-id.ts';
import { isRelease, tagVersion } from '../names/version.ts';

/** A recipe that may be promoted into an environment: where it comes from, and the reviewed state it carries. */
export interface Source extends Named {
  readonly from: Environment;
  /** Whether it is a composed candidate, which stands on no branch. */
  readonly isCandidate: boolean;
  readonly reviewed: Reviewed;
}

/**
 * Returns the source of a promotion, or refuses it: `NOT_FROM` for a commit that no `from` branch ever had,
 * `CANDIDATE_FOREIGN` for a candidate with a folder that never ran there, `WORKSPACE_DIFFERS` and `WORKSPACE_OLDER`
 * for a state outside `apps/` that nobody reviewed, or that is older than the target's; both name the files.
 */
export async function findSource(view: View, workspace: Workspace, target: Environment, text: string): Promise<Source> {
  const named = await resolve(view, workspace, text);
  const reviewedBy = (from: Environment) =>
    requireReviewed(view, workspace, from.name, named.label, named.snapshot, named.commit);
  const froms = target.from.map((name) => findEnvironment(workspace, name));
  for (const from of froms) {
    const head = view.refs.branches.get(from.branch);
    if (head !== undefined && (await contains(view.line(head), named.commit.oid))) {
      return { ...named, from, isCandidate: false, reviewed: await reviewedBy(from) };
    }
  }
  // What an environment runs is no candidate, though a candidate's tag may stand on it.
  const candidateOf =
    named.environment === undefined && isCandidateTag(view, workspace, named)
      ? await fromWithEveryFolder(view, froms, named)
      : undefined;
  if (candidateOf === undefined) {
    throw refusal(
      'NOT_FROM',
      `${named.label} never was on ${froms.map(({ branch }) => branch).join(' or ')}, from which ${target.name} takes its recipes.`,
      {
        hint: `eleventh promote ${target.from[0]} --to ${target.name}`,
        details: { source: named.commit.oid, target: target.name, from: target.from },
      },
    );
  }
  return {
    ...named,
    from: candidateOf,
    isCandidate: true,
    reviewed: await reviewedBy(candidateOf),
  };
}

/** Returns whether a composed candidate's tag holds the commit. */
function isCandidateTag(view: View, workspace: Workspace, named: Named): boolean {
  const patterns = [...new Set(workspace.environments.map(({ release }) => release?.tag ?? 'v{version}'))];
  return [...view.refs.tags].some(([tag, { commit }]) => {
    const version =
      commit === named.commit.oid
        ? (patterns.map((pattern) => tagVersion(pattern, tag)).find((found) => found !== null) ?? null)
        : null;
    return version !== null && !isRelease(version);
  });
}

async function fromWithEveryFolder(view: View, froms: readonly Environment[], named: Named): Promise<Environment> {
  const folders = await folderChanges(await view.snapshot(EMPTY_TREE), named.snapshot);
  const wanted = new Map(folders.map(({ id, to }) => [id, to ?? '']));
  let foreign: string[] = [];
  for (const from of froms) {
    const head = view.refs.branches.get(from.branch);
    if (head === undefined) continue;
    foreign = await neverHad(view, view.line(head), wanted);
    if (foreign.length === 0) return from;
  }
  throw refusal(
    'CANDIDATE_FOREIGN',
    `The candidate ${named.label} holds what never ran in ${froms.map(({ name }) => name).join(' or ')}: ${foreign.join(', ')}.`,
    {
      hint: `eleventh compose --from ${froms[0]?.name}`,
      details: { services: foreign },
    },
  );
}

/** Throws `WORKSPACE_OLDER` when the source carries an older reviewed state than the target runs under. */
export async function refuseOlderWorkspace(
  view: View,
  workspace: Workspace,
  source: Source,
  target: Environment,
  current: Deployment,
): Promise<void> {
  const reviewed = await lastReviewed(view, workspace, current);
  if (reviewed === null || source.reviewed.age <= reviewed.age) return;
  const held = await view.snapshot((await view.commit(reviewed.commit)).tree);
  const files = await outsideFiles(source.snapshot, held);
  if (files.length === 0) return;
  throw refusal(
    'WORKSPACE_OLDER',
    `${source.label} carries ${workspace.branch} of ${short(source.reviewed.commit)}, but ${target.name} has the newer ${short(reviewed.commit)}: ${listed(files)} would go back.`,
    {
      hint: `eleventh update ${source.from.name}`,
      details: { source: source.reviewed.commit, target: reviewed.commit, files },
    },
  );
}

/** Returns the newest reviewed state that the target is known to have carried; damage made by hand is looked past. */
async function lastReviewed(view: View, workspace: Workspace, current: Deployment): Promise<Reviewed | null> {
  // A branch that only begins has the newest; nothing at all (no release yet on a shared branch) has none.
  if (current.commit === null) {
    return current.snapshot.tree === EMPTY_TREE ? null : reviewedCommit(view, workspace, current.snapshot, null);
  }
  for await (const commit of view.line(current.commit.oid)) {
    const found = await reviewedCommit(view, workspace, await view.snapshot(commit.tree), commit);
    if (found !== null) return found;
  }
  return null;
}
