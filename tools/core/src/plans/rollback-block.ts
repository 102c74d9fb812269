import { describedBuild, describedRecipe } from '../evidence/described.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { BlockStatement, BreakGlassStatement, Described, Subject } from '../evidence/statement.ts';
import { deploymentAt, pinOf, recipeOf } from '../history/deployment.ts';
import { serviceChanges } from '../history/release.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { isRollback } from '../history/standing.ts';
import type { Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import type { BranchPlan } from './plan.ts';
import { blockOf, claim, type FiledStatement, fileStatements, type Saying } from './statements.ts';

/** What a rollback leaves behind: a recipe, or a build of each service that goes back alone. */
export interface LeftBehind {
  readonly subject: Subject;
  /** As a command line names it. */
  readonly name: string;
}

/** What of it is blocked. */
export interface RollbackBlock extends LeftBehind {
  /** The path of the statement; null where somebody had blocked it already. */
  readonly statement: string | null;
}

/** A change of an environment from one state to another. */
interface Step {
  readonly commit: Oid;
  readonly from: Snapshot;
  readonly to: Snapshot;
}

/**
 * Returns what a rollback leaves behind, or left when it was carried out before: then the head is it. What stays is not
 * among it, whatever else changes.
 * @param after the state that the rollback makes; the head's own when there is nothing to do.
 */
export async function leftBehind(
  view: View,
  head: Commit,
  snapshot: Snapshot,
  after: Snapshot,
  only: readonly ServiceId[],
): Promise<{ readonly left: readonly LeftBehind[]; readonly from: Snapshot }> {
  const step = await stepBack(view, head, snapshot, after);
  if (step === null) return { left: [], from: snapshot };
  const { commit, from, to } = step;
  if (only.length === 0) {
    const recipe = await recipeOf(from);
    const isLeft = recipe !== EMPTY_TREE && recipe !== (await recipeOf(to));
    return { left: isLeft ? [{ subject: { kind: 'recipe', recipe }, name: short(commit) }] : [], from };
  }
  const changes = (await serviceChanges(from, to)).filter(({ id }) => only.includes(id));
  const left = changes.flatMap(({ id: service, before, after: now }): LeftBehind[] => {
    if (before === null || before.commit === now?.commit) return [];
    const { commit: build } = before;
    return [{ subject: { kind: 'build', service, commit: build }, name: `${service}@${short(build)}` }];
  });
  return { left, from };
}

async function stepBack(view: View, head: Commit, snapshot: Snapshot, after: Snapshot): Promise<Step | null> {
  if (after.tree !== snapshot.tree) return { commit: head.oid, from: snapshot, to: after };
  const [parent] = head.parents;
  if (parent === undefined || !(await isRollback(view, head))) return null;
  return { commit: parent, from: (await deploymentAt(view, parent)).snapshot, to: snapshot };
}

/** Returns the statements that block what a rollback leaves behind; null for what somebody had blocked already. */
export async function blocksOfLeft(
  view: View,
  workspace: Workspace,
  { left, from }: Awaited<ReturnType<typeof leftBehind>>,
  reason: string,
  saying: Saying,
): Promise<(BlockStatement | null)[]> {
  const evidence = await Evidence.in(view, workspace);
  const describe = async (subject: Subject): Promise<readonly Described[]> => {
    const pin = subject.kind === 'build' ? await pinOf(from, subject.service) : null;
    return subject.kind === 'build' && pin !== null
      ? describedBuild(from, subject.service, pin, saying.sha256)
      : describedRecipe(from, saying.sha256);
  };
  return Promise.all(
    left.map(async ({ subject }) =>
      (await evidence.blocksOf(subject)).length > 0
        ? null
        : blockOf(evidence, claim({ subject, described: await describe(subject) }, saying), reason),
    ),
  );
}

/** Returns the first line of what records the blocks, or nothing where none is made. */
export function blockSubject(
  left: readonly LeftBehind[],
  blocks: readonly (BlockStatement | null)[],
  reason: string | undefined,
): string[] {
  const names = left.flatMap(({ name }, index) => (blocks[index] == null ? [] : [name]));
  return names.length === 0 ? [] : [`Block ${names.join(', ')}: ${reason}`];
}

/** Returns how the attestations branch moves with a rollback, if it has to, and what it takes. */
export async function recordBack(
  view: View,
  workspace: Workspace,
  said: readonly (BlockStatement | BreakGlassStatement | null)[],
  subject: string,
  saying: Saying | undefined,
): Promise<{ readonly branches: readonly BranchPlan[]; readonly filed: readonly FiledStatement[] }> {
  const statements = said.filter((one) => one !== null);
  if (statements.length === 0 || saying === undefined) return { branches: [], filed: [] };
  const { plan, filed } = await fileStatements(view, workspace, statements, subject, saying);
  // Whatever else is said meanwhile does not keep anybody from going back.
  return { branches: [{ ...plan, onRace: 'again' }], filed };
}
