import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Forge, openForge } from '../src/index.ts';
import { GITEA, type GiteaServer, startGitea } from './gitea-server.ts';
import { createScenario, type Scenario } from './scenario.ts';

// Gitea has no limit on requests that it would tell of: that is tested with the hosts that have one.
describe.skipIf(GITEA === undefined)('a review request on a real Gitea (skipped where GITEA names none)', () => {
  let server: GiteaServer;
  let scenario: Scenario;
  let forge: Forge;
  let lines: string[];

  const open = (token: string) =>
    openForge(server.url, {
      env: { GITEA_TOKEN: token },
      now: () => 0,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      progress: (line) => lines.push(line),
    });
  const settings = (body: unknown) => server.api('PATCH', '/repos/deployer/deployments', body);
  const approve = (commit: string, event = 'APPROVED', login = 'mary') =>
    server.api(
      'POST',
      '/repos/deployer/deployments/pulls/1/reviews',
      { event, body: 'I looked', commit_id: commit },
      login,
    );

  beforeAll(async () => {
    server = await startGitea(GITEA ?? '');
  });
  afterAll(async () => server?.close());
  beforeEach(async () => {
    await server.anew();
    scenario = createScenario(server.gitUrl);
    await server.filled();
    await server.person('mary', 'Mary Example');
    await server.person('eve', 'Eve Example', false);
    lines = [];
    forge = await open(server.token);
    return () => scenario.remove();
  });

  const branch = 'promote/preprod-1a2b3c4';
  const request = {
    head: branch,
    base: 'env/preprod',
    title: 'Promote',
    body: 'All of it',
    labels: ['promotion'],
    reviewers: ['mary', 'nobody'],
  };

  it('is opened, found and changed', async () => {
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    expect(forge).toMatchObject({ kind: 'gitea', page: server.url.replace('.git', '') });
    expect(await forge.find(branch, 'env/preprod')).toBeNull();
    const opened = await forge.open(request);
    expect(opened).toMatchObject({
      number: 1,
      head: branch,
      base: 'env/preprod',
      commit,
      author: 'deployer',
      state: 'open',
    });
    expect(lines).toEqual(['nobody could not be asked for a review: the host does not take them']);
    expect(await forge.find(branch, 'env/preprod')).toEqual(opened);
    await forge.update(1, { title: 'Promote more', body: 'More', labels: ['promotion', 'more'], reviewers: [] });
    await forge.comment(1, 'Planned anew.');
    const at = '/repos/deployer/deployments';
    expect(await server.api('GET', `${at}/pulls/1`)).toMatchObject({
      ...{ title: 'Promote more', body: 'More', requested_reviewers: [{ login: 'mary' }] },
      labels: expect.arrayContaining([
        expect.objectContaining({ name: 'promotion' }),
        expect.objectContaining({ name: 'more' }),
      ]),
    });
    expect(await server.api('GET', `${at}/issues/1/comments`)).toMatchObject([{ body: 'Planned anew.' }]);
    await expect(forge.open(request)).rejects.toMatchObject({ code: 'FORGE_CONFLICT' });
  });

  it('says who said what of which commit', async () => {
    const first = scenario.commit(branch, 'env/preprod', 'Promote');
    const opened = await forge.open(request);
    await approve(first);
    await approve(first, 'APPROVED', 'eve');
    expect(await forge.reviews(opened)).toMatchObject([
      { login: 'mary', name: 'Mary Example', verdict: 'approved', commit: first },
    ]);
    const second = scenario.commit(branch, 'env/preprod', 'Promote, planned anew');
    await approve(second, 'COMMENT');
    expect(await forge.find(branch, 'env/preprod')).toMatchObject({ commit: second });
    expect(await forge.reviews(opened)).toMatchObject([{ verdict: 'approved', commit: first }]);
    await approve(second, 'REQUEST_CHANGES');
    expect(await forge.reviews(opened)).toMatchObject([
      { login: 'mary', verdict: 'changes-requested', commit: second },
    ]);
  });

  it('says what ran on a commit', async () => {
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    const state = (context: string, state: string) =>
      server.api('POST', `/repos/deployer/deployments/statuses/${commit}`, { context, state });
    await state('verify', 'failure');
    await state('verify', 'success');
    for (let index = 0; index < 60; index += 1) await state(`smoke ${index}`, 'pending');
    const checks = await forge.checks(commit);
    expect(checks).toHaveLength(61);
    expect(checks.at(-1)).toEqual({ name: 'verify', state: 'passed', url: null });
  });

  it.each([
    [
      'merged',
      'by hand where the repository allows that',
      { allow_manual_merge: true, autodetect_manual_merge: false },
    ],
    [
      'merged',
      'by itself where the repository looks for that',
      { allow_manual_merge: true, autodetect_manual_merge: true },
    ],
    ['closed', 'where it does neither', {}],
  ])('is %s %s', async (end, _, allowed) => {
    await settings({ has_pull_requests: true, ...allowed });
    const commit = scenario.commit(branch, 'env/preprod', 'Promote');
    const opened = await forge.open({ ...request, reviewers: [] });
    scenario.git('push', '--quiet', 'origin', `${commit}:refs/heads/env/preprod`);
    expect(await forge.finish(opened, commit)).toBe(end);
    expect(await server.api('GET', '/repos/deployer/deployments/pulls/1')).toMatchObject({
      state: 'closed',
      merged: end === 'merged',
    });
  });

  it('tells what was refused', async () => {
    scenario.commit(branch, 'env/preprod', 'Promote');
    const refused = forge.open({ ...request, base: 'not-there', reviewers: [] });
    await expect(refused).rejects.toMatchObject({ code: 'FORGE_NOT_FOUND' });
    const expired = await open('0123456789012345678901234567890123456789');
    await expect(expired.find(branch, 'main')).rejects.toMatchObject({ code: 'FORGE_UNAUTHORIZED' });
  });
});
