import { refusal } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { renderedFor } from '../files/rendered.ts';
import { contains, type Deployment, deploymentAt, recipeOf } from '../history/deployment.ts';
import { releasesOn, type ServiceChange, serviceChanges } from '../history/release.ts';
import type { Change, Snapshot, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import type { Line } from './plan.ts';
import { findSource, type Source } from './source.ts';
import { openLine } from './update.ts';

/** What is to go where. */
export interface StepRequest {
  readonly source: string;
  readonly to: string;
  /** These services alone; empty: the whole recipe. */
  readonly only?: readonly ServiceId[] | undefined;
}

/** A promotion as far as it does not depend on any rule. */
export interface PromotionStep {
  readonly workspace: Workspace;
  readonly target: Environment;
  readonly source: Source;
  readonly only: readonly ServiceId[];
  /** Whether both deploy from one branch (production by tags on it): the commit is there already, only its tag is not. */
  readonly isShared: boolean;
  readonly line: Line;
  /** What the target runs. */
  readonly base: Deployment;
  readonly changes: readonly ServiceChange[];
  readonly treeChanges: readonly Change[];
  /** What the target would hold, and run. */
  readonly after: Snapshot;
  readonly recipe: Oid;
}

/**
 * Returns what a request means, and what the target would be after it. Throws for a target that takes no promotions, and
 * for a source that is not one of its own.
 */
export async function prepareStep(view: View, request: StepRequest): Promise<PromotionStep> {
  const workspace = await readWorkspace(view);
  const target = findEnvironment(workspace, request.to);
  if (target.from.length === 0) {
    throw refusal(
      'NOT_PROMOTED_HERE',
      `${target.name} takes pins from service CI, not promotions: its environment.yaml names no from.`,
      {
        hint: `eleventh pin <service> --commit <sha> --to ${target.name}`,
      },
    );
  }
  const source = await findSource(view, workspace, target, request.source);
  if ((await recipeOf(source.snapshot)) === EMPTY_TREE) {
    throw refusal('NOTHING_TO_PROMOTE', `${source.label} runs nothing: there is no recipe to promote.`, {
      hint: 'eleventh status',
    });
  }
  const only = [...new Set(request.only ?? [])].sort();
  const isShared = source.from.branch === target.branch && !source.isCandidate;
  if (isShared && only.length > 0) {
    const message = `${target.name} deploys from ${target.branch} as ${source.from.name} does: a service cannot go there alone.`;
    throw refusal('ONLY_SHARED', message, { hint: `eleventh promote ${source.from.name} --to ${target.name}` });
  }
  const line = await openLine(view, workspace, target);
  const base = isShared ? await lastReleased(view, target, source) : { commit: line.head, snapshot: line.snapshot };
  const changes = (await serviceChanges(base.snapshot, source.snapshot)).filter(
    ({ id }) => only.length === 0 || only.includes(id),
  );
  const moved: Change[] =
    only.length === 0
      ? [{ path: '', put: { tree: source.snapshot.tree } }]
      : changes.map(({ id, to }) => ({ path: `apps/${id}`, put: to === null ? null : { tree: to } }));
  const rendered =
    only.length === 0 ? [] : await renderedFor(workspace.environments, line.snapshot, await line.snapshot.with(moved));
  const treeChanges = [...moved, ...rendered];
  const after = await line.snapshot.with(treeChanges);
  const recipe = await recipeOf(isShared ? source.snapshot : after);
  return { workspace, target, source, only, isShared, line, base, changes, treeChanges, after, recipe };
}

/** Returns the newest released state at or before a source on the environment's own branch; refuses a source behind it. */
async function lastReleased(view: View, target: Environment, source: Source): Promise<Deployment> {
  const head = view.refs.branches.get(target.branch) ?? source.commit.oid;
  const [newest] = await releasesOn(view, target, view.line(head), 1);
  if (newest === undefined) return { commit: null, snapshot: await view.snapshot(EMPTY_TREE) };
  if (!(await contains(view.line(source.commit.oid), newest.commit.oid))) {
    throw refusal('BACKWARDS', `${source.label} lies before ${newest.release.tag}, which ${target.name} runs.`, {
      hint: `eleventh rollback ${target.name} --to <tag>`,
    });
  }
  return deploymentAt(view, newest.commit.oid);
}
