import { refusal, usageError } from '../error.ts';
import type { Sha256 } from '../evidence/described.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Statement, Subject, TestStatement } from '../evidence/statement.ts';
import { headOf, recipeOf } from '../history/deployment.ts';
import { oneLine } from '../history/message.ts';
import { filesBelow, type View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import { type Meant, type NamedSubject, nameSubject } from './named-subject.ts';
import type { Plan } from './plan.ts';
import { blockOf, claim, type FiledStatement, fileStatements, type Saying } from './statements.ts';

export interface AttestationPlan extends Plan {
  readonly workspace: Workspace;
  readonly named: Pick<NamedSubject, 'subject' | 'label' | 'meant'>;
  readonly statements: readonly FiledStatement[];
}

type TestReport = Pick<TestStatement, 'suite' | 'result' | 'url' | 'seconds' | 'log' | 'host'>;

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
