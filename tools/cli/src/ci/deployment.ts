import { type Environment, LAYOUTS, quoted, usageError, type Workspace } from '@eleventh/core';

/** What the pipelines of a deployment repository are made of. */
export interface Deployment {
  readonly defaultBranch: string;
  /** In promotion order. */
  readonly environments: readonly Environment[];
}

/** A branch that every host's conditions and patterns can name without a meaning of their own. */
const PLAIN = /^[\w./-]+$/;

/** The environments that `init` starts with: what pipelines are made for where no repository is named. */
export const STANDARD: Deployment = LAYOUTS.standard;

/** Returns what a workspace says; throws `UNUSUAL_BRANCH`. */
export function deploymentOf({ branch, environments }: Pick<Workspace, 'branch' | 'environments'>): Deployment {
  const unusual = [branch, ...environments.map((one) => one.branch)].find((name) => !PLAIN.test(name));
  if (unusual === undefined) return { defaultBranch: branch, environments };
  throw usageError(
    'UNUSUAL_BRANCH',
    `The branch ${quoted(unusual)} cannot be named in a pipeline, which takes letters, digits and ./_- alone.`,
    'Rename it: spec.branch in its environment.yaml',
  );
}

/** Returns the suites that somebody asks about recipes of an environment: those who take recipes from there. */
export function suitesOf({ environments }: Deployment, { name }: Environment): readonly string[] {
  const asking = environments.filter(({ from }) => from.includes(name));
  const asked = asking.flatMap(({ policy }) => policy.tests ?? []).filter(({ of }) => of === 'recipe');
  return [...new Set(asked.map(({ suite }) => suite))];
}

/** Returns whether a pin here is held against rules of manifests, or rendered for an agent. */
export function rendersPins({ environments }: Deployment): boolean {
  return environments.some(({ check, delivery }) => check !== undefined || delivery === 'rendered');
}
