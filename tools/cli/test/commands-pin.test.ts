import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { batch, build, hour, pinned, screen, screens, stable, withServices } from './screen.ts';
import { sha, World } from './world.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
spec:
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec:
      containers:
        - {name: payments, image: payments}
`;

describe('pin', () => {
  test('records a build, the one after it, and the same one again', async () => {
    const world = await withServices();
    const first = ['pin', 'payments', '--commit', sha(1), '--built', hour(1)];
    const second = ['pin', 'payments', '--commit', sha(2), '--built', hour(2), '--version', '1.2.0'];
    expect(
      await screens(world, [...first, '--dry-run'], first, first, [...second, '--dry-run'], second, second),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --dry-run
      Would first bring staging up to main, for services that were new there.
      Would pin payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        recipe  id-0001
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z
      First brought staging up to main, for services that were new there.
      Pinned payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0002
        recipe  id-0001
        undo    git revert id-0002
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z
      staging already runs payments 0000001; nothing to do.
      $ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T02:00:00Z --version 1.2.0 --dry-run
      Would pin payments 1.2.0 (0000002) in staging, replacing 0000001
        image   ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        recipe  id-0003
      $ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T02:00:00Z --version 1.2.0
      Pinned payments 1.2.0 (0000002) in staging, replacing 0000001
        image   ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0004
        recipe  id-0003
        undo    git revert id-0004
      $ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T02:00:00Z --version 1.2.0
      staging already runs payments 1.2.0 (0000002); nothing to do.
      "
    `);
    expect(
      stable(world, await world.ask('show', '--format=%an <%ae>%n%cn <%ce>%n%cI%n%B', '--name-only', 'env/staging')),
    ).toMatchInlineSnapshot(`
      "Test Author <author@example.com>
      Test Committer <committer@example.com>
      2026-11-20T12:00:00+00:00
      Pin payments 1.2.0 (0000002)

      Service: payments
      Commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Branch: main
      Version: 1.2.0
      Image: ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Replaces: 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Workspace: id-0005.................................
      Policy: id-0005.................................
      Recipe: id-0003.................................


      apps/payments/kustomization.yaml"
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - manifests/service.yaml
      images:
        - name: "ghcr.io/acme/payments"
          newName: "ghcr.io/acme/payments"
          newTag: "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://github.com/acme/payments"
        eleventh.dev/built: "2026-11-01T02:00:00Z"
        eleventh.dev/version: "1.2.0""
    `);
    expect(stable(world, await world.ask('log', '--format=%s', 'env/staging'))).toMatchInlineSnapshot(`
      "Pin payments 1.2.0 (0000002)
      Pin payments 0000001
      Update staging to main id-0005
      Start env/staging from main id-0006"
    `);
  });

  test('never goes back on its own, and records that it may', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 2));
    const older = ['pin', 'payments', '--commit', sha(1), '--built', hour(1)];
    expect(await screens(world, older, [...older, '--allow-downgrade'])).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z
      error [OLDER_BUILD] staging already runs a newer build of payments: 0000002, and 0000001 is older.
      hint: If it should go back all the same, add: --allow-downgrade
      [exit 3]
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --allow-downgrade
      Pinned payments 0000001 in staging, replacing 0000002
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      "
    `);
    expect(await world.ask('log', '-1', '--format=%(trailers:key=Allowed-Downgrade)', 'env/staging')).toBe(
      'Allowed-Downgrade: payments\n',
    );
  });

  test('for the first time names every image, since one without a tag would be the latest', async () => {
    const world = await World.begun();
    await world.ok('service', 'add', 'loans', '--image', 'ghcr.io/acme/loans', '--image', 'ghcr.io/acme/loans-worker');
    const one = ['pin', 'loans', '--commit', sha(1), '--built', hour(1), '--image', 'ghcr.io/acme/loans:1.0.0'];
    expect(await screens(world, one, ['pin', 'loans', '--manifests', '', '--commit', sha(1)])).toMatchInlineSnapshot(`
      "$ eleventh pin loans --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --image ghcr.io/acme/loans:1.0.0
      error [IMAGE_NOT_PINNED] The first pin of loans has to name all its images, ghcr.io/acme/loans-worker too.
      hint: --image ghcr.io/acme/loans-worker:<tag>
      [exit 3]
      $ eleventh pin loans --manifests "" --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      error [MANIFESTS_NOT_FOUND] The manifests folder has an empty name.
      hint: Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      [exit 2]
      "
    `);
    await world.ok(...one, '--image', 'ghcr.io/acme/loans-worker:1.0.0');
    await world.ok('pin', 'loans', '--commit', sha(2), '--built', hour(2), '--image', 'ghcr.io/acme/loans:1.0.1');
    expect(await screen(world, ['show', 'staging'])).toMatch(/loans:1\.0\.1 .*loans-worker:1\.0\.0/s);
  });

  test('takes digests, tags of any form, several images, and a service without any', async () => {
    const world = await withServices();
    const at = ['--commit', sha(1), '--built', hour(1)];
    expect(
      await screens(
        world,
        ['pin', 'payments', ...at, '--image', `ghcr.io/acme/payments@${DIGEST}`],
        ['pin', 'payments', ...at, '--image', `ghcr.io/acme/payments:2.3.1@${DIGEST}`],
        ['pin', 'payments', ...at, '--image', 'ghcr.io/acme/payments:2.3.1'],
        ['pin', 'topics', ...at],
        ['pin', 'risk/fraud', ...at, '--branch', 'feature/graph', '--source', 'git@github.com:acme/fraud.git'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --image ghcr.io/acme/payments@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      First brought staging up to main, for services that were new there.
      Pinned payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --image ghcr.io/acme/payments:2.3.1@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      Pinned payments 0000001 in staging, the same build, other images or manifests
        image   ghcr.io/acme/payments:2.3.1@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
        branch  env/staging
        commit  id-0003
        recipe  id-0004
        undo    git revert id-0003
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --image ghcr.io/acme/payments:2.3.1
      Pinned payments 0000001 in staging, the same build, other images or manifests
        image   ghcr.io/acme/payments:2.3.1
        branch  env/staging
        commit  id-0005
        recipe  id-0006
        undo    git revert id-0005
      $ eleventh pin topics --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z
      Pinned topics 0000001 in staging, for the first time
        branch  env/staging
        commit  id-0007
        recipe  id-0008
        undo    git revert id-0007
      $ eleventh pin risk/fraud --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --branch feature/graph --source git@github.com:acme/fraud.git
      Pinned risk/fraud 0000001 in staging, for the first time
        image   ghcr.io/acme/fraud:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0009
        recipe  id-0010
        undo    git revert id-0009
      "
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/risk/fraud/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - manifests/service.yaml
      images:
        - name: "ghcr.io/acme/fraud"
          newName: "ghcr.io/acme/fraud"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "feature/graph"
        eleventh.dev/source: "https://github.com/acme/fraud"
        eleventh.dev/built: "2026-11-01T01:00:00Z""
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:environments/staging/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "# Derived from the overlays of the services present in apps/: never edited by hand.
      apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      metadata:
        name: staging
      resources:
        # payments
        - payments
        # end of payments
        # risk/fraud
        - risk/fraud
        # end of risk/fraud
        # topics
        - topics
        # end of topics"
    `);
  });

  test('mirrors the manifests in the same commit, byte for byte, and without file modes', async () => {
    const world = await withServices();
    const folder = world.files('k8s', {
      'deployment.yaml': DEPLOYMENT,
      'config/app.yaml': 'apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: payments}\r\n',
      'NOTES.txt': 'Kept, and not listed.\n',
    });
    chmodSync(join(folder, 'deployment.yaml'), 0o755);
    const line = ['pin', 'payments', '--commit', sha(1), '--built', hour(1), '--manifests', folder];
    expect(await screens(world, line, line)).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --manifests ~/k8s
      First brought staging up to main, for services that were new there.
      Pinned payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --manifests ~/k8s
      staging already runs payments 0000001; nothing to do.
      "
    `);
    expect(stable(world, await world.ask('ls-tree', '-r', 'env/staging', 'apps/payments'))).toMatchInlineSnapshot(`
      "100644 blob id-0003.................................	apps/payments/kustomization.yaml
      100644 blob id-0004.................................	apps/payments/manifests/NOTES.txt
      100644 blob id-0005.................................	apps/payments/manifests/config/app.yaml
      100644 blob id-0006.................................	apps/payments/manifests/deployment.yaml"
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/config/app.yaml
        - manifests/deployment.yaml
      images:
        - name: "payments"
          newName: "ghcr.io/acme/payments"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://github.com/acme/payments"
        eleventh.dev/built: "2026-11-01T01:00:00Z""
    `);

    world.files('k8s', { 'kustomization.yaml': 'resources:\n  - deployment.yaml\n  - config/app.yaml\n' });
    const again = ['pin', 'payments', '--commit', sha(2), '--built', hour(2), '--manifests', folder];
    expect(await screen(world, again)).toContain('replacing 0000001');
    expect(await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')).toContain(
      'resources:\n  - manifests\nimages:\n  - name: "payments"\n',
    );
  });

  test('a batch from a file or from standard input goes out in one push, one commit for each', async () => {
    const world = await withServices();
    const lines = batch(
      build('payments', 1, { version: '1.0.0' }),
      build('risk/fraud', 2, { images: [`ghcr.io/acme/fraud:2.0.0@${DIGEST}`], branch: 'feature/graph' }),
      build('topics', 3),
    );
    world.files('.', { 'pins.jsonl': lines });
    const file = join(world.root, 'pins.jsonl');
    expect(
      await screens(world, ['pin', '--batch', file, '--dry-run'], ['pin', '--batch', file]),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin --batch ~/pins.jsonl --dry-run
      Would first bring staging up to main, for services that were new there.
      Would pin 3 of 3 builds in staging
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
      $ eleventh pin --batch ~/pins.jsonl
      First brought staging up to main, for services that were new there.
      Pinned 3 of 3 builds in staging
        +  payments    added at 1.0.0 (0000001)
        +  risk/fraud  added at 0000002
        +  topics      added at 0000003
        env/staging  id-0001
      "
    `);
    expect(stable(world, await world.ask('log', '--format=%h %s', 'env/staging'))).toMatchInlineSnapshot(`
      "id-0001 Pin topics 0000003
      id-0002 Pin risk/fraud 0000002
      id-0003 Pin payments 1.0.0 (0000001)
      id-0004 Update staging to main id-0005
      id-0006 Start env/staging from main id-0007"
    `);
    const input = `\n${lines}${batch(build('payments', 4, { version: '1.1.0' }))}`;
    expect(await screen(world, ['pin', '--batch', '-'], { input })).toMatchInlineSnapshot(`
      "$ eleventh pin --batch -
      Pinned 1 of 4 builds in staging
        =  payments    1.0.0 (0000001), there already
        =  risk/fraud  0000002, there already
        =  topics      0000003, there already
        ~  payments    1.0.0 (0000001) → 1.1.0 (0000004)
        env/staging  id-0008
      "
    `);
    expect(await screen(world, ['pin', '--batch', '-'], { input: lines })).toMatchInlineSnapshot(`
      "$ eleventh pin --batch -
      error [OLDER_BUILD] staging already runs a newer build of payments: 1.1.0 (0000004), and 1.0.0 (0000001) is older.
      hint: If it should go back all the same, add: --allow-downgrade
      [exit 3]
      "
    `);
    expect(await screen(world, ['pin', '--batch', '-'], { input: batch(build('topics', 3)) })).toMatchInlineSnapshot(`
      "$ eleventh pin --batch -
      staging already runs topics 0000003; nothing to do.
      "
    `);
  });

  test('what a batch does not say of its builds, the command line does', async () => {
    const world = await withServices();
    const input = batch({ id: 'payments', commit: sha(1) }, { id: 'topics', commit: sha(2), branch: 'own' });
    const line = ['pin', '--batch', '-', '--branch', 'release', '--built', hour(1), '--version', '1.0.0', '--json'];
    const { pins } = JSON.parse((await world.run(line, { input })).stdout) as { pins: unknown[] };
    expect(pins).toMatchObject([
      { id: 'payments', commit: sha(1), branch: 'release', built: hour(1), version: '1.0.0' },
      { id: 'topics', commit: sha(2), branch: 'own', built: hour(1), version: '1.0.0' },
    ]);
    expect(await screen(world, ['pin', '--batch', '-', '--to', 'preprod'], { input })).toMatchInlineSnapshot(`
      "$ eleventh pin --batch - --to preprod
      error [NOT_PINNED_HERE] preprod takes recipes from staging, not pins.
      hint: eleventh promote staging --to preprod
      [exit 3]
      "
    `);
  });

  test('one bad line keeps the whole batch out', async () => {
    const world = await withServices();
    const before = await world.refs();
    const input = batch(build('payments', 1), build('payment', 2));
    expect(await screen(world, ['pin', '--batch', '-'], { input })).toMatchInlineSnapshot(`
      "$ eleventh pin --batch -
      error [UNKNOWN_SERVICE] There is no service "payment" on main.
      hint: Did you mean payments ?
      [exit 2]
      "
    `);
    expect(await world.refs()).toBe(before);
  });

  test('the author is --author, else who the variables name', async () => {
    const world = await withServices();
    await world.ok(
      'pin',
      'payments',
      '--commit',
      sha(1),
      '--built',
      hour(1),
      '--author',
      'Zoë O’Hara <zoe@example.com>',
    );
    expect(
      stable(world, await world.ask('log', '-1', '--format=%an <%ae> | %cn <%ce>', 'env/staging')),
    ).toMatchInlineSnapshot(`"Zoë O’Hara <zoe@example.com> | Test Committer <committer@example.com>"`);
    const nobody = { GIT_AUTHOR_NAME: '', GIT_AUTHOR_EMAIL: '', GIT_COMMITTER_NAME: '', GIT_COMMITTER_EMAIL: '' };
    const line = ['pin', 'payments', '--commit', sha(2), '--built', hour(2)];
    expect(await screen(world, line, { env: nobody })).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T02:00:00Z
      error [NO_AUTHOR] Nobody is named as the author of the change.
      hint: --author "Name <name@example.com>", or: git config --global user.name "Name" && git config --global user.email name@example.com
      [exit 1]
      "
    `);
    expect(await screen(world, [...line, '--author', 'Test Robot <robot@example.com>'], { env: nobody })).toContain(
      'Pinned',
    );
    expect(
      stable(world, await world.ask('log', '-1', '--format=%an <%ae> | %cn <%ce>', 'env/staging')),
    ).toMatchInlineSnapshot(`"Test Robot <robot@example.com> | Test Robot <robot@example.com>"`);
  });
});
