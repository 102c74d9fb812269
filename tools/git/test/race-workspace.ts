import { type PinRequest, type Plan, planInit, planPins, planServiceAdd, planUpdate, type View } from '@eleventh/core';
import { writeEdit } from '../src/writer.ts';
import { type Contents, MemoryRemote, MemoryServer } from './memory-remote.ts';
import { START } from './race.ts';
import { PERSON } from './scratch.ts';

/** The services of a race: two that run, one that was never pinned, and one that the branch has not heard of. */
export const SERVICES = ['payments', 'risk/fraud', 'new', 'unknown'] as const;

/** Returns forty hexadecimal digits that begin with a number: a service's commit. */
function sha(number: number): string {
  return number.toString(16).padStart(7, '0').padEnd(40, 'a');
}

/** Returns the request to pin a build, by its number: builds are an hour apart. */
export function build(id: string, number: number): Omit<PinRequest, 'changesSince'> {
  const built = new Date(START - 1000 * 3_600_000 + number * 3_600_000).toISOString().replace('.000', '');
  return { id, build: { commit: sha(number), branch: 'main', built }, isBuiltKnown: true };
}

export function manifests(text: string): ReadonlyMap<string, Uint8Array> {
  const object = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  text: "${text}"\n`;
  return new Map([['settings.yaml', new TextEncoder().encode(object)]]);
}

/** Returns a repository in which build 10 of two services runs in staging. @param more services that never were pinned. */
export async function workspace(more: readonly string[] = []): Promise<Contents> {
  const server = new MemoryServer();
  const add = (id: string) => (view: View) => planServiceAdd(view, { id, images: [] });
  await commit(server, (view) => planInit(view, { name: 'races', layout: 'standard' }));
  for (const id of [...SERVICES.slice(0, 3), ...more]) await commit(server, add(id));
  await commit(server, (view) => planUpdate(view, 'staging'));
  for (const id of SERVICES.slice(0, 2)) {
    await commit(server, (view) => planPins(view, [{ ...build(id, 10), manifests: manifests(`10 of ${id}`) }], START));
  }
  await commit(server, add(SERVICES[3]));
  return server;
}

async function commit(server: MemoryServer, edit: (view: View) => Promise<Plan>): Promise<void> {
  const around = { hasHead: true, sleep: async () => {}, random: () => 0.5, now: () => START, patience: 0 };
  await writeEdit(new MemoryRemote(server, PERSON.name), around, { author: PERSON, committer: PERSON }, edit, () => {
    throw new Error('nobody is in the way');
  });
}
