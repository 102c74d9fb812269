import { refusal } from '../error.ts';
import { describedRecipe } from '../evidence/described.ts';
import { GIT_NAMESPACE, signerKey } from '../evidence/signer.ts';
import type { ApprovalStatement, LandingStatement, Person } from '../evidence/statement.ts';
import { formatStatement } from '../evidence/statement-file.ts';
import { pathOf } from '../evidence/statement-path.ts';
import type { Occasion } from '../gates/gate.ts';
import { headOf, recipeOf } from '../history/deployment.ts';
import { oneLine } from '../history/message.ts';
import type { Commit, View } from '../history/snapshot.ts';
import { readWorkspace, type Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { Line, type Plan } from './plan.ts';
import { type Proposal, propose } from './proposal.ts';
import { claim, fileStatements, type Saying } from './statements.ts';

/** What people looked at: a commit, on a branch of its own. */
interface LandingRequest {
  readonly branch: string;
  readonly commit: Oid;
  /** The pull request. */
  readonly url: string;
  readonly saying: Saying;
}

/** A plan that carries out what was reviewed, as it was reviewed. */
export type Landed<P extends Plan> = P & { readonly landed: Oid };

/** Makes a plan: as one that is put to review, or as one that is carried out. */
type PlanFor<P extends Plan> = (occasion: Pick<Occasion, 'who' | 'key' | 'isProposal'>) => Promise<P>;

/**
 * Returns the plan that brings a branch to the very commit that was reviewed, with a statement of who landed it and
 * when, and with the tag that belongs to it. Every gate is asked again, of whoever proposed it. Throws `REVIEW_AGAIN`
 * where what would be done now is not what was reviewed. An empty plan: it is there already.
 */
export async function planLanding<P extends Plan>(
  view: View,
  make: PlanFor<P>,
  { branch, commit: oid, url, saying }: LandingRequest,
): Promise<Landed<P>> {
  const workspace = await readWorkspace(view);
  const reviewed = await view.commit(oid);
  const { name, email } = reviewed.author;
  const signed = await view.signed(oid);
  const proposer = { who: { name, email }, key: signed === null ? undefined : signerKey(view, signed, GIT_NAMESPACE) };
  const asked = await make({ ...proposer, isProposal: true });
  const proposal = await propose(view, asked, branch);
  if (proposal === null) return { ...asked, branches: [], landed: oid };
  if (proposal.commit !== oid) throw reviewAgain(proposal, oid);
  const plan = await make(proposer);
  const line = plan.branches.find(({ steps }) => steps.length > 0);
  // A commit that stands for a tag in its review does not land.
  if (line === undefined) return { ...plan, landed: plan.tag?.target ?? oid };
  const others = plan.branches.filter((other) => other !== line);
  const landing = { ...line, steps: [], landing: oid };
  const { environment } = proposal;
  if (environment === null) return { ...plan, branches: [landing, ...others], landed: oid };
  const subject = { kind: 'recipe', recipe: await recipeOf(line.snapshot) } as const;
  const statement: LandingStatement = {
    ...claim({ subject, described: await describedRecipe(line.snapshot, saying.sha256) }, saying),
    kind: 'landing',
    ...{ environment: environment.name, commit: oid, policy: workspace.commit, url },
    evidence: view.refs.branches.get(workspace.attestations),
  };
  const words = `Land ${short(oid)} in ${environment.name}: ${oneLine(proposal.subject)}`;
  const filed = await fileStatements(view, workspace, [statement], words, saying);
  return { ...plan, branches: [landing, filed.plan, ...others], landed: oid };
}

function reviewAgain({ base }: Proposal, reviewed: Oid) {
  return refusal(
    'REVIEW_AGAIN',
    `What was reviewed, ${short(reviewed)}, is not what would come to ${base} now, so nothing landed.`,
  );
}

/** Somebody's approval on the host, of a commit that was put to review. */
export interface GivenApproval {
  readonly by: Person;
  /** In seconds since 1970. */
  readonly time: number;
  readonly url: string;
}

interface RelayPlan extends Plan {
  readonly workspace: Workspace;
}

/**
 * Returns the plan that records approvals that were given on the host: each as a statement, in a commit by whoever gave
 * it. What is recorded already is not recorded again.
 */
export async function planRelay(
  view: View,
  { commit, environment }: { readonly commit: Oid; readonly environment: string },
  approvals: readonly GivenApproval[],
  saying: Saying,
): Promise<RelayPlan> {
  const workspace = await readWorkspace(view);
  const branch = workspace.attestations;
  const head = await headOf(view, { branch });
  const line = Line.on(branch, head?.commit ?? null, head?.snapshot ?? (await view.snapshot(EMPTY_TREE)));
  const snapshot = await view.snapshot((await view.commit(commit)).tree);
  const recipe = await recipeOf(snapshot);
  const of = {
    subject: { kind: 'recipe', recipe },
    described: await describedRecipe(snapshot, saying.sha256),
  } as const;
  for (const { by, time, url } of approvals) {
    const made = { by: { name: by.name, email: by.email }, time: isoTime(time) };
    const statement: ApprovalStatement = { ...of, ...made, kind: 'approval', environment, url };
    const file = formatStatement(statement);
    const path = pathOf(statement, saying.sha256(new TextEncoder().encode(file)));
    const subject = `Approve recipe ${short(recipe)} for ${environment}: ${url}`;
    await line.add([{ path, put: { file } }], subject, [], '', { ...by, time });
  }
  return { branches: [line.plan], onRace: 'again', workspace };
}

/** The commit that stands for what is not recorded yet. */
const UNRECORDED = 'f'.repeat(40);

/** Returns the view in which the approvals of a plan are recorded already, to see what would be refused all the same. */
export function asRecorded(view: View, { branches: [line], workspace }: RelayPlan): View {
  if (line === undefined || line.steps.length === 0) return view;
  const { snapshot, parent } = line;
  const nobody = { name: 'nobody', email: '', time: 0, zone: '+0000' };
  const parents = parent === null ? [] : [parent];
  const commit = { oid: UNRECORDED, tree: snapshot.tree, parents, author: nobody, committer: nobody, message: '' };
  const branches = new Map(view.refs.branches).set(workspace.attestations, UNRECORDED);
  return {
    ...view,
    refs: { ...view.refs, branches },
    commit: async (oid) => (oid === UNRECORDED ? commit : view.commit(oid)),
    snapshot: (tree) => (tree === snapshot.tree ? snapshot : view.snapshot(tree)),
    line: (tip) => (tip === UNRECORDED ? lineFrom(commit, view) : view.line(tip)),
  };
}

async function* lineFrom(commit: Commit, view: View): AsyncGenerator<Commit> {
  yield commit;
  const [parent] = commit.parents;
  if (parent !== undefined) yield* view.line(parent);
}
