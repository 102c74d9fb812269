import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentObjects, objectsOf, repositoryOf } from './import-proof.ts';
import { deployment, kustomization, SHAPES, type Shape, service } from './import-shapes.ts';
import { hasKubectl } from './kubectl.ts';
import { World } from './world.ts';

const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: the tests of import are skipped.');

interface Json {
  readonly environments: readonly {
    readonly name: string;
    readonly from: readonly string[];
    readonly release: unknown;
  }[];
  readonly services: readonly {
    readonly id: string;
    readonly way: string;
    readonly images: readonly string[];
    readonly tried: readonly string[];
  }[];
  readonly unplaced: readonly { readonly path: string; readonly why: string; readonly isMissing: boolean }[];
  readonly notes: readonly string[];
  readonly tags: readonly string[];
}

/** Returns a world with a workspace imported from some files, and what was said of it. */
async function imported(
  files: Shape['files'],
  ...args: string[]
): Promise<{ world: World; source: string; folder: string; said: Json }> {
  const world = new World();
  const source = await repositoryOf(world, 'argo-shop', files);
  const folder = join(world.root, 'shop');
  const said = await world.json<Json & Record<string, unknown>>('import', source, '--to', folder, ...args);
  return { world, source, folder, said };
}

function ways({ services }: Json): Record<string, string> {
  return Object.fromEntries(services.map(({ id, way }) => [id, way] as const).sort());
}

describe.skipIf(!isHere)('import', () => {
  test.each(Object.entries(SHAPES))(
    'of %s comes to the same objects everywhere, in a sound history',
    async (_, shape) => {
      const { world, source, folder, said } = await imported(shape.files);
      expect(ways(said)).toEqual(shape.services);
      for (const [environment, folders] of Object.entries(shape.environments)) {
        const before = folders.flatMap((path) => objectsOf(join(source, path)));
        const after = await environmentObjects(world, folder, environment);
        // An Application may set images by itself: that shape has one, in dev.
        const wanted = before.map((text) =>
          environment === 'dev' ? text.replace('acme/web:2.0.0', 'acme/web:2.1.0') : text,
        );
        expect(after.sort(), environment).toEqual(wanted.sort());
      }
      expect((await world.run(['verify', '--repo', folder])).stdout).toMatch(/^✓ Nothing is wrong\n/);
      const check = await world.run(['check', '--repo', folder]);
      expect(check.stdout).not.toMatch(/overlay-image|overlay-unclear|derived-stale/);
      expect(await world.git(source, 'status', '--porcelain')).toBe('');
      // Everything has a place or a reason.
      const placed = await world.git(folder, 'ls-files');
      for (const path of Object.keys(shape.files)) {
        const isNamed = said.unplaced.some((one) => one.path === path);
        const isMoved = placed.includes(path.slice(path.lastIndexOf('/') + 1));
        expect(isNamed || isMoved, path).toBe(true);
      }
    },
  );

  test('keeps every byte of what it moves, and makes images pins', async () => {
    const { world, source, folder } = await imported(SHAPES.overlays.files);
    const bytes = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
    expect(bytes(folder, 'apps/payments/manifests/deployment.yaml')).toBe(
      bytes(source, 'services/payments/base/deployment.yaml'),
    );
    expect(bytes(folder, 'environments/prod/ledger/memory.yaml')).toBe(
      bytes(source, 'services/ledger/overlays/prod/memory.yaml'),
    );
    expect(bytes(folder, 'shared/components/quiet/kustomization.yaml')).toBe(
      bytes(source, 'components/quiet/kustomization.yaml'),
    );
    expect(bytes(folder, 'environments/prod/payments/kustomization.yaml')).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      # Production.
      namespace: shop-prod
      resources:
        - ../../../apps/payments   # what is common
        - pdb.yaml
      replicas:
        - {name: payments, count: 3}
      "
    `);
    expect(bytes(folder, 'apps/payments/service.yaml')).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Service
      metadata:
        name: payments
      spec:
        images:
          - ghcr.io/acme/payments
          - registry.example.com/acme/payments
        manifests: workspace
      "
    `);
    expect(await world.git(folder, 'show', 'env/prod:apps/payments/kustomization.yaml')).toMatch(
      /newTag: "1\.2\.0"[\s\S]*eleventh\.dev\/version: "1\.2\.0"/,
    );
    expect(await world.git(folder, 'show', 'env/dev:apps/payments/kustomization.yaml')).toContain(
      'newTag: "1.3.0-dev.4"',
    );
    expect(await world.git(folder, 'log', '--format=%s', 'env/dev')).toMatch(
      /^Pin payments 1\.3\.0-dev\.4 \(\w{7}\)\nPin ledger 2\.0\.0 /,
    );
    expect(
      await world.git(folder, 'log', '-1', '--format=%(trailers:key=Imported-From,valueonly)', 'env/dev'),
    ).toContain('argo-shop');
  });

  test('shows the plan with its proof, and writes nothing', async () => {
    const world = new World();
    const source = await repositoryOf(world, 'gitops', SHAPES.overlays.files);
    const { stdout, code } = await world.run([
      'import',
      source,
      '--to',
      join(world.root, 'shop'),
      '--dry-run',
      '--release',
      'prod',
    ]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(world.root, '~').replace(/ [0-9a-f]{7} /, ' 1234567 ')).toMatchInlineSnapshot(`
      "Would import file://~/gitops 1234567 as shop in ~/shop
        environments  dev → prod
        released as   v1.0.0

        SERVICE   FROM                                       RUNS IN    HOW
        ledger    services/ledger/overlays/dev and 1 more    dev, prod  manifests and overlays
        payments  services/payments/overlays/dev and 1 more  dev, prod  manifests and overlays

        =  dev  4 objects, each as before
        =  prod  5 objects, each as before

      Not placed
        is no manifest: README.md
      note: Kustomize: 4 folders that nothing else of their environment builds upon
      "
    `);
    await expect(world.git(join(world.root, 'shop'), 'status')).rejects.toThrow();
  });

  test('works on as any workspace: the next pin, promotion and release', async () => {
    const { world, folder, said } = await imported(SHAPES.overlays.files, '--release', 'prod');
    expect(said.tags).toEqual(['v1.0.0']);
    const repo = ['--repo', folder];
    await world.ok(
      'pin',
      'payments',
      '--commit',
      'a'.repeat(40),
      '--version',
      '1.4.0',
      '--image',
      'ghcr.io/acme/payments:1.4.0',
      '--built',
      '2026-11-20T11:00:00Z',
      ...repo,
    );
    await world.ok('promote', 'dev', '--to', 'prod', ...repo);
    expect(await world.git(folder, 'tag')).toBe('v1.0.0\nv2.0.0');
    await world.ok('rollback', 'prod', ...repo);
    expect((await world.run(['verify', ...repo])).stdout).toMatch(/^✓ Nothing is wrong\n/);
  });

  test('takes the environments by the names that it is given, in their order', async () => {
    const files = {
      'first/kustomization.yaml': kustomization('resources: [a.yaml]'),
      'first/a.yaml': service('a'),
      'second/kustomization.yaml': kustomization('resources: [a.yaml]'),
      'second/a.yaml': service('a'),
    };
    const { said } = await imported(files, '--env', 'second,first');
    expect(said.environments.map(({ name, from }) => [name, from])).toEqual([
      ['second', []],
      ['first', ['second']],
    ]);
  });

  test('knows one name in two groups, nested bases, and a second folder of an environment', async () => {
    const files = {
      'base/common/kustomization.yaml': kustomization('resources: [service.yaml]'),
      'base/common/service.yaml': service('shared'),
      ...Object.fromEntries(
        ['bank', 'shop'].flatMap((group) => [
          [
            `${group}/web/base/kustomization.yaml`,
            kustomization(`namePrefix: ${group}-`, 'resources: [../../../base/common, deployment.yaml]'),
          ],
          [`${group}/web/base/deployment.yaml`, deployment('web', 'ghcr.io/acme/web:1')],
          ...['staging', 'prod'].map((env) => [
            `${group}/web/overlays/${env}/kustomization.yaml`,
            kustomization(`namespace: ${group}-${env}`, 'resources: [../../base]'),
          ]),
        ]),
      ),
    };
    const { world, folder, source, said } = await imported(files as Record<string, string>);
    expect(ways(said)).toEqual({ 'bank/web': 'overlays', 'shop/web': 'overlays' });
    const before = ['bank', 'shop'].flatMap((group) => objectsOf(join(source, `${group}/web/overlays/prod`)));
    expect((await environmentObjects(world, folder, 'prod')).sort()).toEqual(before.sort());
  });

  test('puts into place what Flux puts into what it built', async () => {
    const ks = (name: string, env: string) =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${name}}\nspec:\n  path: ./apps/claim\n  targetNamespace: ${env}\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild: {substitute: {NAME: ${name}}}\n`;
    const files = {
      'apps/claim/kustomization.yaml': kustomization('resources: [claim.yaml]'),
      'apps/claim/claim.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "$\{NAME}"}\ndata: {size: "$\{SIZE:=5Gi}"}\n`,
      'clusters/staging/photos.yaml': ks('photos', 'media'),
      'clusters/prod/photos.yaml': ks('photos', 'media'),
      'clusters/prod/films.yaml': ks('films', 'media'),
    };
    const { world, folder } = await imported(files);
    const found = (await environmentObjects(world, folder, 'prod')).map((text) => JSON.parse(text));
    expect(found.map(({ metadata, data }) => [metadata.name, metadata.namespace, data.size])).toEqual([
      ['films', 'media', '5Gi'],
      ['photos', 'media', '5Gi'],
    ]);
  });
});

describe.skipIf(!isHere)('import refuses', () => {
  test.each([
    [
      'a base elsewhere',
      { 'overlays/prod/kustomization.yaml': kustomization('resources: ["https://github.com/acme/base?ref=v1"]') },
      'IMPORT_NOTHING',
      'which is not in this repository',
    ],
    [
      'a chart that kustomize would fetch',
      { 'overlays/prod/kustomization.yaml': kustomization('helmCharts: [{name: redis, repo: https://example.com}]') },
      'IMPORT_NOTHING',
      'rendering never fetches a chart',
    ],
    [
      'a part that cannot be built, beside one that can',
      { 'web/prod/a.yaml': service('a'), 'api/prod/kustomization.yaml': kustomization('resources: [gone.yaml]') },
      'IMPORT_INCOMPLETE',
      'gone.yaml is not there',
    ],
    [
      'two alternatives in one place',
      {
        'one/kustomization.yaml': kustomization('resources: [a.yaml]'),
        'one/a.yaml': service('a'),
        'two/kustomization.yaml': kustomization('namePrefix: ""', 'resources: [a.yaml]'),
        'two/a.yaml': service('a').replace('80', '81'),
      },
      'IMPORT_CLASH',
      'Service a',
    ],
    ['a repository of nothing', { 'README.md': '# Hello\n' }, 'IMPORT_NOTHING', 'nothing here'],
  ])('%s', async (_, files, code, words) => {
    const world = new World();
    const source = await repositoryOf(world, 'gitops', files as unknown as Record<string, string>);
    const { code: exit, stderr } = await world.run(['import', source, '--to', join(world.root, 'shop')]);
    expect({ exit, stderr }).toEqual({
      exit: 3,
      stderr: expect.stringMatching(new RegExp(`^error \\[${code}\\] [^\\n]*${words}[^\\n]*\\.\\nhint: `)),
    });
    await expect(world.git(join(world.root, 'shop'), 'status')).rejects.toThrow();
  });

  test('what it cannot take for a repository, and takes no options for one', async () => {
    const world = new World();
    const to = ['--to', join(world.root, 'shop')];
    const said = async (...args: string[]) =>
      (await world.run(['import', ...args])).stderr.replaceAll(world.root, '~').replaceAll(/ReferenceError.*/g, '');
    expect(await said(world.empty, ...to)).toMatch(/^error \[NOT_A_REPOSITORY\]/);
    expect(await said('ext::sh -c id', ...to)).toMatch(/^error \[BAD_REPOSITORY\]/);
    expect(await said('', ...to)).toMatch(/^error \[BAD_REPOSITORY\]/);
    expect(await said(await repositoryOf(world, 'gitops', { 'a.yaml': service('a') }), '--to', world.root)).toMatch(
      /^error \[FOLDER_NOT_EMPTY\]/,
    );
    expect(await said(join(world.root, 'gitops'), ...to, '--env', 'a,a')).toMatch(/^error \[BAD_ENVIRONMENT_NAME\]/);
    expect(await said(join(world.root, 'gitops'), ...to, '--only', '../x')).toMatch(/^error \[BAD_FOLDER\]/);
    expect(await said(join(world.root, 'gitops'), ...to, '--release', 'moon')).toMatch(
      /^error \[UNKNOWN_ENVIRONMENT\]/,
    );
  });

  test('runs nothing that a repository names, and survives what nobody would write', async () => {
    const world = new World();
    const source = await repositoryOf(world, 'odd', {
      ...SHAPES.overlays.files,
      'argo/set.yaml':
        'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: x}\nspec: {generators: [{list: {elements: [{a: b}]}}]}\n',
      'argo/cycle.yaml':
        'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: y}\nspec: &a {again: *a}\n',
    });
    const marker = join(world.root, 'ran');
    for (const name of ['core.fsmonitor', 'filter.x.clean'])
      await world.git(source, 'config', name, `touch ${marker}; cat`);
    writeFileSync(join(source, '.gitattributes'), '* filter=x\n');
    const { code, stderr } = await world.run([
      'import',
      source,
      '--to',
      join(world.root, 'new'),
      '--dry-run',
      '--partial',
    ]);
    expect(stderr).not.toContain('INTERNAL');
    expect([0, 3]).toContain(code);
    expect(existsSync(marker)).toBe(false);
  });

  test('nothing in silence: links, charts and what no environment builds are named', async () => {
    const world = new World();
    const source = await repositoryOf(world, 'gitops', {
      'web/prod/a.yaml': service('a'),
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'charts/web/templates/a.yaml': service('b'),
      'old/kustomization.yaml': kustomization('resources: [x.yaml]'),
      'old/x.yaml': service('x'),
    });
    await world.git(
      source,
      'update-index',
      '--add',
      '--cacheinfo',
      `120000,${await world.git(source, 'hash-object', '-w', 'web/prod/a.yaml')},web/link.yaml`,
    );
    await world.git(source, 'commit', '--quiet', '--message', 'A link');
    const said = await world.json<Json & Record<string, unknown>>('import', source, '--to', join(world.root, 'shop'));
    expect(said.unplaced.map(({ path, why }) => `${path} ${why}`)).toMatchInlineSnapshot(`
      [
        "web/link.yaml is a symbolic link",
        "charts/web/Chart.yaml is a part of a Helm chart that no environment builds by kustomize",
        "charts/web/templates/a.yaml is a part of a Helm chart that no environment builds by kustomize",
        "old/kustomization.yaml is a kustomization that no environment builds",
        "old/x.yaml is named by nothing that an environment builds",
      ]
    `);
  });
});
