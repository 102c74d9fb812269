import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { HOSTS, type HostName } from '../src/ci/host.ts';
import { scriptsOf } from './ci-extract.ts';
import { groovyProblem } from './ci-groovy.ts';
import { runHere } from './in-process.ts';
import { World } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ACTIONLINT = process.env.ACTIONLINT ?? 'actionlint';
const PIPELINES = [[], ['--pull-requests', '--author', 'Deployments <deployments@example.com>']];
const IMAGES = [
  '--image',
  'ghcr.io/acme/payments',
  '--image',
  'ghcr.io/acme/payments-worker',
  '--manifests',
  'k8s/base',
];
const STEPS = [
  ['--env', 'staging'],
  IMAGES,
  ['--image', 'ghcr.io/acme/payments:1.4.0', '--author', "D'Arcy <d@example.com>"],
];

/** Returns the files that `ci` prints, outside of any repository. */
async function printed(host: HostName, ...options: string[]): Promise<{ path: string | null; text: string }[]> {
  const { code, stdout, stderr } = await runHere(new World(), ['ci', host, ...options, '--json'], {
    env: { ELEVENTH_REPO: '' },
  });
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { files: { path: string | null; text: string }[] }).files;
}

/** Returns everything that is printed for a host, by how it was asked for. */
async function everything(host: HostName): Promise<{ pipelines: string[]; steps: string[] }> {
  const texts = (files: { text: string }[][]) => files.flat().map(({ text }) => text);
  const notify = host === 'concourse' ? [] : [[...IMAGES, '--notify']];
  const pipelines = await Promise.all(PIPELINES.map((options) => printed(host, ...options)));
  const steps = await Promise.all(
    [...STEPS, ...notify].map((options) => printed(host, '--service', 'risk/payments', ...options)),
  );
  return { pipelines: texts(pipelines), steps: texts(steps) };
}

type Schema = 'github-workflow' | 'github-action' | 'gitlab' | 'buildkite' | 'concourse';

/** Returns what a published schema objects to, at most five things. */
function objections(name: Schema, value: unknown): string[] {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, `ci-schemas/${name}.json`), 'utf8')) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(schema);
  validate(value);
  return (validate.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Returns a workflow around the job of a service: with the build that it comes after. */
function workflowOf(step: string): string {
  const digests = [...step.matchAll(/needs\.build\.outputs\.(\w+)/g)].map(([, name]) => `      ${name}: sha256`);
  const outputs = digests.length === 0 ? '' : `    outputs:\n${digests.join('\n')}\n`;
  return `on: push\n${step}  build:\n    runs-on: ubuntu-24.04\n${outputs}    steps:\n      - run: make image\n`;
}

describe('every file is what its host reads', () => {
  test('GitHub, by its published schema', async () => {
    const { pipelines, steps } = await everything('github');
    for (const text of [...pipelines, ...steps.map(workflowOf)])
      expect(objections('github-workflow', parse(text))).toEqual([]);
    expect(objections('github-workflow', parse((pipelines[0] ?? '').replace('runs-on', 'runs-of')))).not.toEqual([]);
  });

  test('GitHub, by actionlint', async ({ skip }) => {
    if (spawnSync(ACTIONLINT, ['-version']).error !== undefined) skip('actionlint is not installed');
    const lint = (input: string) =>
      spawnSync(ACTIONLINT, ['-no-color', '-shellcheck=', '-pyflakes=', '-'], { input, encoding: 'utf8' }).stdout;
    const { pipelines, steps } = await everything('github');
    for (const text of [...pipelines, ...steps.map(workflowOf)]) expect(lint(text)).toBe('');
    expect(lint((pipelines[2] ?? '').replace('actions/setup-node@v4', 'actions/setup-node'))).toContain(
      'specifying action',
    );
  });

  test('the Action, by its published schema', () => {
    const action = readFileSync(join(ROOT, 'action.yml'), 'utf8');
    expect(objections('github-action', parse(action))).toEqual([]);
    expect(objections('github-action', parse(action.replace('using: composite', 'using: shell')))).not.toEqual([]);
  });

  test('GitLab, by its published schema', async () => {
    const { pipelines, steps } = await everything('gitlab');
    for (const text of [...pipelines, ...steps]) expect(objections('gitlab', parse(text))).toEqual([]);
    expect(objections('gitlab', parse((steps[0] ?? '').replace('stage: deploy', 'stage: {}')))).not.toEqual([]);
  });

  test('the component, by the same schema', () => {
    const [header, jobs] = parseAllDocuments(readFileSync(join(ROOT, 'templates/pin.yml'), 'utf8'));
    expect(objections('gitlab', header?.toJS())).toEqual([]);
    expect(objections('gitlab', jobs?.toJS())).toEqual([]);
  });

  test('Buildkite, by its published schema', async () => {
    const { pipelines, steps } = await everything('buildkite');
    for (const text of [...pipelines, ...steps]) expect(objections('buildkite', parse(text))).toEqual([]);
    expect(objections('buildkite', parse((steps[0] ?? '').replace('steps:', 'stages:')))).not.toEqual([]);
  });

  test('Concourse, by a schema made after its documentation', async () => {
    const { pipelines, steps } = await everything('concourse');
    for (const text of pipelines) expect(objections('concourse', parse(text))).toEqual([]);
    const job = (step: unknown) => ({ jobs: [{ name: 'build', plan: [{ get: 'payments' }, step] }] });
    for (const text of steps) expect(objections('concourse', job(parse(text)))).toEqual([]);
    expect(objections('concourse', job({ ...parse(steps[0] ?? ''), tusk: 'pin' }))).not.toEqual([]);
    // What no schema says: every input is fetched, and every resource is used.
    for (const text of pipelines) {
      const { resources, jobs } = parse(text) as {
        resources: { name: string }[];
        jobs: { plan: { get?: string }[] }[];
      };
      const fetched = new Set(jobs.flatMap(({ plan }) => plan.flatMap(({ get }) => get ?? [])));
      expect([...fetched].sort()).toEqual(resources.map(({ name }) => name).sort());
    }
  });

  test('Jenkins, with brackets and quotes that close', async () => {
    const { pipelines, steps } = await everything('jenkins');
    for (const text of [...pipelines, ...steps]) expect(groovyProblem(text)).toBe(null);
    expect(groovyProblem((pipelines[0] ?? '').replace('agent any', "agent 'any"))).not.toBe(null);
    expect(groovyProblem((pipelines[0] ?? '').replace('stages {', 'stages'))).not.toBe(null);
  });

  test.each(HOSTS)('%s gets scripts that a POSIX shell can read', async (host) => {
    const { pipelines, steps } = await everything(host);
    const names = ['REPO', 'DEPLOY_KEY', 'READ_KEY', 'KNOWN_HOSTS', 'FORGE_TOKEN', 'DRAIN_TOKEN'];
    const secrets = Object.fromEntries(names.map((name) => [`ELEVENTH_${name}`, 'text']));
    const expressions = new Proxy({}, { get: () => 'text' });
    const told = { secrets, expressions, folder: new World().root };
    const scripts = [...pipelines, ...steps].flatMap((text) => scriptsOf(host, text, told));
    expect(scripts.length).toBeGreaterThan(PIPELINES.length * 7);
    for (const { script } of scripts) {
      expect(script).toMatch(/^set -eu\n/);
      execFileSync('sh', ['-n'], { input: script });
    }
  });
});
