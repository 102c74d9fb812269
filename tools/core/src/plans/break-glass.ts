import { describedRecipe } from '../evidence/described.ts';
import type { BreakGlassStatement } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import type { Rule } from '../files/policy.ts';
import { brokenRules } from '../gates/break-glass.ts';
import type { Gate } from '../gates/gate.ts';
import { recipeOf } from '../history/deployment.ts';
import { oneLine, type Trailer } from '../history/message.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import type { BranchPlan } from './plan.ts';
import { claim, fileStatements, type Saying } from './statements.ts';

/** Somebody's wish to pass the gates that policy lets be passed so. */
export interface BreakGlassRequest {
  readonly reason: string;
  readonly saying: Saying;
}

/** The gates that are passed by breaking the glass. */
export interface Broken {
  readonly rules: readonly Rule[];
  readonly reason: string;
}

/** What was recorded of that. */
export interface RecordedBreak extends Broken {
  /** The path of the statement. */
  readonly statement: string;
}

/** Returns which gates are passed by breaking the glass; null where none had to be. */
export function brokenOf(gates: readonly Gate[], request: BreakGlassRequest | undefined): Broken | null {
  const rules = brokenRules(gates);
  return request === undefined || rules.length === 0 ? null : { rules, reason: oneLine(request.reason) };
}

/** Returns what the message of a change says of broken glass. */
export function brokenTrailers(broken: Broken | null): Trailer[] {
  if (broken === null) return [];
  return [
    ['Break-Glass', broken.rules.join(', ')],
    ['Why', broken.reason],
  ];
}

/** Returns the statement of broken glass. @param onto the commit that the change stands on, or its tag; null: there was none. */
export async function brokenStatement(
  { name: environment }: Environment,
  after: Snapshot,
  onto: Oid | null,
  { rules, reason }: Broken,
  saying: Saying,
): Promise<BreakGlassStatement> {
  const subject = { kind: 'recipe', recipe: await recipeOf(after) } as const;
  const said = claim({ subject, described: await describedRecipe(after, saying.sha256) }, saying);
  return { ...said, kind: 'break-glass', environment, rules, reason, onto: onto ?? undefined };
}

/** Returns the first line of what records broken glass. */
export function brokenSubject({ name }: Environment, { rules, reason }: Broken): string {
  return `Break the glass of ${name} for ${rules.join(', ')}: ${reason}`;
}

/** Returns how the attestations branch moves with a change that needed broken glass, and what that records. */
export async function recordBroken(
  view: View,
  workspace: Workspace,
  environment: Environment,
  after: Snapshot,
  onto: Oid | null,
  broken: Broken | null,
  request: BreakGlassRequest | undefined,
): Promise<{ readonly branches: readonly BranchPlan[]; readonly broken: RecordedBreak | null }> {
  if (broken === null || request === undefined) return { branches: [], broken: null };
  const statement = await brokenStatement(environment, after, onto, broken, request.saying);
  const subject = brokenSubject(environment, broken);
  const { plan, filed } = await fileStatements(view, workspace, [statement], subject, request.saying);
  // Whatever else is said meanwhile does not keep anybody out.
  return { branches: [{ ...plan, onRace: 'again' }], broken: { ...broken, statement: filed[0]?.path ?? '' } };
}
