import { describe, expect, test } from 'vitest';
import { commitByHand, plumb, revertByHand } from './by-hand.ts';
import { Gated, HOUR } from './gated.ts';
import { build, pinned, stable } from './screen.ts';

const ADA = 'Ada <ada@example.com>';

/** Returns a world in which prod was released twice, rolled back, and brought forward again by plain Git and a tag. */
async function withHistory(): Promise<Gated> {
  const gated = await Gated.with('{}');
  gated.now += HOUR;
  await gated.passes('--ticket', 'CHG1');
  await gated.policy('{approvals: {count: 1, from: [release-engineers]}}');
  gated.now += HOUR;
  await pinned(gated.world, build('payments', 2, { version: '2.0.0' }));
  await gated.ok('promote', 'staging', '--to', 'preprod');
  await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
  await gated.passes();
  gated.now += HOUR;
  await gated.ok('rollback', 'prod');
  // Dated back to noon, which it cannot be: the rollback was there before it.
  await revertByHand(gated.world, 'env/prod', 'HEAD');
  gated.now += HOUR;
  await gated.as(ADA, 'release', 'prod');
  gated.now += HOUR;
  return gated;
}

async function audit(gated: Gated, ...options: string[]): Promise<string> {
  return stable(gated.world, await gated.ok('report', 'audit', ...options));
}

async function refused(gated: Gated, ...options: string[]): Promise<string> {
  const { code, stdout } = await gated.run(['report', 'audit', '--json', ...options]);
  const { error } = JSON.parse(stdout);
  return `${code} ${error.code}: ${error.message}`;
}

describe('report audit', () => {
  test('tells every change with who made it, why, and on whose word', async () => {
    expect(await audit(await withHistory(), '--env', 'prod')).toMatchInlineSnapshot(`
      "6 changes of prod
        2026-11-20 16:00:00Z  prod  release    id-0001  Release v1.0.3
                                                        payments 0000001 → 2.0.0 (0000002)
                                                        by Ada
                                                        undoes id-0002
                                                        approved by Ada at 2026-11-20 14:00:00Z
        2026-11-20 15:00:00Z  prod  revert     id-0001  Revert "Release v1.0.2: roll back prod to v1.0.0" (v1.0.3)
                                                        payments 0000001 → 2.0.0 (0000002)
                                                        by Test Author, committed by Test Committer
                                                        undoes id-0002
                                                        approved by Ada at 2026-11-20 14:00:00Z
        2026-11-20 15:00:00Z  prod  rollback   id-0002  Release v1.0.2: roll back prod to v1.0.0 (v1.0.2)
                                                        payments 2.0.0 (0000002) → 0000001
                                                        by Test Author, committed by Test Committer
                                                        back to id-0003
                                                        for review: rolled back without an approval
        2026-11-20 14:00:00Z  prod  promotion  id-0004  Release v1.0.1: preprod id-0005 to prod (v1.0.1)
                                                        payments 0000001 → 2.0.0 (0000002)
                                                        by Test Author, committed by Test Committer
                                                        from id-0005
                                                        approved by Ada at 2026-11-20 14:00:00Z
        2026-11-20 13:00:00Z  prod  promotion  id-0003  Release v1.0.0: preprod id-0006 to prod (v1.0.0)
                                                        payments added at 0000001
                                                        by Test Author, committed by Test Committer
                                                        from id-0006
                                                        ticket CHG1
        2026-11-20 12:00:00Z  prod  root       id-0007  Start env/prod from main id-0008
                                                        by Test Author, committed by Test Committer
      Who did something, and when, is what they wrote: not all of this has to be signed.
      "
    `);
  });

  test('tells what ran at a time, by tags where tags are deployed', async () => {
    const gated = await withHistory();
    expect(await audit(gated, '--at', '2026-11-20T15:30:00+01:00')).toMatchInlineSnapshot(`
      "What ran at 2026-11-20 14:30:00Z
                  staging               preprod               prod
        release   -                     -                     v1.0.1
        commit    id-0001               id-0002               id-0003
        recipe    id-0004               id-0004               id-0004
        since     2026-11-20 13:00:00Z  2026-11-20 14:00:00Z  2026-11-20 14:00:00Z

        payments  2.0.0 0000002         2.0.0 0000002         2.0.0 0000002
      Who did something, and when, is what they wrote: not all of this has to be signed.
      "
    `);
    // The revert was there by 15:30, but no tag deployed it.
    for (const [time, release] of [
      ['2026-11-20', null],
      ['2026-11-20T13:00:00Z', 'v1.0.0'],
      ['2026-11-20T15:30:00Z', 'v1.0.2'],
      ['2026-11-20T16:00:00Z', 'v1.0.3'],
    ] as const) {
      const { environments } = JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'prod', '--at', time));
      expect(environments, time).toMatchObject([{ environment: 'prod', release }]);
    }
  });

  test('takes releases and commits for the ends of a span, which belong to it', async () => {
    const gated = await withHistory();
    const kinds = async (...span: string[]) =>
      JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'prod', ...span)).changes.map(
        ({ kind, release }: { kind: string; release: string | null }) => `${kind} ${release}`,
      );
    expect(await kinds('--from', 'v1.0.1', '--to', 'v1.0.2')).toEqual([
      'revert v1.0.3',
      'rollback v1.0.2',
      'promotion v1.0.1',
    ]);
    expect(await kinds('--from', plumb(gated.world, ['rev-parse', 'v1.0.2^0']))).toEqual([
      'release v1.0.3',
      'revert v1.0.3',
      'rollback v1.0.2',
    ]);
    expect(await kinds('--from', '2026-11-21')).toEqual([]);
    expect(await kinds('--to', '2026-11-20')).toHaveLength(6);
  });

  test('shows who broke the glass and why, and no formula to a spreadsheet', async () => {
    const gated = await Gated.with('{}');
    const pin =
      '=HYPERLINK("https://example.com")\n\nRecipe: x\nPromoted-From: y\nBreak-Glass: approvals, soak\nWhy: +1, "the\tbank" is down\n';
    commitByHand(gated.world, 'env/preprod', { 'apps/x/kustomization.yaml': 'a: b\n' }, { message: pin });
    const { changes } = JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'preprod'));
    expect(changes[0]).toMatchObject({
      breakGlass: ['approvals', 'soak'],
      forReview: 'passed approvals, soak by breaking the glass',
    });
    const rows = (await gated.ok('report', 'audit', '--csv', '--env', 'preprod')).split('\r\n');
    expect(rows[1]).toContain(`,"'=HYPERLINK(""https://example.com"")",`);
    expect(rows[1]).toContain(`,"'+1, ""the\tbank"" is down",`);
    const states = await gated.ok(
      'report',
      'audit',
      '--csv',
      '--at',
      '2026-11-20T12:00:00Z',
      '--env',
      'staging',
      '--env',
      'prod',
    );
    expect(stable(gated.world, states).split('\r\n')).toMatchInlineSnapshot(`
      [
        "at,environment,branch,release,commit,recipe,since,service,version,service commit,service branch,built,images",
        "2026-11-20T12:00:00Z,staging,env/staging,,id-0001.................................,id-0002.................................,2026-11-20T12:00:00Z,payments,,0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,main,2026-11-01T01:00:00Z,ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "2026-11-20T12:00:00Z,prod,env/prod,,,4b825dc642cb6eb9a060e54bf8d69288fbee4904,,,,,,,",
        "",
      ]
    `);
  });

  test('counts no tag from before its commit, one that says nothing from its commit, and tells of dates in the future', async () => {
    const gated = await Gated.with('{}');
    gated.now += 2 * HOUR;
    await gated.passes('--no-tag');
    const release = async (time: string) =>
      JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'prod', '--at', time)).environments[0];
    // By the world's clock it is noon.
    plumb(gated.world, ['tag', '-a', '-m', 'Early', 'v1.0.0', 'env/prod']);
    expect(await release('2026-11-20T13:59:59Z')).toMatchObject({ release: null, commit: null });
    expect(await release('2026-11-20T14:00:00Z')).toMatchObject({ release: 'v1.0.0', since: '2026-11-20T14:00:00Z' });
    plumb(gated.world, ['tag', 'v1.0.1', 'env/prod']);
    expect(await release('2026-11-20T14:00:00Z')).toMatchObject({ release: 'v1.0.1', since: '2026-11-20T14:00:00Z' });
    const { changes } = JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'prod'));
    expect(changes[0]).toMatchObject({ kind: 'release', release: 'v1.0.1', author: null, committer: null });
    gated.now -= HOUR;
    expect(await gated.ok('report', 'audit')).toMatch(
      /! \w{7} on env\/prod is dated 2026-11-20T14:00:00Z, in the future/,
    );
  });

  test('says which statement it cannot read, and goes on', async () => {
    const gated = await withHistory();
    const recipe = plumb(gated.world, ['rev-parse', 'v1.0.1:apps']);
    const path = `recipes/${recipe.slice(0, 2)}/${recipe}/approval-1.json`;
    commitByHand(gated.world, 'attestations', { [path]: '{}' });
    const { changes, problems } = JSON.parse(await gated.ok('report', 'audit', '--json', '--env', 'prod'));
    expect(changes).toHaveLength(6);
    expect(problems).toEqual([expect.stringContaining(path)]);
  });

  test('refuses what it cannot answer', async () => {
    const gated = await withHistory();
    expect([
      await refused(gated, '--at', '2026-02-31'),
      await refused(gated, '--at', '2026-11-20T12:00'),
      await refused(gated, '--at', 'yesterday'),
      await refused(gated, '--at', '2026-11-20', '--from', 'v1.0.0'),
      await refused(gated, '--from', 'v1.0.1', '--to', 'v1.0.0'),
      await refused(gated, '--env', 'production'),
      await refused(gated, '--csv'),
    ]).toMatchInlineSnapshot(`
      [
        "2 BAD_TIME: "2026-02-31" is no time: RFC 3339 with an offset or Z is one, and so is a date.",
        "2 BAD_TIME: "2026-11-20T12:00" is no time: RFC 3339 with an offset or Z is one, and so is a date.",
        "2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "yesterday".",
        "2 WHICH_TIME: What ran at one time and what changed in a span are two reports.",
        "2 BAD_SPAN: v1.0.1 (2026-11-20T14:00:00Z) is after v1.0.0 (2026-11-20T13:00:00Z).",
        "2 UNKNOWN_ENVIRONMENT: There is no environment "production".",
        "2 USAGE: Option '--csv' cannot be used with option '--json'.",
      ]
    `);
  });
});
