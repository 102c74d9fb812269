import { describe, expect, test } from 'vitest';
import { build, pinned, screen, screens, stable, withServices } from './screen.ts';
import { sha } from './world.ts';

describe('compose', () => {
  test('makes a candidate of the builds that may go on, leaving out what may not or should not', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1, { version: '1.0.0' }), build('risk/fraud', 2), build('topics', 3));
    await pinned(
      world,
      build('payments', 4, { version: '1.1.0' }),
      build('risk/fraud', 5, { branch: 'feature/graph' }),
      build('topics', 6),
    );
    expect(
      await screens(
        world,
        ['compose', '--dry-run'],
        ['compose'],
        ['compose'],
        ['compose', '--without', 'payments', '--without', 'topics'],
        ['compose', '--set', `payments=${sha(1)}`, '--set', 'topics=0000003'],
        ['compose', '--set', 'topics=0000003'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh compose --dry-run
      Would compose v1.0.0-rc.1 from staging id-0001
        ~  risk/fraud  0000005 may not enter  → 0000002
        recipe  id-0002
      $ eleventh compose
      Composed v1.0.0-rc.1 from staging id-0001
        ~  risk/fraud  0000005 may not enter  → 0000002
        recipe  id-0002
        next    eleventh promote v1.0.0-rc.1 --to preprod
      $ eleventh compose
      v1.0.0-rc.1 is this recipe already; nothing to do.
      $ eleventh compose --without payments --without topics
      Composed v1.0.0-rc.2 from staging id-0001
        ~  payments    1.1.0 (0000004) left out  → 1.0.0 (0000001)
        ~  risk/fraud  0000005 may not enter     → 0000002
        ~  topics      0000006 left out          → 0000003
        recipe  id-0003
        next    eleventh promote v1.0.0-rc.2 --to preprod
      $ eleventh compose --set payments=0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --set topics=0000003
      v1.0.0-rc.2 is this recipe already; nothing to do.
      $ eleventh compose --set topics=0000003
      Composed v1.0.0-rc.3 from staging id-0001
        ~  risk/fraud  0000005 may not enter  → 0000002
        ~  topics      0000006 as you set it  → 0000003
        recipe  id-0004
        next    eleventh promote v1.0.0-rc.3 --to preprod
      "
    `);
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'v1.0.0-rc.2'))).toMatchInlineSnapshot(`
      "Compose v1.0.0-rc.2 from staging id-0001

      Composed-From: id-0001.................................
      Without: payments=0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Without: risk/fraud=0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Without: topics=0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Policy: id-0005.................................
      Recipe: id-0003.................................
      "
    `);
    expect(
      stable(world, await world.ask('for-each-ref', '--format=%(refname) %(objecttype)', 'refs/tags')),
    ).toMatchInlineSnapshot(`
      "refs/tags/v1.0.0-rc.1 tag
      refs/tags/v1.0.0-rc.2 tag
      refs/tags/v1.0.0-rc.3 tag"
    `);
    expect(
      await screens(
        world,
        ['show', 'v1.0.0-rc.1'],
        ['promote', 'v1.0.0-rc.1', '--to', 'preprod'],
        ['promote', 'preprod', '--to', 'prod', '--bump', 'major'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh show v1.0.0-rc.1
      v1.0.0-rc.1: Compose v1.0.0-rc.1 from staging id-0001
        recipe         id-0002.................................
        commit         id-0006.................................
        made by        Test Author <author@example.com> at 2026-11-20T12:00:00Z
        kind           candidate
        tags           v1.0.0-rc.1
        runs in        no environment now
        composed-from  id-0001.................................
        without        risk/fraud=0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        policy         id-0005.................................

        SERVICE     VERSION  COMMIT   BRANCH  BUILT                 IMAGES
        payments    1.1.0    0000004  main    2026-11-01T04:00:00Z  ghcr.io/acme/payments:0000004aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        risk/fraud  -        0000002  main    2026-11-01T02:00:00Z  ghcr.io/acme/fraud:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        topics      -        0000006  main    2026-11-01T06:00:00Z  no image
      $ eleventh promote v1.0.0-rc.1 --to preprod
      Promoted v1.0.0-rc.1 to preprod
        +  payments    added at 1.1.0 (0000004)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000006
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        commit  id-0007
        recipe  id-0002
        check   git rev-parse id-0006:apps env/preprod:apps
      $ eleventh promote preprod --to prod --bump major
      Promoted preprod id-0007 to prod as v1.0.0
        +  payments    added at 1.1.0 (0000004)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000006
        ✓  serviceBranches  takes builds of main only
        branch  env/prod
        commit  id-0008
        recipe  id-0002
        check   git rev-parse id-0007:apps v1.0.0:apps
      $ eleventh status
                    staging                preprod        prod
        deploys     env/staging            env/preprod    env/prod v1.0.0
        commit      id-0001                id-0007        id-0008
        recipe      id-0009                id-0002        id-0002
        main        newest                 newest         newest

        payments    1.1.0 0000004          1.1.0 0000004  1.1.0 0000004
        risk/fraud  0000005 feature/graph  0000002 ≠      0000002
        topics      0000006                0000006        0000006

        ≠ not what the environment it takes from runs
      "
    `);
  });

  test('goes back past a build that was rolled back from, which only --set takes again', async () => {
    const world = await withServices();
    for (const number of [1, 2]) await pinned(world, build('payments', number));
    await world.ok('rollback', 'staging');
    await pinned(world, build('payments', 3));
    const taken = async (...args: string[]) =>
      (await world.json<{ replacements: { to: string }[] }>('compose', '--dry-run', ...args)).replacements[0]?.to;
    expect(await taken('--without', 'payments')).toBe(sha(1));
    expect(await taken('--set', `payments=${sha(2)}`)).toBe(sha(2));
  });

  test('goes without a service none of whose builds may enter, and refuses what it cannot do', async () => {
    const world = await withServices();
    expect(await screen(world, ['compose'])).toMatchInlineSnapshot(`
      "$ eleventh compose
      error [EMPTY_ENVIRONMENT] staging runs nothing yet.
      hint: eleventh pin <service> --to staging
      [exit 2]
      "
    `);
    await pinned(world, build('payments', 1), build('topics', 2, { branch: 'try' }));
    expect(
      await screens(
        world,
        ['compose'],
        ['compose', '--set', 'topics=0000002'],
        ['compose', '--set', 'topics=0000009'],
        ['compose', '--set', 'topic=0000002'],
        ['compose', '--set', 'topics'],
        ['compose', '--without', 'risk/fraud'],
        ['compose', '--without', 'payments', '--set', 'payments=0000001'],
        ['compose', '--from', 'stagin'],
        ['compose', '--from', 'prod'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh compose
      Composed v1.0.0-rc.1 from staging id-0001
        ~  topics  0000002 may not enter  → without the service
        recipe  id-0002
        next    eleventh promote v1.0.0-rc.1 --to preprod
      $ eleventh compose --set topics=0000002
      error [POLICY_REFUSED] topics 0000002 of try may not enter preprod.
      hint: eleventh env list
      [exit 3]
      $ eleventh compose --set topics=0000009
      error [UNKNOWN_BUILD] No build "0000009" of topics was ever pinned in the environment.
      hint: eleventh log --service topics
      [exit 2]
      $ eleventh compose --set topic=0000002
      error [UNKNOWN_SERVICE] There is no service "topic" in the recipe.
      hint: Did you mean topics ?
      [exit 2]
      $ eleventh compose --set topics
      error [BAD_SET] --set takes a service and a commit of it, not "topics".
      hint: --set payments=id-0003
      [exit 2]
      $ eleventh compose --without risk/fraud
      error [UNKNOWN_SERVICE] There is no service "risk/fraud" in the recipe.
      hint: There are: payments, topics
      [exit 2]
      $ eleventh compose --without payments --set payments=0000001
      error [SET_AND_WITHOUT] payments cannot be both set and left out.
      hint: eleventh compose --help
      [exit 2]
      $ eleventh compose --from stagin
      error [UNKNOWN_ENVIRONMENT] There is no environment "stagin".
      hint: Did you mean staging ?
      [exit 2]
      $ eleventh compose --from prod
      error [NOTHING_TAKES] No environment takes recipes from prod, so there is nothing to compose for.
      hint: eleventh compose --from staging
      [exit 3]
      "
    `);
  });
});
