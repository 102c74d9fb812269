import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Forge, openForge } from '../src/index.ts';
import { type PlayedForge, startForge } from './played-host.ts';
import { createScenario, type Scenario } from './scenario.ts';

let scenario: Scenario;
let host: PlayedForge;
let lines: string[];
let slept: number[];
let forge: Forge;

describe.each(['github', 'gitlab'] as const)('a review request on %s', (kind) => {
  beforeEach(async () => {
    scenario = createScenario();
    host = await startForge(kind, scenario.bare);
    lines = [];
    slept = [];
    let now = Date.parse('2026-03-02T12:00:00Z');
    const sleep = async (milliseconds: number) => {
      slept.push(milliseconds);
      now += milliseconds;
    };
    const world = {
      env: { ELEVENTH_FORGE_TOKEN: host.token },
      now: () => now,
      sleep,
      progress: (line: string) => lines.push(line),
    };
    forge = await openForge(host.url, world);
  });
  afterEach(async () => {
    await host.close();
    scenario.remove();
    expect(host.violations).toEqual([]);
  });

  const branch = 'promote/preprod-1a2b3c4';
  const request = {
    head: branch,
    base: 'env/preprod',
    title: 'Promote',
    body: 'All of it',
    labels: ['promotion', 'to preprod'],
    reviewers: [],
  };

  it('is opened, found and changed', async () => {
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    host.repository.know('mary', 'Mary Example', true);
    expect(forge.kind).toBe(kind);
    expect(await forge.find(branch, 'env/preprod')).toBeNull();
    const opened = await forge.open({ ...request, reviewers: ['mary'] });
    expect(opened).toMatchObject({
      number: 1,
      head: branch,
      base: 'env/preprod',
      commit,
      author: 'deployer',
      state: 'open',
    });
    expect(await forge.find(branch, 'env/preprod')).toEqual(opened);
    expect(await forge.find(branch, 'main')).toBeNull();
    await forge.update(1, { title: 'Promote more', body: 'More', labels: ['more'], reviewers: [] });
    await forge.comment(1, 'Planned anew.');
    expect(host.repository.requests).toMatchObject([
      {
        title: 'Promote more',
        body: 'More',
        labels: ['promotion', 'to preprod', 'more'],
        reviewers: ['mary'],
        comments: ['Planned anew.'],
      },
    ]);
  });

  it('is there although a reviewer is not', async () => {
    scenario.commit(branch, 'env/preprod', 'Promote');
    host.repository.know('mary', 'Mary Example', true);
    await forge.open({ ...request, reviewers: ['mary', 'nobody'] });
    expect(host.repository.requests).toMatchObject([{ reviewers: ['mary'] }]);
    expect(lines.join('\n')).toContain('nobody could not be asked for a review');
  });

  it('says who said what of which commit', async () => {
    const first = scenario.commit(branch, 'env/preprod', 'Promote');
    const opened = await forge.open(request);
    expect(await forge.reviews(opened)).toEqual([]);
    host.review(1, 'mary', 'approved');
    const second = scenario.commit(branch, 'env/preprod', 'Promote once more');
    host.review(1, 'grace', 'changes-requested');
    host.review(1, 'linus', 'approved');
    const now = await forge.find(branch, 'env/preprod');
    expect(now?.commit).toBe(second);
    const said = await forge.reviews(opened);
    expect(said.map(({ login, name, verdict }) => [login, name, verdict]).sort()).toEqual([
      ['grace', 'Grace Example', 'changes-requested'],
      ['linus', 'Linus Example', 'approved'],
      ['mary', 'Mary Example', 'approved'],
    ]);
    const commits = Object.fromEntries(said.map(({ login, commit }) => [login, commit]));
    expect(commits).toEqual({ mary: first, linus: second, grace: kind === 'github' ? second : null });
    host.review(1, 'grace', 'approved');
    host.review(1, 'linus', 'dismissed');
    const later = await forge.reviews(opened);
    expect(later.find(({ login }) => login === 'grace')).toMatchObject({ verdict: 'approved', commit: second });
    expect(later.filter(({ login, verdict }) => login === 'linus' && verdict === 'approved')).toEqual([]);
  });

  it('says what ran on a commit', async () => {
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    host.check(commit, 'verify', 'passed');
    host.check(commit, 'render', 'running');
    for (let index = 0; index < 120; index += 1)
      host.check(commit, `smoke ${String(index).padStart(3, '0')}`, 'failed');
    const checks = await forge.checks(commit);
    expect(checks).toHaveLength(122);
    expect(checks.slice(0, 1)).toMatchObject([{ name: 'render', state: 'running' }]);
    expect(checks.find(({ name }) => name === 'verify')).toMatchObject({ state: 'passed' });
  });

  it('is merged when its commits came to its base', async () => {
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    const opened = await forge.open(request);
    scenario.git('push', '--quiet', 'origin', `${commit}:refs/heads/env/preprod`);
    expect(await forge.finish(opened, commit)).toBe('merged');
    expect(await forge.find(branch, 'env/preprod')).toBeNull();
  });

  it('is closed when the host does not see that', async () => {
    host.repository.seesMerges = false;
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    const opened = await forge.open(request);
    scenario.git('push', '--quiet', 'origin', `${commit}:refs/heads/env/preprod`);
    expect(await forge.finish(opened, commit)).toBe('closed');
    expect(host.repository.requests[0]?.state).toBe('closed');
  });

  it('follows its branch when that was planned anew', async () => {
    scenario.commit(branch, 'env/preprod', 'Promote');
    await forge.open(request);
    scenario.commit('env/preprod', 'env/preprod', 'Somebody else was first');
    const again = scenario.commit(branch, 'env/preprod', 'Promote, planned anew');
    expect((await forge.find(branch, 'env/preprod'))?.commit).toBe(again);
  });
});

describe('what approvals of GitLab looked at', () => {
  it('is known by a note where they have no time of their own', async () => {
    const scenario = createScenario();
    const host = await startForge('gitlab', scenario.bare);
    host.repository.datesApprovals = false;
    const first = scenario.commit('promote/x', 'env/preprod', 'Promote');
    const world = {
      env: { ELEVENTH_FORGE_TOKEN: host.token },
      now: () => 0,
      sleep: async () => {},
      progress: () => {},
    };
    const forge = await openForge(host.url, world);
    const request = { head: 'promote/x', base: 'env/preprod', title: 'T', body: '', labels: [], reviewers: [] };
    const opened = await forge.open(request);
    host.review(1, 'mary', 'approved');
    scenario.commit('promote/x', 'env/preprod', 'Promote once more');
    expect(await forge.reviews(opened)).toMatchObject([{ login: 'mary', verdict: 'approved', commit: first }]);
    await expect(forge.open({ ...request, labels: ['a,b'] })).rejects.toMatchObject({ code: 'BAD_FORGE_LABEL' });
    expect(host.violations).toEqual([]);
    await host.close();
    scenario.remove();
  });
});

describe('what GitHub counts', () => {
  it('is not the word of those who may not push, and a comment takes nothing back', async () => {
    const scenario = createScenario();
    const host = await startForge('github', scenario.bare);
    host.repository.know('mallory', 'Mallory Example', false);
    scenario.commit('promote/x', 'env/preprod', 'Promote');
    const world = {
      env: { ELEVENTH_FORGE_TOKEN: host.token },
      now: () => 0,
      sleep: async () => {},
      progress: () => {},
    };
    const forge = await openForge(host.url, world);
    const opened = await forge.open({
      head: 'promote/x',
      base: 'env/preprod',
      title: 'T',
      body: '',
      labels: [],
      reviewers: [],
    });
    host.review(1, 'mallory', 'approved');
    host.review(1, 'mary', 'approved');
    host.repository.review(1, 'mary', 'commented');
    expect(await forge.reviews(opened)).toMatchObject([{ login: 'mary', verdict: 'approved' }]);
    expect(host.violations).toEqual([]);
    await host.close();
    scenario.remove();
  });
});
