/** A policy, and how the people and jobs around it work. */
export interface Mode {
  readonly name: string;
  /** What `spec.policy` says, as YAML in one line each. */
  readonly preprod: string;
  readonly prod: string;
  /**
   * Where the integration suite runs: in staging as pins go on, in staging while pins wait (as requests, drained after
   * each run), or on a copy of the recipe in a cluster of its own.
   */
  readonly suite: 'staging' | 'still' | 'copy';
  /** Which of the source's states is promoted: its newest, its newest that may enter, or builds each for itself. */
  readonly takes: 'newest' | 'newest-passing' | 'builds';
  /** Whether preprod takes nothing new until what it runs is in prod. */
  readonly preprodHolds: boolean;
  /** Whether preprod asks for tests of builds alone, so that recipes need not have passed to get there. */
  readonly ofBuilds?: boolean;
  /** Candidates instead of what staging runs: at these hours of a day, or one after the other between two. */
  readonly candidates?: { readonly at: readonly number[] } | { readonly between: readonly [number, number] };
}

const BRANCHES = 'serviceBranches: [main]';
const OF_RECIPE = `{${BRANCHES}, tests: [integration]}`;
const OF_BUILDS = `{${BRANCHES}, tests: [{suite: unit, of: builds}]}`;
const OF_BOTH = `{${BRANCHES}, tests: [integration, {suite: unit, of: builds}]}`;

/** Returns the modes that are compared. @param soak as policy writes it: `2h`. */
export function modesOf(soak: string): Mode[] {
  const recipe = `{${BRANCHES}, tests: [integration], soak: {time: ${soak}}}`;
  const ofBuilds = `{${BRANCHES}, tests: [integration], soak: {time: ${soak}, of: builds}}`;
  const builds = `{${BRANCHES}, tests: [{suite: unit, of: builds}], soak: {time: ${soak}, of: builds}}`;
  const approved = `{${BRANCHES}, tests: [integration], approvals: {count: 1, from: [release-engineers]}, soak: {time: ${soak}}}`;
  const moving = { suite: 'staging', takes: 'newest-passing', preprodHolds: false } as const;
  const still = { ...moving, suite: 'still' } as const;
  const composed = { suite: 'copy', takes: 'newest', preprodHolds: true } as const;
  return [
    { name: 'recipe / recipe, newest only', preprod: OF_RECIPE, prod: recipe, ...moving, takes: 'newest' },
    { name: 'recipe / recipe', preprod: OF_RECIPE, prod: recipe, ...moving },
    { name: 'recipe / builds', preprod: OF_RECIPE, prod: ofBuilds, ...moving },
    { name: 'recipe / recipe, pins wait', preprod: OF_RECIPE, prod: recipe, ...still },
    {
      name: 'recipe / recipe, pins wait, preprod holds',
      preprod: OF_RECIPE,
      prod: recipe,
      ...still,
      preprodHolds: true,
    },
    { name: 'recipe / builds, pins wait', preprod: OF_RECIPE, prod: ofBuilds, ...still },
    { name: 'builds / builds', preprod: OF_BUILDS, prod: builds, ...moving, ofBuilds: true },
    {
      name: 'builds / builds, each alone',
      preprod: OF_BUILDS,
      prod: builds,
      ...moving,
      ofBuilds: true,
      takes: 'builds',
    },
    { name: 'candidates, two a day', preprod: OF_BOTH, prod: approved, ...composed, candidates: { at: [8, 13] } },
    {
      name: 'candidates, one after the other',
      preprod: OF_BOTH,
      prod: approved,
      ...composed,
      candidates: { between: [7, 16] },
    },
  ];
}
