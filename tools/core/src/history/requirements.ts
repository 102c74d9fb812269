import { servicePath } from '../files/service.ts';
import { isServiceId, type ServiceId } from '../names/names.ts';
import type { Requirements } from '../rules/requires.ts';
import type { Snapshot } from './snapshot.ts';
import { readService, type Workspace } from './workspace.ts';

/** What one `service.yaml` says of other services; null: it cannot be read. */
type Said = readonly [id: ServiceId, requires: Readonly<Record<ServiceId, string>> | null];

/**
 * Returns what some services require, as the default branch says now. Throws what `readService` throws for one of them
 * whose `service.yaml` cannot be read: nobody can tell what it requires.
 */
export async function requirementsOf(workspace: Workspace, ids: Iterable<ServiceId>): Promise<Requirements> {
  const said = new Map(await allSaid(workspace));
  const wanted = [...ids].filter((id) => said.has(id)).sort();
  const found = wanted.map(
    async (id) => [id, said.get(id) ?? (await readService(workspace, id))?.requires ?? {}] as const,
  );
  return new Map(await Promise.all(found));
}

/** Returns whether any service may require something. */
export async function isAnythingRequired(workspace: Workspace): Promise<boolean> {
  return (await allSaid(workspace)).length > 0;
}

/**
 * Returns what every service says that requires something. It is remembered for `apps/` as a whole and for each folder of
 * it, so that a command parses what a review changed since the one before, and nothing else.
 */
async function allSaid(workspace: Workspace): Promise<readonly Said[]> {
  const { snapshot } = workspace;
  const apps = await snapshot.entry('apps');
  if (apps === null) return [];
  return snapshot.remembered('requires-1', apps.oid, async () => {
    const folders = (await snapshot.list('apps')).filter(({ mode }) => mode === '40000');
    const found = folders.map(({ name, oid }) =>
      snapshot.remembered('requires-at-1', `${name} ${oid}`, () => saidAt(workspace, name)),
    );
    return (await Promise.all(found)).flat();
  });
}

async function saidAt(workspace: Workspace, name: string): Promise<Said[]> {
  const ids = await described(workspace.snapshot, name);
  const said = ids.map(async (id): Promise<Said[]> => {
    if (!(await mayRequire(workspace.snapshot, id))) return [];
    const requires = await readService(workspace, id).then(
      (service) => service?.requires ?? {},
      () => null,
    );
    return requires !== null && Object.keys(requires).length === 0 ? [] : [[id, requires]];
  });
  return (await Promise.all(said)).flat();
}

/**
 * Returns whether a `service.yaml` may require anything, read or not: its text has the word, or escapes that may make it.
 * Few have, and to parse the others would take longer than all the rest of a promotion.
 */
async function mayRequire(snapshot: Snapshot, id: ServiceId): Promise<boolean> {
  const text = new TextDecoder().decode((await snapshot.read(servicePath(id))) ?? undefined);
  return text.includes('requires') || text.includes('\\');
}

/** Returns the services that a folder of `apps/` describes: itself, or those in it where it is a group. */
async function described(snapshot: Snapshot, name: string): Promise<ServiceId[]> {
  const inside = await snapshot.list(`apps/${name}`);
  if (inside.some((entry) => entry.name === 'service.yaml' || entry.name === 'kustomization.yaml')) return [name];
  const members = inside.filter(({ mode }) => mode === '40000').map((member) => `${name}/${member.name}`);
  const isThere = await Promise.all(members.map((id) => snapshot.entry(servicePath(id))));
  return members.filter((id, index) => isThere[index] !== null && isServiceId(id));
}
