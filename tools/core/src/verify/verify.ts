import type { Sha256 } from '../evidence/described.ts';
import type { Environment } from '../files/environment.ts';
import { recipeOf } from '../history/deployment.ts';
import { resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import { type Checkpoint, checkpointOf, checkSince } from './checkpoint.ts';
import { checkEnvironment } from './environment-line.ts';
import type { Finding } from './finding.ts';
import { Began, Findings, type Ground, type Line, PinCache } from './ground.ts';
import type { History } from './history.ts';
import { Positions, Workspaces } from './main-line.ts';
import { PolicyWatch } from './policies.ts';
import { NamedPolicies } from './policy-day.ts';
import { checkStatementSignatures } from './signatures.ts';
import { checkSpoken, checkStatements, type Statements } from './statements.ts';
import { checkReleases, checkTagNames } from './tags.ts';

export interface VerifyRequest {
  /** An environment or a release; absent: all of them. */
  readonly what?: string | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly sha256: Sha256;
  /** The refs of an earlier checkpoint. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
}

export interface Verified {
  /** In the order of environments, and of their history. */
  readonly findings: readonly Finding[];
  readonly environments: readonly {
    readonly name: string;
    readonly branch: string;
    readonly commits: number;
    readonly releases: number;
  }[];
  readonly statements: number;
  /** How many commits of the default branch were looked at. */
  readonly reviewed: number;
  readonly checkpoint: Checkpoint;
}

/**
 * Checks that the whole history of a repository, or of what leads to one environment or release, is what its rules allow.
 * Independent of what writes: it knows the files and the gates, and none of the plans.
 */
export async function verify(history: History, request: VerifyRequest): Promise<Verified> {
  const { now, sha256 } = request;
  const { view } = history;
  const workspace = await readWorkspace(view);
  const findings = new Findings();
  const scope = await scopeOf(view, workspace, request.what);
  if (request.since !== undefined) await checkSince(history, request.since, findings);
  checkRefs(history, workspace, findings);
  const seconds = Math.floor(now / 1000);
  const statements = await checkStatements(history, workspace.attestations, seconds, sha256, findings);
  const began = new Began(new Set(statements.ofRecipes.keys()));
  const shared = { history, view, workspace, now: seconds, statements, findings, began, pins: new PinCache() };
  const main = new Positions();
  const workspaces = new Workspaces(view, workspace);
  const lines = new Map<string, Line>();
  const ground: Ground = { ...shared, main, workspaces, lines, named: new NamedPolicies() };
  const watch = new PolicyWatch(ground);
  for await (const portion of history.walk(workspace.commit, () => false))
    for (const logged of portion) {
      main.add({ oid: logged.commit.oid, time: logged.commit.committer.time });
      await watch.next(logged);
    }
  await checkStatementSignatures(ground, statements.signatures);
  await checkTagNames(ground);
  const environments = [];
  for (const environment of scope.environments) {
    const tip = scope.tips.get(environment.name) ?? view.refs.branches.get(environment.branch);
    const line = await lineOf(ground, environment, tip);
    const isReleasing = environment.release !== undefined;
    const only = scope.tips.has(environment.name) ? tagsOn(view, line) : undefined;
    const releases = isReleasing ? await checkReleases(ground, environment, line, only) : 0;
    const commits = line?.positions.size ?? 0;
    environments.push({ name: environment.name, branch: environment.branch, commits, releases });
  }
  await watch.judge((branch) => lines.get(branch)?.positions);
  await checkSubjects(ground, statements, sha256);
  await ground.named.check(ground);
  return {
    findings: findings.all,
    environments,
    statements: statements.count,
    reviewed: main.size,
    checkpoint: checkpointOf(history.refs, sha256),
  };
}

/** Which environments are looked at, and where the branches of some end. */
interface Scope {
  readonly environments: readonly Environment[];
  readonly tips: ReadonlyMap<string, Oid>;
}

async function scopeOf(view: View, workspace: Workspace, what: string | undefined): Promise<Scope> {
  if (what === undefined) return { environments: workspace.environments, tips: new Map() };
  const release =
    workspace.environments.find(({ name }) => name === what) === undefined
      ? await resolve(view, workspace, what)
      : null;
  const last =
    release === null
      ? findEnvironment(workspace, what)
      : (workspace.environments.findLast((one) => one.release !== undefined) ?? findEnvironment(workspace, what));
  const wanted = new Set<string>();
  const add = (name: string) => {
    wanted.add(name);
    for (const from of findEnvironment(workspace, name).from) add(from);
  };
  add(last.name);
  const tips = new Map(release === null ? [] : [[last.name, release.commit.oid]]);
  return { environments: workspace.environments.filter(({ name }) => wanted.has(name)), tips };
}

/** Returns the tags that stand on a line: where it ends at an earlier release, later ones do not belong to it. */
function tagsOn({ refs }: View, line: Line | undefined): Set<string> {
  const isOn = (commit: Oid) => line?.positions.of(commit) !== undefined;
  return new Set([...refs.tags].flatMap(([tag, { commit }]) => (isOn(commit) ? [tag] : [])));
}

/** Returns an environment's line, checked once for all environments that deploy from its branch. */
async function lineOf(ground: Ground, environment: Environment, tip: Oid | undefined): Promise<Line | undefined> {
  const known = ground.lines.get(environment.branch);
  if (known !== undefined || tip === undefined) return known;
  const line = await checkEnvironment(ground, environment, tip);
  ground.lines.set(environment.branch, line);
  return line;
}

function checkRefs({ refs, view }: History, workspace: Workspace, findings: Findings): void {
  for (const [ref] of refs)
    if (ref.startsWith('refs/replace/'))
      findings.add('replaced-object', { ref, commit: null }, `${ref} puts another object in the place of one.`);
  for (const branch of view.refs.branches.keys())
    if (view.refs.tags.has(branch) || branch.startsWith('refs/') || branch === 'HEAD')
      findings.add('ref-ambiguous', { ref: branch, commit: null }, `${branch} can mean another ref too.`);
  const known = new Set([
    workspace.branch,
    workspace.attestations,
    ...workspace.environments.map(({ branch }) => branch),
  ]);
  for (const branch of view.refs.branches.keys()) {
    const isLike = workspace.environments.some(
      (one) => one.branch.includes('/') && branch.startsWith(`${one.branch.split('/')[0]}/`),
    );
    if (!known.has(branch) && isLike)
      findings.add('branch-unknown', { ref: branch, commit: null }, `No environment deploys from ${branch}.`);
  }
}

/** Compares what was said of recipes with the recipes themselves, where they ran or were to run. */
async function checkSubjects(
  { view, workspace, findings, began }: Ground,
  { ofRecipes }: Statements,
  sha256: Sha256,
): Promise<void> {
  for (const { commit } of view.refs.tags.values()) {
    if ((await view.expand(commit)) === null) continue;
    const candidate = await view.commit(commit);
    began.note(await recipeOf(await view.snapshot(candidate.tree)), candidate);
  }
  for (const [recipe, { tree, time }] of began.states)
    await checkSpoken(
      ofRecipes.get(recipe) ?? [],
      workspace.attestations,
      time,
      await view.snapshot(tree),
      sha256,
      findings,
    );
}
