import { EleventhError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import type { Way } from '../files/policy.ts';
import type { Gate, Occasion } from '../gates/gate.ts';
import { gatesOf } from '../gates/gates.ts';
import { contains, recipeOf } from '../history/deployment.ts';
import type { ServiceChange } from '../history/release.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { commitAt, timeline } from '../history/timeline.ts';
import type { Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { pinsAfter } from '../plans/release.ts';
import { enteringPins } from '../rules/entering.ts';

/** What entered an environment once, and what the gates were asked with then, as it recorded that. */
export interface Entered extends Occasion {
  readonly view: View;
  /** The default branch now, and as it was when the gates were asked; null where that is not known. */
  readonly workspace: Workspace;
  readonly then: Workspace | null;
  /** The commit of the attestations branch; null where none is recorded. */
  readonly evidence: Oid | null;
  readonly environment: string;
  readonly way: Way;
  /** Whether some services alone went that way. */
  readonly isPartial: boolean;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly changes: readonly ServiceChange[];
  /** The commit that it was taken from. */
  readonly source: Oid;
}

/** Gates as they were, or (null) why that cannot be told. */
export interface AskedAgain {
  readonly gates: readonly Gate[] | null;
  readonly note: string;
}

/** Returns every gate with its state, asked again with the policy, the evidence and the time that a deployment names. */
export async function askedAgain(entered: Entered): Promise<AskedAgain> {
  const { view, then, way, isPartial, before, after, changes, who, key, ticket, now } = entered;
  const environment = then?.environments.find(({ name }) => name === entered.environment);
  if (then === null || environment === undefined)
    return { gates: null, note: 'Not recorded: the deployment names no policy of the default branch.' };
  const evidence = await evidenceThen(entered);
  if (evidence === null)
    return {
      gates: null,
      note: 'Not recorded: the deployment does not name the evidence that its gates were asked with.',
    };
  try {
    const entering = way === 'rollback' ? pinsAfter(changes) : await enteringPins(then, before, after, changes);
    const from = await sourceOf(view, then, environment, entered.source);
    const source = from && { name: from.name, from, commit: entered.source };
    const recipe = await recipeOf(after);
    const seen = from === undefined ? view : await viewThen(view, then, from, now);
    const facts = { view: seen, workspace: then, evidence, environment, way, entering, changes, recipe, source };
    const asksRequires = way !== 'rollback' || isPartial;
    const gates = await gatesOf({ ...facts, who, key, ticket, now, asksRequires });
    return { gates, note: 'Asked again with the policy, the evidence and the time that the deployment names.' };
  } catch (error) {
    if (error instanceof EleventhError) return { gates: null, note: `Cannot be asked again: ${error.message}` };
    throw error;
  }
}

async function evidenceThen({ view, workspace, evidence }: Entered): Promise<Evidence | null> {
  const head = view.refs.branches.get(workspace.attestations);
  // Without a branch of statements there was none to name.
  if (head === undefined) return new Evidence(await view.snapshot(EMPTY_TREE));
  if (evidence === null || !(await contains(view.line(head), evidence))) return null;
  return new Evidence(await view.snapshot((await view.commit(evidence)).tree));
}

/** Returns the environment that a commit was taken from: the one whose branch has it, else (a candidate) the first. */
async function sourceOf(
  view: View,
  workspace: Workspace,
  environment: Environment,
  commit: Oid,
): Promise<Environment | undefined> {
  const froms = workspace.environments.filter(({ name }) => environment.from.includes(name));
  for (const from of froms) {
    const head = view.refs.branches.get(from.branch);
    if (head !== undefined && (await contains(view.line(head), commit))) return from;
  }
  return froms[0];
}

/** Returns the view in which an environment's branch stands where it stood at a time, in milliseconds since 1970. */
async function viewThen(view: View, workspace: Workspace, environment: Environment, now: number): Promise<View> {
  const tip = commitAt(await timeline(view, workspace, environment), now / 1000)?.commit.oid;
  const branches = new Map(view.refs.branches);
  if (tip === undefined) branches.delete(environment.branch);
  else branches.set(environment.branch, tip);
  return { ...view, refs: { ...view.refs, branches } };
}
