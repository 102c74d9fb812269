import { knownLanding } from '../evidence/landing.ts';
import { servicesIn } from '../files/derived-list.ts';
import { type Environment, environmentPath } from '../files/environment.ts';
import { policyProblems } from '../files/policy-check.ts';
import { deploymentAt, recipeOf } from '../history/deployment.ts';
import { commitOf, highestOn, releases, tagsAt } from '../history/release.ts';
import { reviewedCommit, unreviewedFiles } from '../history/reviewed-state.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { handMade } from './hand-made.ts';
import { type ServiceStatus, serviceStatuses } from './service-status.ts';
import {
  blocked,
  brokenRequirements,
  glassFindings,
  type Known,
  readKnown,
  unreviewed,
  unsigned,
} from './status-findings.ts';

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
    time: (await knownLanding(view, workspace, commit))?.time ?? isoTime(commit.committer.time),
    recipe,
    release,
    deployed,
    workspace: reviewed === null ? null : { commit: reviewed.commit, behind: reviewed.age },
    services: services.statuses,
    findings,
  };
}

/** Returns the reviewed commit that a state carries, and the files that nobody reviewed. */
async function review(view: View, workspace: Workspace, snapshot: Snapshot, commit: Commit) {
  const reviewed = await reviewedCommit(view, workspace, snapshot, commit);
  return { reviewed, files: await unreviewedFiles(view, workspace, snapshot, reviewed) };
}
