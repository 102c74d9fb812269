import type { Deployment } from './deployment.ts';
import type { Job, Pipeline } from './job.ts';
import type { ServiceStep } from './service-step.ts';

export const HOSTS = ['github', 'gitlab', 'concourse', 'jenkins', 'buildkite'] as const;
export type HostName = (typeof HOSTS)[number];

/** A file as a host wants it. */
export interface HostFile {
  /** Below the root of the checkout, with slashes. */
  readonly path: string;
  /** Null for a file that only leads to others. */
  readonly pipeline: Pipeline | null;
  readonly text: string;
}

/** What the files of a deployment repository say besides their jobs. */
export interface Surroundings {
  readonly deployment: Deployment;
  /** The address over SSH, where it is known and no folder. */
  readonly address: string | null;
  /** Who makes commits, where somebody said so. */
  readonly author: { readonly name: string; readonly email: string } | null;
  /** The first comment of each file: it says that the file is ours. */
  readonly heading: string;
}

/** One CI system. */
export interface Host {
  readonly name: HostName;
  /** What people call it. */
  readonly title: string;
  /** Whether what `check` prints for GitHub becomes annotations. */
  readonly annotates: boolean;
  /** Whether the checkout of a pull request can fetch all other branches with what it was made with. */
  readonly fetchesAll: boolean;
  /** The lines that read the digest of the image that the pipeline built, where it is in no variable. */
  readonly digestLines: (variable: string) => readonly string[];
  /** The lines of the shell function `notify`, which has the deployment repository drained; null: nothing can be called. */
  readonly notifyLines: ((defaultBranch: string) => readonly string[]) | null;
  readonly files: (jobs: readonly Job[], around: Surroundings) => readonly HostFile[];
  /** Returns the text of a step for the pipeline of a service. */
  readonly step: (step: ServiceStep, around: Surroundings) => string;
}
