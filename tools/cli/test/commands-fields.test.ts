import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand, fileAt } from './by-hand.ts';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import { hour, screen, screens } from './screen.ts';
import { sha, World } from './world.ts';

const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: what kustomize makes of fields is not looked at.');

const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: payments
spec:
  chart:
    spec: {chart: payments}
  values:
    image:
      repository: ghcr.io/acme/payments
`;
const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ledger
spec:
  source:
    repoURL: https://charts.example.com
    chart: ledger
    targetRevision: 0.0.0
    helm:
      parameters:
        - {name: image.tag, value: none}
`;
const service = (id: string, spec: string) => `apiVersion: eleventh.dev/v1alpha1
kind: Service
metadata:
  name: ${id}
spec:
${spec}`;

const SERVICES = {
  payments: {
    files: { 'release.yaml': RELEASE },
    fields:
      '  images: [ghcr.io/acme/payments]\n  fields:\n    - {kind: HelmRelease, name: payments, path: spec.values.image.tag, value: tag}\n',
  },
  ledger: {
    files: { 'application.yaml': APPLICATION },
    fields:
      '  fields:\n    - {kind: Application, path: spec.source.targetRevision, value: version}\n    - {kind: Application, path: spec.source.helm.parameters.0.value, value: commit}\n',
  },
  web: {
    files: {
      'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
      'values.yaml': 'image: {repository: none, tag: none}\n',
      'templates/deployment.yaml': 'kind: {{ .Values.kind }}\n',
    },
    fields:
      '  images: [ghcr.io/acme/web]\n  fields:\n    - {path: image.repository, value: repository}\n    - {path: image.tag, value: tag}\n',
  },
};

/** Returns a world with a service for a HelmRelease, one for an Application, and one with a chart of its own. */
async function withFields(): Promise<World> {
  const world = await World.begun();
  for (const [id, { files, fields }] of Object.entries(SERVICES)) {
    const folder = world.files(id, files);
    await world.ok('service', 'add', id, '--image', `ghcr.io/acme/${id}`, '--manifests', folder);
    commitByHand(world, 'main', { [`apps/${id}/service.yaml`]: service(id, fields) });
  }
  return world;
}

const pin = (id: string, build: number, ...more: string[]) => [
  ...['pin', id, '--commit', sha(build), '--built', hour(build), ...more],
];

describe('a service whose build goes into fields', () => {
  test('is pinned there, promoted, and verified', async () => {
    const world = await withFields();
    await world.ok(...pin('payments', 1));
    await world.ok(...pin('ledger', 1, '--version', '1.2.0'));
    await world.ok(...pin('web', 1));
    expect(fileAt(world, 'env/staging', 'apps/payments/kustomization.yaml')).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/release.yaml
      images:
        - name: "ghcr.io/acme/payments"
          newName: "ghcr.io/acme/payments"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      patches:
        - target:
            kind: "HelmRelease"
            name: "payments"
          patch: |-
            - op: add
              path: "/spec/values/image/tag"
              value: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/built: "2026-11-01T01:00:00Z"
      "
    `);
    expect(fileAt(world, 'env/staging', 'apps/web/kustomization.yaml')).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources: []
      images:
        - name: "ghcr.io/acme/web"
          newName: "ghcr.io/acme/web"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/built: "2026-11-01T01:00:00Z"
      "
    `);
    expect(fileAt(world, 'env/staging', 'apps/web/values.yaml')).toMatchInlineSnapshot(`
      "image:
        repository: "ghcr.io/acme/web"
        tag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "
    `);
    expect(await screen(world, pin('payments', 1))).toContain('nothing to do');
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok(...pin('payments', 2));
    await world.ok('promote', 'staging', '--to', 'preprod', '--only', 'payments');
    await world.ok('rollback', 'preprod', '--only', 'payments');
    expect(await world.ok('verify', '--repo', world.remote)).toContain('Nothing is wrong');
  });

  test.skipIf(!isHere)('is what kustomize renders', async () => {
    const world = await withFields();
    await world.ok(...pin('payments', 1));
    await world.ok(...pin('ledger', 1, '--version', '1.2.0'));
    await world.ok(...pin('web', 1));
    const checkout = await world.checkout('env/staging');
    const rendered = (id: string) =>
      execFileSync(KUBECTL, ['kustomize', join(checkout, 'environments/staging', id)], { encoding: 'utf8' });
    expect(rendered('payments')).toContain(`tag: ${sha(1)}`);
    expect(rendered('ledger')).toContain('targetRevision: 1.2.0');
    expect(rendered('ledger')).toContain(`value: ${sha(1)}`);
    expect(rendered('web')).toBe('');
  });

  test('is refused without what goes there, or without a place for it', async () => {
    const world = await withFields();
    const other = world.files('other', { 'release.yaml': RELEASE.replace(/ {4}image:\n.*\n/, '    a: b\n') });
    expect(await screens(world, pin('ledger', 1), pin('payments', 1, '--manifests', other))).toMatchInlineSnapshot(`
      "$ eleventh pin ledger --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z
      error [FIELD_WITHOUT_VALUE] The build of ledger has no version, which goes to spec.source.targetRevision.
      hint: --version <SemVer>
      [exit 3]
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --manifests ~/other
      error [FIELD_UNUSED] The pin of payments has to go to spec.values.image.tag, and its manifests have no HelmRelease payments that could hold it.
      hint: See spec.fields in apps/payments/service.yaml, and what the manifests hold.
      [exit 3]
      "
    `);
  });

  test('may not be set by an overlay', async () => {
    const world = await withFields();
    await world.ok(...pin('payments', 1));
    await world.ok(...pin('web', 1));
    const patch = (value: string) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../apps/payments
patches:
  - target: {kind: HelmRelease}
    patch: '[{"op": "add", "path": "/spec/values${value}, "value": {"a": "b"}}]'
`;
    const overlay = 'environments/preprod/payments/kustomization.yaml';
    for (const place of ['/image/tag"', '/image"', '"']) {
      commitByHand(world, 'main', { [overlay]: patch(place) });
      await world.ok('update', 'staging');
      const { code, stderr } = await world.run(['promote', 'staging', '--to', 'preprod']);
      expect([place, code, stderr]).toEqual([place, 3, expect.stringContaining(`sets an image (${overlay})`)]);
    }
    commitByHand(world, 'main', {
      [overlay]: patch('/resources"'),
      'environments/preprod/web/values.yaml': 'replicas: 3\nimage: {pullPolicy: Always}\n',
    });
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
    commitByHand(world, 'main', { 'environments/preprod/web/values.yaml': 'image: {tag: evil}\n' });
    const { code, stderr } = await world.run(['update', 'preprod']);
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('sets an image (environments/preprod/web/values.yaml)'),
    ]);
  });

  test('is found when somebody wrote something else there', async () => {
    const world = await withFields();
    await world.ok(...pin('payments', 1));
    await world.ok(...pin('web', 1));
    const [payments, web] = ['apps/payments/kustomization.yaml', 'apps/web/values.yaml'];
    commitByHand(world, 'env/staging', {
      [payments]: fileAt(world, 'env/staging', payments).replace(/value: .*/, 'value: "evil"'),
    });
    commitByHand(world, 'env/staging', { [web]: 'image:\n  tag: "evil"\n' });
    const { findings } = await (async () => {
      const { stdout } = await world.run(['verify', '--repo', world.remote, '--json']);
      return JSON.parse(stdout) as { findings: { rule: string; message: string }[] };
    })();
    expect(findings.filter(({ rule }) => rule === 'pin-differs').map(({ message }) => message)).toEqual([
      'The pin of payments puts into fields what is not of its build.',
      'The pin of web puts into fields what is not of its build.',
    ]);
    const { code, stderr } = await world.run(['promote', 'staging', '--to', 'preprod']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not a pin on its own manifests')]);
  });
});
