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
        staging      staging                service CI  any branch     id-0001
        preprod      main                   service CI  branches main  id-0002
        prod         main, tags v{version}  preprod     branches main  id-0002
      $ eleventh status
                   staging   preprod   prod
        deploys    staging   main      main
        commit     id-0001   id-0002   id-0002
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
        ✗  serviceBranches  takes builds of main only
                            payments: 0000001 was built from feature/limits
      hint: eleventh env list shows what each environment takes; preprod is not for this build.
      [exit 3]
      $ eleventh promote staging --to prod
      error [NOT_FROM] staging id-0003 never was on main, from which prod takes its recipes.
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
        commit     id-0003                 id-0004  id-0004
        recipe     id-0005                 id-0006  id-0006
        workspace  newest                  newest   newest

        payments   0000001 feature/limits  0000002  0000002
        topics     -                       0000003  0000003

      ! prod: id-0004 is not released: eleventh release prod
      $ eleventh promote preprod --to prod --dry-run
      Would promote preprod id-0004 to prod as v1.0.0
        +  payments  added at 0000002
        +  topics    added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  main
        recipe  id-0006
      $ eleventh promote preprod --to prod
      Promoted preprod id-0004 to prod as v1.0.0
        +  payments  added at 0000002
        +  topics    added at 0000003
        ✓  serviceBranches  takes builds of main only
        branch  main
        commit  id-0004
        recipe  id-0006
        check   git rev-parse id-0004:apps v1.0.0:apps
      $ eleventh promote preprod --to prod
      prod already runs preprod id-0004; nothing to do.
      "
    `);
    expect(await world.ask('rev-parse', 'v1.0.0^{commit}')).toBe(await world.ask('rev-parse', 'main'));
    expect(await world.ask('rev-list', '--count', 'main')).toBe('4');

    await pinned(world, build('payments', 4, { to: 'preprod' }));
    expect(
      await screens(world, ['release', '--dry-run'], ['promote', 'preprod', '--to', 'prod']),
    ).toMatchInlineSnapshot(`
      "$ eleventh release --dry-run
      Would release prod id-0007 as v1.0.1
        ~  payments  0000002 → 0000004

      v1.0.1

      Recipe id-0008................................. in prod

      payments: 0000002 -> 0000004
        https://github.com/acme/payments/compare/0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      Policy: id-0009.................................
      $ eleventh promote preprod --to prod
      Promoted preprod id-0007 to prod as v1.0.1
        ~  payments  0000002 → 0000004
        ✓  serviceBranches  takes builds of main only
        branch  main
        commit  id-0007
        recipe  id-0008
        check   git rev-parse id-0007:apps v1.0.1:apps
      "
    `);
    expect(await screens(world, ['rollback', 'prod'], ['status'], ['log', 'prod'])).toMatchInlineSnapshot(`
      "$ eleventh rollback prod
      Rolled back prod to v1.0.0, released as v1.0.2
        ~  payments  0000004 → 0000002
        branch  main
        commit  id-0010
      note: preprod deploys from main too, and moves with it.
      Keep it out: eleventh block id-0007 --why <text>
      $ eleventh status
                   staging                 preprod  prod
        deploys    staging                 main     main v1.0.2
        commit     id-0003                 id-0010  id-0010
        recipe     id-0005                 id-0006  id-0006
        workspace  newest                  newest   newest

        payments   0000001 feature/limits  0000002  0000002
        topics     -                       0000003  0000003
      $ eleventh log prod
        id-0010  2026-11-20 12:00:00Z  rollback  Release v1.0.2: roll back prod to v1.0.0 (v1.0.2)  Test Author
        id-0007  2026-11-20 12:00:00Z  pin       Pin payments 0000004 (v1.0.1)                      Test Author
        id-0004  2026-11-20 12:00:00Z  pin       Pin topics 0000003 (v1.0.0)                        Test Author
        id-0011  2026-11-20 12:00:00Z  pin       Pin payments 0000002                               Test Author
        id-0012  2026-11-20 12:00:00Z  update    Update preprod to workspace id-0009                Test Author
        id-0002  2026-11-20 12:00:00Z  root      Start main from workspace id-0013                  Test Author
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
        commit  id-0001
        next    eleventh update staging && eleventh update preprod
      $ eleventh update staging
      Updated staging to workspace id-0001
        branch   staging
        commit   id-0002
        removed  topics
      $ eleventh update preprod
      Updated preprod to workspace id-0001
        branch   main
        commit   id-0003
        removed  topics
      $ eleventh promote preprod --to prod
      Promoted preprod id-0003 to prod as v2.0.0
        -  topics  removed, was 0000002
        ✓  serviceBranches  takes builds of main only
        branch  main
        commit  id-0003
        recipe  id-0004
        check   git rev-parse id-0003:apps v2.0.0:apps
      $ eleventh status
                   staging  preprod  prod
        deploys    staging  main     main v2.0.0
        commit     id-0002  id-0003  id-0003
        recipe     empty    id-0004  id-0004
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
