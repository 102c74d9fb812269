import { describe, expect, test } from 'vitest';
import { overtake } from './by-hand.ts';
import { build, commit, pinned, screen, screens, stable, withServices } from './screen.ts';
import { copied, type World } from './world.ts';

/** Brings what staging runs to production, which releases it. */
async function released(world: World): Promise<void> {
  await world.ok('promote', 'staging', '--to', 'preprod');
  await world.ok('promote', 'preprod', '--to', 'prod');
}

/** Returns a world with three releases of two services: v1.0.0, v1.0.1 and v1.0.2. */
function withReleases(): Promise<World> {
  return copied('releases', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    await released(world);
    await pinned(world, build('payments', 3));
    await released(world);
    await pinned(world, build('payments', 4), build('topics', 5));
    await released(world);
    return world;
  });
}

describe('rollback', () => {
  test('goes back to the release before, once, and says so when asked again', async () => {
    const world = await withReleases();
    expect(
      await screens(
        world,
        ['rollback', 'prod', '--dry-run'],
        ['rollback', 'prod'],
        ['rollback', 'prod'],
        ['status'],
        ['log', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --dry-run
      Would roll back prod to v1.0.1, released as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
      $ eleventh rollback prod
      Rolled back prod to v1.0.1, released as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
        commit  id-0001
      Keep it out: eleventh block id-0002 --why <text>
      $ eleventh rollback prod
      prod id-0001 already is a rollback; nothing to do. Further back: eleventh rollback prod --to <tag or commit>
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.0.3
        commit    id-0003      id-0004      id-0001
        recipe    id-0005      id-0005      id-0006
        main      newest       newest       newest

        payments  0000004      0000004      0000003 ≠
        topics    0000005      0000005      0000002 ≠

        ≠ not what the environment it takes from runs
      $ eleventh log prod
        id-0001  2026-11-20 12:00:00Z  rollback   Release v1.0.3: roll back prod to v1.0.1 (v1.0.3)  Test Author
        id-0002  2026-11-20 12:00:00Z  promotion  Release v1.0.2: preprod id-0004 to prod (v1.0.2)   Test Author
        id-0007  2026-11-20 12:00:00Z  promotion  Release v1.0.1: preprod id-0008 to prod (v1.0.1)   Test Author
        id-0009  2026-11-20 12:00:00Z  promotion  Release v1.0.0: preprod id-0010 to prod (v1.0.0)   Test Author
        id-0011  2026-11-20 12:00:00Z  root       Start env/prod from main id-0012                   Test Author
      "
    `);
    expect(await world.ask('rev-parse', 'env/prod^{tree}')).toBe(await world.ask('rev-parse', 'v1.0.1^{tree}'));
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'env/prod'))).toMatchInlineSnapshot(`
      "Release v1.0.3: roll back prod to v1.0.1

      payments: 0000004 -> 0000003
      topics: 0000005 -> 0000002

      Rolled-Back-To: id-0007.................................
      Rolled-Back-From: id-0002.................................
      Release: v1.0.3
      Workspace: id-0013.................................
      Policy: id-0013.................................
      Recipe: id-0006.................................
      "
    `);
    expect(stable(world, await world.ask('tag', '--list', '--format=%(contents)', 'v1.0.3'))).toMatchInlineSnapshot(`
      "v1.0.3

      Recipe id-0006................................. in prod

      payments: 0000004 -> 0000003
        https://github.com/acme/payments/compare/0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      topics: 0000005 -> 0000002
      "
    `);
    // Forward again is no downgrade; and then back past what was rolled back from.
    expect(await screens(world, ['promote', 'preprod', '--to', 'prod'], ['rollback', 'prod'])).toMatchInlineSnapshot(`
      "$ eleventh promote preprod --to prod
      Promoted preprod id-0004 to prod as v1.0.4
        ~  payments  0000003 → 0000004
        ~  topics    0000002 → 0000005
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0014
        recipe  id-0005
        check   git rev-parse id-0004:apps v1.0.4:apps
      $ eleventh rollback prod
      Rolled back prod to v1.0.3, released as v1.0.5
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
        commit  id-0015
      Keep it out: eleventh block id-0014 --why <text>
      "
    `);
  });

  test('goes to a tag or a commit, and takes some services alone', async () => {
    const world = await withReleases();
    const first = await world.ask('rev-parse', 'v1.0.0^{commit}');
    expect(
      await screens(
        world,
        ['rollback', 'prod', '--only', 'topics', '--dry-run'],
        ['rollback', 'prod', '--only', 'topics'],
        ['rollback', 'prod', '--only', 'topics'],
        ['rollback', 'prod', '--to', 'v1.0.0'],
        ['rollback', 'prod', '--to', 'v1.0.0'],
        ['rollback', 'prod', '--to', first.slice(0, 7), '--only', 'payments'],
        ['rollback', 'prod', '--to', 'v1.0.2', '--only', 'payments', '--only', 'topics'],
        ['log', 'prod', '--limit', '4'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --only topics --dry-run
      Would roll back topics in prod to v1.0.1, released as v1.0.3
        ~  topics  0000005 → 0000002
        branch  env/prod
      $ eleventh rollback prod --only topics
      Rolled back topics in prod to v1.0.1, released as v1.0.3
        ~  topics  0000005 → 0000002
        branch  env/prod
        commit  id-0001
      Keep it out: eleventh block topics@0000005 --why <text>
      $ eleventh rollback prod --only topics
      prod id-0001 already is a rollback; nothing to do. Further back: eleventh rollback prod --to <tag or commit>
      $ eleventh rollback prod --to v1.0.0
      Rolled back prod to v1.0.0, released as v1.0.4
        ~  payments  0000004 → 0000001
        branch  env/prod
        commit  id-0002
      Keep it out: eleventh block id-0001 --why <text>
      $ eleventh rollback prod --to v1.0.0
      prod already runs what v1.0.0 ran; nothing to do.
      $ eleventh rollback prod --to id-0003 --only payments
      prod already runs payments as v1.0.0 ran; nothing to do.
      $ eleventh rollback prod --to v1.0.2 --only payments --only topics
      Rolled back payments, topics in prod to v1.0.2, released as v1.0.5
        ~  payments  0000001 → 0000004
        ~  topics    0000002 → 0000005
        branch  env/prod
        commit  id-0004
      Keep it out: eleventh block payments@0000001 --why <text>
      Keep it out: eleventh block topics@0000002 --why <text>
      $ eleventh log prod --limit 4
        id-0004  2026-11-20 12:00:00Z  rollback   Release v1.0.5: roll back payments, topics in prod to v1.0.2 (v1.0.5)  Test Author
        id-0002  2026-11-20 12:00:00Z  rollback   Release v1.0.4: roll back prod to v1.0.0 (v1.0.4)                      Test Author
        id-0001  2026-11-20 12:00:00Z  rollback   Release v1.0.3: roll back topics in prod to v1.0.1 (v1.0.3)            Test Author
        id-0005  2026-11-20 12:00:00Z  promotion  Release v1.0.2: preprod id-0006 to prod (v1.0.2)                       Test Author
      "
    `);
    expect(stable(world, await world.ask('log', '-3', '--format=%(trailers:only)', 'env/prod'))).toMatchInlineSnapshot(`
      "Rolled-Back-To: id-0005.................................
      Rolled-Back-From: id-0002.................................
      Only: payments
      Only: topics
      Release: v1.0.5
      Workspace: id-0007.................................
      Policy: id-0007.................................
      Recipe: id-0008.................................

      Rolled-Back-To: id-0003.................................
      Rolled-Back-From: id-0001.................................
      Release: v1.0.4
      Workspace: id-0007.................................
      Policy: id-0007.................................
      Recipe: id-0009.................................

      Rolled-Back-To: id-0010.................................
      Rolled-Back-From: id-0005.................................
      Only: topics
      Release: v1.0.3
      Workspace: id-0007.................................
      Policy: id-0007.................................
      Recipe: id-0011.................................
      "
    `);
  });

  test('restores a service that was removed, and every environment of its own', async () => {
    const world = await withReleases();
    await world.ok('service', 'remove', 'topics');
    await world.ok('update', 'staging');
    await released(world);
    expect(
      await screens(
        world,
        ['log', 'prod', '--limit', '1'],
        ['rollback', 'prod', '--only', 'topics'],
        ['rollback', 'staging'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh log prod --limit 1
        id-0001  2026-11-20 12:00:00Z  promotion  Release v2.0.0: preprod id-0002 to prod (v2.0.0)  Test Author
      $ eleventh rollback prod --only topics
      error [ONLY_UNLIKE] topics cannot come back alone: prod has no overlay for it any more.
      hint: eleventh rollback prod --to v1.0.2
      [exit 3]
      $ eleventh rollback staging
      Rolled back staging to id-0003
        +  topics  added at 0000005
        branch  env/staging
        commit  id-0004
      Keep it out: eleventh block id-0005 --why <text>
      "
    `);
  });

  test('refuses what the environment never ran', async () => {
    const world = await withReleases();
    const staging = await world.ask('rev-parse', 'env/staging');
    expect(
      await screens(
        world,
        ['rollback', 'prodd'],
        ['rollback', 'prod', '--to', 'v1.0.9'],
        ['rollback', 'prod', '--to', staging.slice(0, 10)],
        ['rollback', 'prod', '--to', 'staging'],
        ['rollback', 'prod', '--only', 'cards'],
        ['rollback', 'prod', '--only', 'Payments'],
        ['rollback'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback prodd
      error [UNKNOWN_ENVIRONMENT] There is no environment "prodd".
      hint: Did you mean prod ?
      [exit 2]
      $ eleventh rollback prod --to v1.0.9
      error [UNKNOWN_RECIPE] No environment, tag, branch, commit or recipe is called "v1.0.9".
      hint: Did you mean v1.0.0 ?
      [exit 2]
      $ eleventh rollback prod --to dda7115225
      error [NOT_DEPLOYED_HERE] id-0001 never was released on env/prod; a rollback restores what prod ran.
      hint: eleventh log prod
      [exit 3]
      $ eleventh rollback prod --to staging
      error [NOT_DEPLOYED_HERE] staging id-0001 never was released on env/prod; a rollback restores what prod ran.
      hint: eleventh log prod
      [exit 3]
      $ eleventh rollback prod --only cards
      error [UNKNOWN_SERVICE] There is no service "cards" in prod.
      hint: There are: payments, topics, payments, risk/fraud, topics
      [exit 2]
      $ eleventh rollback prod --only Payments
      error [BAD_SERVICE_ID] "Payments" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
      hint: eleventh service list
      [exit 2]
      $ eleventh rollback
      error [USAGE] Missing required argument 'env'.
      hint: eleventh rollback --help
      [exit 2]
      "
    `);
  });
});

describe('release', () => {
  test('tags a head that has no tag yet, with notes, and no head twice', async () => {
    const world = await withServices();
    expect(await screen(world, ['release'])).toMatchInlineSnapshot(`
      "$ eleventh release
      error [NOTHING_TO_RELEASE] prod runs nothing yet.
      hint: eleventh promote preprod --to prod
      [exit 3]
      "
    `);
    await pinned(world, build('payments', 1, { version: '1.0.0' }));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod', '--no-tag');
    expect(
      await screens(
        world,
        ['release', '--dry-run'],
        ['release', 'prod', '--version', '1.4.0'],
        ['release'],
        ['release', 'prod', '--version', '1.5.0', '--dry-run'],
        ['release', 'prod', '--version', '1.3.0'],
        ['release', 'staging'],
        ['release', 'prdo'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh release --dry-run
      Would release prod id-0001 as v1.0.0
        +  payments  added at 1.0.0 (0000001)

      v1.0.0

      Recipe id-0002................................. in prod

      payments: added at 1.0.0 (0000001)

      Policy: id-0003.................................
      $ eleventh release prod --version 1.4.0
      Released prod id-0001 as v1.4.0
        +  payments  added at 1.0.0 (0000001)
      $ eleventh release
      prod id-0001 is already released as v1.4.0; nothing to do.
      $ eleventh release prod --version 1.5.0 --dry-run
      Would release prod id-0001 as v1.5.0
        +  payments  added at 1.0.0 (0000001)

      v1.5.0

      Recipe id-0002................................. in prod

      payments: added at 1.0.0 (0000001)

      Policy: id-0003.................................
      $ eleventh release prod --version 1.3.0
      error [VERSION_NOT_HIGHER] 1.3.0 is not above 1.4.0, the highest release there is: agents deploy the highest tag.
      hint: --version 1.4.1
      [exit 2]
      $ eleventh release staging
      error [NO_RELEASES] staging deploys every commit of its branch; its environment.yaml names no release tag.
      hint: eleventh env list
      [exit 2]
      $ eleventh release prdo
      error [UNKNOWN_ENVIRONMENT] There is no environment "prdo".
      hint: Did you mean prod ?
      [exit 2]
      "
    `);
    expect(await world.ask('for-each-ref', '--format=%(refname:short) %(objecttype) %(taggername)', 'refs/tags')).toBe(
      'v1.4.0 tag Test Author',
    );
  });

  test('releases a revert and a tag made by hand with plain git', async () => {
    const world = await withReleases();
    const checkout = await world.checkout('env/prod');
    await world.git(checkout, 'revert', '--no-edit', 'HEAD');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/prod');
    expect(await screens(world, ['release', '--dry-run'], ['release'])).toMatchInlineSnapshot(`
      "$ eleventh release --dry-run
      Would release prod id-0001 as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002

      v1.0.3

      Recipe id-0002................................. in prod

      payments: 0000004 -> 0000003
        https://github.com/acme/payments/compare/0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      topics: 0000005 -> 0000002

      Policy: id-0003.................................
      $ eleventh release
      Released prod id-0001 as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
      "
    `);
    await world.git(checkout, 'revert', '--no-edit', 'HEAD');
    await world.git(checkout, 'tag', 'v1.2.0');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/prod', 'v1.2.0');
    expect(await screens(world, ['release'], ['status'], ['rollback', 'prod', '--dry-run'])).toMatchInlineSnapshot(`
      "$ eleventh release
      prod id-0004 is already released as v1.2.0; nothing to do.
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.2.0
        commit    id-0005      id-0006      id-0004
        recipe    id-0007      id-0007      id-0007
        main      newest       newest       newest

        payments  0000004      0000004      0000004
        topics    0000005      0000005      0000005
      $ eleventh rollback prod --dry-run
      Would roll back prod to v1.0.3, released as v1.2.1
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
      "
    `);
  });

  test('refuses a head with files that nobody reviewed', async () => {
    const world = await withReleases();
    const checkout = await world.checkout('env/prod');
    world.files(checkout.slice(world.root.length + 1), { '.github/workflows/own.yaml': 'on: push\n' });
    await world.git(checkout, 'add', '.');
    await world.git(checkout, 'commit', '--quiet', '--message', 'Smuggle');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/prod');
    expect(await screens(world, ['release'], ['status'], ['update', 'prod'], ['release'])).toMatchInlineSnapshot(`
      "$ eleventh release
      error [WORKSPACE_DIFFERS] Outside apps/, prod id-0001 is no state that main ever had: .github/workflows/own.yaml.
      hint: eleventh update prod
      [exit 3]
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod (v1.0.2 runs)
        commit    id-0002      id-0003      id-0001
        recipe    id-0004      id-0004      id-0004
        main      newest       newest       differs

        payments  0000004      0000004      0000004
        topics    0000005      0000005      0000005

      ! prod: outside apps/ it is no state of main (.github/workflows/own.yaml): eleventh update prod
      ! prod: id-0001 is not released; v1.0.2 runs: eleventh release prod
      ! prod: id-0001 was made by hand
      $ eleventh update prod
      Updated prod to main id-0005
        branch  env/prod
        commit  id-0006
        next    eleventh release prod
      $ eleventh release
      Released prod id-0006 as v1.0.3
        No service changes.
      "
    `);
  });
});

describe('rollback --block', () => {
  const blocksOf = (world: World) => world.ask('ls-tree', '-r', '--name-only', 'attestations', 'blocks/');

  test('keeps out what it leaves behind, in the same push, and adds no block to one that stands', async () => {
    const world = await withReleases();
    const bad = await world.ask('rev-parse', 'env/prod:apps');
    await world.ask('config', 'core.logAllRefUpdates', 'always');
    expect(
      await screens(
        world,
        ['rollback', 'prod', '--block', '--dry-run'],
        ['rollback', 'prod', '--block', '--why', 'loses orders'],
        ['rollback', 'prod', '--block'],
        ['promote', 'preprod', '--to', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --block --dry-run
      Would roll back prod to v1.0.1, released as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
      Would block id-0001, recipe id-0002
      $ eleventh rollback prod --block --why "loses orders"
      Rolled back prod to v1.0.1, released as v1.0.3
        ~  payments  0000004 → 0000003
        ~  topics    0000005 → 0000002
        branch  env/prod
        commit  id-0003
      Blocked id-0001, recipe id-0002
      $ eleventh rollback prod --block
      prod id-0003 already is a rollback; nothing to do. Further back: eleventh rollback prod --to <tag or commit>
      Blocked already: id-0001, recipe id-0002
      $ eleventh promote preprod --to prod
      error [POLICY_REFUSED] prod takes nothing that is blocked: recipe blocked by Test Author: loses orders.
        ✓  serviceBranches  takes builds of main only
        ✗  blocks           takes nothing that is blocked
                            recipe blocked by Test Author: loses orders
                            eleventh unblock id-0002................................. --why <text>  by whoever knows that the reason is gone
      hint: eleventh unblock id-0002................................. --why <text>
      [exit 3]
      "
    `);
    const path = await blocksOf(world);
    expect(path).toMatch(new RegExp(`^blocks/recipes/${bad.slice(0, 2)}/${bad}/block-[0-9a-f]{16}\\.json$`));
    const statement = JSON.parse(await world.ask('show', `attestations:${path}`));
    expect(statement).toMatchObject({
      subject: [
        { name: 'apps', digest: { gitTree: bad, dirHash1: expect.any(String) } },
        { name: '.', digest: { gitTree: await world.ask('rev-parse', 'v1.0.2^{tree}') } },
      ],
      predicate: { reason: 'loses orders', by: { email: 'author@example.com' } },
    });
    // The tag stands on what goes back, not on what is said of it.
    expect(await world.ask('rev-parse', 'v1.0.3^{commit}')).toBe(await world.ask('rev-parse', 'env/prod'));
    await world.ok('unblock', bad, '--why', 'fixed elsewhere');
    await world.ok('promote', 'preprod', '--to', 'prod');
  });

  test('adds the block that a command left out, or was killed before it knew', async () => {
    const world = await withReleases();
    const bad = await world.ask('rev-parse', 'env/prod:apps');
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true, blocks: [] });
    const before = await world.ask('rev-parse', 'env/prod');
    expect(await world.json('rollback', 'prod', '--block')).toMatchObject({
      changed: true,
      commit: before,
      tag: null,
      blocks: [{ subject: { kind: 'recipe', recipe: bad }, statement: expect.stringContaining(bad) }],
    });
    expect(await world.json('rollback', 'prod', '--block')).toMatchObject({
      changed: false,
      blocks: [{ subject: { kind: 'recipe', recipe: bad }, statement: null }],
    });
    expect(await world.json('rollback', 'prod', '--to', 'v1.0.1', '--block')).toMatchObject({ changed: false });
    expect(await world.ask('rev-parse', 'env/prod')).toBe(before);
    expect((await blocksOf(world)).split('\n')).toHaveLength(1);
  });

  test('with --only keeps out those builds, everywhere, and nothing else', async () => {
    const world = await withReleases();
    expect(
      await screens(
        world,
        ['rollback', 'prod', '--only', 'payments', '--only', 'risk/fraud', '--block', '--why', 'loses orders'],
        ['rollback', 'prod', '--only', 'payments', '--block'],
        ['rollback', 'prod', '--to', 'v1.0.2', '--only', 'payments'],
        ['promote', 'preprod', '--to', 'prod', '--only', 'topics'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --only payments --only risk/fraud --block --why "loses orders"
      Rolled back payments, risk/fraud in prod to v1.0.1, released as v1.0.3
        ~  payments  0000004 → 0000003
        branch  env/prod
        commit  id-0001
      Blocked payments@0000004
      $ eleventh rollback prod --only payments --block
      prod id-0001 already is a rollback; nothing to do. Further back: eleventh rollback prod --to <tag or commit>
      Blocked already: payments@0000004
      $ eleventh rollback prod --to v1.0.2 --only payments
      error [POLICY_REFUSED] prod takes nothing that is blocked, which keeps out payments (build blocked by Test Author: loses orders).
        ✗  blocks  takes nothing that is blocked
                   payments: build blocked by Test Author: loses orders
                   eleventh unblock payments@0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --why <text>  by whoever knows that the reason is gone
      hint: eleventh unblock payments@0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --why <text>
      [exit 3]
      $ eleventh promote preprod --to prod --only topics
      prod already runs topics of preprod id-0002; nothing to do.
      "
    `);
    expect(await blocksOf(world)).toMatch(/^blocks\/builds\/payments\/0000004a{33}\/block-[0-9a-f]{16}\.json$/);
  });

  test('blocks nothing that stays, and says so', async () => {
    const world = await withReleases();
    const recipe = await world.ask('rev-parse', 'env/prod:apps');
    commit(world, 'main', 'README.md', 'Another text\n');
    await world.ok('update', 'prod');
    await world.ok('release', 'prod');
    expect(await world.ask('rev-parse', 'env/prod:apps')).toBe(recipe);
    expect(await screen(world, ['rollback', 'prod', '--block'])).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --block
      Rolled back prod to v1.0.2, released as v1.0.4
        No service changes.
        branch  env/prod
        commit  id-0001
      note: Nothing is left behind that could be blocked.
      "
    `);
    expect(await world.refs()).not.toContain('refs/heads/attestations');
    expect(await screen(world, ['rollback', 'prod', '--why', 'because'])).toMatchInlineSnapshot(`
      "$ eleventh rollback prod --why because
      error [WHY_WITHOUT_BLOCK] Only a block and broken glass have a reason.
      hint: eleventh rollback prod --block --why <text>
      [exit 2]
      "
    `);
  });

  test('goes through while others record what they know, and reports who moves the environment', async () => {
    const world = await withReleases();
    const bad = await world.ask('rev-parse', 'env/prod:apps');
    overtake(world, ['test', 'preprod', 'smoke', '--result', 'passed']);
    expect(await world.json('rollback', 'prod', '--block')).toMatchObject({ changed: true, tag: 'v1.0.3' });
    expect(await world.ask('ls-tree', '-r', '--name-only', 'attestations', 'recipes/')).toContain('/test-');
    expect(await blocksOf(world)).toContain(bad);

    await world.ok('unblock', bad, '--why', 'fixed');
    await world.ok('promote', 'preprod', '--to', 'prod');
    overtake(world, ['rollback', 'prod', '--to', 'v1.0.0']);
    const { code, stderr } = await world.run(['rollback', 'prod', '--to', 'v1.0.1', '--block']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[OVERTAKEN] env/prod moved') });
    expect(await world.ask('ls-tree', '-r', '--name-only', 'attestations', 'blocks/')).toContain('/unblock-');
    expect((await blocksOf(world)).match(/\/block-/g)).toHaveLength(1);
  });

  test('goes through beside several writers at once', async () => {
    const world = await withReleases();
    const bad = await world.ask('rev-parse', 'env/prod:apps');
    const suites = ['a', 'b', 'c', 'd'];
    const [back, ...others] = await Promise.all([
      world.run(['rollback', 'prod', '--block', '--json']),
      ...suites.map((suite) => world.run(['test', 'staging', suite, '--result', 'passed'])),
    ]);
    expect(back).toMatchObject({ code: 0, stderr: '' });
    for (const { code, stderr } of others) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await blocksOf(world)).toContain(bad);
    const tests = await world.ask('ls-tree', '-r', '--name-only', 'attestations', 'recipes/');
    expect(tests.split('\n')).toHaveLength(suites.length);
    expect(await world.ask('rev-parse', 'v1.0.3^{tree}')).toBe(await world.ask('rev-parse', 'v1.0.1^{tree}'));
  });
});
