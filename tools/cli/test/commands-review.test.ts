import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { commitByHand, craft, plumb } from './by-hand.ts';
import { guard } from './guarded.ts';
import { Hosted, LOGINS, TEAMS } from './hosted.ts';
import { build, stable } from './screen.ts';

const PROMOTE = ['promote', 'preprod', '--to', 'prod'];
const ADA = 'Ada <ada@example.com>';
const POLICY = '{approvals: {count: 1, from: [release-engineers], notAuthor: true}}';
const HOSTS = ['github', 'gitlab'] as const;
const REQUESTS = { github: '/pulls', gitlab: '/merge_requests' };

describe.each(HOSTS)('a change that is put to review on %s', (kind) => {
  test('waits there, and lands as the very commit that was approved', async () => {
    const it = await Hosted.on(kind, POLICY);
    const { world } = it.gated;
    const opened = await it.run(...PROMOTE, '--pr');
    expect(opened.code).toBe(0);
    const shown = stable(world, opened.stdout).replaceAll(it.host.url.replace(/\.git$/, ''), 'https://host/repository');
    if (kind === 'github')
      expect(shown).toMatchInlineSnapshot(`
      "Would promote preprod id-0001 to prod as v1.0.0
        +  payments  added at 0000001
        ✗  approvals  takes what 1 of release-engineers approved
                      1 more approval is missing
                      eleventh approve preprod --to prod  by release-engineers
        branch  env/prod
        recipe  id-0002
      Opened pull request #1 https://host/repository/pull/1
        branch  proposal/promote-preprod-to-prod, for env/prod
        commit  id-0003
        asked   ada-l, bob
        next    eleventh promote preprod --to prod --land
      "
    `);
    const [request] = it.host.repository.requests;
    expect(request).toMatchObject({ head: 'proposal/promote-preprod-to-prod', base: 'env/prod', state: 'open' });
    expect(request?.labels).toEqual(['eleventh', 'environment: prod']);
    expect([...(request?.reviewers ?? [])].sort()).toEqual(['ada-l', 'bob']);
    if (kind === 'github')
      expect(stable(world, request?.body ?? '')).toMatchInlineSnapshot(`
        "Brings recipe \`id-0002\` to **prod**, which runs nothing yet.

        | service | from | to | |
        | --- | --- | --- | --- |
        | \`payments\` | - | \`0000001\` |  |

        | | gate | asks | missing |
        | --- | --- | --- | --- |
        | ❌ | \`approvals\` | \`takes what 1 of release-engineers approved\` | \`1 more approval is missing\` |

        Once it is approved, this lands it: \`eleventh promote preprod --to prod --land\`. Every gate is asked again, and the branch comes to exactly the commit that was reviewed. **Leave the merge button of this pull request alone**: what it makes, by merging, squashing or rebasing, is another commit, which \`eleventh verify\` reports.

        For \`release-engineers\` to look at.
        "
      `);
    const proposed = it.at('proposal/promote-preprod-to-prod');
    expect(await it.refused('NOT_APPROVED', ...PROMOTE, '--land')).toContain('Nobody approved');

    const again = await it.json(...PROMOTE, '--pr');
    expect(again.review).toMatchObject({ action: 'updated', number: 1, commit: proposed });
    expect(it.at('proposal/promote-preprod-to-prod')).toBe(proposed);

    it.host.review(1, 'stranger', 'approved');
    expect(await it.refused('NOT_APPROVED', ...PROMOTE, '--land')).toContain('does not say who stranger is');
    it.host.review(1, 'ada-l', 'approved');
    it.host.check(proposed, 'check', 'failed');
    await it.refused('CHECKS_NOT_PASSED', ...PROMOTE, '--land');
    it.host.check(proposed, 'check', 'passed');
    const landed = await it.json(...PROMOTE, '--land');
    expect(landed.review).toMatchObject({ action: 'landed', number: 1, commit: proposed });
    expect(landed).toMatchObject({ changed: true, dryRun: false, commit: proposed, tag: 'v1.0.0' });
    expect(it.at('env/prod')).toBe(proposed);
    expect(it.at('v1.0.0^{commit}')).toBe(proposed);
    expect(it.has('refs/heads/proposal/promote-preprod-to-prod')).toBe(false);
    expect(request?.state).toBe('merged');
    const statements = plumb(world, ['log', '--format=%an|%cn|%s', '-2', 'attestations']).split('\n');
    expect(statements.map((line) => stable(world, line).replace(/: http.*/, ': <the review>'))).toMatchInlineSnapshot(`
      [
        "Test Author|Test Author|Land id-0003 in prod: Release v1.0.0: preprod id-0001 to prod",
        "Ada|Test Author|Approve recipe id-0002 for prod: <the review>",
      ]
    `);
    expect(await it.found()).toEqual([]);
    expect((await it.json(...PROMOTE, '--land')).changed).toBe(false);
    const landedAt = plumb(world, ['log', '-1', '--format=%cI', 'attestations']).replace('+00:00', 'Z');
    const by = { name: 'Test Author', email: 'author@example.com' };
    const { deployments } = await it.json<{ deployments: object[] }>('log', 'prod');
    expect(deployments[0]).toMatchObject({ commit: proposed, time: landedAt, landed: { by, url: landed.review?.url } });
    const { changes } = await it.json<{ changes: object[] }>('report', 'audit');
    expect(changes[0]).toMatchObject({ commit: proposed, time: landedAt, landed: { by }, policy: it.at('main') });
    const { gates } = await it.json<{ gates: object }>('report', 'release', 'v1.0.0');
    expect(gates).toMatchObject({ gates: [{ rule: 'approvals', passes: true }] });
  });

  test('is reviewed again when something else would be done by now', async () => {
    const it = await Hosted.on(kind, POLICY);
    await it.json(...PROMOTE, '--pr');
    const first = it.at('proposal/promote-preprod-to-prod');
    it.host.review(1, 'ada-l', 'approved');
    await it.gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    await it.pinned(build('payments', 2));
    await it.gated.ok('promote', 'staging', '--to', 'preprod');
    await it.gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    await it.gated.ok(...PROMOTE, '--ticket', 'BANK-1');
    await it.pinned(build('payments', 3));
    await it.gated.ok('promote', 'staging', '--to', 'preprod');
    const { code, stderr } = await it.run(...PROMOTE, '--land');
    expect({ code, isAgain: stderr.includes('[REVIEW_AGAIN]') }, stderr).toEqual({ code: 3, isAgain: true });
    expect(it.at('proposal/promote-preprod-to-prod')).not.toBe(first);
    expect(it.at('env/prod')).toBe(it.at('proposal/promote-preprod-to-prod^'));
    expect(it.host.repository.requests).toHaveLength(1);
    expect(it.host.repository.requests[0]?.comments[0]).toContain('please look at it again');
    await it.refused('NOT_APPROVED', ...PROMOTE, '--land');
    it.host.review(1, 'bob', 'approved');
    expect((await it.json(...PROMOTE, '--land')).commit).toBe(it.at('env/prod'));
    expect(await it.found()).toEqual([]);
  });

  test('lands as it was approved, though what it was taken from went on meanwhile', async () => {
    const it = await Hosted.on(kind, POLICY);
    await it.json(...PROMOTE, '--pr');
    const proposed = it.at('proposal/promote-preprod-to-prod');
    it.host.review(1, 'ada-l', 'approved');
    await it.pinned(build('payments', 2));
    await it.gated.ok('promote', 'staging', '--to', 'preprod');
    // Whoever asks again does not take an approval away.
    expect((await it.json(...PROMOTE, '--pr')).review).toMatchObject({ action: 'approved', commit: proposed });
    expect((await it.json(...PROMOTE, '--land')).commit).toBe(proposed);
    expect(it.at('env/prod')).toBe(proposed);
    expect(await it.found()).toEqual([]);
  });

  test('leaves no approval behind that was taken back before there were enough', async () => {
    const it = await Hosted.on(kind, '{approvals: {count: 2, from: [release-engineers]}}');
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'bob', 'approved');
    expect(await it.refused('POLICY_REFUSED', ...PROMOTE, '--land')).toContain('1 more approval is missing');
    it.host.review(1, 'bob', 'dismissed');
    it.host.review(1, 'ada-l', 'approved');
    expect(await it.refused('POLICY_REFUSED', ...PROMOTE, '--land')).toContain('1 more approval is missing');
  });

  test('does not land while somebody asks for changes, or the proposer alone approved', async () => {
    const it = await Hosted.on(kind, POLICY);
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'author', 'approved');
    expect(await it.refused('NOT_APPROVED', ...PROMOTE, '--land')).toContain('author proposed it');
    if (kind === 'gitlab') return;
    it.host.review(1, 'ada-l', 'approved');
    it.host.review(1, 'bob', 'changes-requested');
    expect(await it.refused('CHANGES_REQUESTED', ...PROMOTE, '--land')).toContain('bob asked for changes');
    it.host.review(1, 'bob', 'approved');
    expect((await it.json(...PROMOTE, '--land')).changed).toBe(true);
  });

  test('moves no ref when the host does not answer as it should', async () => {
    const it = await Hosted.on(kind, POLICY);
    for (const option of ['--pr', '--land']) {
      it.host.failNext(REQUESTS[kind], { status: 401, body: { message: 'Bad credentials' } });
      const expired = await it.refused('FORGE_UNAUTHORIZED', ...PROMOTE, option);
      expect(expired).not.toContain(it.host.token);
    }
    const reset = String(Math.floor(it.gated.now / 1000) + 7200 + 3600);
    it.host.failNext(REQUESTS[kind], {
      status: 429,
      headers: { 'retry-after': '7200', 'ratelimit-reset': reset },
      body: {},
    });
    await it.refused('FORGE_RATE_LIMITED', ...PROMOTE, '--land');
    await it.refused('NO_REVIEW_REQUEST', ...PROMOTE, '--land');
  });
});

describe('what was put to review', () => {
  test('is a change of main, too, which people merge as they like', async () => {
    const it = await Hosted.on('github', '{serviceBranches: [main]}');
    const { review } = await it.json('service', 'add', 'ledger', '--image', 'ghcr.io/acme/ledger', '--pr');
    expect(review).toMatchObject({ branch: 'proposal/service-add-ledger', base: 'main' });
    expect(plumb(it.gated.world, ['ls-tree', '--name-only', 'proposal/service-add-ledger:apps'])).toContain('ledger');
    it.host.review(1, 'ada-l', 'approved');
    await it.json('service', 'add', 'ledger', '--image', 'ghcr.io/acme/ledger', '--land');
    expect(plumb(it.gated.world, ['ls-tree', '--name-only', 'main:apps'])).toContain('ledger');
    expect(await it.found()).toEqual([]);
  });

  test('says how to land it without saying where the repository is, which may hold a password', async () => {
    const it = await Hosted.on('github', POLICY);
    const { review } = await it.json(
      ...PROMOTE,
      '--repo',
      `file://any:secret@localhost${it.gated.world.remote}`,
      '--pr',
    );
    expect(review).toMatchObject({ land: 'eleventh promote preprod --to prod --land' });
    expect(it.host.repository.requests[0]?.body).not.toContain('secret');
  });

  test('is a rollback, and a release that is only a tag', async () => {
    const it = await Hosted.on('github', '{serviceBranches: [main]}');
    await it.gated.ok(...PROMOTE, '--no-tag');
    await it.json('release', 'prod', '--pr');
    expect(it.at('proposal/release-prod^{tree}')).toBe(it.at('env/prod^{tree}'));
    const head = it.at('env/prod');
    it.host.review(1, 'ada-l', 'approved');
    expect(await it.json('release', 'prod', '--land')).toMatchObject({ tag: 'v1.0.0', commit: head });
    expect(it.at('env/prod')).toBe(head);
    expect(it.at('v1.0.0^{commit}')).toBe(head);
    expect(it.host.repository.requests[0]?.state).toBe('closed');
    expect(it.has('refs/heads/proposal/release-prod')).toBe(false);
    await it.pinned(build('payments', 2));
    await it.gated.ok('promote', 'staging', '--to', 'preprod');
    await it.gated.ok(...PROMOTE);
    await it.json('rollback', 'prod', '--pr');
    it.host.review(2, 'ada-l', 'approved');
    expect(await it.json('rollback', 'prod', '--land')).toMatchObject({ tag: 'v1.0.2' });
    expect(it.at('env/prod^{tree}')).toBe(it.at('v1.0.0^{tree}'));
    expect(await it.found()).toEqual([]);
  });

  test('soaks from when it landed, and not from when it was proposed', async () => {
    const it = await Hosted.on('github', '{soak: {time: 30h}}');
    await it.pinned(build('payments', 2));
    await it.json('promote', 'staging', '--to', 'preprod', '--pr');
    it.gated.now += 40 * 3_600_000;
    it.host.review(1, 'ada-l', 'approved');
    await it.json('promote', 'staging', '--to', 'preprod', '--land');
    expect(await it.refused('POLICY_REFUSED', ...PROMOTE)).toContain('ran 1h in preprod');
    it.gated.now += 30 * 3_600_000;
    expect((await it.run(...PROMOTE)).code).toBe(0);
    expect(await it.found()).toEqual([]);
  });

  test.each([
    ['fast-forwards', (it: Hosted) => it.at('proposal/promote-preprod-to-prod'), ['landing-missing', 'gate-shut']],
    ['squashes or rebases', again, ['landing-missing', 'gate-shut']],
    ['merges', merged, ['merge-commit']],
  ])('is found out when a button of the host %s', async (_, make, rules) => {
    const it = await Hosted.on('github', POLICY);
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'ada-l', 'approved');
    plumb(it.gated.world, ['update-ref', 'refs/heads/env/prod', make(it)]);
    const found = await it.found();
    for (const rule of rules) expect(found.join('\n')).toContain(`${rule}: `);
  });

  test('does not count from before it landed, whatever its statement says', async () => {
    const it = await Hosted.on('github', POLICY);
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'ada-l', 'approved');
    await it.json(...PROMOTE, '--land');
    const { world } = it.gated;
    const path = plumb(world, ['diff', '--name-only', 'attestations^', 'attestations']);
    const said = plumb(world, ['show', `attestations:${path}`]).replace(/"time": "2026-11/, '"time": "2026-10');
    const forged = path.replace(
      /-[0-9a-f]{16}/,
      `-${createHash('sha256').update(`${said}\n`).digest('hex').slice(0, 16)}`,
    );
    commitByHand(world, 'attestations', { [forged]: `${said}\n` });
    expect((await it.found()).join('\n')).toContain('time-backwards: ');
  });

  test('does not land behind a statement of somebody else’s commit', async () => {
    const it = await Hosted.on('github', POLICY);
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'ada-l', 'approved');
    // Whoever may push the branch of the proposal puts another commit there after the approval.
    const evil = craft(
      it.gated.world,
      { 'apps/payments/manifests/deployment.yaml': 'kind: Evil\n' },
      {
        parents: [it.at('env/prod')],
        base: it.at('proposal/promote-preprod-to-prod'),
        message: plumb(it.gated.world, ['log', '-1', '--format=%B', 'proposal/promote-preprod-to-prod']),
      },
    );
    plumb(it.gated.world, ['update-ref', 'refs/heads/proposal/promote-preprod-to-prod', evil]);
    it.host.review(1, 'bob', 'approved');
    const before = it.at('env/prod');
    const { stderr } = await it.run(...PROMOTE, '--land');
    expect(stderr).toContain('[REVIEW_AGAIN]');
    expect(it.at('env/prod')).toBe(before);
    expect(it.at('proposal/promote-preprod-to-prod^{tree}')).toBe(it.at('env/preprod^{tree}'));
  });

  test('is not approved under a name on the host that nobody reviewed', async () => {
    const it = await Hosted.on('github', POLICY);
    await it.gated.ok(...PROMOTE.slice(0, 2), '--to', 'prod', '--dry-run').catch(() => {});
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'ada-l', 'approved');
    await it.json(...PROMOTE, '--land');
    const logins =
      'logins: {ada-l: ada@example.com, bob: bob@example.com, author: author@example.com, eve: bob@example.com}';
    it.gated.workspace(
      `{defaults: {environment: staging}, teams: {release-engineers: [ada@example.com, bob@example.com, author@example.com]}, ${logins}}`,
    );
    expect((await it.found()).join('\n')).toContain(
      'policy-loosened: It asks for less: it takes what eve approves on the host',
    );
  });
});

describe('behind the hook', () => {
  const KEYS = `keys: {
    author: {email: author@example.com, promote: [prod], write: ["proposal/**"]},
    lander: {email: lander@example.com, promote: [prod], attest: [landing], write: ["proposal/**"]},
    other: {email: lander@example.com, promote: [prod], attest: [test], write: ["proposal/**"]}}`;

  test('a key that may land brings what others proposed, with the approvals that others gave, and no other key does', async () => {
    const it = await Hosted.on('github', POLICY);
    it.gated.workspace(`{defaults: {environment: staging}, ${TEAMS}, ${LOGINS}, ${KEYS}}`);
    await it.gated.ok('update', 'staging');
    await it.gated.ok('promote', 'staging', '--to', 'preprod');
    guard(it.gated.world);
    it.key = 'author';
    await it.json(...PROMOTE, '--pr');
    it.host.review(1, 'ada-l', 'approved');
    it.who = 'Lander <lander@example.com>';
    for (const key of ['other', 'author']) {
      it.key = key;
      expect(await it.refused('PUSH_REFUSED', ...PROMOTE, '--land')).toContain(key);
    }
    it.key = 'lander';
    expect((await it.json(...PROMOTE, '--land')).commit).toBe(it.at('env/prod'));
    expect(it.has('refs/heads/proposal/promote-preprod-to-prod')).toBe(false);
    expect(await it.found()).toEqual([]);
  });
});

/** Returns the proposed commit made anew on the same parent, as a host does that squashes or rebases. */
function again(it: Hosted): string {
  const message = plumb(it.gated.world, ['log', '-1', '--format=%B', 'proposal/promote-preprod-to-prod']);
  return craft(
    it.gated.world,
    {},
    { parents: [it.at('env/prod')], base: it.at('proposal/promote-preprod-to-prod'), message: `${message}\n` },
  );
}

function merged(it: Hosted): string {
  return craft(
    it.gated.world,
    {},
    {
      ...{
        parents: [it.at('env/prod'), it.at('proposal/promote-preprod-to-prod')],
        base: it.at('proposal/promote-preprod-to-prod'),
      },
      message: 'Merge pull request #1 from proposal/promote-preprod-to-prod\n',
    },
  );
}
