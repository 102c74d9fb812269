import { describe, expect, test } from 'vitest';
import { screen, screens, stable } from './screen.ts';
import { World } from './world.ts';

describe('service', () => {
  test('is added with an overlay in every environment, listed, and removed', async () => {
    const world = await World.begun();
    const payments = ['service', 'add', 'payments', '--image', 'ghcr.io/acme/payments', '--owner', 'team-payments'];
    expect(
      await screens(
        world,
        ['service', 'list'],
        [...payments, '--dry-run'],
        [...payments, '--source', 'https://github.com/acme/payments'],
        [...payments, '--source', 'https://github.com/acme/payments'],
        ['service', 'add', 'risk/fraud', '--image', 'ghcr.io/acme/fraud', '--image', 'ghcr.io/acme/fraud-model'],
        ['service', 'add', 'topics'],
        ['service', 'list'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh service list
      There is no service yet. Add one: eleventh service add hello --image ghcr.io/acme/hello
      $ eleventh service add payments --image ghcr.io/acme/payments --owner team-payments --dry-run
      Would add the service payments on main
      $ eleventh service add payments --image ghcr.io/acme/payments --owner team-payments --source https://github.com/acme/payments
      Added the service payments on main
        commit  id-0001
        next    eleventh pin payments --commit "$(git rev-parse HEAD)"
      $ eleventh service add payments --image ghcr.io/acme/payments --owner team-payments --source https://github.com/acme/payments
      The service payments is on main already, just like this; nothing to do.
      $ eleventh service add risk/fraud --image ghcr.io/acme/fraud --image ghcr.io/acme/fraud-model
      Added the service risk/fraud on main
        commit  id-0002
        next    eleventh pin risk/fraud --commit "$(git rev-parse HEAD)"
      $ eleventh service add topics
      Added the service topics on main
        commit  id-0003
        next    eleventh pin topics --commit "$(git rev-parse HEAD)"
      $ eleventh service list
        SERVICE     OWNER          RUNS IN      IMAGES
        payments    team-payments  nowhere yet  ghcr.io/acme/payments
        risk/fraud  -              nowhere yet  ghcr.io/acme/fraud, ghcr.io/acme/fraud-model
        topics      -              nowhere yet  no image
      "
    `);
    expect(stable(world, await world.ask('show', '--stat', '--format=%s%n%an <%ae>', 'main~1'))).toMatchInlineSnapshot(`
      "Add service risk/fraud
      Test Author <author@example.com>

       apps/risk/fraud/kustomization.yaml                 |  5 ++++
       apps/risk/fraud/manifests/deployment.yaml          | 31 ++++++++++++++++++++++
       apps/risk/fraud/manifests/service.yaml             | 13 +++++++++
       apps/risk/fraud/service.yaml                       |  9 +++++++
       environments/preprod/kustomization.yaml            |  3 +++
       environments/preprod/risk/fraud/kustomization.yaml |  5 ++++
       environments/prod/kustomization.yaml               |  3 +++
       environments/prod/risk/fraud/kustomization.yaml    |  5 ++++
       environments/staging/kustomization.yaml            |  3 +++
       environments/staging/risk/fraud/kustomization.yaml |  5 ++++
       10 files changed, 82 insertions(+)"
    `);
    expect(stable(world, await world.ask('show', 'main:apps/risk/fraud/service.yaml'))).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Service
      metadata:
        name: risk/fraud
      spec:
        images:
          - ghcr.io/acme/fraud
          - ghcr.io/acme/fraud-model
        manifests: ci"
    `);
    expect(
      stable(world, await world.ask('show', 'main:environments/prod/risk/fraud/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      namespace: prod
      resources:
        - ../../../../apps/risk/fraud"
    `);
    expect(
      await screens(
        world,
        ['service', 'remove', 'topics', '--dry-run'],
        ['service', 'remove', 'topics'],
        ['service', 'remove', 'topics'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh service remove topics --dry-run
      Would remove the service topics on main
      $ eleventh service remove topics
      Removed the service topics on main
        commit  id-0004
        next    eleventh update staging
      $ eleventh service remove topics
      error [UNKNOWN_SERVICE] There is no service "topics" on main.
      hint: There are: payments, risk/fraud
      [exit 2]
      "
    `);
    expect(await world.ask('ls-tree', '-r', '--name-only', 'main', 'environments')).not.toContain('topics');
  });

  test('is added with manifests of its own', async () => {
    const world = await World.begun();
    const folder = world.files('k8s', {
      'crd.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: topics\n',
      'README.md': 'Not a manifest, mirrored all the same.\n',
    });
    expect(await screen(world, ['service', 'add', 'topics', '--manifests', folder])).toMatchInlineSnapshot(`
      "$ eleventh service add topics --manifests ~/k8s
      Added the service topics on main
        commit  id-0001
        next    eleventh pin topics --commit "$(git rev-parse HEAD)"
      "
    `);
    expect(
      stable(world, await world.ask('ls-tree', '-r', '--name-only', 'main', 'apps/topics')),
    ).toMatchInlineSnapshot(`
      "apps/topics/kustomization.yaml
      apps/topics/manifests/README.md
      apps/topics/manifests/crd.yaml
      apps/topics/service.yaml"
    `);
    expect(stable(world, await world.ask('show', 'main:apps/topics/kustomization.yaml'))).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/crd.yaml"
    `);
  });

  test('is added and removed on a branch for review, and runs nowhere before that is merged', async () => {
    const world = await World.begun();
    const main = await world.ask('rev-parse', 'main');
    expect(
      await screens(
        world,
        ['service', 'add', 'payments', '--image', 'ghcr.io/acme/payments', '--branch', 'add-payments'],
        ['service', 'add', 'payments', '--image', 'ghcr.io/acme/payments', '--branch', 'add-payments'],
        ['service', 'list'],
        ['pin', 'payments', '--commit', 'f'.repeat(40)],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh service add payments --image ghcr.io/acme/payments --branch add-payments
      Added the service payments on add-payments
        commit  id-0001
        next    merge add-payments into main
      $ eleventh service add payments --image ghcr.io/acme/payments --branch add-payments
      error [BRANCH_EXISTS] There is a branch add-payments already.
      hint: Choose another name for the branch.
      [exit 2]
      $ eleventh service list
      There is no service yet. Add one: eleventh service add hello --image ghcr.io/acme/hello
      $ eleventh pin payments --commit ffffffffffffffffffffffffffffffffffffffff
      error [UNKNOWN_SERVICE] There is no service "payments" on main.
      hint: eleventh service add payments
      [exit 2]
      "
    `);
    expect(await world.ask('rev-parse', 'main', 'add-payments~1')).toBe(`${main}\n${main}`);
  });
});

describe('env', () => {
  test('is added with overlays, policy and a branch of its own, and listed in promotion order', async () => {
    const world = await World.begun();
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/acme/payments');
    expect(
      await screens(
        world,
        ['env', 'list'],
        ['env', 'add', 'uat', '--from', 'staging', '--dry-run'],
        ['env', 'add', 'uat', '--from', 'staging'],
        ['env', 'add', 'eu', '--like', 'prod', '--release-tag', 'eu-v{version}'],
        ['env', 'add', 'lab', '--deploys-from', 'lab', '--branch', 'add-lab'],
        ['env', 'list'],
        ['update', 'uat'],
        ['status'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh env list
        ENVIRONMENT  DEPLOYS                    FROM        TAKES          HEAD
        staging      env/staging                service CI  any branch     id-0001
        preprod      env/preprod                staging     branches main  id-0002
        prod         env/prod, tags v{version}  preprod     branches main  id-0003
      $ eleventh env add uat --from staging --dry-run
      Would add the environment uat on main
      $ eleventh env add uat --from staging
      Added the environment uat on main
        commit  id-0004
        next    eleventh update uat
      $ eleventh env add eu --like prod --release-tag "eu-v{version}"
      Added the environment eu on main
        commit  id-0005
        next    eleventh update eu
      $ eleventh env add lab --deploys-from lab --branch add-lab
      Added the environment lab on add-lab
        commit  id-0006
        next    merge add-lab into main
      $ eleventh env list
        ENVIRONMENT  DEPLOYS                     FROM        TAKES          HEAD
        staging      env/staging                 service CI  any branch     id-0001
        preprod      env/preprod                 staging     branches main  id-0002
        eu           env/eu, tags eu-v{version}  preprod     branches main  -
        prod         env/prod, tags v{version}   preprod     branches main  id-0003
        uat          env/uat                     staging     any branch     -
      $ eleventh update uat
      Updated uat to main id-0005
        branch  env/uat
        commit  id-0007
      $ eleventh status
                 staging      preprod      eu      prod      uat
        deploys  env/staging  env/preprod  env/eu  env/prod  env/uat
        commit   id-0001      id-0002      -       id-0003   id-0007
        recipe   empty        empty        empty   empty     empty
        main     3 behind     3 behind     -       3 behind  newest

        Nothing runs anywhere yet.

      ! eu: env/eu does not exist yet: eleventh update eu
      "
    `);
    expect(stable(world, await world.ask('show', 'main:environments/eu/environment.yaml'))).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Environment
      metadata:
        name: eu
      spec:
        branch: "env/eu"
        release:
          tag: eu-v{version}
        from: [preprod]
        policy:
          serviceBranches: ["main"]"
    `);
    expect(
      stable(world, await world.ask('show', 'main:environments/uat/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      namespace: uat
      resources:
        - ../../../apps/payments"
    `);
    expect(
      stable(world, await world.ask('ls-tree', '-r', '--name-only', 'add-lab', 'environments/lab')),
    ).toMatchInlineSnapshot(`
      "environments/lab/environment.yaml
      environments/lab/kustomization.yaml
      environments/lab/payments/kustomization.yaml"
    `);
  });

  test('that takes from two, and one that would take from itself', async () => {
    const world = await World.begun();
    expect(
      await screens(
        world,
        ['env', 'add', 'canary', '--from', 'staging', '--from', 'preprod'],
        ['env', 'add', 'loop', '--from', 'loop'],
        ['env', 'add', 'prod'],
        ['env', 'list'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh env add canary --from staging --from preprod
      Added the environment canary on main
        commit  id-0001
        next    eleventh update canary
      $ eleventh env add loop --from loop
      error [UNKNOWN_ENVIRONMENT] There is no environment "loop".
      hint: There are: staging, preprod, canary, prod
      [exit 2]
      $ eleventh env add prod
      error [ENVIRONMENT_EXISTS] There is an environment prod already.
      hint: Edit environments/prod/environment.yaml on main.
      [exit 2]
      $ eleventh env list
        ENVIRONMENT  DEPLOYS                    FROM              TAKES          HEAD
        staging      env/staging                service CI        any branch     id-0002
        preprod      env/preprod                staging           branches main  id-0003
        canary       env/canary                 staging, preprod  any branch     -
        prod         env/prod, tags v{version}  preprod           branches main  id-0004
      "
    `);
  });
});
