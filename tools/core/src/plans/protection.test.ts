import { describe, expect, it } from 'vitest';
import type { Environment } from '../files/environment.ts';
import { protectionsOf } from './protection.ts';

const environment = (name: string, branch: string, tag?: string): Environment => ({
  ...{ name, branch, from: [], policy: { digests: 'optional' as const } },
  ...(tag === undefined ? {} : { release: { tag } }),
});
const environments = [
  environment('staging', 'env/staging'),
  environment('prod', 'env/prod', 'v{version}'),
  environment('eu', 'production-eu', 'eu-v{version}'),
  environment('deep', 'env/eu/west', 'v{version}'),
];
const nobody = { deployers: [], releasers: [], checks: [] };

describe('what a host is to protect', () => {
  it('is every branch that deploys, each with what is to come', () => {
    const [main, deploying, releases] = protectionsOf(
      { branch: 'main', environments, attestations: 'attestations' },
      nobody,
    );
    expect(main).toEqual({
      name: 'default branch',
      of: 'branches',
      patterns: ['main'],
      review: { approvals: 1, checks: [] },
      writers: null,
    });
    expect(deploying?.patterns).toEqual(['env/*', 'production-eu', 'env/eu/west', 'attestations']);
    expect(releases).toMatchObject({ of: 'tags', patterns: ['v*', 'eu-v*'], writers: null });
  });

  it('says who writes, each once', () => {
    const said = { deployers: ['deployer', 'acme/release', 'deployer'], releasers: ['deployer'], checks: ['verify'] };
    const made = protectionsOf({ branch: 'main', environments, attestations: 'evidence' }, said);
    expect(made.map(({ writers }) => writers)).toEqual([null, ['acme/release', 'deployer'], ['deployer']]);
    expect(made[0]?.review).toEqual({ approvals: 1, checks: ['verify'] });
  });

  it('is nothing about tags where nothing is released', () => {
    const made = protectionsOf({ branch: 'main', environments: environments.slice(0, 1), attestations: 'a' }, nobody);
    expect(made.map(({ name }) => name)).toEqual(['default branch', 'environments']);
  });
});
