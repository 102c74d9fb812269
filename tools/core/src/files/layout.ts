import type { Environment } from './environment.ts';
import type { Policy } from './policy.ts';

/** A way to arrange environments and branches that `init` can start with. */
export interface Layout {
  /** The branch that people review. */
  readonly defaultBranch: string;
  readonly environments: readonly Environment[];
}

export type LayoutName = 'standard' | 'classic';

const anything: Policy = { digests: 'optional' };
const mainOnly: Policy = { serviceBranches: ['main'], digests: 'optional' };

export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  standard: {
    defaultBranch: 'main',
    environments: [
      { name: 'staging', branch: 'env/staging', from: [], policy: anything },
      { name: 'preprod', branch: 'env/preprod', from: ['staging'], policy: mainOnly },
      { name: 'prod', branch: 'env/prod', from: ['preprod'], policy: mainOnly, release: { tag: 'v{version}' } },
    ],
  },
  // The branching of the first published 11th repo: feature builds stay in staging, preprod runs main builds, and
  // production deploys tags on preprod's own branch.
  classic: {
    defaultBranch: 'workspace',
    environments: [
      { name: 'staging', branch: 'staging', from: [], policy: anything },
      { name: 'preprod', branch: 'main', from: [], policy: mainOnly },
      { name: 'prod', branch: 'main', from: ['preprod'], policy: mainOnly, release: { tag: 'v{version}' } },
    ],
  },
};
