import { refusal, usageError } from '../error.ts';
import { describedBuild, describedRecipe, type Sha256 } from '../evidence/described.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Described, Statement, Subject, TestStatement } from '../evidence/statement.ts';
import { headOf, recipeOf } from '../history/deployment.ts';
import { findPin } from '../history/find-pin.ts';
import { oneLine } from '../history/message.ts';
import { resolve } from '../history/resolve.ts';
import { filesBelow, type Snapshot, type View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import { quoted, type ServiceId, serviceId } from '../names/names.ts';
import { EMPTY_TREE, isOid, type Oid, short } from '../names/object-id.ts';
import type { Plan } from './plan.ts';
import { blockOf, claim, type FiledStatement, fileStatements, type Saying } from './statements.ts';

/** What a statement speaks of, as somebody named it. */
interface NamedSubject {
  readonly subject: Subject;
  readonly described: readonly Described[];
  /** As people read it. */
  readonly label: string;
  /** The environment by which it was named. */
  readonly environment: string | undefined;
  /** The same by a name that goes on meaning it. */
  readonly meant: Meant;
  /** A state that holds it, and its commit where it is one. */
  readonly snapshot: Snapshot;
  readonly commit?: Oid;
}

export interface AttestationPlan extends Plan {
  readonly workspace: Workspace;
  readonly named: Pick<NamedSubject, 'subject' | 'label' | 'meant'>;
  readonly statements: readonly FiledStatement[];
}

type TestReport = Pick<TestStatement, 'suite' | 'result' | 'url' | 'seconds' | 'log' | 'host'>;

/** What somebody means, by a name that may go on to mean something else, or not; and the environment that it was. */
export interface Meant {
  readonly name: string;
  readonly environment?: string | undefined;
}

/** Returns a recipe or a build as a suite gets it: under `apps/` and `environments/`, with what says which it is. */
export async function readTested(view: View, name: string, sha256: Sha256) {
  const workspace = await readWorkspace(view);
  const named = await nameSubject(view, workspace, { name }, ['recipe', 'build'], sha256);
  const { subject, snapshot, commit, environment, meant } = named;
  const folders = await Promise.all(
    ['apps', 'environments'].map(async (folder) =>
      [...(await filesBelow(snapshot, folder))].map(([path, bytes]) => [`${folder}/${path}`, bytes] as const),
    ),
  );
  const facts = {
    ELEVENTH_RECIPE: await recipeOf(snapshot),
    ELEVENTH_COMMIT: commit ?? '',
    ELEVENTH_ENVIRONMENT: environment ?? '',
    ...(subject.kind === 'build' ? { ELEVENTH_SERVICE: subject.service, ELEVENTH_BUILD: subject.commit } : {}),
  };
  return { meant, files: new Map(folders.flat()), facts };
}

/** Returns the plan that records what a suite said of a recipe, or of one build (`service@commit`). */
export function planTest(view: View, meant: Meant, report: TestReport, saying: Saying): Promise<AttestationPlan> {
  return planStatements(view, meant, ['recipe', 'build'], saying, async ({ workspace, named }) => {
    const { subject, environment } = named;
    const head = environment === undefined ? null : await headOf(view, findEnvironment(workspace, environment));
    // What it was started on is not what it ended on.
    const isMoved = head !== null && subject.kind === 'recipe' && (await recipeOf(head.snapshot)) !== subject.recipe;
    const ran = { environment, moved: isMoved ? true : undefined, workspace: workspace.commit };
    return [{ ...claim(named, saying), kind: 'test', ...report, ...ran }];
  });
}

export interface ApprovalRequest {
  /** Whether it is the policy of a commit that is approved, and no recipe. */
  readonly policy?: boolean | undefined;
  /** The environment that it may enter; absent: the only one that takes it. */
  readonly to?: string | undefined;
  readonly note?: string | undefined;
}

/** Returns the plan that records somebody's approval of a recipe for an environment. */
export function planApproval(
  view: View,
  meant: Meant,
  request: ApprovalRequest,
  saying: Saying,
): Promise<AttestationPlan> {
  const note = request.note === undefined ? undefined : oneLine(request.note);
  if (request.policy === true)
    return planStatements(view, meant, ['policy'], saying, async ({ named }) => [
      { ...claim(named, saying), kind: 'approval', note },
    ]);
  return planStatements(view, meant, ['recipe'], saying, async ({ workspace, named }) => {
    const takers = workspace.environments.filter(({ from }) => from.includes(named.environment ?? ''));
    const environment = request.to === undefined ? takers[0] : findEnvironment(workspace, request.to);
    if (environment === undefined || (request.to === undefined && takers.length > 1)) {
      throw usageError(
        'WHICH_ENVIRONMENT',
        'An approval is for one environment, and none is named.',
        `eleventh approve ${meant.name} --to <env>`,
      );
    }
    return [{ ...claim(named, saying), kind: 'approval', environment: environment.name, note }];
  });
}

/** Returns the plan that keeps a recipe, a build (`service@commit`) or a service out of every environment. */
export function planBlock(view: View, meant: Meant, reason: string, saying: Saying): Promise<AttestationPlan> {
  return planStatements(view, meant, ['service', 'recipe', 'build'], saying, async ({ evidence, named }) => {
    return [await blockOf(evidence, claim(named, saying), reason)];
  });
}

/** Returns the plan that lifts every block of a recipe, a build or a service; throws `NOT_BLOCKED`. */
export function planUnblock(view: View, meant: Meant, reason: string, saying: Saying): Promise<AttestationPlan> {
  return planStatements(view, meant, ['service', 'recipe', 'build'], saying, async ({ evidence, named }) => {
    const blocks = await evidence.blocksOf(named.subject);
    if (blocks.length === 0)
      throw refusal('NOT_BLOCKED', `Nothing blocks ${named.label}.`, { hint: 'eleventh status' });
    return blocks.map(({ file: lifts }) => ({
      ...claim(named, saying),
      kind: 'unblock',
      lifts,
      reason: oneLine(reason),
    }));
  });
}

interface Facts {
  readonly workspace: Workspace;
  readonly evidence: Evidence;
  readonly named: NamedSubject;
}

async function planStatements(
  view: View,
  meant: Meant,
  kinds: readonly Subject['kind'][],
  saying: Saying,
  make: (facts: Facts) => Promise<Statement[]>,
): Promise<AttestationPlan> {
  const workspace = await readWorkspace(view);
  const evidence = await Evidence.in(view, workspace);
  const named = await nameSubject(view, workspace, meant, kinds, saying.sha256, evidence);
  const said = await make({ workspace, evidence, named });
  const { plan, filed } = await fileStatements(view, workspace, said, subjectLine(said, named.label), saying);
  return { branches: [plan], onRace: 'again', workspace, named, statements: filed };
}

function subjectLine([first]: readonly Statement[], label: string): string {
  switch (first?.kind) {
    case 'test':
      return `Test ${first.suite} ${first.result.toLowerCase()}: ${label}`;
    case 'approval':
      return first.environment === undefined ? `Approve ${label}` : `Approve ${label} for ${first.environment}`;
    case 'block':
      return `Block ${label}: ${first.reason}`;
    default:
      return `Unblock ${label}`;
  }
}

/**
 * Returns what a text names: a build as `service@commit`, a service, or a recipe in any way that `resolve` takes.
 * Throws `UNKNOWN_BUILD`, and what the recipe is refused for.
 */
async function nameSubject(
  view: View,
  workspace: Workspace,
  meant: Meant,
  kinds: readonly Subject['kind'][],
  sha256: Sha256,
  evidence?: Evidence,
): Promise<NamedSubject> {
  const [id = '', build] = meant.name.split('@');
  if (kinds.includes('build') && build !== undefined) return nameBuild(view, workspace, serviceId(id), build, sha256);
  const subject = { kind: 'service', service: id } as const;
  // One that is gone may still be blocked.
  const isService = async () =>
    (await serviceIds(workspace)).includes(id) || ((await evidence?.blocksOf(subject)) ?? []).length > 0;
  if (kinds.includes('service') && (await isService())) {
    const folder = `apps/${id}`;
    const gitTree = (await workspace.snapshot.entry(folder))?.oid ?? EMPTY_TREE;
    const described = [{ name: folder, digest: { gitTree } }];
    return { subject, described, label: id, meant: { name: id }, environment: undefined, snapshot: workspace.snapshot };
  }
  const { label, environment = meant.environment, snapshot, commit } = await resolve(view, workspace, meant.name);
  if (kinds.includes('policy')) return namePolicy(snapshot, commit.oid);
  const recipe = await recipeOf(snapshot);
  if (recipe === EMPTY_TREE) throw usageError('EMPTY_ENVIRONMENT', `${label} runs nothing yet.`, 'eleventh status');
  return {
    subject: { kind: 'recipe', recipe },
    described: await describedRecipe(snapshot, sha256),
    label: `${label}, recipe ${short(recipe)}`,
    meant: { name: commit.oid, environment },
    environment,
    snapshot,
    commit: commit.oid,
  };
}

/** Returns the policy of a commit: the files below `environments/`, which are what is approved. */
async function namePolicy(snapshot: Snapshot, commit: Oid): Promise<NamedSubject> {
  const environments = (await snapshot.entry('environments'))?.oid;
  if (environments === undefined)
    throw usageError(
      'NOT_A_WORKSPACE',
      `${short(commit)} has no environments/ folder.`,
      'eleventh approve --policy main',
    );
  return {
    subject: { kind: 'policy', environments },
    described: [{ name: 'environments', digest: { gitTree: environments } }],
    label: `the policy of ${short(commit)}`,
    meant: { name: commit },
    environment: undefined,
    snapshot,
    commit,
  };
}

async function nameBuild(
  view: View,
  workspace: Workspace,
  id: ServiceId,
  build: string,
  sha256: Sha256,
): Promise<NamedSubject> {
  const found = await findPin(view, workspace, id, build);
  // A build need not have run anywhere: who names all of it knows which it is.
  const commit = found?.pin.commit ?? (isOid(build) ? build : undefined);
  if (commit === undefined) {
    const sentence = `No build ${quoted(build)} of ${id} runs or ran in an environment.`;
    throw usageError('UNKNOWN_BUILD', sentence, 'Name its commit with all 40 digits.');
  }
  const snapshot = found?.snapshot ?? workspace.snapshot;
  return {
    subject: { kind: 'build', service: id, commit },
    described:
      found === null
        ? [{ name: `apps/${id}`, digest: { gitCommit: commit } }]
        : await describedBuild(snapshot, id, found.pin, sha256),
    label: `${id}@${short(commit)}`,
    meant: { name: `${id}@${commit}` },
    environment: undefined,
    snapshot,
  };
}
