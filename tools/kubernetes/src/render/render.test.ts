import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MemorySnapshot } from '@eleventh/core/memory-snapshot';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Renderer } from './render.ts';

const kubectl = process.env.KUBECTL ?? 'kubectl';
const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
if (!hasKubectl) console.log('No kubectl: nothing is rendered.');

const root = mkdtempSync(join(tmpdir(), 'eleventh-rendering-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const folder = () => join(root, String(count++));
const env = { PATH: process.env.PATH, KUSTOMIZE: '/nowhere/kustomize', KUBECTL: kubectl, HELM: process.env.HELM };

const renderer = (cacheFolder = folder()) => new Renderer({ env, cwd: root, cacheFolder, now: 0 });

/** What kubectl itself prints of a folder of some files. */
function printed(files: Readonly<Record<string, string>>, path: string): string {
  const place = folder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  }
  return execFileSync(kubectl, ['kustomize', join(place, path)], { encoding: 'utf8' });
}

const HEAD = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
const PINNED = 'commonAnnotations:\n  eleventh.dev/commit: "3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192"\n';

interface Shape {
  readonly annotated: boolean;
  readonly namespace: boolean;
  readonly replicas: boolean;
  readonly prefix: boolean;
  readonly config: boolean;
  readonly flow: boolean;
  readonly pinned: boolean;
  /** Another service that it names. */
  readonly calls: number;
}

/** The files of some services in one environment. */
function workspace(shapes: readonly Shape[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [index, shape] of shapes.entries()) {
    const id = `service-${index}`;
    const metadata = shape.flow ? `metadata: {name: ${id}}` : `metadata:\n  labels:\n    name: other\n  name: ${id}`;
    const annotations = shape.annotated ? '\n  annotations:\n    a: "1"\n    z: |\n      kind: x\n' : '\n';
    files[`apps/${id}/manifests/deployment.yaml`] = `apiVersion: apps/v1
kind: Deployment
${metadata}${shape.flow ? '\n' : annotations}spec:
  selector: {matchLabels: {app: ${id}}}
  template:
    metadata: {labels: {app: ${id}}}
    spec:
      serviceAccountName: service-${shape.calls}
      containers:
        - name: main
          image: ghcr.io/acme/${id}
          envFrom: [{configMapRef: {name: settings-${shape.calls}}}]
`;
    files[`apps/${id}/manifests/account.yaml`] = `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${id}\n`;
    files[`apps/${id}/kustomization.yaml`] =
      `${HEAD}resources:\n  - manifests/account.yaml\n  - manifests/deployment.yaml\nimages:\n  - name: ghcr.io/acme/${id}\n    newTag: "1"\n${shape.pinned ? PINNED : ''}`;
    const lines = [
      ...(shape.namespace ? ['namespace: bank'] : []),
      ...(shape.prefix ? ['namePrefix: my-'] : []),
      ...(shape.replicas ? [`replicas:\n  - name: ${id}\n    count: 3`] : []),
      ...(shape.config ? [`configMapGenerator:\n  - name: settings-${index}\n    literals: [a=b]`] : []),
    ];
    files[`environments/staging/${id}/kustomization.yaml`] =
      `${HEAD}resources:\n  - ../../../apps/${id}\n${lines.join('\n')}\n`;
  }
  return files;
}

const SHAPES = fc.array(
  fc.record({
    ...{ annotated: fc.boolean(), namespace: fc.boolean(), replicas: fc.boolean(), flow: fc.boolean() },
    ...{ prefix: rarely(), config: rarely(), pinned: rarely().map((value) => !value) },
    calls: fc.nat({ max: 7 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function rarely() {
  return fc.integer({ min: 0, max: 9 }).map((number) => number === 0);
}

const everything = (shapes: readonly unknown[]) =>
  shapes.map((_, index) => ({ environment: 'staging', service: `service-${index}` }));

describe.skipIf(!hasKubectl)('a rendering', () => {
  it('is what kubectl prints of each service alone, together and from what was kept', async () => {
    await fc.assert(
      fc.asyncProperty(SHAPES, async (shapes) => {
        const files = workspace(shapes);
        const expected = everything(shapes).map(({ service }) => printed(files, `environments/staging/${service}`));
        const cache = folder();
        for (const one of [renderer(cache), renderer(cache)]) {
          const made = await one.render(new MemorySnapshot(files), everything(shapes));
          expect(made.map(({ error }) => error)).toEqual(made.map(() => null));
          expect(made.map(({ yaml }) => yaml)).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of a whole environment is what kubectl prints of it', async () => {
    const files = workspace([0, 1, 2].map((calls) => ({ ...PLAIN, calls })));
    files['environments/staging/kustomization.yaml'] =
      `${HEAD}resources:\n  - service-0\n  - service-1\n  - service-2\n`;
    const made = await renderer().renderEnvironment(new MemorySnapshot(files), 'staging');
    expect(made).toBe(printed(files, 'environments/staging'));
  });

  it('that fails says why, and hides no other', async () => {
    const files = workspace([PLAIN, PLAIN]);
    files['apps/service-0/manifests/account.yaml'] = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {}\n';
    const made = await renderer().render(new MemorySnapshot(files), everything([0, 1]));
    expect(made.map(({ error, yaml }) => [error?.code ?? null, yaml === null])).toEqual([
      ['RENDER_FAILED', true],
      [null, false],
    ]);
    expect(made[0]?.error?.message).toMatch(/^environments\/staging\/service-0 cannot be rendered: .*name/);
    expect(made[0]?.error?.message).not.toContain(tmpdir());
  });

  it('is made again where a file elsewhere changed, or what was kept is damaged', async () => {
    const files = workspace([PLAIN]);
    const overlay = 'environments/staging/service-0/kustomization.yaml';
    files[overlay] += 'components: [../../../components/size]\n';
    files['components/size/kustomization.yaml'] =
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas: [{name: service-0, count: 5}]\n';
    const cache = folder();
    const make = async () => (await renderer(cache).render(new MemorySnapshot(files), everything([0])))[0]?.yaml;
    expect(await make()).toContain('replicas: 5');
    files['components/size/kustomization.yaml'] = files['components/size/kustomization.yaml']?.replace('5', '6') ?? '';
    expect(await make()).toContain('replicas: 6');
    for (const file of execFileSync('find', [cache, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n'))
      writeFileSync(file, execFileSync('sed', ['s/replicas: 6/replicas: 9/', file]));
    expect(await make()).toContain('replicas: 6');
  });
});

const PLAIN: Shape = {
  ...{ annotated: false, namespace: true, replicas: false, prefix: false, config: false, flow: false, pinned: true },
  calls: 0,
};

describe('what would reach out', () => {
  const overlay = 'environments/staging/service-0/kustomization.yaml';
  const secret = { 'apps/service-0/manifests/secret.yaml': { link: '../../../../etc/passwd' } };
  const exec = `apiVersion: example.com/v1
kind: Generate
metadata:
  name: it
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./evil.sh}
`;
  const cases: readonly [what: string, code: string, files: Record<string, string | { link: string }>][] = [
    ['a remote base', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: ["https://example.com/base?ref=main"]\n` }],
    ['a base of GitHub', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: [github.com/acme/base]\n` }],
    ['a base over SSH', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: ["git@example.com:acme/base"]\n` }],
    ['a base in old words', 'RENDER_REMOTE', { [overlay]: `${HEAD}bases: ["git::https://example.com/x"]\n` }],
    ['a base in other letters', 'RENDER_REMOTE', { [overlay]: `${HEAD}Resources: ["https://example.com/x"]\n` }],
    ['a remote file', 'RENDER_REMOTE', { [overlay]: `${HEAD}patches: [{path: "https://example.com/p.yaml"}]\n` }],
    ['a remote component', 'RENDER_REMOTE', { [overlay]: `${HEAD}components: ["example.com//c"]\n` }],
    ['remote custom resources', 'RENDER_REMOTE', { [overlay]: `${HEAD}crds: ["https://example.com/crd.json"]\n` }],
    ['a remote schema', 'RENDER_REMOTE', { [overlay]: `${HEAD}openapi: {path: "https://example.com/s.json"}\n` }],
    ['a folder above', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: [../../../../../../etc]\n` }],
    ['a file from the root', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: [/etc/passwd]\n` }],
    [
      'a file above, in a generator',
      'RENDER_REMOTE',
      { [overlay]: `${HEAD}configMapGenerator: [{name: a, files: ["x=../../../../../etc/passwd"]}]\n` },
    ],
    ['what is not there', 'RENDER_REMOTE', { [overlay]: `${HEAD}resources: [acme/base]\n` }],
    [
      'a link',
      'RENDER_UNREADABLE',
      { ...secret, [overlay]: `${HEAD}resources: [../../../apps/service-0/manifests/secret.yaml]\n` },
    ],
    [
      'a chart of a repository',
      'RENDER_PROGRAM',
      { [overlay]: `${HEAD}helmCharts: [{name: a, repo: "https://example.com"}]\n` },
    ],
    [
      'a generator that is a program',
      'RENDER_PROGRAM',
      { [overlay]: `${HEAD}generators: [g.yaml]\n`, 'environments/staging/service-0/g.yaml': exec },
    ],
    [
      'a transformer that is a program, inline',
      'RENDER_PROGRAM',
      { [overlay]: `${HEAD}transformers:\n  - |-\n${exec.replace(/^/gm, '    ')}\n` },
    ],
    [
      'a plugin',
      'RENDER_PROGRAM',
      {
        [overlay]: `${HEAD}validators: [g.yaml]\n`,
        'environments/staging/service-0/g.yaml': 'apiVersion: example.com/v1\nkind: Plugin\nmetadata: {name: a}\n',
      },
    ],
    [
      'a chart of a repository, as a generator',
      'RENDER_PROGRAM',
      {
        [overlay]: `${HEAD}generators: [g.yaml]\n`,
        'environments/staging/service-0/g.yaml':
          'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nrepo: https://example.com\n',
      },
    ],
    [
      'a base of a base',
      'RENDER_REMOTE',
      {
        'apps/service-0/kustomization.yaml': `${HEAD}resources: [manifests]\n`,
        'apps/service-0/manifests/kustomization.yaml': `${HEAD}resources: ["https://example.com/x"]\n`,
      },
    ],
  ];

  it.each(cases)('never runs: %s', async (_, code, files) => {
    const place = folder();
    const ran = join(place, 'ran');
    const program = join(place, 'kustomize');
    mkdirSync(place);
    writeFileSync(program, `#!/bin/sh\n[ "$1" = version ] && echo v5.0.0 && exit\ntouch ${ran}\n`);
    chmodSync(program, 0o755);
    const tested = new Renderer({ env: { ...env, KUSTOMIZE: program }, cwd: root, cacheFolder: folder(), now: 0 });
    const [made] = await tested.render(new MemorySnapshot({ ...workspace([PLAIN]), ...files }), everything([0]));
    expect([made?.error?.code, existsSync(ran)]).toEqual([code, false]);
    const [fine] = await tested.render(new MemorySnapshot(workspace([PLAIN])), everything([0]));
    expect([fine?.error, existsSync(ran)]).toEqual([null, true]);
  });
});
