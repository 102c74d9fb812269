import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { copied, type RunOptions, sha, World } from './world.ts';

/**
 * Returns what a person sees who types a command line: the line, the results, everything else, and the exit code when
 * it is not 0. The world's folder is shown as `~`.
 */
export async function screen(world: World, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await world.run(args, options);
  const line = ['eleventh', ...args].map((word) => (/^[\w./:@=+,~-]+$/.test(word) ? word : JSON.stringify(word)));
  const end = code === 0 ? '' : `[exit ${code}]\n`;
  return stable(world, `$ ${line.join(' ')}\n${stdout}${stderr}${end}`);
}

const ids = new WeakMap<World, Map<string, string>>();

/**
 * Returns text with `~` for the world's folder, and with each id that Git made as `id-0001` and so on, as long as it
 * was and the same wherever it stands: a screen does not change with the bytes of the files that are committed. The
 * commits of services, which tests make up, stay as they are.
 */
export function stable(world: World, text: string): string {
  const known = ids.get(world) ?? new Map<string, string>();
  ids.set(world, known);
  return text
    .replaceAll(world.root, '~')
    .replace(/\b(?!00000|4b825dc|fffffff)[0-9a-f]{7}(?:[0-9a-f]{5}|[0-9a-f]{33})?\b/g, (id) => {
      const start = id.slice(0, 7);
      const name = known.get(start) ?? `id-${String(known.size + 1).padStart(4, '0')}`;
      known.set(start, name);
      return name.padEnd(id.length, '.');
    });
}

/** Returns what a command line prints with --json, with ids as `stable` shows them. */
export async function stableJson(world: World, args: readonly string[], options: RunOptions = {}): Promise<unknown> {
  const { stdout } = await world.run([...args, '--json'], options);
  return JSON.parse(stable(world, stdout));
}

/** Returns the screens of several command lines, one after the other. */
export async function screens(world: World, ...lines: (readonly string[])[]): Promise<string> {
  const shown: string[] = [];
  for (const args of lines) shown.push(await screen(world, args));
  return shown.join('');
}

/** One line of a batch of pins. */
export interface BatchLine {
  readonly id: string;
  readonly commit: string;
  readonly [field: string]: unknown;
}

/** Returns a batch as `pin --batch` reads it. */
export function batch(...lines: readonly BatchLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Returns the time of the build of a number: one hour after the build before it. */
export function hour(number: number): string {
  return new Date(Date.UTC(2026, 10, 1, number)).toISOString().replace('.000Z', 'Z');
}

/** Returns a build of a service, in a batch or spread over options. */
export function build(id: string, number: number, more: Readonly<Record<string, unknown>> = {}): BatchLine {
  return { id, commit: sha(number), built: hour(number), ...more };
}

/** Pins builds in one push and throws when that fails. */
export async function pinned(world: World, ...lines: readonly BatchLine[]): Promise<void> {
  const { code, stderr } = await world.run(['pin', '--batch', '-'], { input: batch(...lines) });
  if (code !== 0) throw new Error(`The batch was refused:\n${stderr}`);
}

/** Returns a world with three services: `payments`, `risk/fraud` in a group, and `topics` without an image. */
export function withServices(...options: string[]): Promise<World> {
  return copied(`services ${options.join(' ')}`, async () => {
    const world = await World.begun(...options);
    const payments = ['payments', '--image', 'ghcr.io/acme/payments', '--source', 'https://github.com/acme/payments'];
    await world.ok('service', 'add', ...payments);
    await world.ok('service', 'add', 'risk/fraud', '--image', 'ghcr.io/acme/fraud');
    await world.ok('service', 'add', 'topics');
    return world;
  });
}

/** Puts a file on a branch of the remote, as a push by hand does; returns what takes it away again. */
export function commit(world: World, branch: string, path: string, content: string | Uint8Array): () => void {
  const env = { ...world.env, GIT_INDEX_FILE: join(world.root, 'index') };
  const git = (args: string[], input?: string | Uint8Array): string =>
    execFileSync('git', args, { cwd: world.remote, env, input, encoding: 'utf8' }).trim();
  const before = git(['rev-parse', branch]);
  git(['read-tree', branch]);
  const blob = git(['hash-object', '-w', '--stdin'], content);
  git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  const made = git(['commit-tree', git(['write-tree']), '-p', before, '-m', `Edit ${path}`]);
  git(['update-ref', `refs/heads/${branch}`, made]);
  return () => git(['update-ref', `refs/heads/${branch}`, before]);
}
