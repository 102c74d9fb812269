import { refusal } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { overlayFolder } from '../files/overlay.ts';
import type { Entry, Gate, Occasion } from '../gates/gate.ts';
import { enforce, gatesOf } from '../gates/gates.ts';
import { type Deployment, recipeOf } from '../history/deployment.ts';
import type { Trailer } from '../history/message.ts';
import { type ServiceChange, serviceChanges, type VersionRequest } from '../history/release.ts';
import { changeLabel } from '../history/release-notes.ts';
import { requireReviewed } from '../history/reviewed-state.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { readWorkspace, unknownService, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { type Oid, short } from '../names/object-id.ts';
import { refuseBackwards } from '../rules/backwards.ts';
import { checkNewOverlays, enteringPins } from '../rules/entering.ts';
import {
  type BreakGlassRequest,
  type Broken,
  brokenOf,
  brokenTrailers,
  type RecordedBreak,
  recordBroken,
} from './break-glass.ts';
import { isRefused, newestPassing } from './newest-passing.ts';
import type { Plan, TagPlan } from './plan.ts';
import { type PromotionStep, prepareStep, type StepRequest } from './promotion-step.ts';
import { planTag, releasedBefore, tagAt } from './release.ts';
import { refuseOlderWorkspace, type Source } from './source.ts';
import { workspaceTrailers } from './update.ts';

export interface PromotionRequest extends StepRequest, VersionRequest, Occasion {
  readonly noTag?: boolean | undefined;
  readonly allowDowngrade?: readonly ServiceId[] | undefined;
  /** Whether an older state of the source may go where policy keeps the newest out. */
  readonly newestPassing?: boolean | undefined;
  /** Whether gates are passed by breaking the glass, and why. */
  readonly breakGlass?: BreakGlassRequest | undefined;
}

export interface Promotion extends Plan {
  readonly workspace: Workspace;
  readonly target: Environment;
  readonly source: Source;
  readonly changes: readonly ServiceChange[];
  readonly gates: readonly Gate[];
  /** The gates that are passed by breaking the glass; null where none has to be. */
  readonly broken: RecordedBreak | null;
}

/**
 * Returns the plan that brings a tested recipe, whole or some of its services, to an environment. Where policy keeps an
 * environment's newest state out, the refusal names the newest one that may enter, or that one goes.
 */
export async function planPromotion(view: View, request: PromotionRequest): Promise<Promotion> {
  try {
    return await planExactly(view, request);
  } catch (error) {
    // Whoever breaks the glass wants what is there, and not what policy would let in.
    if (!isRefused(error) || request.breakGlass !== undefined) throw error;
    const { environments } = await readWorkspace(view);
    const head = view.refs.branches.get(environments.find(({ name }) => name === request.source)?.branch ?? '');
    if (head === undefined) throw error;
    const older = await newestPassing(view, head, (source) => planExactly(view, { ...request, source }));
    if (older === null) throw error;
    if (request.newestPassing === true) return older;
    const { oid } = older.source.commit;
    const hint = `${short(oid)} may enter: eleventh promote ${request.source} --to ${request.to} --newest-passing`;
    throw refusal(error.code, error.message, {
      hint: `${error.hint === undefined ? '' : `${error.hint}. The older `}${hint}`,
      details: { ...error.details, newestPassing: oid },
    });
  }
}

async function planExactly(view: View, request: PromotionRequest): Promise<Promotion> {
  const step = await prepareStep(view, request);
  const { workspace, target, source, changes, only, isShared, line, after } = step;
  const facts = { workspace, target, source, changes };
  await refuseUnlike(view, step);
  // What is there has entered.
  if (isThere(view, step, request)) {
    const branches = isShared ? [] : [line.plan];
    return { ...facts, gates: [], broken: null, branches, onRace: isShared ? 'again' : 'report' };
  }
  const { gates, allowed } = await checkEntry(view, step, request);
  const broken = brokenOf(gates, request.breakGlass);
  const record = (state: Snapshot, onto: Oid | null) =>
    recordBroken(view, workspace, target, state, onto, broken, request.breakGlass);
  if (isShared) {
    const at = { snapshot: source.snapshot, commit: source.commit.oid, after: source.commit.parents[0] ?? null };
    const tag = await planTag(view, workspace, target, at, request, broken);
    return { ...facts, gates, tag, onRace: 'again', ...(await record(source.snapshot, source.commit.oid)) };
  }
  const tag = await tagFor(
    view,
    workspace,
    target,
    request,
    { commit: line.head, snapshot: line.snapshot },
    after,
    broken,
  );
  const isNew = only.length > 0 && step.recipe !== (await recipeOf(source.snapshot));
  const trailers: Trailer[] = [
    ['Promoted-From', source.commit.oid],
    ...(source.tag === undefined ? [] : [['Promoted-Tag', source.tag] as Trailer]),
    ...only.map((id): Trailer => ['Only', id]),
    ...(isNew ? [['Combination', 'new'] as Trailer] : []),
    ...allowed.map((id): Trailer => ['Allowed-Downgrade', id]),
    ...(tag === undefined ? [] : [['Release', tag.tag] as Trailer]),
    ...(request.ticket === undefined ? [] : [['Ticket', request.ticket] as Trailer]),
    ...brokenTrailers(broken),
    ...workspaceTrailers(view, workspace, only.length === 0 ? source.reviewed.commit : line.carried),
  ];
  const body = changes.map(({ id, before, after }) => `${id}: ${changeLabel(before, after)}`).join('\n');
  await line.add(step.treeChanges, subject(source, target, only, tag), trailers, body);
  const recorded = await record(after, line.head?.oid ?? null);
  return { ...facts, ...recorded, gates, branches: [line.plan, ...recorded.branches], tag, onRace: 'report' };
}

function isThere(
  view: View,
  { target, source, isShared, line, after }: PromotionStep,
  request: PromotionRequest,
): boolean {
  const at = isShared ? source.commit : after.tree === line.snapshot.tree ? line.head : null;
  if (at === null) return false;
  const isTagged = target.release === undefined || request.noTag === true;
  return isTagged || tagAt(view, target, at.oid, request.version) !== undefined;
}

/** Refuses what would not run in the target as it was tested. */
async function refuseUnlike(view: View, { workspace, source, target, only, base }: PromotionStep): Promise<void> {
  await refuseOlderWorkspace(view, workspace, source, target, base);
  if (only.length > 0 && base.commit !== null) {
    // What stays of the target goes on with the services that come: it has to be sound.
    await requireReviewed(view, workspace, target.name, target.name, base.snapshot, base.commit);
  }
  await refuseUnlikeServices(source, target, base, only);
}

/** Returns what a tag would let in: with it enters all that came since the last one, whoever brought it. */
async function sinceRelease(
  view: View,
  { workspace, target, isShared, line, after }: PromotionStep,
  step: Pick<Entry, 'entering' | 'changes'>,
  noTag: boolean,
): Promise<Pick<Entry, 'entering' | 'changes'>> {
  if (target.release === undefined || noTag || isShared) return step;
  const released = await releasedBefore(view, target, line.head?.oid ?? null);
  if (released.tree === line.snapshot.tree) return step;
  const changes = await serviceChanges(released, after);
  return { changes, entering: await enteringPins(workspace, released, after, changes) };
}

/** Holds every rule against what would enter; returns the gates, and the services that needed leave to go back. */
async function checkEntry(
  view: View,
  step: PromotionStep,
  { who, key, ticket, now, breakGlass, isProposal, source: name, ...request }: PromotionRequest,
) {
  const { workspace, target, source, only, base, changes, recipe } = step;
  const entering = await enteringPins(workspace, base.snapshot, source.snapshot, changes);
  const gates = await gatesOf({
    ...{ view, workspace, who, key, ticket, now, recipe },
    ...(await sinceRelease(view, step, { entering, changes }, request.noTag === true)),
    evidence: await Evidence.in(view, workspace),
    environment: target,
    way: only.length === 0 ? 'promotion' : 'partial',
    source: { name, from: source.from, commit: source.commit.oid },
    breakGlass: breakGlass?.reason,
  });
  enforce(target, gates, (services) => waysOn(source, services), { isProposal, breakGlass });
  const allowed = await refuseBackwards(view, source, target, changes, request.allowDowngrade ?? []);
  await checkNewOverlays(base.snapshot, only.length === 0 ? source.snapshot : base.snapshot, target.name, entering);
  return { gates, allowed };
}

function subject(source: Source, target: Environment, only: readonly ServiceId[], tag: TagPlan | undefined): string {
  const from = source.tag ?? `${source.from.name} ${short(source.commit.oid)}`;
  const what = only.length === 0 ? from : `${only.join(', ')} of ${from}`;
  return tag === undefined ? `Promote ${what} to ${target.name}` : `Release ${tag.tag}: ${what} to ${target.name}`;
}

async function tagFor(
  view: View,
  workspace: Workspace,
  target: Environment,
  request: PromotionRequest,
  current: Deployment,
  after: Deployment['snapshot'],
  broken: Broken | null,
): Promise<TagPlan | undefined> {
  if (target.release === undefined || request.noTag === true) return undefined;
  const head = current.commit;
  const isSame = head !== null && after.tree === current.snapshot.tree;
  const onto = isSame ? head.parents[0] : head?.oid;
  const at = { snapshot: after, commit: isSame ? head.oid : null, after: onto ?? null };
  return planTag(view, workspace, target, at, request, broken);
}

/** Throws `ONLY_UNLIKE` for a service whose presence or overlay differs: alone, it would not run as it was tested. */
async function refuseUnlikeServices(
  source: Source,
  target: Environment,
  current: Deployment,
  only: readonly ServiceId[],
): Promise<void> {
  for (const id of only) {
    const [there, here] = await Promise.all([
      source.snapshot.entry(`apps/${id}`),
      current.snapshot.entry(`apps/${id}`),
    ]);
    if (there === null && here === null)
      throw unknownService(id, await servicesIn(source.snapshot, 'apps'), `in ${source.label} or ${target.name}`);
    const overlay = overlayFolder(target.name, id);
    const [theirs, ours] = await Promise.all([source.snapshot.entry(overlay), current.snapshot.entry(overlay)]);
    const problem =
      there === null
        ? `${source.label} does not have it`
        : here === null
          ? `${target.name} does not run it yet`
          : theirs?.oid !== ours?.oid
            ? `its overlay for ${target.name} differs between the two`
            : undefined;
    if (problem === undefined) continue;
    throw refusal('ONLY_UNLIKE', `${id} cannot go to ${target.name} alone: ${problem}.`, {
      hint: `eleventh promote ${source.tag ?? source.environment ?? source.commit.oid} --to ${target.name}`,
      details: { service: id },
    });
  }
}

function waysOn(source: Source, services: readonly ServiceId[]): string {
  return `Leave them at the last build that may enter: eleventh compose --from ${source.from.name}${services.map((id) => ` --without ${id}`).join('')}`;
}
