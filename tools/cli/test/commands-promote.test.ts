import { describe, expect, test } from 'vitest';
import { build, pinned, screen, screens, stable, withServices } from './screen.ts';
import type { World } from './world.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;

/** Edits a file of the default branch by hand and pushes it. */
async function edit(world: World, path: string, content: string): Promise<void> {
  const checkout = await world.checkout('main');
  world.files(checkout.slice(world.root.length + 1), { [path]: content });
  await world.git(checkout, 'add', '.');
  await world.git(checkout, 'commit', '--quiet', '--message', `Edit ${path}`);
  await world.git(checkout, 'push', '--quiet', 'origin', 'main');
}

describe('promote', () => {
  test('carries the tested tree, and into production lands the commit and its tag together', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1, { version: '1.0.0' }), build('risk/fraud', 2), build('topics', 3));
    const toPreprod = ['promote', 'staging', '--to', 'preprod'];
    const toProd = ['promote', 'preprod', '--to', 'prod'];
    expect(
      await screens(world, [...toPreprod, '--dry-run'], toPreprod, toPreprod, [...toProd, '--dry-run'], toProd, toProd),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --dry-run
      Would promote staging id-0001 to preprod
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        recipe  id-0002
      $ eleventh promote staging --to preprod
      Promoted staging id-0001 to preprod
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        commit  id-0003
        recipe  id-0002
        check   git rev-parse id-0001:apps env/preprod:apps
      $ eleventh promote staging --to preprod
      preprod already runs staging id-0001; nothing to do.
      $ eleventh promote preprod --to prod --dry-run
      Would promote preprod id-0003 to prod as v1.0.0
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        recipe  id-0002
      $ eleventh promote preprod --to prod
      Promoted preprod id-0003 to prod as v1.0.0
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0004
        recipe  id-0002
        check   git rev-parse id-0003:apps v1.0.0:apps
      $ eleventh promote preprod --to prod
      prod already runs preprod id-0003; nothing to do.
      "
    `);
    const trees = await world.ask(
      'rev-parse',
      'env/staging^{tree}',
      'env/preprod^{tree}',
      'env/prod^{tree}',
      'v1.0.0^{tree}',
    );
    expect(new Set(trees.split('\n')).size).toBe(1);
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'env/prod'))).toMatchInlineSnapshot(`
      "Release v1.0.0: preprod id-0003 to prod

      payments: added at 1.0.0 (0000001)
      risk/fraud: added at 0000002
      topics: added at 0000003

      Promoted-From: id-0003.................................
      Release: v1.0.0
      Workspace: id-0005.................................
      Policy: id-0005.................................
      Recipe: id-0002.................................
      "
    `);
    expect(stable(world, await world.ask('cat-file', 'tag', 'v1.0.0'))).toMatchInlineSnapshot(`
      "object id-0004.................................
      type commit
      tag v1.0.0
      tagger Test Author <author@example.com> 1795176000 +0000

      v1.0.0

      Recipe id-0002................................. in prod

      payments: added at 1.0.0 (0000001)

      risk/fraud: added at 0000002

      topics: added at 0000003"
    `);
  });

  test('numbers a release by what changes, by --bump, by --version, or not at all', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1, { version: '1.0.0' }), build('topics', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    const toProd = ['promote', 'preprod', '--to', 'prod'];
    expect(
      await screens(world, [...toProd, '--no-tag'], ['status'], [...toProd, '--version', '0.9.0', '--dry-run'], toProd),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote preprod --to prod --no-tag
      Promoted preprod id-0001 to prod
        +  payments  added at 1.0.0 (0000001)
        +  topics    added at 0000002
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0002
        recipe  id-0003
        check   git rev-parse id-0001:apps env/prod:apps
      $ eleventh status
                  staging        preprod        prod
        deploys   env/staging    env/preprod    env/prod
        commit    id-0004        id-0001        id-0002
        recipe    id-0003        id-0003        id-0003
        main      newest         newest         newest

        payments  1.0.0 0000001  1.0.0 0000001  1.0.0 0000001
        topics    0000002        0000002        0000002

      ! prod: id-0002 is not released: eleventh release prod
      $ eleventh promote preprod --to prod --version 0.9.0 --dry-run
      Would promote preprod id-0001 to prod as v0.9.0
        No service changes.
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        recipe  id-0003
      $ eleventh promote preprod --to prod
      Promoted preprod id-0001 to prod as v1.0.0
        No service changes.
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0002
        recipe  id-0003
        check   git rev-parse id-0001:apps v1.0.0:apps
      "
    `);
    await pinned(world, build('payments', 3, { version: '1.0.1' }));
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(
      await screens(
        world,
        [...toProd, '--version', '1.0.0'],
        [...toProd, '--version', '2.0.0-rc.1'],
        [...toProd, '--version', 'two'],
        [...toProd, '--bump', 'huge'],
        [...toProd, '--bump', 'minor', '--dry-run'],
        [...toProd, '--bump', 'major', '--dry-run'],
        [...toProd, '--version', '7.0.0'],
        [...toProd, '--version', '7.0.0'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote preprod --to prod --version 1.0.0
      error [VERSION_NOT_HIGHER] 1.0.0 is not above 1.0.0, the highest release there is: agents deploy the highest tag.
      hint: --version 1.0.1
      [exit 2]
      $ eleventh promote preprod --to prod --version 2.0.0-rc.1
      error [BAD_VERSION] 2.0.0-rc.1 is a pre-release; a release has three numbers.
      hint: --version 2.0.0
      [exit 2]
      $ eleventh promote preprod --to prod --version two
      error [BAD_VERSION] "two" is not a SemVer version.
      hint: Write three numbers, such as 2.3.1 (https://semver.org).
      [exit 2]
      $ eleventh promote preprod --to prod --bump huge
      error [USAGE] Option '--bump <part>' argument 'huge' is invalid. Allowed choices are major, minor, patch.
      hint: eleventh promote --help
      [exit 2]
      $ eleventh promote preprod --to prod --bump minor --dry-run
      Would promote preprod id-0005 to prod as v1.1.0
        ~  payments  1.0.0 (0000001) → 1.0.1 (0000003)
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        recipe  id-0006
      $ eleventh promote preprod --to prod --bump major --dry-run
      Would promote preprod id-0005 to prod as v2.0.0
        ~  payments  1.0.0 (0000001) → 1.0.1 (0000003)
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        recipe  id-0006
      $ eleventh promote preprod --to prod --version 7.0.0
      Promoted preprod id-0005 to prod as v7.0.0
        ~  payments  1.0.0 (0000001) → 1.0.1 (0000003)
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0007
        recipe  id-0006
        check   git rev-parse id-0005:apps v7.0.0:apps
      $ eleventh promote preprod --to prod --version 7.0.0
      prod already runs preprod id-0005; nothing to do.
      "
    `);
    const next: Record<string, string> = {};
    for (const [index, version] of ['1.0.2', '1.1.0', '2.0.0'].entries()) {
      await pinned(world, build('payments', 10 + index, { version }));
      await world.ok('promote', 'staging', '--to', 'preprod');
      next[version] = String((await world.json('promote', 'preprod', '--to', 'prod', '--dry-run')).tag);
    }
    expect(next).toEqual({ '1.0.2': 'v7.0.1', '1.1.0': 'v7.1.0', '2.0.0': 'v8.0.0' });
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/acme/cards');
    await pinned(world, build('cards', 20), build('payments', 10, { allowDowngrade: true, version: '1.0.2' }));
    await world.ok('promote', 'staging', '--to', 'preprod', '--allow-downgrade', 'payments');
    expect(await world.json('promote', 'preprod', '--to', 'prod', '--dry-run')).toMatchObject({ tag: 'v7.1.0' });
    await world.ok('service', 'remove', 'topics');
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await world.json('promote', 'preprod', '--to', 'prod', '--dry-run')).toMatchObject({ tag: 'v8.0.0' });
  });

  test('takes some services alone, and says that the combination is new', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await pinned(world, build('payments', 3), build('topics', 4), build('risk/fraud', 5));
    const only = ['promote', 'staging', '--to', 'preprod', '--only'];
    expect(
      await screens(
        world,
        [...only, 'payments', '--dry-run'],
        [...only, 'payments'],
        [...only, 'payments'],
        [...only, 'risk/fraud'],
        [...only, 'cards'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --only payments --dry-run
      Would promote payments of staging id-0001 to preprod
        ~  payments  0000001 → 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        recipe  id-0002
      $ eleventh promote staging --to preprod --only payments
      Promoted payments of staging id-0001 to preprod
        ~  payments  0000001 → 0000003
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        commit  id-0003
        recipe  id-0002
        check   git rev-parse id-0001:apps/payments env/preprod:apps/payments
      $ eleventh promote staging --to preprod --only payments
      preprod already runs payments of staging id-0001; nothing to do.
      $ eleventh promote staging --to preprod --only risk/fraud
      error [ONLY_UNLIKE] risk/fraud cannot go to preprod alone: preprod does not run it yet.
      hint: eleventh promote staging --to preprod
      [exit 3]
      $ eleventh promote staging --to preprod --only cards
      error [UNKNOWN_SERVICE] There is no service "cards" in staging id-0001 or preprod.
      hint: There are: payments, risk/fraud, topics
      [exit 2]
      $ eleventh status
                    staging      preprod      prod
        deploys     env/staging  env/preprod  env/prod
        commit      id-0001      id-0003      id-0004
        recipe      id-0005      id-0002      empty
        main        newest       newest       3 behind

        payments    0000003      0000003      - ≠
        risk/fraud  0000005      - ≠          -
        topics      0000004      0000002 ≠    - ≠

        ≠ not what the environment it takes from runs
      "
    `);
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'env/preprod'))).toMatchInlineSnapshot(`
      "Promote payments of staging id-0001 to preprod

      payments: 0000001 -> 0000003

      Promoted-From: id-0001.................................
      Only: payments
      Combination: new
      Workspace: id-0006.................................
      Policy: id-0006.................................
      Recipe: id-0002.................................
      "
    `);
    await edit(
      world,
      'environments/preprod/topics/kustomization.yaml',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: bank\nresources: [../../../apps/topics]\n',
    );
    await world.ok('update', 'staging');
    expect(await screens(world, [...only, 'topics'], ['promote', 'staging', '--to', 'preprod'])).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --only topics
      error [ONLY_UNLIKE] topics cannot go to preprod alone: its overlay for preprod differs between the two.
      hint: eleventh promote staging --to preprod
      [exit 3]
      $ eleventh promote staging --to preprod
      Promoted staging id-0007 to preprod
        +  risk/fraud  added at 0000005
        ~  topics      0000002 → 0000004
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        commit  id-0008
        recipe  id-0005
        check   git rev-parse id-0007:apps env/preprod:apps
      "
    `);
  });

  test('refuses builds of other branches and images without a digest, all of them at once', async () => {
    const world = await withServices();
    await edit(
      world,
      'environments/preprod/environment.yaml',
      `apiVersion: eleventh.dev/v1alpha1
kind: Environment
metadata: {name: preprod}
spec:
  branch: env/preprod
  from: [staging]
  policy: {serviceBranches: [main, "release/*"], digests: required}
`,
    );
    await pinned(
      world,
      build('payments', 1, { branch: 'feature/limits', images: [`ghcr.io/acme/payments@${DIGEST}`] }),
      build('risk/fraud', 2, { branch: 'release/2' }),
      build('topics', 3, { branch: 'try' }),
    );
    const toPreprod = ['promote', 'staging', '--to', 'preprod'];
    expect(
      await screens(world, [...toPreprod, '--dry-run'], toPreprod, ['compose', '--dry-run']),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --dry-run
      error [POLICY_REFUSED] preprod takes builds of main, release/* only, which keeps out payments (0000001 was built from feature/limits), topics (0000003 was built from try); preprod takes images with a digest only, which keeps out risk/fraud (ghcr.io/acme/fraud:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has no digest).
        ✗  serviceBranches  takes builds of main, release/* only
                            payments: 0000001 was built from feature/limits
                            topics: 0000003 was built from try
        ✗  digests          takes images with a digest only
                            risk/fraud: ghcr.io/acme/fraud:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has no digest
      hint: Leave them at the last build that may enter: eleventh compose --from staging --without payments --without topics --without risk/fraud
      [exit 3]
      $ eleventh promote staging --to preprod
      error [POLICY_REFUSED] preprod takes builds of main, release/* only, which keeps out payments (0000001 was built from feature/limits), topics (0000003 was built from try); preprod takes images with a digest only, which keeps out risk/fraud (ghcr.io/acme/fraud:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has no digest).
        ✗  serviceBranches  takes builds of main, release/* only
                            payments: 0000001 was built from feature/limits
                            topics: 0000003 was built from try
        ✗  digests          takes images with a digest only
                            risk/fraud: ghcr.io/acme/fraud:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has no digest
      hint: Leave them at the last build that may enter: eleventh compose --from staging --without payments --without topics --without risk/fraud
      [exit 3]
      $ eleventh compose --dry-run
      error [NOTHING_TO_COMPOSE] No build that staging ever ran may go on, so a candidate would be empty.
      hint: eleventh env list
      [exit 3]
      "
    `);
    await pinned(
      world,
      build('payments', 4, { images: [`ghcr.io/acme/payments@${DIGEST}`] }),
      build('risk/fraud', 5, { branch: 'release/2', images: [`ghcr.io/acme/fraud:2.0.0@${DIGEST}`] }),
      build('topics', 6),
    );
    expect(await screen(world, toPreprod)).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod
      Promoted staging id-0001 to preprod
        +  payments    added at 0000004
        +  risk/fraud  added at 0000005
        +  topics      added at 0000006
        ✓  serviceBranches  takes builds of main, release/* only
        ✓  digests          takes images with a digest only
        branch  env/preprod
        commit  id-0002
        recipe  id-0003
        check   git rev-parse id-0001:apps env/preprod:apps
      "
    `);
  });

  test('never takes the target back: an older build, and a hotfix that the source never had', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 2, { version: '2.0.0' }), build('topics', 3));
    const toPreprod = ['promote', 'staging', '--to', 'preprod'];
    await world.ok(...toPreprod);
    await pinned(world, build('payments', 1, { version: '1.0.0', allowDowngrade: true }));
    const checkout = await world.checkout('env/preprod');
    world.files(checkout.slice(world.root.length + 1), { 'apps/topics/manifests/fix.txt': 'by hand\n' });
    await world.git(checkout, 'add', '.');
    await world.git(checkout, 'commit', '--quiet', '--message', 'Fix the topics at once');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/preprod');
    expect(
      await screens(
        world,
        toPreprod,
        [...toPreprod, '--allow-downgrade', 'payments'],
        [...toPreprod, '--allow-downgrade', 'payments', '--allow-downgrade', 'topics'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod
      error [BACKWARDS] payments would go back from 2.0.0 (0000002) to 1.0.0 (0000001); topics in preprod has a change that staging never had.
      hint: Bring the change to staging first, or let it go: --allow-downgrade payments --allow-downgrade topics
      [exit 3]
      $ eleventh promote staging --to preprod --allow-downgrade payments
      error [BACKWARDS] topics in preprod has a change that staging never had.
      hint: Bring the change to staging first, or let it go: --allow-downgrade topics
      [exit 3]
      $ eleventh promote staging --to preprod --allow-downgrade payments --allow-downgrade topics
      Promoted staging id-0001 to preprod
        ~  payments  2.0.0 (0000002) → 1.0.0 (0000001)
        ~  topics    0000003, other manifests or images
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        commit  id-0002
        recipe  id-0003
        check   git rev-parse id-0001:apps env/preprod:apps
      "
    `);
    expect(await world.ask('log', '-1', '--format=%(trailers:key=Allowed-Downgrade)', 'env/preprod')).toBe(
      'Allowed-Downgrade: payments\nAllowed-Downgrade: topics\n',
    );
  });

  test('takes its recipes from where the environment says, and from nowhere else', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await pinned(world, build('payments', 2));
    const first = await world.ask('rev-parse', 'env/staging~1');
    await world.ask('tag', 'v0.1.0-rc.1', 'main');
    await world.ok('service', 'add', 'cards', '--branch', 'add-cards');
    expect(
      await screens(
        world,
        ['promote', 'staging', '--to', 'prod'],
        ['promote', 'preprod', '--to', 'staging'],
        ['promote', 'v0.1.0-rc.1', '--to', 'preprod'],
        ['promote', 'add-cards', '--to', 'preprod'],
        ['promote', first, '--to', 'preprod'],
        ['promote', 'staging'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to prod
      error [NOT_FROM] staging id-0001 never was on env/preprod, from which prod takes its recipes.
      hint: eleventh promote preprod --to prod
      [exit 3]
      $ eleventh promote preprod --to staging
      error [NOT_PROMOTED_HERE] staging takes pins from service CI, not promotions: its environment.yaml names no from.
      hint: eleventh pin <service> --commit <sha> --to staging
      [exit 3]
      $ eleventh promote v0.1.0-rc.1 --to preprod
      error [CANDIDATE_FOREIGN] The candidate v0.1.0-rc.1 holds what never ran in staging: payments, risk/fraud, topics.
      hint: eleventh compose --from staging
      [exit 3]
      $ eleventh promote add-cards --to preprod
      error [NOT_FROM] add-cards id-0002 never was on env/staging, from which preprod takes its recipes.
      hint: eleventh promote staging --to preprod
      [exit 3]
      $ eleventh promote id-0003................................. --to preprod
      preprod already runs staging id-0003; nothing to do.
      $ eleventh promote staging
      error [USAGE] Required option '--to <env>' not specified.
      hint: eleventh promote --help
      [exit 2]
      "
    `);
  });
});
