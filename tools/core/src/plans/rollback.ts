import { refusal } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import type { Gate, Occasion } from '../gates/gate.ts';
import { buildGatesOf, enforce, gatesOf } from '../gates/gates.ts';
import { headOf, recipeOf } from '../history/deployment.ts';
import type { Trailer } from '../history/message.ts';
import { type ServiceChange, serviceChanges } from '../history/release.ts';
import { changeLabel } from '../history/release-notes.ts';
import { requireReviewed, reviewedCommit } from '../history/reviewed-state.ts';
import type { Change, Commit, Snapshot, View } from '../history/snapshot.ts';
import type { Ran } from '../history/standing.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { enteringPins } from '../rules/entering.ts';
import {
  type BreakGlassRequest,
  type Broken,
  brokenOf,
  brokenStatement,
  brokenSubject,
  brokenTrailers,
  type RecordedBreak,
} from './break-glass.ts';
import { Line, type Plan } from './plan.ts';
import { changesSinceRelease, pinsAfter, planTag, releasedBefore, tagAt } from './release.ts';
import {
  blockSubject,
  blocksOfLeft,
  type LeftBehind,
  leftBehind,
  type RollbackBlock,
  recordBack,
} from './rollback-block.ts';
import { namedToRestore, newestToRestore, nothingEarlier, refuseUnknown } from './rollback-target.ts';
import type { FiledStatement, Saying } from './statements.ts';
import { withDerived, workspaceTrailers } from './update.ts';

export interface RollbackRequest extends Occasion {
  readonly environment: string;
  /** A release tag or commit that the environment ran; absent: the newest deployment not itself rolled back from. */
  readonly to?: string | undefined;
  readonly only?: readonly ServiceId[] | undefined;
  /** Whether what it leaves behind is blocked, and why. */
  readonly block?: { readonly reason: string; readonly saying: Saying } | undefined;
  /** Whether gates are passed by breaking the glass, and why. */
  readonly breakGlass?: BreakGlassRequest | undefined;
}

export interface Rollback extends Plan {
  readonly workspace: Workspace;
  readonly environment: Environment;
  readonly head: Commit;
  /** What the head runs. */
  readonly snapshot: Snapshot;
  /** What is restored; null when the head already is a rollback. */
  readonly target: { readonly commit: Commit; readonly label: string } | null;
  readonly changes: readonly ServiceChange[];
  readonly gates: readonly Gate[];
  /** Whether a release tag stands on the head. */
  readonly isReleased: boolean;
  /** Other environments on the same branch, which move too. */
  readonly alsoMoves: readonly string[];
  /** What nothing keeps from coming back, unless it is blocked. */
  readonly left: readonly LeftBehind[];
  readonly blocks: readonly RollbackBlock[];
  /** The gates that are passed by breaking the glass; null where none has to be. */
  readonly broken: RecordedBreak | null;
}

/** A rollback before anything is recorded of it on the attestations branch. */
type Back = Omit<Rollback, 'left' | 'blocks' | 'broken'> & { readonly broken: Broken | null };

/**
 * Returns the plan that restores an earlier deployment's tree exactly, or some services of it; and that blocks what it
 * leaves behind, or left when it was carried out before, where that is asked for.
 */
export async function planRollback(view: View, request: RollbackRequest): Promise<Rollback> {
  const { block, breakGlass, only = [] } = request;
  const back = await planBack(view, request);
  const { workspace, environment, head, snapshot, branches, broken } = back;
  const after = branches[0]?.snapshot ?? snapshot;
  const { left, from } = await leftBehind(view, head, snapshot, after, only);
  const blocks =
    block === undefined ? [] : await blocksOfLeft(view, workspace, { left, from }, block.reason, block.saying);
  const glass =
    broken === null || breakGlass === undefined
      ? null
      : await brokenStatement(environment, after, head.oid, broken, breakGlass.saying);
  const subject = [
    ...blockSubject(left, blocks, block?.reason),
    ...(broken === null ? [] : [brokenSubject(environment, broken)]),
  ].join('; ');
  const saying = block?.saying ?? breakGlass?.saying;
  const recorded = await recordBack(view, workspace, [...blocks, glass], subject, saying);
  const pathOf = (statement: FiledStatement['statement'] | null | undefined) =>
    recorded.filed.find((one) => one.statement === statement)?.path;
  return {
    ...back,
    left,
    blocks: blocks.length === 0 ? [] : left.map((one, index) => ({ ...one, statement: pathOf(blocks[index]) ?? null })),
    broken: broken && { ...broken, statement: pathOf(glass) ?? '' },
    branches: [...branches, ...recorded.branches],
  };
}

async function planBack(view: View, request: RollbackRequest): Promise<Back> {
  const workspace = await readWorkspace(view);
  const environment = findEnvironment(workspace, request.environment);
  const head = await headOf(view, environment);
  if (head === null || head.commit === null) throw nothingEarlier(environment);
  const only = [...new Set(request.only ?? [])].sort();
  const alsoMoves = workspace.environments
    // One that releases stays at its tag, wherever the branch goes.
    .filter((other) => other.branch === environment.branch && other !== environment && other.release === undefined)
    .map(({ name }) => name);
  const { commit, snapshot } = head;
  const isReleased = tagAt(view, environment, commit.oid, undefined) !== undefined;
  const facts = { workspace, environment, head: commit, snapshot, isReleased, alsoMoves, onRace: 'report' } as const;

  const target =
    request.to === undefined
      ? await newestToRestore(view, workspace, environment, head.commit, only)
      : await namedToRestore(view, workspace, environment, head.commit, request.to);
  if (target === null) return { ...facts, target, changes: [], gates: [], branches: [], broken: null };
  const restored = await view.snapshot(target.commit.tree);
  const changes = (await serviceChanges(head.snapshot, restored)).filter(
    ({ id }) => only.length === 0 || only.includes(id),
  );
  await refuseUnknown(head.snapshot, restored, only, environment, workspace);
  if (only.length > 0) await refuseUnrendered(head.snapshot, environment, changes, target);
  const staying =
    only.length === 0 ? [] : await refuseUnsound(view, workspace, environment, { commit, snapshot }, only, request);

  const line = Line.on(environment.branch, head.commit, head.snapshot);
  const treeChanges: Change[] =
    only.length === 0
      ? [{ path: '', put: { tree: restored.tree } }]
      : await withDerived(
          workspace,
          head.snapshot,
          changes.map(({ id, to }) => ({ path: `apps/${id}`, put: to === null ? null : { tree: to } })),
        );
  const after = await line.snapshot.with(treeChanges);
  const isSame = after.tree === head.snapshot.tree;
  const gates = await gatesBack(view, workspace, environment, request, head.commit, target, changes, after);
  const isTagged =
    environment.release === undefined ||
    (isSame && (only.length > 0 || tagAt(view, environment, head.commit.oid, undefined) !== undefined));
  const at = {
    snapshot: after,
    commit: isSame ? head.commit.oid : null,
    after: isSame ? (head.commit.parents[0] ?? null) : head.commit.oid,
  };
  // Where nothing moves, nothing is passed.
  const broken = isSame && isTagged ? null : brokenOf([...staying, ...gates], request.breakGlass);
  const tag = isTagged
    ? undefined
    : await planTag(view, workspace, environment, at, { bump: 'patch', ticket: request.ticket }, broken);
  const reviewed =
    only.length > 0 ? line.carried : (await reviewedCommit(view, workspace, restored, target.commit))?.commit;
  const trailers: Trailer[] = [
    ['Rolled-Back-To', target.commit.oid],
    ['Rolled-Back-From', head.commit.oid],
    ...only.map((id): Trailer => ['Only', id]),
    ...(tag === undefined ? [] : [['Release', tag.tag] as Trailer]),
    ...(request.ticket === undefined ? [] : [['Ticket', request.ticket] as Trailer]),
    ...brokenTrailers(broken),
    ...workspaceTrailers(view, workspace, reviewed),
  ];
  const what = only.length === 0 ? environment.name : `${only.join(', ')} in ${environment.name}`;
  const subject = `Roll back ${what} to ${target.label}`;
  const body = changes.map(({ id, before, after }) => `${id}: ${changeLabel(before, after)}`).join('\n');
  await line.add(
    treeChanges,
    tag === undefined ? subject : `Release ${tag.tag}: ${subject.charAt(0).toLowerCase()}${subject.slice(1)}`,
    trailers,
    body,
  );
  return { ...facts, target, changes, gates, branches: [line.plan], tag, broken };
}

/** Returns the gates of going back, none of which a policy has unless it says so; throws when one is shut. */
async function gatesBack(
  view: View,
  workspace: Workspace,
  environment: Environment,
  { who, key, ticket, now, breakGlass, only, isProposal }: RollbackRequest,
  head: Commit,
  target: Ran,
  brought: readonly ServiceChange[],
  after: Snapshot,
): Promise<Gate[]> {
  const evidence = await Evidence.in(view, workspace);
  // With a tag enters all that came since the last one.
  const since = { snapshot: after, after: head.oid };
  const changes = environment.release === undefined ? brought : await changesSinceRelease(view, environment, since);
  const entering = pinsAfter(changes);
  const [name = environment.name] = environment.from;
  const source = { name: target.label, from: findEnvironment(workspace, name), commit: target.commit.oid };
  const recipe = await recipeOf(after);
  const facts = { view, workspace, evidence, environment, entering, changes, recipe, source, who, key, ticket, now };
  const isSome = (only?.length ?? 0) > 0;
  const asked = { ...facts, way: 'rollback', asksRequires: isSome, breakGlass: breakGlass?.reason } as const;
  const checked = await gatesOf(asked);
  const waysOn = `eleventh rollback ${environment.name} --to <another>`;
  enforce(environment, checked, () => waysOn, { isProposal, breakGlass });
  return checked;
}

/**
 * Refuses to release, with the services that go back, what stays of a head that nobody reviewed or policy keeps out.
 * Returns the gates of what stays.
 */
async function refuseUnsound(
  view: View,
  workspace: Workspace,
  environment: Environment,
  head: { readonly commit: Commit; readonly snapshot: Snapshot },
  only: readonly ServiceId[],
  { now, breakGlass, isProposal }: Pick<RollbackRequest, 'now' | 'breakGlass' | 'isProposal'>,
): Promise<Gate[]> {
  const { commit, snapshot } = head;
  await requireReviewed(view, workspace, environment.name, environment.name, snapshot, commit);
  if (environment.release === undefined) return [];
  const released = await releasedBefore(view, environment, commit.oid);
  const staying = (await serviceChanges(released, snapshot)).filter(({ id }) => !only.includes(id));
  const entering = await enteringPins(workspace, released, snapshot, staying);
  const evidence = await Evidence.in(view, workspace);
  const reason = breakGlass?.reason;
  const checked = await buildGatesOf({ view, workspace, evidence, environment, entering, now, breakGlass: reason });
  enforce(environment, checked, () => `eleventh rollback ${environment.name}`, { isProposal, breakGlass });
  return checked;
}

/** Throws `ONLY_UNLIKE` for a service that the head has no overlay for: back alone, nothing would render it. */
async function refuseUnrendered(
  head: Snapshot,
  environment: Environment,
  changes: readonly ServiceChange[],
  { label }: Ran,
): Promise<void> {
  const overlays = await servicesIn(head, `environments/${environment.name}`);
  const lost = changes.find(({ id, to }) => to !== null && !overlays.includes(id));
  if (lost === undefined) return;
  throw refusal(
    'ONLY_UNLIKE',
    `${lost.id} cannot come back alone: ${environment.name} has no overlay for it any more.`,
    {
      hint: `eleventh rollback ${environment.name} --to ${label}`,
      details: { service: lost.id },
    },
  );
}
