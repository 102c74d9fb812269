/** The pipelines of a deployment repository, in the order in which they matter to a change. */
export const PIPELINES = ['check', 'test', 'drain', 'promote', 'release', 'verify'] as const;
export type Pipeline = (typeof PIPELINES)[number];

/** What starts a job. */
interface Occasions {
  /** A pull request to this branch. */
  readonly pullRequest?: string;
  /** A push to this branch. */
  readonly push?: string;
  /** When it runs by itself: a line of cron in UTC. */
  readonly schedule?: string;
  /** A call of the host's API. */
  readonly event?: boolean;
  /** The end of this pipeline's jobs. */
  readonly after?: Pipeline;
}

/** One job of the deployment repository, for any host. Somebody can always start it by hand, unless it is about a push. */
export interface Job {
  readonly pipeline: Pipeline;
  readonly name: string;
  /** The environment that it is about; null: all of them. */
  readonly environment: string | null;
  /** What it does, a sentence. */
  readonly summary: string;
  readonly when: Occasions;
  /** What has to be checked out: nothing, what was pushed, or that with all branches and tags. */
  readonly checkout: 'none' | 'head' | 'all';
  readonly key: 'deploy' | 'read' | null;
  /** Whether it works on pull requests through the host's API. */
  readonly usesForge: boolean;
  /** A JUnit report that it writes. */
  readonly report: string | null;
  /** A folder that the next run finds as this one left it when it succeeded. */
  readonly keeps: string | null;
  /** For a POSIX shell. */
  readonly script: string;
}

/** The variable that says which pipeline, or which job, a scheduled or called run is for, where the host has one file for all. */
export const PIPELINE_VARIABLE = 'ELEVENTH_PIPELINE';
/** The secret with which a job works on pull requests. */
export const FORGE_VARIABLE = 'ELEVENTH_FORGE_TOKEN';

/** Returns whether only a person starts a job. */
export function isManual({ when }: Job): boolean {
  return Object.values(when).every((occasion) => occasion === undefined || occasion === false);
}

/** Returns whether it runs for what was pushed, so that nobody can start it by hand. */
export function isOfPush({ when }: Job): boolean {
  return when.pullRequest !== undefined || (when.push !== undefined && when.schedule === undefined);
}
