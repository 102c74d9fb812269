import { describe, expect, test } from 'vitest';
import { build, pinned, screen, screens, withServices } from './screen.ts';
import { sha } from './world.ts';

// The branching of the first published 11th repo: people work on `workspace`, feature builds stay on `staging`, preprod
// runs builds of main on `main`, and production deploys tags on the same `main`.
describe('the classic layout', () => {
  test('plays its whole story', async () => {
    const world = await withServices('--layout', 'classic');
    expect(await screens(world, ['env', 'list'], ['status'])).toMatchInlineSnapshot(`
      "$ eleventh env list
        ENVIRONMENT  DEPLOYS                FROM        TAKES          HEAD
        staging      staging                service CI  any branch     74f7e3e
        preprod      main                   service CI  branches main  a84eddc
        prod         main, tags v{version}  preprod     branches main  a84eddc
      $ eleventh status
                   staging   preprod   prod
        deploys    staging   main      main
        commit     74f7e3e   a84eddc   a84eddc
        recipe     empty     empty     empty
        workspace  3 behind  3 behind  3 behind

        Nothing runs anywhere yet.
      "
    `);

    await pinned(
      world,
      build('payments', 1, { branch: 'feature/limits' }),
      build('payments', 2, { to: 'preprod' }),
      build('topics', 3, { to: 'preprod' }),
    );
    const [, ...feature] = ['', 'pin', 'payments', '--commit', sha(1), '--branch', 'feature/limits', '--to', 'preprod'];
    expect(
      await screens(world, feature, ['promote', 'staging', '--to', 'prod'], ['promote', 'staging', '--to', 'preprod']),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --branch feature/limits --to preprod
      error [POLICY_REFUSED] preprod takes builds of main only, which keeps out payments (0000001 was built from feature/limits).
      hint: eleventh env list shows what each environment takes; preprod is not for this build.
      [exit 3]
      $ eleventh promote staging --to prod
      error [NOT_FROM] staging 4ad68fb never was on main, from which prod takes its recipes.
      hint: eleventh promote preprod --to prod
      [exit 3]
      $ eleventh promote staging --to preprod
      error [NOT_PROMOTED_HERE] preprod takes pins from service CI, not promotions: its environment.yaml names no from.
      hint: eleventh pin <service> --commit <sha> --to preprod
      [exit 3]
      "
    `);
    expect(
      await screens(
        world,
        ['status'],
        ['promote', 'preprod', '--to', 'prod', '--dry-run'],
        ['promote', 'preprod', '--to', 'prod'],
        ['promote', 'preprod', '--to', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh status
                   staging                 preprod  prod
        deploys    staging                 main     main
        commit     4ad68fb                 6f89b8c  6f89b8c
        recipe     40768d2                 5d2021b  5d2021b
        workspace  newest                  newest   newest

        payments   0000001 feature/limits  0000002  0000002
        topics     -                       0000003  0000003

      ! prod: 6f89b8c is not released: eleventh release prod
      $ eleventh promote preprod --to prod --dry-run
      Would promote preprod 6f89b8c to prod as v1.0.0
        +  payments  added at 0000002
        +  topics    added at 0000003
        gate serviceBranches  holds
        branch                main
        recipe                5d2021b
      $ eleventh promote preprod --to prod
      Promoted preprod 6f89b8c to prod as v1.0.0
        +  payments  added at 0000002
        +  topics    added at 0000003
        gate serviceBranches  holds
        branch                main
        commit                6f89b8c
        recipe                5d2021b
        check                 git rev-parse 6f89b8c:apps v1.0.0:apps
      $ eleventh promote preprod --to prod
      prod already runs preprod 6f89b8c; nothing to do.
      "
    `);
    expect(await world.ask('rev-parse', 'v1.0.0^{commit}')).toBe(await world.ask('rev-parse', 'main'));
    expect(await world.ask('rev-list', '--count', 'main')).toBe('4');

    await pinned(world, build('payments', 4, { to: 'preprod' }));
    expect(
      await screens(world, ['release', '--dry-run'], ['promote', 'preprod', '--to', 'prod']),
    ).toMatchInlineSnapshot(`
      "$ eleventh release --dry-run
      Would release prod 80b00f7 as v1.0.1
        ~  payments  0000002 → 0000004

      v1.0.1

      Recipe 89529daed3a54d5a9cee03cc05082cbc0eb396b4 in prod

      payments: 0000002 -> 0000004
        https://github.com/acme/payments/compare/0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      $ eleventh promote preprod --to prod
      Promoted preprod 80b00f7 to prod as v1.0.1
        ~  payments  0000002 → 0000004
        gate serviceBranches  holds
        branch                main
        commit                80b00f7
        recipe                89529da
        check                 git rev-parse 80b00f7:apps v1.0.1:apps
      "
    `);
    expect(await screens(world, ['rollback', 'prod'], ['status'], ['log', 'prod'])).toMatchInlineSnapshot(`
      "$ eleventh rollback prod
      Rolled back prod to v1.0.0, released as v1.0.2
        ~  payments  0000004 → 0000002
        branch  main
        commit  3262785
      note: preprod deploys from main too, and moves with it.
      $ eleventh status
                   staging                 preprod  prod
        deploys    staging                 main     main v1.0.2
        commit     4ad68fb                 3262785  3262785
        recipe     40768d2                 5d2021b  5d2021b
        workspace  newest                  newest   newest

        payments   0000001 feature/limits  0000002  0000002
        topics     -                       0000003  0000003
      $ eleventh log prod
        3262785  2026-11-20 12:00:00Z  rollback  Release v1.0.2: roll back prod to v1.0.0 (v1.0.2)  Test Author
        80b00f7  2026-11-20 12:00:00Z  pin       Pin payments 0000004 (v1.0.1)                      Test Author
        6f89b8c  2026-11-20 12:00:00Z  pin       Pin topics 0000003 (v1.0.0)                        Test Author
        7a24c8d  2026-11-20 12:00:00Z  pin       Pin payments 0000002                               Test Author
        7fcec6b  2026-11-20 12:00:00Z  update    Update preprod to workspace 09fe370                Test Author
        a84eddc  2026-11-20 12:00:00Z  root      Start main from workspace 9f99590                  Test Author
      "
    `);
  });

  test('a rollback of production moves preprod too; one of preprod leaves production at its tag', async () => {
    const world = await withServices('--layout', 'classic');
    await pinned(world, build('payments', 1, { to: 'preprod' }));
    await world.ok('promote', 'preprod', '--to', 'prod');
    await pinned(world, build('payments', 2, { to: 'preprod' }));
    await world.ok('promote', 'preprod', '--to', 'prod');
    expect(await screen(world, ['rollback', 'prod', '--dry-run'])).toContain(
      'preprod deploys from main too, and moves with it',
    );
    const preprod = await screen(world, ['rollback', 'preprod']);
    expect(preprod).not.toContain('prod deploys from main too');
    expect((await world.json<Status>('status')).environments.at(-1)?.deployed?.tag).toBe('v1.0.1');
  });

  test('says what production runs, and not what waits on its branch', async () => {
    const world = await withServices('--layout', 'classic');
    await pinned(world, build('payments', 1, { to: 'preprod' }));
    await world.ok('promote', 'preprod', '--to', 'prod');
    await pinned(world, build('payments', 2, { to: 'preprod' }));
    expect(await screen(world, ['diff', 'prod'])).toContain('payments  0000001 → 0000002');
    expect(await screen(world, ['show', 'prod'])).toContain('0000001');
    const prod = (await world.json<Status>('status')).environments.at(-1);
    expect(prod).toMatchObject({ name: 'prod', services: [{ id: 'payments', commit: sha(1) }] });
  });

  test('takes a service out by workspace, update and tag', async () => {
    const world = await withServices('--layout', 'classic');
    await pinned(
      world,
      build('payments', 1, { to: 'preprod' }),
      build('topics', 2, { to: 'preprod' }),
      build('topics', 2),
    );
    await world.ok('promote', 'preprod', '--to', 'prod');
    expect(
      await screens(
        world,
        ['service', 'remove', 'topics'],
        ['update', 'staging'],
        ['update', 'preprod'],
        ['promote', 'preprod', '--to', 'prod'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh service remove topics
      Removed the service topics on workspace
        commit  fd31bf6
        next    eleventh update staging && eleventh update preprod
      $ eleventh update staging
      Updated staging to workspace fd31bf6
        branch   staging
        commit   6f2e5c8
        removed  topics
      $ eleventh update preprod
      Updated preprod to workspace fd31bf6
        branch   main
        commit   4a5afc4
        removed  topics
      $ eleventh promote preprod --to prod
      Promoted preprod 4a5afc4 to prod as v2.0.0
        -  topics  removed, was 0000002
        gate serviceBranches  holds
        branch                main
        commit                4a5afc4
        recipe                6cf7409
        check                 git rev-parse 4a5afc4:apps v2.0.0:apps
      $ eleventh status
                   staging  preprod  prod
        deploys    staging  main     main v2.0.0
        commit     6f2e5c8  4a5afc4  4a5afc4
        recipe     empty    6cf7409  6cf7409
        workspace  newest   newest   newest

        payments   -        0000001  0000001
      "
    `);
  });
});

interface Status {
  readonly environments: readonly {
    readonly name: string;
    readonly deployed: { readonly tag: string | null } | null;
    readonly services: readonly { readonly id: string; readonly commit: string }[];
  }[];
}
