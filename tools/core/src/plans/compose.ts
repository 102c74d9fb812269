import { refusal, usageError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { Occasion } from '../gates/gate.ts';
import { mayEnter } from '../gates/gates.ts';
import { folderChanges, headOf, pinOf, recipeOf } from '../history/deployment.ts';
import type { Trailer } from '../history/message.ts';
import {
  candidates,
  type Release,
  releases,
  releasesOn,
  releaseVersion,
  type ServiceChange,
  serviceChanges,
} from '../history/release.ts';
import { releaseNotes } from '../history/release-notes.ts';
import type { Change, Commit, Snapshot, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { formatTag, nextCandidate } from '../names/version.ts';
import { recipeBreaks } from '../rules/recipe-breaks.ts';
import { chooseBuilds, type Replacement } from './choice.ts';
import { requiresBroken } from './compatible.ts';
import { makeStep, type Plan, type TagPlan } from './plan.ts';
import { withDerived, workspaceTrailers } from './update.ts';

export interface ComposeRequest extends Pick<Occasion, 'now'> {
  readonly from?: string | undefined;
  /** Builds to take instead of the newest: service to commit, or the first digits of it. */
  readonly set?: ReadonlyMap<ServiceId, string> | undefined;
  /** Services whose newest build stays out. */
  readonly without?: readonly ServiceId[] | undefined;
  /** Whether older builds go where the newest are not what other services require. */
  readonly newestCompatible?: boolean | undefined;
}

export interface Composition extends Plan {
  readonly workspace: Workspace;
  readonly from: Environment;
  readonly source: Commit;
  readonly snapshot: Snapshot;
  readonly replacements: readonly Replacement[];
  /** A candidate with this tree that exists already. */
  readonly existing: Release | undefined;
  readonly changes: readonly ServiceChange[];
}

/** Returns the plan that makes a candidate of an environment's recipe: a tag on a commit of its own, on no branch. */
export async function planComposition(view: View, request: ComposeRequest): Promise<Composition> {
  const workspace = await readWorkspace(view);
  const takers = ({ name }: Environment) => workspace.environments.filter((other) => other.from.includes(name));
  const first = [workspace.first, ...workspace.environments].find((one) => takers(one).length > 0) ?? workspace.first;
  const from = request.from === undefined ? first : findEnvironment(workspace, request.from);
  if (takers(from).length === 0) {
    throw refusal(
      'NOTHING_TAKES',
      `No environment takes recipes from ${from.name}, so there is nothing to compose for.`,
      {
        hint: `eleventh compose --from ${first.name}`,
      },
    );
  }
  const head = await headOf(view, from);
  const commit = head?.commit ?? null;
  if (head === null || commit === null)
    throw usageError('EMPTY_ENVIRONMENT', `${from.name} runs nothing yet.`, `eleventh status`);
  const services = await folderChanges(await view.snapshot(EMPTY_TREE), head.snapshot);
  if (services.length === 0)
    throw usageError('EMPTY_ENVIRONMENT', `${from.name} runs nothing yet.`, `eleventh pin <service> --to ${from.name}`);

  const targets = takers(from);
  const { now } = request;
  const evidence = await Evidence.in(view, workspace);
  const enters = async (id: ServiceId, pin: Pin) => {
    const may = async (environment: Environment) =>
      (await runs(view, environment, id, pin)) ||
      mayEnter({ view, workspace, evidence, environment, entering: new Map([[id, pin]]), now });
    return (await Promise.all(targets.map(may))).every(Boolean);
  };
  const chosen = await chooseBuilds({ view, workspace, from, targets, commit, head: head.snapshot, enters }, request);
  const puts: Change[] = chosen.map(({ id, folder }) => ({
    path: `apps/${id}`,
    put: folder === null ? null : { tree: folder },
  }));
  const changes = puts.length === 0 ? [] : await withDerived(workspace, head.snapshot, puts);
  const snapshot = await head.snapshot.with(changes);
  if ((await recipeOf(snapshot)) === EMPTY_TREE) {
    throw refusal(
      'NOTHING_TO_COMPOSE',
      `No build that ${from.name} ever ran may go on, so a candidate would be empty.`,
      {
        hint: 'eleventh env list',
      },
    );
  }
  const breaks = (await recipeBreaks(workspace, snapshot)) ?? [];
  if (breaks.length > 0)
    throw requiresBroken(breaks, from.name, workspace.first.name, request.newestCompatible === true);
  const [block] = await evidence.blocksOf({ kind: 'recipe', recipe: await recipeOf(snapshot) });
  if (block !== undefined) {
    throw refusal('POLICY_REFUSED', `The recipe that this makes is blocked by ${block.by.name}: ${block.reason}.`, {
      hint: `eleventh unblock ${await recipeOf(snapshot)} --why <text>`,
    });
  }
  const replacements = chosen.map(({ folder: _, ...replacement }) => replacement);
  const facts = { workspace, from, source: commit, snapshot, replacements, branches: [], onRace: 'again' } as const;

  const releasing = workspace.environments.find(
    (environment) => environment.release !== undefined && follows(workspace, environment, from),
  );
  const pattern = releasing?.release?.tag ?? 'v{version}';
  const released = await lastReleased(view, releasing);
  const fromRelease = await serviceChanges(released, snapshot);
  const existing = await sameCandidate(view, pattern, snapshot.tree);
  if (existing !== undefined) return { ...facts, existing, changes: fromRelease };

  const known = candidates(view, pattern);
  const version = releaseVersion(releasing === undefined ? [] : releases(view, releasing), {}, fromRelease, false);
  const tag = formatTag(
    pattern,
    nextCandidate(
      version,
      known.map((candidate) => candidate.version),
    ),
  );
  const trailers: Trailer[] = [['Composed-From', commit.oid], ...replacements.map(trailerOf)];
  const subject = `Compose ${tag} from ${from.name} ${short(commit.oid)}`;
  const words = { subject, trailers: [...trailers, ...workspaceTrailers(view, workspace, undefined)] };
  const step = await makeStep(head.snapshot, changes, () => words);
  const message = await releaseNotes(
    view,
    workspace,
    fromRelease,
    `Candidate ${tag} of ${from.name} ${short(commit.oid)}`,
  );
  const isHead = snapshot.tree === head.snapshot.tree;
  const plan: TagPlan = {
    tag,
    message,
    target: isHead ? commit.oid : null,
    candidate: isHead ? undefined : { parent: commit.oid, step },
  };
  return { ...facts, existing: undefined, changes: fromRelease, tag: plan };
}

/** Returns whether an environment runs a build already: what has entered need not enter. */
async function runs(view: View, environment: Environment, id: ServiceId, { commit }: Pin): Promise<boolean> {
  const head = await headOf(view, environment);
  return head !== null && (await pinOf(head.snapshot, id))?.commit === commit;
}

function trailerOf({ id, to, why }: Replacement): Trailer {
  return [why === 'set' ? 'Set' : 'Without', to === null ? id : `${id}=${to.commit}`];
}

function follows(workspace: Workspace, environment: Environment, ancestor: Environment): boolean {
  return environment.from.some(
    (name) => name === ancestor.name || follows(workspace, findEnvironment(workspace, name), ancestor),
  );
}

async function lastReleased(view: View, environment: Environment | undefined): Promise<Snapshot> {
  const head = environment === undefined ? undefined : view.refs.branches.get(environment.branch);
  const [last] =
    environment === undefined || head === undefined ? [] : await releasesOn(view, environment, view.line(head), 1);
  return view.snapshot(last?.commit.tree ?? EMPTY_TREE);
}

async function sameCandidate(view: View, pattern: string, tree: Oid): Promise<Release | undefined> {
  for (const candidate of candidates(view, pattern)) {
    const oid = await view.expand(candidate.commit);
    if (oid !== null && (await view.commit(oid)).tree === tree) return candidate;
  }
  return undefined;
}
