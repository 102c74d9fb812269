import { describe, expect, test } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { build, pinned, stable } from './screen.ts';

const ADA = 'Ada <ada@example.com>';
const BOB = 'Bob <bob@example.com>';
const POLICY = '{approvals: {from: [release-engineers]}, soak: {time: 2h}, breakGlass: [approvals, soak]}';
const WHY = ['--break-glass', '--why', 'payments are down'];

/** Returns what somebody sees of a command line. */
async function seen(gated: Gated, args: readonly string[], who = ADA): Promise<string> {
  const { code, stdout, stderr } = await gated.run(args, who);
  return stable(gated.world, `${stdout}${stderr}${code === 0 ? '' : `[exit ${code}]\n`}`);
}

const audited = (gated: Gated) => seen(gated, ['report', 'audit', '--env', 'prod']);

const TO_PROD = ['promote', 'preprod', '--to', 'prod'];

async function codeOf(gated: Gated, ...args: string[]): Promise<string> {
  const { code, stdout } = await gated.run([...args, '--json'], ADA);
  return `${code} ${JSON.parse(stdout).error?.code ?? 'done'}`;
}

/** Returns a world in which Ada brought what nobody approved to prod. */
async function broken(): Promise<Gated> {
  const gated = await Gated.with(POLICY);
  gated.now += MINUTE;
  await gated.as(ADA, ...TO_PROD, ...WHY);
  gated.now += MINUTE;
  return gated;
}

describe('breaking the glass', () => {
  test('passes the gates that policy lets be passed, and says so', async () => {
    const gated = await Gated.with(POLICY);
    gated.now += MINUTE;
    const before = await gated.world.refs();
    expect(await seen(gated, TO_PROD)).toMatchInlineSnapshot(`
      "error [POLICY_REFUSED] prod takes what 1 of release-engineers approved: 1 more approval is missing; prod takes recipes that ran for 2h in preprod: ran 1m in preprod, 1h 59m less than 2h.
        ✗  approvals  takes what 1 of release-engineers approved
                      1 more approval is missing
                      eleventh approve preprod --to prod  by release-engineers
        ✗  soak       takes recipes that ran for 2h in preprod
                      ran 1m in preprod, 1h 59m less than 2h
                      eleventh log preprod  by time
      hint: eleventh approve preprod --to prod
      [exit 3]
      "
    `);
    expect(await seen(gated, [...TO_PROD, ...WHY, '--dry-run'])).toMatchInlineSnapshot(`
      "Would promote preprod id-0001 to prod as v1.0.0
        +  payments  added at 0000001
        !  approvals  takes what 1 of release-engineers approved
                      1 more approval is missing
                      breaking the glass passes it: payments are down
        !  soak       takes recipes that ran for 2h in preprod
                      ran 1m in preprod, 1h 59m less than 2h
                      breaking the glass passes it: payments are down
        branch  env/prod
        recipe  id-0002
      Would break the glass of prod for approvals, soak: payments are down
      It is open until somebody else reviews it: eleventh approve --break-glass id-0002 --to prod
      "
    `);
    expect(await gated.world.refs()).toBe(before);
    expect(await seen(gated, [...TO_PROD, ...WHY])).toMatchInlineSnapshot(`
      "Promoted preprod id-0001 to prod as v1.0.0
        +  payments  added at 0000001
        !  approvals  takes what 1 of release-engineers approved
                      1 more approval is missing
                      breaking the glass passes it: payments are down
        !  soak       takes recipes that ran for 2h in preprod
                      ran 1m in preprod, 1h 59m less than 2h
                      breaking the glass passes it: payments are down
        branch  env/prod
        commit  id-0003
        recipe  id-0002
        check   git rev-parse id-0001:apps v1.0.0:apps
      Broke the glass of prod for approvals, soak: payments are down
      It is open until somebody else reviews it: eleventh approve --break-glass id-0002 --to prod
      "
    `);
    expect(stable(gated.world, await gated.world.ask('log', '-1', '--format=%B', 'env/prod'))).toMatchInlineSnapshot(`
      "Release v1.0.0: preprod id-0001 to prod

      payments: added at 0000001

      Promoted-From: id-0001.................................
      Release: v1.0.0
      Break-Glass: approvals, soak
      Why: payments are down
      Workspace: id-0004.................................
      Policy: id-0004.................................
      Recipe: id-0002.................................
      "
    `);
    const paths = await gated.world.ask('ls-tree', '-r', '--name-only', 'attestations');
    const path = paths.split('\n').find((one) => one.startsWith('break-glass/')) ?? '';
    const { predicateType, predicate } = JSON.parse(await gated.world.ask('show', `attestations:${path}`));
    expect({ predicateType, ...predicate }).toMatchObject({
      predicateType: 'https://eleventh.dev/attestation/break-glass/v0.1',
      by: { name: 'Ada', email: 'ada@example.com' },
      environment: 'prod',
      rules: ['approvals', 'soak'],
      reason: 'payments are down',
      onto: await gated.world.ask('rev-parse', 'env/prod~1'),
    });
  });

  test('is seen in status, log and report until somebody else reviews it', async () => {
    const gated = await broken();
    const findings = async () => (await seen(gated, ['status'])).match(/^!.*glass.*$/m)?.[0];
    expect(await findings()).toMatchInlineSnapshot(
      `"! prod: glass was broken by Ada on 2026-11-20 for approvals, soak: payments are down — review: eleventh approve --break-glass id-0004 --to prod"`,
    );
    expect(await seen(gated, ['log', 'prod', '--limit', '1'])).toMatchInlineSnapshot(`
      "  id-0003  2026-11-20 12:01:00Z  promotion  Release v1.0.0: preprod id-0002 to prod (v1.0.0) broke the glass for approvals, soak: payments are down (for review)  Ada
      "
    `);
    expect(await seen(gated, ['report', 'audit', '--env', 'prod', '--from', 'v1.0.0'])).toMatchInlineSnapshot(`
      "1 change of prod from 2026-11-20 12:01:00Z
        2026-11-20 12:01:00Z  prod  promotion  id-0003  Release v1.0.0: preprod id-0002 to prod (v1.0.0)
                                                        payments added at 0000001
                                                        by Ada, committed by Test Committer
                                                        from id-0002
                                                        why payments are down
                                                        broke the glass for approvals, soak
                                                        for review: passed approvals, soak by breaking the glass
      Who did something, and when, is what they wrote: not all of this has to be signed.
      "
    `);
    expect(
      (await seen(gated, ['report', 'release', 'v1.0.0', '--output', '-'])).match(/.*breaking the glass.*/g),
    ).toMatchInlineSnapshot(`
      [
        "<tr><td data-of="what">gate</td><td data-of="service"></td><td data-of="">The gate approvals was passed by breaking the glass: payments are down; nobody else has reviewed that.</td></tr>",
        "<tr><td data-of="what">gate</td><td data-of="service"></td><td data-of="">The gate soak was passed by breaking the glass: payments are down; nobody else has reviewed that.</td></tr>",
      ]
    `);

    expect(await seen(gated, ['approve', '--break-glass', 'prod'])).toMatchInlineSnapshot(`
      "error [OWN_BREAK_GLASS] Ada broke the glass for prod id-0003, recipe id-0004, and somebody else reviews that.
      hint: Somebody else: eleventh approve --break-glass id-0004
      [exit 3]
      "
    `);
    expect(await seen(gated, ['approve', '--break-glass', 'prod', '--note', 'agreed'], BOB)).toMatchInlineSnapshot(`
      "Reviewed the broken glass of prod id-0003, recipe id-0004 in prod
        branch  attestations
        commit  id-0008
        check   git show attestations:break-glass/recipes/6c/id-0004................................./review-133f501d815c196e.json
      "
    `);
    expect(await seen(gated, ['approve', '--break-glass', 'prod'], BOB)).toMatchInlineSnapshot(`
      "error [NOTHING_TO_REVIEW] No broken glass waits for a review of prod id-0003, recipe id-0004.
      hint: eleventh status
      [exit 3]
      "
    `);

    expect(await findings()).toBeUndefined();
    expect(await seen(gated, ['log', 'prod', '--limit', '1'])).toMatchInlineSnapshot(`
      "  id-0003  2026-11-20 12:01:00Z  promotion  Release v1.0.0: preprod id-0002 to prod (v1.0.0) broke the glass for approvals, soak: payments are down (reviewed by Bob)  Ada
      "
    `);
    expect(await seen(gated, ['report', 'audit', '--env', 'prod', '--from', 'v1.0.0'])).toMatchInlineSnapshot(`
      "1 change of prod from 2026-11-20 12:01:00Z
        2026-11-20 12:01:00Z  prod  promotion  id-0003  Release v1.0.0: preprod id-0002 to prod (v1.0.0)
                                                        payments added at 0000001
                                                        by Ada, committed by Test Committer
                                                        from id-0002
                                                        why payments are down
                                                        broke the glass for approvals, soak
                                                        reviewed by Bob
      Who did something, and when, is what they wrote: not all of this has to be signed.
      "
    `);
    expect(
      (await seen(gated, ['report', 'release', 'v1.0.0', '--output', '-'])).match(/.*breaking the glass.*/g),
    ).toMatchInlineSnapshot(`
      [
        "<tr><td data-of="what">gate</td><td data-of="service"></td><td data-of="">The gate approvals was passed by breaking the glass: payments are down; Bob reviewed that at 2026-11-20T12:02:00Z.</td></tr>",
        "<tr><td data-of="what">gate</td><td data-of="service"></td><td data-of="">The gate soak was passed by breaking the glass: payments are down; Bob reviewed that at 2026-11-20T12:02:00Z.</td></tr>",
      ]
    `);
    const { deployments } = JSON.parse((await gated.run(['log', 'prod', '--limit', '1', '--json'])).stdout);
    expect(deployments[0].breakGlass).toEqual({
      rules: ['approvals', 'soak'],
      why: 'payments are down',
      reviewedBy: { name: 'Bob', email: 'bob@example.com' },
    });
  });

  test('stays open when prod has gone on', async () => {
    const gated = await broken();
    await gated.policy('{}');
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    gated.now += HOUR;
    await gated.passes();
    const status = await seen(gated, ['status']);
    const review = /review: eleventh (approve --break-glass) (\S+) --to prod/.exec(status);
    expect(status).toContain('prod: glass was broken by Ada on 2026-11-20');
    // What prod runs now is another recipe, which needs no review: the hint names the one that does.
    const refused = await seen(gated, ['approve', '--break-glass', 'prod'], BOB);
    expect(refused).toContain('[NOTHING_TO_REVIEW]');
    expect(refused).toContain(`hint: In prod waits another: eleventh ${review?.[1]} ${review?.[2]} --to prod\n`);
    expect(review).not.toBeNull();
    const recipe = await gated.world.ask('rev-parse', '--short=7', 'v1.0.0:apps');
    await gated.as(BOB, 'approve', '--break-glass', recipe, '--to', 'prod');
    expect(await seen(gated, ['status'])).not.toContain('glass');
  });

  test('is refused where policy does not let the gate be passed', async () => {
    const gated = await Gated.with('{approvals: {}, soak: {time: 2h}, breakGlass: [soak]}');
    const refs = await gated.world.refs();
    expect(await seen(gated, [...TO_PROD, ...WHY])).toMatchInlineSnapshot(`
      "error [POLICY_REFUSED] prod takes what 1 of anybody approved: 1 more approval is missing. Breaking the glass of prod passes soak only.
        ✗  approvals  takes what 1 of anybody approved
                      1 more approval is missing
                      eleventh approve preprod --to prod  by anybody
        !  soak       takes recipes that ran for 2h in preprod
                      ran 0s in preprod, 2h less than 2h
                      breaking the glass passes it: payments are down
      hint: eleventh approve preprod --to prod
      [exit 3]
      "
    `);
    expect(await gated.world.refs()).toBe(refs);
    await gated.policy('{approvals: {}}');
    expect(await seen(gated, [...TO_PROD, ...WHY])).toContain('Breaking the glass of prod passes no gate.');
  });

  test('passes no block, and no policy can say that it does', async () => {
    const gated = await Gated.with(POLICY);
    await gated.as(ADA, 'block', 'payments', '--why', 'loses orders');
    expect(await codeOf(gated, ...TO_PROD, ...WHY)).toBe('3 POLICY_REFUSED');
    await expect(gated.policy('{breakGlass: [blocks]}')).rejects.toThrow('INVALID_FILE');
  });

  test('breaks nothing where every gate is open', async () => {
    const gated = await Gated.with('{breakGlass: [approvals]}');
    expect(await seen(gated, [...TO_PROD, ...WHY])).toContain('No glass was broken: no gate of prod is shut.\n');
    expect(await gated.world.ask('log', '-1', '--format=%B', 'env/prod')).not.toContain('Break-Glass');
    expect(await gated.world.refs()).not.toContain('attestations');
    expect(await seen(gated, ['status'])).not.toContain('glass');
  });

  test('is tried by examples, and shown with the policy', async () => {
    const gated = await Gated.with(POLICY);
    const given = '{way: promotion, at: 2026-11-20T12:00:00Z, services: [{name: payments}], BLOCKED breakGlass: true}';
    const example = (name: string, blocked: string, expected: string) =>
      `    - {name: ${name}, given: ${given.replace('BLOCKED', blocked)}, expect: ${expected}}\n`;
    commitByHand(gated.world, 'main', {
      'environments/prod/examples.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: PolicyExamples
metadata: {name: prod}
spec:
  examples:
${example('at night', '', 'enters')}${example('blocked at night', 'blocked: true,', '{refused: [blocks]}')}`,
    });
    const shown = await gated.ok('check', '--policy');
    expect(shown).toContain('  Breaking the glass passes approvals, soak\n  ✓ at night\n  ✓ blocked at night\n');
    await gated.policy('{approvals: {from: [release-engineers]}, soak: {time: 2h}, breakGlass: [soak]}');
    const { code, stdout } = await gated.run(['check', '--policy']);
    expect({ code, isRefused: stdout.includes('refused by approvals\n') }).toEqual({ code: 1, isRefused: true });
  });

  test('wants a reason, which nothing else has', async () => {
    const gated = await Gated.with(POLICY);
    expect(await codeOf(gated, ...TO_PROD, '--break-glass')).toBe('2 BREAK_GLASS_WITHOUT_WHY');
    expect(await codeOf(gated, ...TO_PROD, '--break-glass', '--why', ' ')).toBe('2 BREAK_GLASS_WITHOUT_WHY');
    expect(await codeOf(gated, ...TO_PROD, '--why', 'x')).toBe('2 WHY_WITHOUT_BREAK_GLASS');
    expect(await codeOf(gated, 'release', '--why', 'x')).toBe('2 WHY_WITHOUT_BREAK_GLASS');
    expect(await codeOf(gated, 'rollback', 'prod', '--break-glass')).toBe('2 BREAK_GLASS_WITHOUT_WHY');
  });

  test('lets a head be released that waits for its tag', async () => {
    const gated = await Gated.with('{}');
    await gated.passes('--no-tag');
    await gated.policy(POLICY);
    gated.now += MINUTE;
    expect(await codeOf(gated, 'release')).toBe('3 POLICY_REFUSED');
    expect(await seen(gated, ['release', ...WHY])).toMatchInlineSnapshot(`
      "Released prod id-0001 as v1.0.0
        +  payments  added at 0000001
      Broke the glass of prod for approvals, soak: payments are down
      It is open until somebody else reviews it: eleventh approve --break-glass id-0002 --to prod
      "
    `);
    expect(await gated.world.ask('tag', '-l', '--format=%(contents)', 'v1.0.0')).toContain(
      'Break-Glass: approvals, soak\nWhy: payments are down\n',
    );
    expect(await seen(gated, ['log', 'prod', '--limit', '1'])).toContain('broke the glass for approvals, soak');
    expect(await seen(gated, ['report', 'audit', '--env', 'prod'])).toContain('for review: passed approvals, soak');
    const found = await seen(gated, ['verify', '--repo', gated.world.remote]);
    expect(found).toContain('break-glass');
    expect(found).not.toContain('gate-shut');
    await gated.as(BOB, 'approve', '--break-glass', 'v1.0.0');
    expect(await seen(gated, ['report', 'audit', '--env', 'prod'])).not.toContain('for review');
    expect(await seen(gated, ['verify', '--repo', gated.world.remote])).not.toContain('break-glass');
  });

  test('lets a rollback through, which blocks what it leaves in the same push', async () => {
    const gated = await Gated.with('{}');
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.policy('{rollback: {approvals: {}}, breakGlass: [approvals]}');
    gated.now += MINUTE;
    expect(await codeOf(gated, 'rollback', 'prod')).toBe('3 POLICY_REFUSED');
    const before = Number(await gated.world.ask('rev-list', '--count', '--all'));
    expect(await seen(gated, ['rollback', 'prod', '--block', ...WHY])).toMatchInlineSnapshot(`
      "Rolled back prod to v1.0.0, released as v1.0.2
        ~  payments  0000002 → 0000001
        branch  env/prod
        commit  id-0001
      Blocked id-0002, recipe id-0003
      Broke the glass of prod for approvals: payments are down
      It is open until somebody else reviews it: eleventh approve --break-glass id-0004 --to prod
      "
    `);
    // One commit of prod, and one of the attestations branch, which begins with it.
    expect(Number(await gated.world.ask('rev-list', '--count', '--all')) - before).toBe(2);
    expect(await seen(gated, ['status'])).toContain('glass was broken by Ada');
    const found = await seen(gated, ['verify', '--repo', gated.world.remote]);
    expect(found).toContain('break-glass');
    expect(found).not.toContain('gate-shut');
    expect(await audited(gated)).toContain('for review: passed approvals by breaking the glass');
    await gated.as(BOB, 'approve', '--break-glass', 'prod');
    expect(await seen(gated, ['status'])).not.toContain('glass');
    expect(await audited(gated)).not.toContain('for review');
    expect(await seen(gated, ['approve', '--break-glass', 'prod'], BOB)).toContain('hint: eleventh status\n');
  });

  test('is no word for a rollback that broke none, which an approval settles', async () => {
    const gated = await Gated.with('{}');
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.policy('{approvals: {}, breakGlass: [approvals]}');
    gated.now += MINUTE;
    await gated.as(ADA, 'rollback', 'prod');
    expect(await audited(gated)).toContain('for review: rolled back without an approval');
    const refused = await seen(gated, ['approve', '--break-glass', 'prod'], BOB);
    expect(refused).toContain('[NOTHING_TO_REVIEW]');
    const hint = /^hint: It went back without that, which an approval settles: eleventh (approve prod --to prod)$/m;
    expect(refused).toMatch(hint);
    await gated.as(BOB, ...(hint.exec(refused)?.[1] ?? '').split(' '));
    expect(await audited(gated)).not.toContain('for review');
  });

  test('is found by verify until it is reviewed', async () => {
    const gated = await broken();
    const verify = () => seen(gated, ['verify', '--repo', gated.world.remote]);
    expect(await verify()).toMatchInlineSnapshot(`
      "✓ Nothing is wrong; 1 warning
        ! break-glass  env/prod id-0001
          prod was entered by breaking the glass for approvals, soak, and nobody else has reviewed that.

        staging  env/staging  3 commits
        preprod  env/preprod  2 commits
        prod     env/prod     2 commits    1 release
                 policy       5 commits
                 evidence     1 statement
        checkpoint  05c1c6c998a5cd5b65b32c7dd7d1bfd1d0094a55f7f3e61dc3cf7c95362099c6
      Not to be known from a repository alone:
        whether all of the history was rewritten, consistently, before the first checkpoint that somebody kept
        whether clocks told the time: what is dated back, within what stands below it, looks older than it is
        who stands behind a name where nothing is signed
        what ran in the clusters: agents say that
      "
    `);
    await gated.as(BOB, 'approve', '--break-glass', 'prod');
    expect(await verify()).not.toContain('break-glass');
  });
});
