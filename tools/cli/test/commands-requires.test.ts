import { describe, expect, test } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { build, pinned, screen, screens, stableJson, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

interface Failed {
  readonly error: { readonly details: { readonly gates?: readonly unknown[] } };
}

/** Lets a service require others, by a commit on main. @param requires in YAML flow style. */
function require(world: World, id: string, requires: string): void {
  const image = id.slice(id.indexOf('/') + 1);
  commitByHand(world, 'main', {
    [`apps/${id}/service.yaml`]: `apiVersion: eleventh.dev/v1alpha1
kind: Service
metadata: {name: ${image}}
spec:
  images: [ghcr.io/acme/${image}]
  requires: ${requires}
`,
  });
}

/** Returns a world in which payments requires risk/fraud 2, and the newest of that is 3. */
async function broken(): Promise<World> {
  const world = await withServices();
  await pinned(world, build('payments', 1, { version: '1.0.0' }), build('risk/fraud', 2, { version: '2.4.0' }));
  await pinned(world, build('risk/fraud', 3, { version: '3.0.0' }), build('topics', 4));
  require(world, 'payments', '{risk/fraud: ">=2.1 <3"}');
  return world;
}

describe('a recipe in which a service has not what it requires', () => {
  test('is neither promoted nor composed, and the newest that holds together is', async () => {
    const world = await broken();
    expect(
      await screens(
        world,
        ['promote', 'staging', '--to', 'preprod', '--dry-run'],
        ['compose'],
        ['compose', '--newest-compatible', '--dry-run'],
        ['compose', '--newest-compatible'],
        ['promote', 'v1.0.0-rc.1', '--to', 'preprod', '--dry-run'],
        ['promote', 'v1.0.0-rc.1', '--to', 'preprod'],
        ['promote', 'staging', '--to', 'preprod', '--only', 'risk/fraud'],
        ['promote', 'staging', '--to', 'preprod', '--only', 'topics'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --dry-run
      error [POLICY_REFUSED] preprod takes services only with what they require, which keeps out payments (1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned).
        ✓  serviceBranches  takes builds of main only
        ✗  requires         takes services only with what they require
                            payments: 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned
                            eleventh compose --from staging --newest-compatible  by whoever composes
      hint: eleventh compose --from staging --newest-compatible. The older id-0001 may enter: eleventh promote staging --to preprod --newest-passing
      [exit 3]
      $ eleventh compose
      error [REQUIRES_BROKEN] The candidate would not hold together: payments 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned.
      hint: eleventh compose --from staging --newest-compatible
      [exit 3]
      $ eleventh compose --newest-compatible --dry-run
      Would compose v1.0.0-rc.1 from staging id-0002
        ~  risk/fraud  3.0.0 (0000003) not what payments (>=2.1 <3) requires  → 2.4.0 (0000002)
        recipe  id-0003
      $ eleventh compose --newest-compatible
      Composed v1.0.0-rc.1 from staging id-0002
        ~  risk/fraud  3.0.0 (0000003) not what payments (>=2.1 <3) requires  → 2.4.0 (0000002)
        recipe  id-0003
        next    eleventh promote v1.0.0-rc.1 --to preprod
      $ eleventh promote v1.0.0-rc.1 --to preprod --dry-run
      Would promote v1.0.0-rc.1 to preprod
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 2.4.0 (0000002)
        +  topics      added at 0000004
        ✓  serviceBranches  takes builds of main only
        ✓  requires         takes services only with what they require
        branch  env/preprod
        recipe  id-0003
      $ eleventh promote v1.0.0-rc.1 --to preprod
      Promoted v1.0.0-rc.1 to preprod
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 2.4.0 (0000002)
        +  topics      added at 0000004
        ✓  serviceBranches  takes builds of main only
        ✓  requires         takes services only with what they require
        branch  env/preprod
        commit  id-0004
        recipe  id-0003
        check   git rev-parse id-0005:apps env/preprod:apps
      $ eleventh promote staging --to preprod --only risk/fraud
      error [POLICY_REFUSED] preprod takes services only with what they require, which keeps out payments (1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned).
        ✓  serviceBranches  takes builds of main only
        ✗  requires         takes services only with what they require
                            payments: 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned
                            eleventh compose --from staging --newest-compatible  by whoever composes
      hint: eleventh compose --from staging --newest-compatible
      [exit 3]
      $ eleventh promote staging --to preprod --only topics
      preprod already runs topics of staging id-0002; nothing to do.
      $ eleventh status
                    staging        preprod          prod
        deploys     env/staging    env/preprod      env/prod
        commit      id-0002        id-0004          id-0006
        recipe      id-0007        id-0003          empty
        main        1 behind       newest           4 behind

        payments    1.0.0 0000001  1.0.0 0000001    - ≠
        risk/fraud  3.0.0 0000003  2.4.0 0000002 ≠  - ≠
        topics      0000004        0000004          - ≠

        ≠ not what the environment it takes from runs
      ! staging: payments 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned
      "
    `);
  });

  test('is told to programs with its gate, and the replaced builds with who requires others', async () => {
    const world = await broken();
    const shut = (await stableJson(world, ['promote', 'staging', '--to', 'preprod'])) as Failed;
    expect(shut.error.details.gates?.at(-1)).toMatchInlineSnapshot(`
      {
        "asks": "takes services only with what they require",
        "passes": false,
        "refused": [
          {
            "reason": "1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned",
            "service": "payments",
          },
        ],
        "remedy": {
          "command": "eleventh compose --from staging --newest-compatible",
          "who": "whoever composes",
        },
        "rule": "requires",
      }
    `);
    expect((await stableJson(world, ['compose'])) as Failed).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "REQUIRES_BROKEN",
          "details": {
            "breaks": [
              {
                "build": {
                  "commit": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "version": "1.0.0",
                },
                "pinned": {
                  "commit": "0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "version": "3.0.0",
                },
                "range": ">=2.1 <3",
                "requires": "risk/fraud",
                "service": "payments",
                "why": "outside",
              },
            ],
          },
          "exitCode": 3,
          "hint": "eleventh compose --from staging --newest-compatible",
          "message": "The candidate would not hold together: payments 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned.",
        },
        "schemaVersion": 1,
      }
    `);
    const composed = (await stableJson(world, ['compose', '--newest-compatible'])) as { replacements: unknown };
    expect(composed.replacements).toMatchInlineSnapshot(`
      [
        {
          "from": "0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "id": "risk/fraud",
          "requiredBy": [
            {
              "by": "payments",
              "range": ">=2.1 <3",
            },
          ],
          "to": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "why": "requires",
        },
      ]
    `);
  });

  test('has no way out where nothing that ran meets all, and the refusal names the fewest sides', async () => {
    const world = await broken();
    require(world, 'topics', '{risk/fraud: "^3.1", payments: "*"}');
    expect(
      await screens(
        world,
        ['compose', '--newest-compatible'],
        ['compose', '--newest-compatible', '--set', `risk/fraud=${sha(3)}`],
        ['compose', '--newest-compatible', '--without', 'topics'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh compose --newest-compatible
      error [NOTHING_COMPATIBLE] No build of risk/fraud that ran in staging is what topics (^3.1) requires.
      hint: eleventh log --service risk/fraud
      [exit 3]
      $ eleventh compose --newest-compatible --set risk/fraud=0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      error [REQUIRES_BROKEN] The candidate would not hold together: payments 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned; topics 0000004 requires risk/fraud ^3.1, and 3.0.0 (0000003) is pinned.
      hint: eleventh log --service risk/fraud
      [exit 3]
      $ eleventh compose --newest-compatible --without topics
      Composed v1.0.0-rc.1 from staging id-0001
        ~  risk/fraud  3.0.0 (0000003) not what payments (>=2.1 <3) requires  → 2.4.0 (0000002)
        ~  topics      0000004 left out                                       → without the service
        recipe  id-0002
        next    eleventh promote v1.0.0-rc.1 --to preprod
      "
    `);
    require(world, 'topics', '{risk/fraud: ">=3"}');
    expect(await screen(world, ['compose', '--newest-compatible'])).toMatchInlineSnapshot(`
      "$ eleventh compose --newest-compatible
      error [NOTHING_COMPATIBLE] No build of risk/fraud that ran in staging is what payments (>=2.1 <3) and topics (>=3) require.
      hint: eleventh log --service risk/fraud
      [exit 3]
      "
    `);
  });

  test('goes back as a whole, and some services alone only where they keep what is required', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1, { version: '1.0.0' }), build('risk/fraud', 2, { version: '2.4.0' }));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await pinned(world, build('payments', 3, { version: '1.1.0' }), build('risk/fraud', 4, { version: '3.0.0' }));
    await world.ok('promote', 'staging', '--to', 'preprod');
    require(world, 'payments', '{risk/fraud: ">=3"}');
    expect(
      await screens(
        world,
        ['rollback', 'preprod', '--only', 'risk/fraud'],
        ['rollback', 'preprod', '--only', 'payments', '--dry-run'],
        ['rollback', 'preprod'],
        ['verify', '--repo', world.remote],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback preprod --only risk/fraud
      error [POLICY_REFUSED] preprod takes services only with what they require, which keeps out payments (1.1.0 (0000003) requires risk/fraud >=3, and 2.4.0 (0000002) is pinned).
        ✗  requires  takes services only with what they require
                     payments: 1.1.0 (0000003) requires risk/fraud >=3, and 2.4.0 (0000002) is pinned
                     eleventh rollback preprod  by whoever rolls back
      hint: eleventh rollback preprod
      [exit 3]
      $ eleventh rollback preprod --only payments --dry-run
      Would roll back payments in preprod to id-0001
        ~  payments  1.1.0 (0000003) → 1.0.0 (0000001)
        branch  env/preprod
      $ eleventh rollback preprod
      Rolled back preprod to id-0001
        ~  payments    1.1.0 (0000003) → 1.0.0 (0000001)
        ~  risk/fraud  3.0.0 (0000004) → 2.4.0 (0000002)
        branch  env/preprod
        commit  id-0002
      Keep it out: eleventh block id-0003 --why <text>
      $ eleventh verify --repo ~/deploy.git
      ✓ Nothing is wrong

        staging  env/staging  6 commits
        preprod  env/preprod  4 commits
        prod     env/prod     1 commit
                 policy       5 commits
                 evidence     0 statements
        checkpoint  f2f66d2e4c0e572a149ab405c30fb68e2a1cf143f685d0ff4d4c8895ebfee38c
      Not to be known from a repository alone:
        whether all of the history was rewritten, consistently, before the first checkpoint that somebody kept
        whether clocks told the time: what is dated back, within what stands below it, looks older than it is
        who stands behind a name where nothing is signed
        what ran in the clusters: agents say that
      "
    `);
  });

  test('is refused by a person with plain git too, once it is looked at, and not for what was there before', async () => {
    const world = await broken();
    const [source, policy] = [await world.ask('rev-parse', 'env/staging'), await world.ask('rev-parse', 'main')];
    const before = await world.ask('rev-parse', 'main~1');
    const recipe = await world.ask('rev-parse', `${source}:apps`);
    await world.ok('update', 'preprod');
    const promoted = (at: string) => `Promote staging\n\nPromoted-From: ${source}\nPolicy: ${at}\nRecipe: ${recipe}\n`;
    commitByHand(world, 'env/preprod', {}, { base: source, message: promoted(before) });
    expect(await screen(world, ['verify', '--repo', world.remote])).toMatchInlineSnapshot(`
      "$ eleventh verify --repo ~/deploy.git
      ✗ 2 things are wrong
        ✗ policy-older  env/preprod id-0001
          Policy: id-0002 is older than what the commit before it was asked with.
        ✗ gate-shut  env/preprod id-0001
          preprod takes services only with what they require (requires), but payments: 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned.

        staging  env/staging  6 commits
        preprod  env/preprod  3 commits
        prod     env/prod     1 commit
                 policy       5 commits
                 evidence     0 statements
        checkpoint  7ceff80c4bc90b20f6da70d64663aa6879e23b9ffb0a51bc544b695108b0ad82
      Not to be known from a repository alone:
        whether all of the history was rewritten, consistently, before the first checkpoint that somebody kept
        whether clocks told the time: what is dated back, within what stands below it, looks older than it is
        who stands behind a name where nothing is signed
        what ran in the clusters: agents say that
      [exit 1]
      "
    `);
    const updated = await world.ask('rev-parse', 'env/preprod~1');
    commitByHand(world, 'env/preprod', {}, { base: source, message: promoted(policy), parents: [updated] });
    expect(await screen(world, ['verify', '--repo', world.remote])).toMatchInlineSnapshot(`
      "$ eleventh verify --repo ~/deploy.git
      ✗ 1 thing is wrong
        ✗ gate-shut  env/preprod id-0003
          preprod takes services only with what they require (requires), but payments: 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned.

        staging  env/staging  6 commits
        preprod  env/preprod  3 commits
        prod     env/prod     1 commit
                 policy       5 commits
                 evidence     0 statements
        checkpoint  e160de85b933cabebb8b5cc976201d2bd3398d199724289866b1a9eda13a6e81
      Not to be known from a repository alone:
        whether all of the history was rewritten, consistently, before the first checkpoint that somebody kept
        whether clocks told the time: what is dated back, within what stands below it, looks older than it is
        who stands behind a name where nothing is signed
        what ran in the clusters: agents say that
      [exit 1]
      "
    `);
  });

  test('enters by breaking the glass where policy lets it', async () => {
    const world = await broken();
    commitByHand(world, 'main', {
      'environments/preprod/environment.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Environment
metadata: {name: preprod}
spec: {branch: env/preprod, from: [staging], policy: {breakGlass: [requires]}}
`,
    });
    await world.ok('update', 'staging');
    const why = ['--break-glass', '--why', 'fraud 3 is the repair'];
    expect(await screen(world, ['promote', 'staging', '--to', 'preprod', ...why])).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --break-glass --why "fraud 3 is the repair"
      Promoted staging id-0001 to preprod
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 3.0.0 (0000003)
        +  topics      added at 0000004
        !  requires  takes services only with what they require
                     payments: 1.0.0 (0000001) requires risk/fraud >=2.1 <3, and 3.0.0 (0000003) is pinned
                     breaking the glass passes it: fraud 3 is the repair
        branch  env/preprod
        commit  id-0002
        recipe  id-0003
        check   git rev-parse id-0001:apps env/preprod:apps
      Broke the glass of preprod for requires: fraud 3 is the repair
      It is open until somebody else reviews it: eleventh approve --break-glass id-0003 --to preprod
      "
    `);
  });

  test('is not looked into where a service.yaml cannot be read', async () => {
    const world = await broken();
    require(world, 'payments', '{Ledger: ">=2"}');
    expect(
      await screens(world, ['promote', 'staging', '--to', 'preprod'], ['compose'], ['status']),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod
      error [INVALID_FILE] apps/payments/service.yaml: spec.requires.Ledger is not valid: not a service id.
      hint: See apps/payments/service.yaml:6
      [exit 3]
      $ eleventh compose
      error [INVALID_FILE] apps/payments/service.yaml: spec.requires.Ledger is not valid: not a service id.
      hint: See apps/payments/service.yaml:6
      [exit 3]
      $ eleventh status
                    staging        preprod      prod
        deploys     env/staging    env/preprod  env/prod
        commit      id-0001        id-0002      id-0003
        recipe      id-0004        empty        empty
        main        2 behind       5 behind     5 behind

        payments    1.0.0 0000001  - ≠          -
        risk/fraud  3.0.0 0000003  - ≠          -
        topics      0000004        - ≠          -

        ≠ not what the environment it takes from runs
      ! staging: what services require cannot be told: apps/payments/service.yaml: spec.requires.Ledger is not valid: not a service id.
      "
    `);
  });
});

describe('pin', () => {
  test('says what the pinned build does not have there, and goes on', async () => {
    const world = await withServices();
    require(world, 'payments', '{risk/fraud: ">=2.1 <3", topics: "*"}');
    await pinned(world, build('topics', 1));
    const args = ['pin', 'payments', '--commit', sha(2), '--version', '1.0.0'];
    expect(await screen(world, args)).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --version 1.0.0
      Pinned payments 1.0.0 (0000002) in staging, for the first time
        image   ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      ! staging: payments 1.0.0 (0000002) requires risk/fraud >=2.1 <3, and risk/fraud is not in the recipe
      ! staging: payments 1.0.0 (0000002) requires topics *, and 0000001 is pinned without a version
      "
    `);
    expect(await stableJson(world, args)).toMatchObject({
      changed: false,
      breaks: [
        { environment: 'staging', service: 'payments', requires: 'risk/fraud', pinned: null, why: 'absent' },
        { environment: 'staging', service: 'payments', requires: 'topics', range: '*', why: 'unversioned' },
      ],
    });
    await pinned(world, build('risk/fraud', 3, { version: '2.1.0' }), build('topics', 4, { version: '1.0.0' }));
    expect(await screen(world, ['pin', 'payments', '--commit', sha(5), '--version', '1.1.0'])).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --version 1.1.0
      Pinned payments 1.1.0 (0000005) in staging, replacing 1.0.0 (0000002)
        image   ghcr.io/acme/payments:0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0003
        recipe  id-0004
        undo    git revert id-0003
      "
    `);
  });
});
