import type { Evidence, Filed } from '../evidence/evidence.ts';
import type { BreakGlassStatement, ReviewStatement } from '../evidence/statement.ts';
import type { Rule } from '../files/policy.ts';
import { plainEmail } from '../history/authors.ts';
import type { Commit, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import type { Entry, Gate } from './gate.ts';
import { countedOf } from './signed.ts';

/** Returns a gate as it stands for whoever breaks the glass, if they do and policy lets it be passed so: shut, and passed. */
export function breakOpen({ environment, breakGlass }: Pick<Entry, 'environment' | 'breakGlass'>, gate: Gate): Gate {
  const isPassable = environment.policy.breakGlass?.includes(gate.rule) === true;
  return gate.passes || breakGlass === undefined || !isPassable ? gate : { ...gate, brokenFor: breakGlass };
}

/** Returns whether a gate keeps something out: it is shut, and not passed by breaking the glass. */
export function isHeldShut({ passes, brokenFor }: Gate): boolean {
  return !passes && brokenFor === undefined;
}

/** Returns the rules whose gates are passed by breaking the glass, each once. */
export function brokenRules(gates: readonly Gate[]): Rule[] {
  return [...new Set(gates.flatMap(({ rule, brokenFor }) => (brokenFor === undefined ? [] : [rule])))];
}

/** What was done by breaking the glass, and the first review of it that counts; null: it is open. */
export interface BrokenGlass {
  readonly statement: Filed<BreakGlassStatement>;
  readonly review: Filed<ReviewStatement> | null;
}

/**
 * Returns all that was ever done by breaking the glass, in the order of times. A review counts that is not by whoever
 * did it, and is signed where the environment asks for signatures. Throws `BAD_STATEMENT`.
 */
export async function brokenGlass(view: View, workspace: Workspace, evidence: Evidence): Promise<BrokenGlass[]> {
  const said = await evidence.breakGlass();
  const reviews = said.filter((one): one is Filed<ReviewStatement> => one.kind === 'review');
  const broken = said.filter((one): one is Filed<BreakGlassStatement> => one.kind === 'break-glass');
  const found = await Promise.all(
    broken.map(async (statement) => {
      const others = reviews.filter((review) => isOf(review, statement) && !isBySame(review, statement));
      const environment = workspace.environments.find(({ name }) => name === statement.environment);
      const { counted } = await countedOf({ view, workspace, evidence }, environment?.policy ?? {}, others);
      return { statement, review: counted[0] ?? null };
    }),
  );
  return found.sort((a, b) => (a.statement.time < b.statement.time ? -1 : 1));
}

function isOf(review: ReviewStatement, { file, subject }: Filed): boolean {
  return review.reviews === file && JSON.stringify(review.subject) === JSON.stringify(subject);
}

/** Returns whether two statements are by the same person. */
export function isBySame(one: Pick<Filed, 'by'>, other: Pick<Filed, 'by'>): boolean {
  return plainEmail(one.by.email) === plainEmail(other.by.email);
}

/** A change of an environment, as a statement of broken glass names it. */
export interface GlassPlace {
  readonly environment: string;
  readonly recipe: Oid;
  /** The commits that it may be said to stand on; undefined: none, since its branch began with it. */
  readonly onto: readonly (Oid | undefined)[];
}

/** Returns what was done at a place by breaking the glass: what nobody reviewed yet, if anything, else the newest. */
export function brokenAt(all: readonly BrokenGlass[], { environment, recipe, onto }: GlassPlace): BrokenGlass | null {
  const here = all.filter(
    ({ statement: { subject, ...one } }) =>
      one.environment === environment &&
      subject.kind === 'recipe' &&
      subject.recipe === recipe &&
      onto.includes(one.onto),
  );
  return here.find(({ review }) => review === null) ?? here.at(-1) ?? null;
}

/** Returns what a commit may be said to stand on; with its own id, by which a tag on it is named. */
export async function groundsOf(view: View, { oid, parents: [parent] }: Commit): Promise<(Oid | undefined)[]> {
  if (parent === undefined) return [oid];
  const isFirst = (await view.commit(parent)).parents.length === 0;
  return isFirst ? [oid, parent, undefined] : [oid, parent];
}
