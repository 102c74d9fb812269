import { EleventhError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { BlockStatement } from '../evidence/statement.ts';
import { ALLOWED_SIGNERS } from '../files/allowed-signers.ts';
import { servicesAt, servicesIn } from '../files/derived-list.ts';
import { type Environment, environmentPath } from '../files/environment.ts';
import { pinnedReference } from '../files/pin.ts';
import { policyProblems } from '../files/policy-check.ts';
import { type BrokenGlass, brokenGlass } from '../gates/break-glass.ts';
import {
  deploymentAt,
  deploymentKind,
  folderChanges,
  pinnedServices,
  pinOf,
  recipeOf,
  revertedCommit,
} from '../history/deployment.ts';
import { parseMessage } from '../history/message.ts';
import { commitOf, highestOn, releases, tagsAt } from '../history/release.ts';
import { reviewedCommit, unreviewedFiles } from '../history/reviewed-state.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { recipeBreaks } from '../rules/recipe-breaks.ts';
import { breakReason } from '../rules/requires.ts';

export interface ServiceStatus {
  readonly id: ServiceId;
  /** The tree id of its folder: two environments run the same build with the same manifests when these are equal. */
  readonly tree: Oid;
  readonly commit: Oid | null;
  readonly branch: string | null;
  readonly version: string | null;
  readonly built: string | null;
  readonly images: readonly string[];
}

export interface EnvironmentStatus {
  readonly name: string;
  readonly branch: string;
  readonly from: readonly string[];
  /** The head of the branch; null before its first commit. */
  readonly commit: Oid | null;
  /** RFC 3339 in UTC. */
  readonly time: string | null;
  readonly recipe: Oid;
  /** The release tag at that commit, where the environment releases. */
  readonly release: string | null;
  /** What agents deploy now: the newest release on the branch where the environment releases, else its head. */
  readonly deployed: { readonly tag: string | null; readonly commit: Oid } | null;
  /** The reviewed commit that the branch equals outside `apps/`, and how many newer ones there are. */
  readonly workspace: { readonly commit: Oid; readonly behind: number } | null;
  readonly services: readonly ServiceStatus[];
  readonly findings: readonly string[];
}

export interface Status {
  readonly workspace: { readonly branch: string; readonly commit: Oid };
  readonly environments: readonly EnvironmentStatus[];
}

/** Returns what runs in every environment, and what a person should know about it. */
export async function status(view: View): Promise<Status> {
  const workspace = await readWorkspace(view);
  const kept = serviceIds(workspace).then((ids) => new Set(ids));
  const known = readKnown(view, workspace);
  const [environments] = await Promise.all([
    Promise.all(workspace.environments.map((one) => environmentStatus(view, workspace, one, kept, known))),
    kept,
    known,
  ]);
  return { workspace: { branch: workspace.branch, commit: workspace.commit }, environments };
}

async function environmentStatus(
  view: View,
  workspace: Workspace,
  environment: Environment,
  keeping: Promise<ReadonlySet<ServiceId>>,
  knowing: Promise<Known>,
): Promise<EnvironmentStatus> {
  const { name, branch, from } = environment;
  const oid = await commitOf(view, workspace, environment);
  if (oid === undefined) {
    const findings = [`${branch} does not exist yet: eleventh update ${name}`];
    return {
      name,
      branch,
      from,
      commit: null,
      time: null,
      recipe: EMPTY_TREE,
      release: null,
      deployed: null,
      workspace: null,
      services: [],
      findings,
    };
  }
  const { commit, snapshot } = await deploymentAt(view, oid);
  const release = tagsAt(view, environment, commit.oid)[0] ?? null;
  const [highest] = releases(view, environment);
  const [newest, { reviewed, files }, services, overlays, kept, known, byHand, recipe, problems, broken] =
    await Promise.all([
      highestOn(view, environment, view.line(commit.oid)),
      review(view, workspace, snapshot, commit),
      serviceStatuses(snapshot),
      servicesIn(snapshot, `environments/${name}`).then((ids) => new Set(ids)),
      keeping,
      knowing,
      handMade(view, commit),
      recipeOf(snapshot),
      policyProblems(environment.policy),
      brokenRequirements(workspace, snapshot),
    ]);
  const deployed =
    environment.release === undefined
      ? { tag: null, commit: commit.oid }
      : newest === undefined
        ? null
        : { tag: newest.release.tag, commit: newest.commit.oid };
  const findings = [
    ...glassFindings(known, name),
    ...services.findings,
    ...problems.map((problem) => `${environmentPath(name)}: ${problem}`),
    ...unsigned(workspace, environment),
    ...blocked(known, recipe, services.statuses),
    ...broken,
    ...unreviewed(workspace, environment, files),
    ...services.statuses
      .filter(({ id }) => !overlays.has(id))
      .map(({ id }) => `${id} has no overlay here, so nothing of it is deployed`),
    ...services.statuses
      .filter(({ id }) => !kept.has(id))
      .map(({ id }) => `${id} was removed from ${workspace.branch} but still runs here`),
    ...(release === null &&
    environment.release !== undefined &&
    services.statuses.length > 0 &&
    commit.parents.length > 0
      ? [
          `${short(commit.oid)} is not released${newest === undefined ? '' : `; ${newest.release.tag} runs`}: eleventh release ${name}`,
        ]
      : []),
    ...(highest !== undefined && highest.commit !== newest?.commit.oid
      ? [
          `${highest.tag} stands on a commit that ${branch} never had, and agents take the highest tag: eleventh release ${name}`,
        ]
      : []),
    ...byHand,
  ];
  return {
    name,
    branch,
    from,
    commit: commit.oid,
    time: isoTime(commit.committer.time),
    recipe,
    release,
    deployed,
    workspace: reviewed === null ? null : { commit: reviewed.commit, behind: reviewed.age },
    services: services.statuses,
    findings,
  };
}

/** Returns what services require and do not have: a review may change that under what runs. */
async function brokenRequirements(workspace: Workspace, snapshot: Snapshot): Promise<string[]> {
  try {
    const breaks = (await recipeBreaks(workspace, snapshot)) ?? [];
    return breaks.map((one) => `${one.service} ${breakReason(one)}`);
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    // A pin that cannot be read is a finding by itself.
    return error.code === 'BAD_PIN' ? [] : [`what services require cannot be told: ${error.message}`];
  }
}

/** Returns what keeps everybody's signature from counting, where an environment asks for them. */
function unsigned({ signers }: Workspace, { policy }: Environment): string[] {
  const isAsked = [policy, policy.partial, policy.rollback].some((rules) => rules?.signed === 'required');
  return isAsked && signers.problem !== null ? [`${ALLOWED_SIGNERS}: ${signers.problem}`] : [];
}

/** What everybody should know of whatever runs. */
interface Known {
  readonly standing: readonly BlockStatement[];
  readonly glass: readonly BrokenGlass[];
  /** Why some of it cannot be read. */
  readonly problems: readonly string[];
}

async function readKnown(view: View, workspace: Workspace): Promise<Known> {
  const problems: string[] = [];
  const evidence = await readOr(problems, null, () => Evidence.in(view, workspace));
  if (evidence === null) return { standing: [], glass: [], problems };
  const [standing, glass] = await Promise.all([
    readOr(problems, [], () => evidence.blocks()),
    readOr(problems, [], () => brokenGlass(view, workspace, evidence)),
  ]);
  return { standing, glass, problems };
}

async function readOr<T, N>(problems: string[], none: N, read: () => Promise<T>): Promise<T | N> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    problems.push(error.message);
    return none;
  }
}

/** Returns what was done in an environment by breaking the glass and nobody else has reviewed, whatever runs there now. */
function glassFindings({ glass }: Known, environment: string): string[] {
  return glass.flatMap(({ statement: { subject, by, time, rules, reason, ...one }, review }) => {
    if (review !== null || one.environment !== environment || subject.kind !== 'recipe') return [];
    const what = `glass was broken by ${by.name} on ${time.slice(0, 10)} for ${rules.join(', ')}: ${reason}`;
    return [`${what} — review: eleventh approve --break-glass ${short(subject.recipe)} --to ${environment}`];
  });
}

/** Returns the blocks of what runs all the same. */
function blocked({ standing, problems }: Known, recipe: Oid, services: readonly ServiceStatus[]): string[] {
  const found = standing.flatMap(({ subject, by, reason }) => {
    if (subject.kind === 'recipe')
      return subject.recipe === recipe ? [`this recipe is blocked by ${by.name}: ${reason}`] : [];
    if (subject.kind === 'policy') return [];
    const runs = services.find(({ id }) => id === subject.service);
    if (runs === undefined || (subject.kind === 'build' && runs.commit !== subject.commit)) return [];
    const what = subject.kind === 'build' ? `${runs.id} ${short(subject.commit)}` : runs.id;
    return [`${what} is blocked by ${by.name}: ${reason}`];
  });
  return [...problems, ...found];
}

/** Returns the reviewed commit that a state carries, and the files that nobody reviewed. */
async function review(view: View, workspace: Workspace, snapshot: Snapshot, commit: Commit) {
  const reviewed = await reviewedCommit(view, workspace, snapshot, commit);
  return { reviewed, files: await unreviewedFiles(view, workspace, snapshot, reviewed) };
}

function unreviewed(workspace: Workspace, environment: Environment, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const some = `${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''}`;
  return [`outside apps/ it is no state of ${workspace.branch} (${some}): eleventh update ${environment.name}`];
}

interface Running {
  readonly status: ServiceStatus;
  readonly finding?: string;
}

/**
 * Returns what every service of a state runs, by id; a folder without a readable pin is a finding, not a failure.
 * Each folder of `apps/` is remembered by itself: environments have most of them in common, and so have today and tomorrow.
 */
export async function serviceStatuses(snapshot: Snapshot): Promise<{ statuses: ServiceStatus[]; findings: string[] }> {
  const folders = (await snapshot.list('apps')).filter(({ mode }) => mode === '40000');
  const runningIn = async (name: string) =>
    Promise.all((await servicesAt(snapshot, 'apps', name)).map((id) => running(snapshot, id)));
  const found = await Promise.all(
    folders.map(({ name, oid }) => snapshot.remembered('running-1', `${name} ${oid}`, () => runningIn(name))),
  );
  const all = found.flat().sort((a, b) => (a.status.id < b.status.id ? -1 : 1));
  return { statuses: all.map(({ status }) => status), findings: all.flatMap(({ finding }) => finding ?? []) };
}

async function running(snapshot: Snapshot, id: ServiceId): Promise<Running> {
  const tree = (await snapshot.entry(`apps/${id}`))?.oid ?? EMPTY_TREE;
  try {
    const pin = await pinOf(snapshot, id);
    const { commit = null, branch = null, version = null, built = null } = pin ?? {};
    return { status: { id, tree, commit, branch, version, built, images: (pin?.images ?? []).map(pinnedReference) } };
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    const status = { id, tree, commit: null, branch: null, version: null, built: null, images: [] };
    return { status, finding: error.message };
  }
}

/** How many commits made by hand, newest first, are looked at. */
const HAND_MADE_LIMIT = 20;

/** Returns what the newest commits made by hand did: bare reverts are fine, unless they touched more than they undo. */
async function handMade(view: View, head: Commit): Promise<string[]> {
  const findings: string[] = [];
  let count = 0;
  for await (const commit of view.line(head.oid)) {
    const kind = deploymentKind(commit);
    count += 1;
    if ((kind !== 'revert' && kind !== 'by hand') || count > HAND_MADE_LIMIT) break;
    const touched = await touchedServices(view, commit);
    const strays = kind === 'revert' ? await straysOf(view, commit, touched) : [];
    if (strays.length > 0)
      findings.push(
        `the revert ${short(commit.oid)} also changed ${strays.join(', ')}, which the commit it undoes did not`,
      );
    else if (kind === 'by hand')
      findings.push(`${short(commit.oid)} was made by hand${touched.length === 0 ? '' : `: ${touched.join(', ')}`}`);
  }
  return findings;
}

/** Returns the services whose folders a commit changed. */
async function touchedServices(view: View, commit: Commit): Promise<ServiceId[]> {
  const [parent] = commit.parents;
  const before = await view.snapshot(parent === undefined ? EMPTY_TREE : (await view.commit(parent)).tree);
  return (await folderChanges(before, await view.snapshot(commit.tree))).map(({ id }) => id);
}

/** Returns the services that a revert changed though the commit it undoes had not (Git's rename detection does this). */
export async function straysOf(view: View, commit: Commit, touched: readonly ServiceId[]): Promise<ServiceId[]> {
  const undone = revertedCommit(parseMessage(commit.message));
  const oid = undone === undefined ? null : await view.expand(undone);
  if (oid === null) return [];
  const original = await view.commit(oid);
  const expected = new Set([...(await touchedServices(view, original)), ...pinnedServices(original)]);
  return touched.filter((id) => !expected.has(id));
}
