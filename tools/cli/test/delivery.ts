import { expect } from 'vitest';
import { copied, sha, World } from './world.ts';

export const SERVICES = ['ledger', 'payments', 'risk/fraud'] as const;

/** Returns a world in which build 1 of three services was pinned, promoted to preprod, and released to prod as v1.0.0. */
export function deliveredWorld(): Promise<World> {
  return copied('delivered', async () => {
    const world = await World.begun();
    for (const id of SERVICES) await world.ok('service', 'add', id, '--image', `ghcr.io/bank/${id}`);
    await pin(world, 1, ...SERVICES);
    await deliver(world);
    return world;
  });
}

/** Returns the time at which a service's build of that number was made: an hour after the one before. */
export function builtAt(number: number): string {
  return new Date(Date.UTC(2024, 4, 1) + number * 3_600_000).toISOString();
}

/** Pins a build, by its number, of some services, in one push. */
export async function pin(world: World, number: number, ...ids: readonly string[]): Promise<void> {
  const lines = ids.map((id) => JSON.stringify({ id, commit: sha(number), built: builtAt(number) }));
  const { code, stderr } = await world.run(['pin', '--batch', '-'], { input: lines.join('\n') });
  expect(`${code} ${stderr}`).toBe('0 ');
}

/** Returns the arguments that pin one build. */
export function pinning(id: string, number: number, ...more: readonly string[]): string[] {
  return ['pin', id, '--commit', sha(number), '--built', builtAt(number), ...more];
}

/** Promotes what staging runs to preprod and releases it to prod. */
export async function deliver(world: World, ...options: readonly string[]): Promise<void> {
  await world.ok('promote', 'staging', '--to', 'preprod');
  await world.ok('promote', 'preprod', '--to', 'prod', ...options);
}

export interface Refused {
  readonly exit: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Returns how a command line fails, that has to fail without a ref being changed. */
export async function refused(world: World, ...args: readonly string[]): Promise<Refused> {
  const before = await world.refs();
  const { code: exit, stdout, stderr } = await world.run([...args, '--json']);
  if (exit === 0) throw new Error(`eleventh ${args.join(' ')} succeeded:\n${stdout}`);
  expect(await world.refs()).toBe(before);
  expect(stderr).not.toMatch(/\n\s+at |INTERNAL/);
  const { error } = JSON.parse(stdout) as { error: Omit<Refused, 'exit'> };
  return { exit, ...error };
}

/** Returns the build that an environment runs of a service: the first seven digits of its commit, or null. */
export async function running(world: World, environment: string, id: string): Promise<string | null> {
  const { environments } = await world.json<Status>('status');
  const service = environments.find(({ name }) => name === environment)?.services.find((one) => one.id === id);
  return service?.commit?.slice(0, 7) ?? null;
}

export interface Status {
  readonly environments: readonly {
    readonly name: string;
    readonly commit: string;
    readonly recipe: string;
    readonly release: string | null;
    readonly deployed: { readonly tag: string | null; readonly commit: string } | null;
    readonly workspace: { readonly commit: string; readonly behind: number } | null;
    readonly services: readonly {
      readonly id: string;
      readonly commit: string | null;
      readonly branch: string | null;
    }[];
    readonly findings: readonly string[];
  }[];
}

/** Returns what `status` says of an environment. */
export async function statusOf(world: World, environment: string): Promise<Status['environments'][number]> {
  const { environments } = await world.json<Status>('status');
  const found = environments.find(({ name }) => name === environment);
  if (found === undefined) throw new Error(`no environment ${environment}`);
  return found;
}
