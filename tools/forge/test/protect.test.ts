import type { Protection } from '@eleventh/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProtection, type ProtectedRepository } from '../src/index.ts';
import { GITEA, type GiteaServer, startGitea } from './gitea-server.ts';
import { type PlayedForge, startForge } from './played-host.ts';
import { createScenario, type Scenario } from './scenario.ts';

const undecided: Protection[] = [
  { name: 'default branch', of: 'branches', patterns: ['main'], review: { approvals: 1, checks: [] }, writers: null },
  { name: 'environments', of: 'branches', patterns: ['env/*', 'attestations'], review: null, writers: null },
  { name: 'releases', of: 'tags', patterns: ['v*'], review: null, writers: null },
];
const decided = undecided.map((one): Protection => {
  if (one.review !== null) return { ...one, review: { approvals: 1, checks: ['verify'] } };
  return { ...one, writers: one.of === 'tags' ? ['mary'] : ['deployer', 'mary'] };
});

const world = (token: string) => ({
  env: { ELEVENTH_FORGE_TOKEN: token },
  now: () => 0,
  sleep: async () => {},
  progress: () => {},
});

/** Returns what is not as it should be, and then brings it about. */
async function applied(repository: ProtectedRepository, protections: readonly Protection[]): Promise<string[]> {
  const found = await repository.read(protections);
  await found.apply();
  return found.parts.flatMap(({ target, rule, state }) => (state === 'kept' ? [] : [`${state} ${target}: ${rule}`]));
}

describe.each(['github', 'gitlab'] as const)('protection on %s', (kind) => {
  let scenario: Scenario;
  let host: PlayedForge;
  let repository: ProtectedRepository;

  beforeEach(async () => {
    scenario = createScenario();
    host = await startForge(kind, scenario.bare);
    host.repository.know('mary', 'Mary Example', true);
    repository = await openProtection(host.url, world(host.token));
  });
  afterEach(async () => {
    await host.close();
    scenario.remove();
    expect(host.violations).toEqual([]);
  });

  it('of tags is as it was when a change is refused half way', async () => {
    if (kind !== 'gitlab') return;
    await applied(repository, undecided);
    const [tags] = decided.filter((one) => one.of === 'tags');
    const wanted = undecided.map((one) => (one.of === 'tags' && tags !== undefined ? tags : one));
    host.failNext('POST /api/v4/projects/acme%2Fdeployments/protected_tags', { status: 422, body: { message: 'no' } });
    await expect(applied(repository, wanted)).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
    expect(await applied(repository, undecided)).toEqual([]);
  });

  it('is made once, changed where it differs, and else left alone', async () => {
    const made = await applied(repository, undecided);
    expect(made.every((line) => line.startsWith('missing '))).toBe(true);
    expect(made).toMatchSnapshot();
    expect(await applied(repository, undecided)).toEqual([]);
    expect(await applied(repository, decided)).toMatchSnapshot();
    const writes = () => host.requests.filter((line) => !line.startsWith('GET')).length;
    const before = writes();
    expect(await applied(repository, decided)).toEqual([]);
    expect(writes()).toBe(before);
    expect(
      await applied(
        repository,
        decided.map((one) => (one.of === 'tags' ? { ...one, writers: ['deployer'] } : one)),
      ),
    ).toHaveLength(1);
  });

  it('is not begun when somebody is not known', async () => {
    const strangers = decided.map((one) => (one.writers === null ? one : { ...one, writers: ['nobody'] }));
    await expect(repository.read(strangers)).rejects.toMatchObject({ code: 'BAD_DEPLOYER' });
    expect(host.requests.filter((line) => !line.startsWith('GET'))).toEqual([]);
  });

  it('says what the host cannot do', async () => {
    host.repository.hasApprovals = false;
    const { limits } = await repository.read(decided);
    expect(limits).toMatchSnapshot();
  });
});

describe('protection on gitlab', () => {
  it('says what an edition leaves out in silence', async () => {
    const scenario = createScenario();
    const host = await startForge('gitlab', scenario.bare);
    host.repository.hasApprovals = false;
    const repository = await openProtection(host.url, world(host.token));
    expect(await applied(repository, undecided)).toHaveLength(4);
    expect(await applied(repository, undecided)).toEqual([]);
    const found = await repository.read(decided.slice(1, 2).map((one) => ({ ...one, writers: ['deployer'] })));
    expect((await found.apply()).map(({ state }) => state)).toEqual(['different', 'different']);
    await host.close();
    scenario.remove();
    expect(host.violations).toEqual([]);
  });
});

describe('protection on github', () => {
  it('lets teams, apps and deploy keys write, each past the rule of writers alone', async () => {
    const scenario = createScenario();
    const host = await startForge('github', scenario.bare);
    const repository = await openProtection(host.url, world(host.token));
    const writers = ['acme/release', 'app:1234', 'deploy-keys'];
    const some = decided.slice(1, 2).map((one) => ({ ...one, writers }));
    await applied(repository, some);
    expect(await applied(repository, some)).toEqual([]);
    await host.close();
    scenario.remove();
    expect(host.violations).toEqual([]);
  });
});

describe.skipIf(GITEA === undefined)('protection on a real Gitea (skipped where GITEA names none)', () => {
  let server: GiteaServer;
  let scenario: Scenario;

  beforeAll(async () => {
    server = await startGitea(GITEA ?? '');
    scenario = createScenario(server.gitUrl);
    await server.filled();
    await server.person('mary', 'Mary Example');
  });
  afterAll(async () => {
    await server?.close();
    scenario?.remove();
  });

  it('is made once, changed where it differs, and holds', async () => {
    const repository = await openProtection(server.url, world(server.token));
    expect(await applied(repository, undecided)).toMatchSnapshot();
    expect(await applied(repository, undecided)).toEqual([]);
    expect(await applied(repository, decided)).toMatchSnapshot();
    expect(await applied(repository, decided)).toEqual([]);
    const old = scenario.git('rev-parse', 'HEAD');
    scenario.git('commit', '--quiet', '--allow-empty', '-m', 'Pushed');
    const push =
      (...args: string[]) =>
      () =>
        scenario.git('push', '--quiet', 'origin', ...args);
    expect(push('HEAD:refs/heads/main')).toThrow('protected');
    push('HEAD:refs/heads/env/preprod')();
    expect(push('--force', `${old}:refs/heads/env/preprod`)).toThrow('protected');
    expect(push(':refs/heads/env/preprod')).toThrow('protected');
    expect(push('HEAD:refs/tags/v1.0.0')).toThrow('protected');
    const others = decided.map((one) => (one.name === 'environments' ? { ...one, writers: ['mary'] } : one));
    expect(await applied(repository, others)).toHaveLength(2);
    scenario.git('commit', '--quiet', '--allow-empty', '-m', 'Pushed by somebody else');
    expect(push('HEAD:refs/heads/env/preprod')).toThrow('protected');
  });
});
