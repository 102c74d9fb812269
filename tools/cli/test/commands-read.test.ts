import { describe, expect, test } from 'vitest';
import { build, pinned, screen, screens, withServices } from './screen.ts';
import { World } from './world.ts';

describe('status, diff, log and show', () => {
  test('of a repository in which nothing happened yet', async () => {
    const world = await World.begun();
    expect(
      await screens(
        world,
        ['status'],
        ['log'],
        ['log', 'prod', '--service', 'payments'],
        ['diff', 'prod'],
        ['show', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh status
                 staging      preprod      prod
        deploys  env/staging  env/preprod  env/prod
        commit   0368b8c      6960cec      3832d2b
        recipe   empty        empty        empty
        main     newest       newest       newest

        Nothing runs anywhere yet.
      $ eleventh log
        0368b8c  2026-11-20 12:00:00Z  root  Start env/staging from main df56cad  Test Author
      $ eleventh log prod --service payments
      error [UNKNOWN_SERVICE] There is no service "payments" on main or in prod.
      hint: eleventh service add payments
      [exit 2]
      $ eleventh diff prod
      prod 3832d2b → preprod 6960cec: the same recipe 4b825dc
      $ eleventh show prod
      prod 3832d2b: Start env/prod from main df56cad
        recipe     4b825dc642cb6eb9a060e54bf8d69288fbee4904
        commit     3832d2b2369a213fe10325886f3ebb74f78bd217
        made by    Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind       root
        runs in    staging, preprod, prod
        workspace  df56cad2064e5c2cdc7c35566e6552a5780b77bf
        policy     df56cad2064e5c2cdc7c35566e6552a5780b77bf

        No service.
      "
    `);
  });

  test('of a recipe on its way to production, and of what comes after it', async () => {
    const world = await withServices();
    await pinned(
      world,
      build('payments', 1, { version: '1.0.0' }),
      build('risk/fraud', 2, { branch: 'feature/graph' }),
      build('topics', 3),
      build('risk/fraud', 4),
    );
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/acme/cards', '--owner', 'team-cards');
    await pinned(
      world,
      build('payments', 5, { version: '1.1.0' }),
      build('cards', 6),
      build('risk/fraud', 7, { branch: 'feature/limits' }),
    );
    expect(await screen(world, ['status'])).toMatchInlineSnapshot(`
      "$ eleventh status
                    staging                 preprod          prod
        deploys     env/staging             env/preprod      env/prod v1.0.0
        commit      3e01f46                 67e1a9e          09333eb
        recipe      ab1a519                 a25f29c          a25f29c
        main        newest                  1 behind         1 behind

        cards       0000006                 - ≠              -
        payments    1.1.0 0000005           1.0.0 0000001 ≠  1.0.0 0000001
        risk/fraud  0000007 feature/limits  0000004 ≠        0000004
        topics      0000003                 0000003          0000003

        ≠ not what the environment it takes from runs
      "
    `);
    expect(
      await screens(
        world,
        ['diff', 'preprod'],
        ['diff', 'prod'],
        ['diff', 'v1.0.0', 'staging'],
        ['diff', 'staging', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh diff preprod
      preprod 67e1a9e → staging 3e01f46: recipe a25f29c → ab1a519
        +  cards       added at 0000006
        ~  payments    1.0.0 (0000001) → 1.1.0 (0000005)  https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ~  risk/fraud  0000004 → 0000007
      Outside apps/:
        ~ environments/preprod/cards/kustomization.yaml
        ~ environments/prod/cards/kustomization.yaml
        ~ environments/staging/cards/kustomization.yaml
      $ eleventh diff prod
      prod 09333eb → preprod 67e1a9e: the same recipe a25f29c
      $ eleventh diff v1.0.0 staging
      v1.0.0 → staging 3e01f46: recipe a25f29c → ab1a519
        +  cards       added at 0000006
        ~  payments    1.0.0 (0000001) → 1.1.0 (0000005)  https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ~  risk/fraud  0000004 → 0000007
      Outside apps/:
        ~ environments/preprod/cards/kustomization.yaml
        ~ environments/prod/cards/kustomization.yaml
        ~ environments/staging/cards/kustomization.yaml
      $ eleventh diff staging prod
      staging 3e01f46 → prod 09333eb: recipe ab1a519 → a25f29c
        -  cards       removed, was 0000006
        ~  payments    1.1.0 (0000005) → 1.0.0 (0000001)  https://github.com/acme/payments/compare/0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ~  risk/fraud  0000007 → 0000004
      Outside apps/:
        ~ environments/preprod/cards/kustomization.yaml
        ~ environments/prod/cards/kustomization.yaml
        ~ environments/staging/cards/kustomization.yaml
      "
    `);
    expect(
      await screens(world, ['log'], ['log', 'prod'], ['log', 'staging', '--service', 'payments', '--limit', '1']),
    ).toMatchInlineSnapshot(`
      "$ eleventh log
        3e01f46  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000007               Test Author
        41c2bfe  2026-11-20 12:00:00Z  pin     Pin cards 0000006                    Test Author
        765ef97  2026-11-20 12:00:00Z  update  Update staging to main f859c4d       Test Author
        b4b7b4a  2026-11-20 12:00:00Z  pin     Pin payments 1.1.0 (0000005)         Test Author
        b93fac0  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000004               Test Author
        318e407  2026-11-20 12:00:00Z  pin     Pin topics 0000003                   Test Author
        cca8f92  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000002               Test Author
        8b59cc6  2026-11-20 12:00:00Z  pin     Pin payments 1.0.0 (0000001)         Test Author
        eadbd57  2026-11-20 12:00:00Z  update  Update staging to main 4fb1c51       Test Author
        0368b8c  2026-11-20 12:00:00Z  root    Start env/staging from main df56cad  Test Author
      $ eleventh log prod
        09333eb  2026-11-20 12:00:00Z  promotion  Release v1.0.0: preprod 67e1a9e to prod (v1.0.0)  Test Author
        3832d2b  2026-11-20 12:00:00Z  root       Start env/prod from main df56cad                  Test Author
      $ eleventh log staging --service payments --limit 1
        b4b7b4a  2026-11-20 12:00:00Z  pin  Pin payments 1.1.0 (0000005)  Test Author
      "
    `);
    const recipe = await world.ask('rev-parse', 'env/prod:apps');
    const head = await world.ask('rev-parse', 'env/prod');
    expect(await screen(world, ['show', 'v1.0.0'])).toMatchInlineSnapshot(`
      "$ eleventh show v1.0.0
      v1.0.0: Release v1.0.0: preprod 67e1a9e to prod
        recipe         a25f29c8d2aa8e31694fc2229fc6498493aeff47
        commit         09333ebbe3073ee50acb2261764d5311459190e6
        made by        Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind           promotion
        tags           v1.0.0
        runs in        preprod, prod
        promoted-from  67e1a9eca0ed5cf5116f8acddd54424ce5929ef1
        release        v1.0.0
        workspace      4fb1c51911c6b4fa45989b6d28153d90fdee3942
        policy         4fb1c51911c6b4fa45989b6d28153d90fdee3942

        SERVICE     VERSION  COMMIT   BRANCH  BUILT                 IMAGES
        payments    1.0.0    0000001  main    2026-11-01T01:00:00Z  ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        risk/fraud  -        0000004  main    2026-11-01T04:00:00Z  ghcr.io/acme/fraud:0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        topics      -        0000003  main    2026-11-01T03:00:00Z  no image
      "
    `);
    const shown = (await world.ok('show', 'v1.0.0')).split('\n').slice(1);
    for (const name of ['prod', 'env/prod', head, head.slice(0, 7)]) {
      expect((await world.ok('show', name)).split('\n').slice(1)).toEqual(shown);
    }
    // A recipe by its own id: the newest deployment of it in the first environment that had it.
    for (const name of [recipe, recipe.slice(0, 8)]) expect(await world.ok('show', name)).toContain(recipe);
    expect(await screen(world, ['service', 'list'])).toMatchInlineSnapshot(`
      "$ eleventh service list
        SERVICE     OWNER       RUNS IN                 IMAGES
        cards       team-cards  staging                 ghcr.io/acme/cards
        payments    -           staging, preprod, prod  ghcr.io/acme/payments
        risk/fraud  -           staging, preprod, prod  ghcr.io/acme/fraud
        topics      -           staging, preprod, prod  no image
      "
    `);
  });

  test('understand what people did by hand, and say so', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    await pinned(world, build('payments', 3));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    const checkout = await world.checkout('env/prod');
    await world.git(checkout, 'revert', '--no-edit', 'HEAD');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/prod');
    const staging = await world.checkout('env/staging');
    await world.git(staging, 'rm', '--quiet', '-r', 'apps/topics');
    await world.git(staging, 'commit', '--quiet', '--message', 'Take the topics out for now');
    await world.git(staging, 'push', '--quiet', 'origin', 'env/staging');
    expect(
      await screens(world, ['status'], ['log', 'prod'], ['log', 'staging', '--limit', '2']),
    ).toMatchInlineSnapshot(`
      "$ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod (v1.0.1 runs)
        commit    b23765c      f0a1500      2d4c12a
        recipe    2c4ea63      425f12a      8000b0a
        main      newest       newest       newest

        payments  0000003      0000003      0000001 ≠
        topics    -            0000002 ≠    0000002

        ≠ not what the environment it takes from runs
      ! staging: environments/preprod/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: environments/prod/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: environments/staging/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: b23765c was made by hand: topics
      ! prod: 2d4c12a is not released; v1.0.1 runs: eleventh release prod
      $ eleventh log prod
        2d4c12a  2026-11-20 12:00:00Z  revert     Revert "Release v1.0.1: preprod f0a1500 to prod"  Test Author
        6bdfa83  2026-11-20 12:00:00Z  promotion  Release v1.0.1: preprod f0a1500 to prod (v1.0.1)  Test Author
        c850e06  2026-11-20 12:00:00Z  promotion  Release v1.0.0: preprod 81b79d1 to prod (v1.0.0)  Test Author
        3832d2b  2026-11-20 12:00:00Z  root       Start env/prod from main df56cad                  Test Author
      $ eleventh log staging --limit 2
        b23765c  2026-11-20 12:00:00Z  by hand  Take the topics out for now  Test Author
        a21402e  2026-11-20 12:00:00Z  pin      Pin payments 0000003         Test Author
      "
    `);
    expect(
      await screens(world, ['release', 'prod'], ['status'], ['log', 'prod', '--limit', '1']),
    ).toMatchInlineSnapshot(`
      "$ eleventh release prod
      Released prod 2d4c12a as v1.0.2
        ~  payments  0000003 → 0000001
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.0.2
        commit    b23765c      f0a1500      2d4c12a
        recipe    2c4ea63      425f12a      8000b0a
        main      newest       newest       newest

        payments  0000003      0000003      0000001 ≠
        topics    -            0000002 ≠    0000002

        ≠ not what the environment it takes from runs
      ! staging: environments/preprod/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: environments/prod/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: environments/staging/kustomization.yaml does not fit apps/: eleventh update staging
      ! staging: b23765c was made by hand: topics
      $ eleventh log prod --limit 1
        2d4c12a  2026-11-20 12:00:00Z  revert  Revert "Release v1.0.1: preprod f0a1500 to prod" (v1.0.2)  Test Author
      "
    `);
    expect(await screens(world, ['update', 'staging'], ['update', 'staging'], ['status'])).toMatchInlineSnapshot(`
      "$ eleventh update staging
      Updated staging to main 4fb1c51
        branch  env/staging
        commit  c02abf3
      $ eleventh update staging
      staging already carries main 4fb1c51; nothing to do.
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.0.2
        commit    c02abf3      f0a1500      2d4c12a
        recipe    2c4ea63      425f12a      8000b0a
        main      newest       newest       newest

        payments  0000003      0000003      0000001 ≠
        topics    -            0000002 ≠    0000002

        ≠ not what the environment it takes from runs
      "
    `);
  });

  test('show what cannot be read without failing', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    const checkout = await world.checkout('env/staging');
    world.files(checkout.slice(world.root.length + 1), { 'apps/payments/kustomization.yaml': 'images: [[[\n' });
    await world.git(checkout, 'commit', '--quiet', '--all', '--message', 'Break it \u001b[31mred\u001b[0m \u202egnol');
    await world.git(checkout, 'push', '--quiet', 'origin', 'env/staging');
    expect(await screens(world, ['status'], ['log', '--limit', '1'], ['show', 'staging'])).toMatchInlineSnapshot(`
      "$ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod
        commit    853bcc5      6960cec      3832d2b
        recipe    bf4b84c      empty        empty
        main      newest       3 behind     3 behind

        payments  unreadable   - ≠          -

        ≠ not what the environment it takes from runs
      ! staging: apps/payments/kustomization.yaml is not a pin: it is not YAML.
      ! staging: 853bcc5 was made by hand: payments
      $ eleventh log --limit 1
        853bcc5  2026-11-20 12:00:00Z  by hand  Break it red gnol  Test Author
      $ eleventh show staging
      staging 853bcc5: Break it red gnol
        recipe   bf4b84c871528710ca0b3e9b2df8383a4d2dd88b
        commit   853bcc59147ac889f1a443c8038ba8d3cefd478c
        made by  Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind     by hand
        runs in  staging

        SERVICE   VERSION  COMMIT      BRANCH  BUILT  IMAGES
        payments  -        unreadable  -       -      no image
      "
    `);
  });
});

describe('update', () => {
  test('brings main to an environment: overlays, policy, services gone', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    await world.ok('service', 'remove', 'topics');
    const checkout = await world.checkout('main');
    world.files(checkout.slice(world.root.length + 1), {
      'environments/staging/payments/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: bank\nresources: [../../../apps/payments]\n',
    });
    await world.git(checkout, 'commit', '--quiet', '--all', '--message', 'Move payments to another namespace');
    await world.git(checkout, 'push', '--quiet', 'origin', 'main');
    expect(
      await screens(
        world,
        ['status'],
        ['update', 'staging', '--dry-run'],
        ['update', 'staging'],
        ['update', 'staging'],
        ['update', 'preprod'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod
        commit    96f5eb6      6960cec      3832d2b
        recipe    8000b0a      empty        empty
        main      2 behind     5 behind     5 behind

        payments  0000001      - ≠          -
        topics    0000002      - ≠          -

        ≠ not what the environment it takes from runs
      ! staging: topics was removed from main but still runs here
      $ eleventh update staging --dry-run
      Would update staging to main 0ca5f26
        branch   env/staging
        removed  topics
      $ eleventh update staging
      Updated staging to main 0ca5f26
        branch   env/staging
        commit   2765f71
        removed  topics
      $ eleventh update staging
      staging already carries main 0ca5f26; nothing to do.
      $ eleventh update preprod
      Updated preprod to main 0ca5f26
        branch  env/preprod
        commit  8cb38d1
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod
        commit    2765f71      8cb38d1      3832d2b
        recipe    6cf7409      empty        empty
        main      newest       newest       5 behind

        payments  0000001      - ≠          -

        ≠ not what the environment it takes from runs
      "
    `);
    expect(await world.ask('log', '-1', '--format=%B', 'env/staging')).toMatchInlineSnapshot(`
      "Update staging to main 0ca5f26

      Removed from staging: topics

      Workspace: 0ca5f261501f0e15cca138cc98ebf367d0b62fe5
      Policy: 0ca5f261501f0e15cca138cc98ebf367d0b62fe5
      Recipe: 6cf74093f4cb4a6a45d2703666c491bd27123416
      "
    `);
  });
});
