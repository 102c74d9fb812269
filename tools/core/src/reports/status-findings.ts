import { EleventhError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { BlockStatement } from '../evidence/statement.ts';
import { ALLOWED_SIGNERS } from '../files/allowed-signers.ts';
import type { Environment } from '../files/environment.ts';
import { type BrokenGlass, brokenGlass } from '../gates/break-glass.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { type Oid, short } from '../names/object-id.ts';
import { recipeBreaks } from '../rules/recipe-breaks.ts';
import { breakReason } from '../rules/requires.ts';
import type { ServiceStatus } from './service-status.ts';

/** Returns what services require and do not have: a review may change that under what runs. */
export async function brokenRequirements(workspace: Workspace, snapshot: Snapshot): Promise<string[]> {
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
export function unsigned({ signers }: Workspace, { policy }: Environment): string[] {
  const isAsked = [policy, policy.partial, policy.rollback].some((rules) => rules?.signed === 'required');
  return isAsked && signers.problem !== null ? [`${ALLOWED_SIGNERS}: ${signers.problem}`] : [];
}

/** What everybody should know of whatever runs. */
export interface Known {
  readonly standing: readonly BlockStatement[];
  readonly glass: readonly BrokenGlass[];
  /** Why some of it cannot be read. */
  readonly problems: readonly string[];
}

export async function readKnown(view: View, workspace: Workspace): Promise<Known> {
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
export function glassFindings({ glass }: Known, environment: string): string[] {
  return glass.flatMap(({ statement: { subject, by, time, rules, reason, ...one }, review }) => {
    if (review !== null || one.environment !== environment || subject.kind !== 'recipe') return [];
    const what = `glass was broken by ${by.name} on ${time.slice(0, 10)} for ${rules.join(', ')}: ${reason}`;
    return [`${what} — review: eleventh approve --break-glass ${short(subject.recipe)} --to ${environment}`];
  });
}

/** Returns the blocks of what runs all the same. */
export function blocked({ standing, problems }: Known, recipe: Oid, services: readonly ServiceStatus[]): string[] {
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

/** Returns the files of a state that nobody reviewed, as a person reads them. */
export function unreviewed(workspace: Workspace, environment: Environment, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const some = `${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''}`;
  return [`outside apps/ it is no state of ${workspace.branch} (${some}): eleventh update ${environment.name}`];
}
