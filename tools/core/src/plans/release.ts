import { refusal, usageError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { Gate, Occasion } from '../gates/gate.ts';
import { enforce, gatesOf } from '../gates/gates.ts';
import { deploymentAt, headOf, recipeOf } from '../history/deployment.ts';
import { oneLine } from '../history/message.ts';
import {
  bumpFor,
  releases,
  releasesOn,
  releaseTag,
  releaseVersion,
  type ServiceChange,
  serviceChanges,
  type VersionRequest,
} from '../history/release.ts';
import { releaseNotes } from '../history/release-notes.ts';
import { requireReviewed } from '../history/reviewed-state.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { parseVersion } from '../names/version.ts';
import { enteringPins } from '../rules/entering.ts';
import {
  type BreakGlassRequest,
  type Broken,
  brokenOf,
  brokenTrailers,
  type RecordedBreak,
  recordBroken,
} from './break-glass.ts';
import type { Plan, TagPlan } from './plan.ts';
import { workspaceTrailers } from './update.ts';

export interface ReleaseRequest extends VersionRequest, Occasion {
  /** Absent: the one environment that releases. */
  readonly environment?: string | undefined;
  /** Whether gates are passed by breaking the glass, and why. */
  readonly breakGlass?: BreakGlassRequest | undefined;
}

export interface ReleasePlan extends Plan {
  readonly workspace: Workspace;
  readonly environment: Environment;
  readonly commit: Oid;
  readonly snapshot: Snapshot;
  /** The tag that the branch's head has already. */
  readonly existing: string | undefined;
  readonly changes: readonly ServiceChange[];
  readonly gates: readonly Gate[];
  /** The gates that are passed by breaking the glass; null where none has to be. */
  readonly broken: RecordedBreak | null;
}

/** What a release's tag stands on: a state, its commit (null: the one being planned) and the commit before it. */
export interface Tagged {
  readonly snapshot: Snapshot;
  readonly commit: Oid | null;
  readonly after: Oid | null;
}

/** Returns the plan that tags the head of an environment's branch, if it has no tag yet. */
export async function planRelease(view: View, request: ReleaseRequest): Promise<ReleasePlan> {
  const workspace = await readWorkspace(view);
  const environment = releasing(workspace, request.environment);
  const head = await headOf(view, environment);
  if (head === null || head.commit === null || (await recipeOf(head.snapshot)) === EMPTY_TREE) {
    throw refusal('NOTHING_TO_RELEASE', `${environment.name} runs nothing yet.`, {
      hint: `eleventh promote ${environment.from[0] ?? '<source>'} --to ${environment.name}`,
    });
  }
  const { commit, snapshot } = head;
  const existing = tagAt(view, environment, commit.oid, request.version);
  const facts = {
    workspace,
    environment,
    commit: commit.oid,
    snapshot,
    existing,
    onRace: 'again',
    branches: [],
  } as const;
  const at: Tagged = { snapshot, commit: commit.oid, after: commit.parents[0] ?? null };
  const changes = await changesSinceRelease(view, environment, at);
  if (existing !== undefined) return { ...facts, changes, gates: [], broken: null };
  await requireReviewed(
    view,
    workspace,
    environment.name,
    `${environment.name} ${short(commit.oid)}`,
    snapshot,
    commit,
  );
  const isBack = await ranBefore(view, environment, at);
  const entering = isBack
    ? pinsAfter(changes)
    : await enteringPins(workspace, await releasedBefore(view, environment, at.after), snapshot, changes);
  const { who, key, ticket, now, breakGlass } = request;
  const [from] = environment.from.map((name) => findEnvironment(workspace, name));
  const source = from && { name: environment.name, from, commit: commit.oid };
  const recipe = await recipeOf(snapshot);
  const evidence = await Evidence.in(view, workspace);
  const entry = {
    ...{ view, workspace, evidence, environment, entering, changes, recipe, source, who, key, ticket, now },
    breakGlass: breakGlass?.reason,
  };
  const gates = await gatesOf({ ...entry, way: isBack ? 'rollback' : 'promotion', asksRequires: !isBack });
  const waysOn = `git revert the commits that brought them, or: eleventh rollback ${environment.name}`;
  enforce(environment, gates, () => waysOn, request);
  const broken = brokenOf(gates, breakGlass);
  const tag = await planTag(view, workspace, environment, at, request, broken);
  return {
    ...{ ...facts, changes, gates, tag },
    ...(await recordBroken(view, workspace, environment, snapshot, commit.oid, broken, breakGlass)),
  };
}

/** Returns the builds that are there after some changes. */
export function pinsAfter(changes: readonly ServiceChange[]): Map<ServiceId, Pin> {
  return new Map(changes.flatMap(({ id, after }) => (after === null ? [] : [[id, after] as const])));
}

function releasing(workspace: Workspace, name: string | undefined): Environment {
  const all = workspace.environments.filter(({ release }) => release !== undefined);
  const environment = name === undefined ? all[0] : findEnvironment(workspace, name);
  if (name === undefined && all.length > 1) {
    throw usageError(
      'WHICH_ENVIRONMENT',
      `Several environments release: ${all.map((one) => one.name).join(', ')}.`,
      `eleventh release ${all[0]?.name}`,
    );
  }
  if (environment?.release === undefined) {
    throw usageError(
      'NO_RELEASES',
      `${environment?.name ?? 'No environment'} deploys every commit of its branch; its environment.yaml names no release tag.`,
      'eleventh env list',
    );
  }
  return environment;
}

/** Returns the release tag that a commit has already; with a version asked for, only the tag of that version counts. */
export function tagAt(
  view: View,
  environment: Environment,
  commit: Oid,
  version: string | undefined,
): string | undefined {
  const wanted = version === undefined ? undefined : parseVersion(version);
  return releases(view, environment).find(
    (release) => release.commit === commit && (wanted === undefined || release.version === wanted),
  )?.tag;
}

/** Returns the services that differ from the newest release before. */
export async function changesSinceRelease(
  view: View,
  environment: Environment,
  { snapshot, after }: Pick<Tagged, 'snapshot' | 'after'>,
): Promise<ServiceChange[]> {
  return serviceChanges(await releasedBefore(view, environment, after), snapshot);
}

/** Returns the state of the newest release on a line; an empty one when there is none. */
export async function releasedBefore(view: View, environment: Environment, tip: Oid | null): Promise<Snapshot> {
  const [last] = tip === null ? [] : await releasesOn(view, environment, view.line(tip), 1);
  return view.snapshot(last?.commit.tree ?? EMPTY_TREE);
}

/** Returns whether an earlier release on the line ran the same recipe. */
export async function ranBefore(view: View, environment: Environment, { snapshot, after }: Tagged): Promise<boolean> {
  if (after === null) return false;
  const recipe = await recipeOf(snapshot);
  const commits = [...new Set(releases(view, environment).map(({ commit }) => commit))];
  const isSame = await Promise.all(
    commits.map(async (oid) => {
      // A tag may mean anything.
      if ((await view.expand(oid)) === null) return false;
      return (await recipeOf((await deploymentAt(view, oid)).snapshot)) === recipe;
    }),
  );
  // The line is walked only when there is somebody to meet.
  const same = new Set(commits.filter((_, index) => isSame[index]));
  if (same.size > 0) for await (const { oid } of view.line(after)) if (same.has(oid)) return true;
  return false;
}

/** Returns the annotated tag of the next release; its message is the release notes. */
export async function planTag(
  view: View,
  workspace: Workspace,
  environment: Environment,
  at: Tagged,
  request: VersionRequest & Partial<Pick<Occasion, 'ticket'>>,
  broken: Broken | null,
): Promise<TagPlan> {
  const changes = await changesSinceRelease(view, environment, at);
  // To go back is a patch; what is one anyway needs no looking back.
  const isOpen = request.version === undefined && request.bump === undefined && bumpFor(changes) !== 'patch';
  const isKnown = isOpen && (await ranBefore(view, environment, at));
  const version = releaseVersion(releases(view, environment), request, changes, isKnown);
  const tag = releaseTag(environment, version);
  const ticket = request.ticket === undefined ? '' : `, ticket ${oneLine(request.ticket)}`;
  const heading = `${tag}\n\nRecipe ${await recipeOf(at.snapshot)} in ${environment.name}${ticket}`;
  const notes = await releaseNotes(view, workspace, changes, heading);
  if (at.commit === null) return { tag, message: notes, target: null, environment };
  // A commit that is made with its tag says under which policy; one that was there before cannot.
  const asked = [...brokenTrailers(broken), ...workspaceTrailers(view, workspace, undefined)].map(
    ([key, value]) => `${key}: ${value}\n`,
  );
  return { tag, message: `${notes}\n${asked.join('')}`, target: at.commit, environment };
}
