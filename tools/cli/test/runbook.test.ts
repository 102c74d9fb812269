import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import { type BatchLine, build, pinned, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

const PAGE = join(import.meta.dirname, '../../../docs/how-to/run-without-the-host.md');
const ADDRESS = 'git@example.com:acme/deploy.git';
const CLUSTER = 'needs a cluster';

/** A part of the page: a code block with the invisible comment before it, or such a comment alone. */
interface Part {
  readonly comment: string;
  readonly code: string;
}

function partsOf(page: string): Part[] {
  const pattern = /^<!-- (.+?) -->\n(?:```sh\n([\s\S]*?)^```$)?|^```sh\n([\s\S]*?)^```$/gm;
  return [...page.matchAll(pattern)].map(([, comment = '', marked, plain]) => ({
    comment,
    code: marked ?? plain ?? '',
  }));
}

/** Returns a world in which prod runs v1.1.0, which changed one service and added another since v1.0.0. */
async function released(): Promise<World> {
  const world = await withServices();
  const release = async (...lines: readonly BatchLine[]) => {
    await pinned(world, ...lines);
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
  };
  const manifests = (id: string) => world.files(`manifests-${id}`, { 'deployment.yaml': deployment(id) });
  const built = (id: string, number: number, name: string, more = {}) =>
    build(id, number, { images: [`ghcr.io/acme/${name}:${sha(number)}`], manifests: manifests(name), ...more });
  await release(built('payments', 1, 'payments', { version: '1.0.0' }));
  await release(built('payments', 2, 'payments', { version: '1.0.1' }), built('risk/fraud', 3, 'fraud'));
  expect(await world.ask('tag', '--list')).toBe('v1.0.0\nv1.1.0');
  return world;
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: ${name}, image: ${name}}]}
`;
}

/** Runs the page's blocks in one shell, so that what one sets the next one has. */
class Runbook {
  readonly #world: World;
  readonly #env: Readonly<Record<string, string>>;
  #variables = '';

  constructor(world: World) {
    this.#world = world;
    const bin = world.files('bin', { eleventh: '' });
    const program = join(import.meta.dirname, '../bin/eleventh.cjs');
    const link = (name: string, command: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    };
    link('eleventh', `"${process.execPath}" "${program}"`);
    if (KUBECTL !== 'kubectl') link('kubectl', `"${KUBECTL}"`);
    mkdirSync(join(world.root, 'on-call'));
    this.#env = { ...world.env, PATH: `${bin}${delimiter}${world.env.PATH}` };
  }

  get folder(): string {
    return join(this.#world.root, 'on-call');
  }

  /** Returns what a block prints; throws when a command of it fails. */
  run(code: string): string {
    const script = `${this.#variables}\nset -e\n${code.replaceAll(ADDRESS, this.#world.remote)}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
      cwd: this.folder,
      env: this.#env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`This ended with ${status}:\n${code}${stdout}${stderr}`);
    const named = /^(\w+)=\$\((.*)\)$/m.exec(code);
    if (named !== null) this.#variables += `${named[0]}\n`;
    return stdout;
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

const withKubectl = hasKubectl();
const name = withKubectl
  ? 'production is taken back and built from a kept clone while the host is gone'
  : 'production is taken back from a kept clone while the host is gone (no kubectl here: nothing is built)';

it(name, async () => {
  const world = await released();
  const book = new Runbook(world);
  const away = `${world.remote}.away`;
  const built: string[] = [];
  const printed = new Map<string, string>();
  const parts = partsOf(readFileSync(PAGE, 'utf8'));
  for (const { comment, code } of parts) {
    if (comment === 'the host is gone') renameSync(world.remote, away);
    if (comment === 'the host is back') renameSync(away, world.remote);
    if (comment === CLUSTER || code === '') continue;
    const lines = withKubectl ? code : code.replace(/^kubectl .*$/gm, '');
    printed.set(code.split('\n')[0] ?? '', book.run(lines));
    if (withKubectl && code.includes('> prod.yaml')) built.push(book.read('prod.yaml'));
  }

  const said = (start: string) => [...printed].find(([first]) => first.startsWith(start))?.[1] ?? '';
  const [taken, earlier] = said('git -C prod rev-parse').split('\n');
  expect(taken).toBe(earlier);
  expect(said('git -C prod rev-parse')).toContain('apps/risk/fraud/manifests/deployment.yaml');
  expect(said('eleventh status')).toContain('v1.1.1');
  expect(said('eleventh status')).not.toContain('is not released');
  expect(said('git init --quiet --bare')).toContain('Nothing is wrong');
  expect(said('eleventh status')).toContain('Nothing is wrong');
  expect(await world.ask('rev-parse', 'env/prod:apps')).toBe(await world.ask('rev-parse', 'v1.0.0:apps'));
  if (!withKubectl) return;
  const [up = '', back = ''] = built;
  expect(built).toHaveLength(2);
  expect(up.match(/image: .*/g)).toEqual([
    expect.stringMatching(/ghcr\.io\/acme\/fraud:0000003a/),
    expect.stringMatching(/ghcr\.io\/acme\/payments:0000002a/),
  ]);
  expect(back.match(/image: .*/g)).toEqual([expect.stringMatching(/ghcr\.io\/acme\/payments:0000001a/)]);
}, 120_000);

it('the blocks that are not run need a cluster, and nothing else does', () => {
  const parts = partsOf(readFileSync(PAGE, 'utf8')).filter(({ code }) => code !== '');
  const isForCluster = (line: string) => /^(?:flux|argocd|kubectl (?!kustomize))/.test(line);
  for (const { comment, code } of parts)
    for (const line of code.trimEnd().split('\n'))
      expect([line, isForCluster(line)]).toEqual([line, comment === CLUSTER]);
  expect(parts.filter(({ comment }) => comment !== CLUSTER).length).toBeGreaterThan(8);
});
