import { describe, expect, test } from 'vitest';
import { build, pinned, screen, screens, stable, withServices } from './screen.ts';
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
        commit   id-0001      id-0002      id-0003
        recipe   empty        empty        empty
        main     newest       newest       newest

        Nothing runs anywhere yet.
      $ eleventh log
        id-0001  2026-11-20 12:00:00Z  root  Start env/staging from main id-0004  Test Author
      $ eleventh log prod --service payments
      error [UNKNOWN_SERVICE] There is no service "payments" on main or in prod.
      hint: eleventh service add payments
      [exit 2]
      $ eleventh diff prod
      prod id-0003 → preprod id-0002: the same recipe 4b825dc
      $ eleventh show prod
      prod id-0003: Start env/prod from main id-0004
        recipe     4b825dc642cb6eb9a060e54bf8d69288fbee4904
        commit     id-0003.................................
        made by    Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind       root
        runs in    staging, preprod, prod
        workspace  id-0004.................................
        policy     id-0004.................................

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
        commit      id-0001                 id-0002          id-0003
        recipe      id-0004                 id-0005          id-0005
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
      preprod id-0002 → staging id-0001: recipe id-0005 → id-0004
        +  cards       added at 0000006
        ~  payments    1.0.0 (0000001) → 1.1.0 (0000005)  https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ~  risk/fraud  0000004 → 0000007
      Outside apps/:
        ~ environments/preprod/cards/kustomization.yaml
        ~ environments/prod/cards/kustomization.yaml
        ~ environments/staging/cards/kustomization.yaml
      $ eleventh diff prod
      prod id-0003 → preprod id-0002: the same recipe id-0005
      $ eleventh diff v1.0.0 staging
      v1.0.0 → staging id-0001: recipe id-0005 → id-0004
        +  cards       added at 0000006
        ~  payments    1.0.0 (0000001) → 1.1.0 (0000005)  https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ~  risk/fraud  0000004 → 0000007
      Outside apps/:
        ~ environments/preprod/cards/kustomization.yaml
        ~ environments/prod/cards/kustomization.yaml
        ~ environments/staging/cards/kustomization.yaml
      $ eleventh diff staging prod
      staging id-0001 → prod id-0003: recipe id-0004 → id-0005
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
        id-0001  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000007               Test Author
        id-0006  2026-11-20 12:00:00Z  pin     Pin cards 0000006                    Test Author
        id-0007  2026-11-20 12:00:00Z  update  Update staging to main id-0008       Test Author
        id-0009  2026-11-20 12:00:00Z  pin     Pin payments 1.1.0 (0000005)         Test Author
        id-0010  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000004               Test Author
        id-0011  2026-11-20 12:00:00Z  pin     Pin topics 0000003                   Test Author
        id-0012  2026-11-20 12:00:00Z  pin     Pin risk/fraud 0000002               Test Author
        id-0013  2026-11-20 12:00:00Z  pin     Pin payments 1.0.0 (0000001)         Test Author
        id-0014  2026-11-20 12:00:00Z  update  Update staging to main id-0015       Test Author
        id-0016  2026-11-20 12:00:00Z  root    Start env/staging from main id-0017  Test Author
      $ eleventh log prod
        id-0003  2026-11-20 12:00:00Z  promotion  Release v1.0.0: preprod id-0002 to prod (v1.0.0)  Test Author
        id-0018  2026-11-20 12:00:00Z  root       Start env/prod from main id-0017                  Test Author
      $ eleventh log staging --service payments --limit 1
        id-0009  2026-11-20 12:00:00Z  pin  Pin payments 1.1.0 (0000005)  Test Author
      "
    `);
    const recipe = await world.ask('rev-parse', 'env/prod:apps');
    const head = await world.ask('rev-parse', 'env/prod');
    expect(await screen(world, ['show', 'v1.0.0'])).toMatchInlineSnapshot(`
      "$ eleventh show v1.0.0
      v1.0.0: Release v1.0.0: preprod id-0002 to prod
        recipe         id-0005.................................
        commit         id-0003.................................
        made by        Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind           promotion
        tags           v1.0.0
        runs in        preprod, prod
        promoted-from  id-0002.................................
        release        v1.0.0
        workspace      id-0015.................................
        policy         id-0015.................................

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
        commit    id-0001      id-0002      id-0003
        recipe    id-0004      id-0005      id-0006
        main      newest       newest       newest

        payments  0000003      0000003      0000001 ≠
        topics    -            0000002 ≠    0000002

        ≠ not what the environment it takes from runs
      ! staging: outside apps/ it is no state of main (environments/preprod/kustomization.yaml, environments/prod/kustomization.yaml, environments/staging/kustomization.yaml): eleventh update staging
      ! staging: id-0001 was made by hand: topics
      ! prod: id-0003 is not released; v1.0.1 runs: eleventh release prod
      $ eleventh log prod
        id-0003  2026-11-20 12:00:00Z  revert     Revert "Release v1.0.1: preprod id-0002 to prod"  Test Author
        id-0007  2026-11-20 12:00:00Z  promotion  Release v1.0.1: preprod id-0002 to prod (v1.0.1)  Test Author
        id-0008  2026-11-20 12:00:00Z  promotion  Release v1.0.0: preprod id-0009 to prod (v1.0.0)  Test Author
        id-0010  2026-11-20 12:00:00Z  root       Start env/prod from main id-0011                  Test Author
      $ eleventh log staging --limit 2
        id-0001  2026-11-20 12:00:00Z  by hand  Take the topics out for now  Test Author
        id-0012  2026-11-20 12:00:00Z  pin      Pin payments 0000003         Test Author
      "
    `);
    expect(
      await screens(world, ['release', 'prod'], ['status'], ['log', 'prod', '--limit', '1']),
    ).toMatchInlineSnapshot(`
      "$ eleventh release prod
      Released prod id-0003 as v1.0.2
        ~  payments  0000003 → 0000001
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.0.2
        commit    id-0001      id-0002      id-0003
        recipe    id-0004      id-0005      id-0006
        main      newest       newest       newest

        payments  0000003      0000003      0000001 ≠
        topics    -            0000002 ≠    0000002

        ≠ not what the environment it takes from runs
      ! staging: outside apps/ it is no state of main (environments/preprod/kustomization.yaml, environments/prod/kustomization.yaml, environments/staging/kustomization.yaml): eleventh update staging
      ! staging: id-0001 was made by hand: topics
      $ eleventh log prod --limit 1
        id-0003  2026-11-20 12:00:00Z  revert  Revert "Release v1.0.1: preprod id-0002 to prod" (v1.0.2)  Test Author
      "
    `);
    expect(await screens(world, ['update', 'staging'], ['update', 'staging'], ['status'])).toMatchInlineSnapshot(`
      "$ eleventh update staging
      Updated staging to main id-0013
        branch  env/staging
        commit  id-0014
      $ eleventh update staging
      staging already carries main id-0013; nothing to do.
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod v1.0.2
        commit    id-0014      id-0002      id-0003
        recipe    id-0004      id-0005      id-0006
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
        commit    id-0001      id-0002      id-0003
        recipe    id-0004      empty        empty
        main      newest       3 behind     3 behind

        payments  unreadable   - ≠          -

        ≠ not what the environment it takes from runs
      ! staging: apps/payments/kustomization.yaml is not a pin: it is not YAML.
      ! staging: id-0001 was made by hand: payments
      $ eleventh log --limit 1
        id-0001  2026-11-20 12:00:00Z  by hand  Break it red gnol  Test Author
      $ eleventh show staging
      staging id-0001: Break it red gnol
        recipe   id-0004.................................
        commit   id-0001.................................
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
        commit    id-0001      id-0002      id-0003
        recipe    id-0004      empty        empty
        main      2 behind     5 behind     5 behind

        payments  0000001      - ≠          -
        topics    0000002      - ≠          -

        ≠ not what the environment it takes from runs
      ! staging: topics was removed from main but still runs here
      $ eleventh update staging --dry-run
      Would update staging to main id-0005
        branch   env/staging
        removed  topics
      $ eleventh update staging
      Updated staging to main id-0005
        branch   env/staging
        commit   id-0006
        removed  topics
      $ eleventh update staging
      staging already carries main id-0005; nothing to do.
      $ eleventh update preprod
      Updated preprod to main id-0005
        branch  env/preprod
        commit  id-0007
      $ eleventh status
                  staging      preprod      prod
        deploys   env/staging  env/preprod  env/prod
        commit    id-0006      id-0007      id-0003
        recipe    id-0008      empty        empty
        main      newest       newest       5 behind

        payments  0000001      - ≠          -

        ≠ not what the environment it takes from runs
      "
    `);
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'env/staging'))).toMatchInlineSnapshot(`
      "Update staging to main id-0005

      Removed from staging: topics

      Workspace: id-0005.................................
      Policy: id-0005.................................
      Recipe: id-0008.................................
      "
    `);
  });
});
