import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand, fileAt } from './by-hand.ts';
import { hasKubectl } from './kubectl.ts';
import { hour, screen, screens } from './screen.ts';
import { sha, World } from './world.ts';

const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: manifests are not checked.');

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
spec:
  replica: 2
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec:
      containers:
        - name: web
          image: payments
          env: [{name: AWS_KEY, value: AKIAIOSFODNN7EXAMPLE}]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: payments
spec:
  selector: {app: payment}
  ports: [{port: 80}]
`;

/** Returns a world in which staging runs a service with four things wrong, and a sound one. */
async function broken(): Promise<World> {
  const world = await World.begun();
  const manifests = world.files('manifests', { 'deployment.yaml': DEPLOYMENT, 'service.yaml': SERVICE });
  await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/acme/payments', '--manifests', manifests);
  await world.ok('service', 'add', 'ledger', '--image', 'ghcr.io/acme/ledger');
  for (const id of ['payments', 'ledger']) await world.ok('pin', id, '--commit', sha(1), '--built', hour(1));
  return world;
}

interface Report {
  readonly ok: boolean;
  readonly known: number;
  readonly checked: readonly { environment: string; service: string }[];
  readonly findings: readonly { rule: string; severity: string; file: string; line: number; environment: string }[];
}
const report = async (world: World, ...args: string[]): Promise<Report> =>
  JSON.parse((await world.run(['check', ...args, '--json'])).stdout);
const places = ({ findings }: Report) => findings.map(({ rule, file, line }) => `${file}:${line} ${rule}`);

describe.skipIf(!isHere)('check', () => {
  test('says file by file what is wrong, and ends with 1', async () => {
    const world = await broken();
    const before = await world.refs();
    expect(await screens(world, ['check'], ['check', '--service', 'ledger'])).toMatchInlineSnapshot(`
      "$ eleventh check
      apps/payments/manifests/deployment.yaml
        6:3  error  unknown-field  spec.replica is not a known field. (staging)
                                   Did you mean replicas ?

      apps/payments/manifests/service.yaml
        6:3  warning  service-without-workload  Service payments of staging selects no pods of this environment. (staging)

      ✗ 1 error, 1 warning in 2 services of 1 environment
      [exit 1]
      $ eleventh check --service ledger
      ✓ Nothing is wrong in 1 service of 1 environment
      "
    `);
    expect(await world.refs()).toBe(before);
    const failing = async (severity: string) => (await world.run(['check', '--fail-on', severity])).code;
    expect(await failing('warning')).toBe(1);
    expect(await screen(world, ['check', '--environment', 'nowhere'])).toContain('[UNKNOWN_ENVIRONMENT]');
    expect(await screen(world, ['check', '--service', 'nothing'])).toContain('[UNKNOWN_SERVICE]');
  });

  test('looks again at what changed, and at nothing else', async () => {
    const world = await broken();
    await world.ok('promote', 'staging', '--to', 'preprod');
    const first = await report(world);
    expect([first.known, first.checked.length]).toEqual([0, 4]);
    const again = await report(world);
    expect([again.known, again.findings]).toEqual([4, first.findings]);
    const manifests = world.files('mended', {
      'deployment.yaml': DEPLOYMENT.replace('replica:', 'replicas:').replace(/ +env: .*\n/, ''),
      'service.yaml': SERVICE.replace('payment}', 'payments}'),
    });
    await world.ok('pin', 'payments', '--commit', sha(2), '--built', hour(2), '--manifests', manifests);
    const mended = await report(world, '--environment', 'staging');
    expect([mended.known, mended.findings, mended.ok]).toEqual([1, [], true]);
    const left = first.findings.filter(({ environment }) => environment === 'preprod');
    expect((await report(world)).findings).toEqual(left);
  });

  test('is told by the default branch what counts, and for whom', async () => {
    const world = await broken();
    const [settings, service] = ['environments/workspace.yaml', 'apps/payments/service.yaml'];
    const rules = (lines: string) =>
      commitByHand(world, 'main', { [settings]: `${fileAt(world, 'main', settings)}  check:\n${lines}` });
    const before = fileAt(world, 'main', settings);
    rules('    rules: {unknown-field: warning, pasted-secret: off}\n');
    const counted = (await report(world)).findings.map(({ rule, severity }) => `${severity} ${rule}`);
    expect(counted).toContain('warning unknown-field');
    expect(counted.join()).not.toContain('pasted-secret');
    commitByHand(world, 'main', { [settings]: before });
    commitByHand(world, 'main', {
      [service]: `${fileAt(world, 'main', service)}  check:\n    ignore:\n      - {rule: unknown-field, reason: it is meant so}\n`,
    });
    expect(places(await report(world)).join()).not.toContain('unknown-field');
    commitByHand(world, 'main', {
      [service]: fileAt(world, 'main', service).replace('unknown-field', 'unknown-fields'),
    });
    expect(await screen(world, ['check'])).toMatchInlineSnapshot(`
      "$ eleventh check
      error [UNKNOWN_RULE] apps/payments/service.yaml: spec.check.ignore: there is no rule unknown-fields.
      hint: Did you mean unknown-field ?
      [exit 3]
      "
    `);
  });

  test('finds what services require of each other and do not have', async () => {
    const world = await broken();
    const service = 'apps/ledger/service.yaml';
    commitByHand(world, 'main', {
      [service]: `${fileAt(world, 'main', service)}  requires: {payments: ">=2"}\n`,
    });
    expect(places(await report(world, '--service', 'ledger'))).toEqual([`${service}:1 requires-broken`]);
  });

  test('writes reports for other programs', async () => {
    const world = await broken();
    const shown = async (format: string) => (await world.run(['check', '--format', format])).stdout;
    const sarif = JSON.parse(await shown('sarif'));
    const { findings } = await report(world);
    expect(sarif.runs[0].results.length).toBe(findings.length);
    expect((await shown('github')).split('\n').filter((line) => line.startsWith('::'))).toHaveLength(findings.length);
    expect(await shown('junit')).toMatch(/<testsuite name="staging" tests="2" failures="1" errors="0">/);
  });

  test('tells of a revision, or of the files on disk, what it would come to', async () => {
    const world = await broken();
    const overlay = 'environments/staging/ledger/kustomization.yaml';
    const text = `${fileAt(world, 'main', overlay)}replicas: [{name: nothing, count: 2}]\n`;
    await world.git(world.remote, 'branch', 'review', 'main');
    commitByHand(world, 'review', { [overlay]: text });
    const found = (all: Report) => places(all).filter((place) => place.startsWith('environments/'));
    const line = text.split('\n').length - 1;
    expect(found(await report(world))).toEqual([]);
    const both = [`${overlay}:1 does-not-render`, `${overlay}:${line} overlay-names-nothing`];
    expect(found(await report(world, '--ref', 'review'))).toEqual(both);
    const checkout = await world.checkout('review');
    const { stdout } = await world.run(['check', '--worktree', '--json'], { cwd: checkout });
    expect(found(JSON.parse(stdout))).toEqual(both);
    const committed = await world.run(['check', '--repo', '.', '--ref', 'HEAD', '--json'], { cwd: checkout });
    expect(found(JSON.parse(committed.stdout))).toEqual(both);
  });

  test('looks at services that run nowhere yet, where their files are', async () => {
    const world = await World.begun();
    const manifests = world.files('manifests', { 'deployment.yaml': DEPLOYMENT, 'service.yaml': SERVICE });
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/acme/payments', '--manifests', manifests);
    expect(await screens(world, ['check'], ['check', '--ref', 'main'])).toMatchInlineSnapshot(`
      "$ eleventh check
      ! Nothing was looked at: no service runs there yet
      $ eleventh check --ref main
      apps/payments/manifests/deployment.yaml
        6:3  error  unknown-field  spec.replica is not a known field. (staging, preprod, prod)
                                   Did you mean replicas ?

      apps/payments/manifests/service.yaml
        6:3  warning  service-without-workload  Service payments of preprod selects no pods of this environment. (preprod)
        6:3  warning  service-without-workload  Service payments of prod selects no pods of this environment. (prod)
        6:3  warning  service-without-workload  Service payments of staging selects no pods of this environment. (staging)

      ✗ 1 error, 3 warnings in 1 service of 3 environments
      [exit 1]
      "
    `);
  });

  test('takes no option that it would do nothing with', async () => {
    const world = await World.begun();
    expect(await screen(world, ['check', '--policy', '--format', 'sarif', '--service', 'nope'])).toMatchInlineSnapshot(`
      "$ eleventh check --policy --format sarif --service nope
      error [USAGE] Option '--policy' cannot be used with option '--service <id>'.
      hint: eleventh check --help
      [exit 2]
      "
    `);
  });
});

/** Writes a program of three lines or so, in place of one of others, and returns its path. */
function program(world: World, name: string, script: string): string {
  const path = join(world.files('bin', { [name]: `#!/bin/sh\n${script}\n` }), name);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(!isHere)('what decides what is found', () => {
  test('is the version of Helm too', async () => {
    const world = await World.begun();
    const manifests = world.files('manifests', { 'Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n' });
    await world.ok('service', 'add', 'cart', '--image', 'ghcr.io/acme/cart', '--manifests', manifests);
    const service = 'apps/cart/service.yaml';
    const field = '  fields: [{path: image.tag, value: tag}]\n';
    commitByHand(world, 'main', { [service]: fileAt(world, 'main', service) + field });
    await world.ok('pin', 'cart', '--commit', sha(1), '--built', hour(1));
    const found = async (version: string, output: string) => {
      const helm = `case "$1" in version) echo ${version};; *) printf '${output}';; esac`;
      const { stdout } = await world.run(['check', '--json'], { env: { HELM: program(world, 'helm', helm) } });
      const { findings, known } = JSON.parse(stdout) as Report;
      return [known, findings.map(({ rule }) => rule)];
    };
    const pod = `apiVersion: v1\\nkind: Pod\\nmetadata: {name: a}\\nspec: {containers: [{name: a, image: "ghcr.io/acme/cart:${sha(1)}"}]}\\n`;
    expect(await found('v4.1.4', pod)).toEqual([0, []]);
    expect(await found('v4.1.4', pod)).toEqual([1, []]);
    expect(await found('v4.2.0', `${pod}datum: {}\\n`)).toEqual([0, ['unknown-field']]);
    expect(await found('v4.2.1', 'words: of: no: YAML')).toEqual([0, ['does-not-render']]);
    expect(await found('v4.2.2', pod.replace('{name: a}', '{name: 2024}'))).toEqual([0, ['wrong-type']]);
  });

  test('are the checkers of others, which have to be there', async () => {
    const world = await broken();
    const settings = 'environments/workspace.yaml';
    const external = '  check:\n    external:\n      conftest: {policy: environments/policy}\n';
    commitByHand(world, 'main', { [settings]: fileAt(world, 'main', settings) + external });
    const rules = async (version: string, failures: string) => {
      const script = `case "$1" in --version) echo ${version};; *) echo '[{"namespace": "bank", "failures": [${failures}]}]';; esac`;
      const folder = dirname(program(world, 'conftest', script));
      const { stdout } = await world.run(['check', '--service', 'ledger', '--json'], {
        env: { PATH: `${folder}:${world.env.PATH}` },
      });
      return (JSON.parse(stdout) as Report).findings.map(({ rule }) => rule);
    };
    expect(await rules('1', '')).toEqual([]);
    expect(await rules('2', '{"msg": "bad"}')).toEqual(['conftest/bank']);
    expect(await screen(world, ['check', '--service', 'ledger'])).toMatchInlineSnapshot(`
      "$ eleventh check --service ledger
      error [NO_CHECKER] conftest is asked for, and is not installed.
      hint: Install conftest, or remove it from spec.check.external in environments/workspace.yaml
      [exit 1]
      "
    `);
  });

  test('are files beside those that an overlay shares with others', async () => {
    const world = await broken();
    const overlay = 'environments/staging/ledger/kustomization.yaml';
    const shared = 'components/shared';
    const text = `${fileAt(world, 'main', overlay)}components: [../../../${shared}]\n`;
    const component =
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {team: bank}\n';
    commitByHand(world, 'env/staging', { [overlay]: text, [`${shared}/kustomization.yaml`]: component });
    const fails = async () =>
      (await report(world, '--service', 'ledger')).findings.some(({ rule }) => rule === 'does-not-render');
    expect(await fails()).toBe(false);
    // Kustomize takes one of the two, and refuses both.
    commitByHand(world, 'env/staging', { [`${shared}/kustomization.yml`]: component });
    expect(await fails()).toBe(true);
  });
});

describe.skipIf(!isHere)('an environment that takes sound manifests alone', () => {
  const PATH = 'environments/staging/environment.yaml';

  test('refuses a pin of others, until they are mended or meant so', async () => {
    const world = await broken();
    const text = fileAt(world, 'main', PATH);
    commitByHand(world, 'main', { [PATH]: text.replace('spec:\n', 'spec:\n  check: {refuse: error}\n') });
    const before = await world.refs();
    const pin = (build: number) => ['pin', 'payments', '--commit', sha(build), '--built', hour(build)];
    expect(await screen(world, pin(2))).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T02:00:00Z
      error [MANIFESTS_REFUSED] staging takes no build whose manifests are not sound, and those of payments are not: apps/payments/manifests/deployment.yaml:6 spec.replica is not a known field (unknown-field).
      hint: Mend them, or except them in apps/payments/service.yaml on main: spec.check.ignore: [{rule: unknown-field, reason: …}]
      [exit 3]
      "
    `);
    expect(await world.refs()).toBe(before);
    const { code, stderr } = await world.run(pin(2), { env: { KUBECTL: '/nowhere' } });
    expect([code, stderr]).toEqual([1, expect.stringContaining('[RENDERER_UNUSABLE]')]);
    await world.ok('pin', 'ledger', '--commit', sha(2), '--built', hour(2));
    const service = 'apps/payments/service.yaml';
    commitByHand(world, 'main', {
      [service]: `${fileAt(world, 'main', service)}  check:\n    ignore: [{rule: unknown-field, reason: the operator adds it}]\n`,
    });
    await world.ok(...pin(2));
  });
});
