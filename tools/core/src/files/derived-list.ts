import type { Change, Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { scalar } from './scalar.ts';

const KUSTOMIZATION = 'kustomization.yaml';

/** The folder in which a branch carries, service by service, what the agents of environments would render. */
export const RENDERED = 'rendered';

/** Returns the path of an environment's kustomization, what a branch derives by itself outside `apps/`, beside `rendered/`. */
export function derivedPath(environment: string): string {
  return `environments/${environment}/${KUSTOMIZATION}`;
}

/**
 * Returns the kustomization of an environment. Every overlay keeps a comment line before and after it, so that
 * bare reverts of two services' first pins never touch the same lines, whichever overlays come between them later.
 */
export function formatDerived(
  environment: string,
  overlays: readonly ServiceId[],
  present: (id: ServiceId) => boolean,
): string {
  const lines = [
    '# Derived from the overlays of the services present in apps/: never edited by hand.',
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    // kustomize refuses a file without any content, and an empty environment lists nothing.
    'metadata:',
    `  name: ${scalar(environment)}`,
    // Left without a value where nothing is listed: to write `[]` would be a line that two first pins change.
    'resources:',
  ];
  for (const id of overlays) {
    lines.push(`  # ${id}`);
    if (present(id)) lines.push(`  - ${scalar(id)}`);
    lines.push(`  # end of ${id}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Returns the ids of the services in a folder of services or groups: those whose folder holds a kustomization.yaml. */
export async function servicesIn(snapshot: Snapshot, folder: string): Promise<ServiceId[]> {
  const tree = (await snapshot.entry(folder))?.oid;
  if (tree === undefined) return [];
  return snapshot.remembered('services-1', tree, async () => {
    const folders = (await snapshot.list(folder)).filter(({ mode }) => mode === '40000');
    // A deployment changes one of them, and the others were looked at before.
    const found = folders.map(({ name, oid }) =>
      snapshot.remembered('services-at-1', `${name} ${oid}`, () => servicesAt(snapshot, folder, name)),
    );
    return (await Promise.all(found)).flat().sort();
  });
}

/** Returns the id of the service that a folder among services is, or the ids of those in it when it is a group. */
export async function servicesAt(snapshot: Snapshot, folder: string, name: string): Promise<ServiceId[]> {
  const inside = await snapshot.list(`${folder}/${name}`);
  if (inside.some((entry) => entry.name === KUSTOMIZATION)) return [name];
  const members = await Promise.all(
    inside.map(async (member) => {
      const holds =
        member.mode === '40000' && (await snapshot.entry(`${folder}/${name}/${member.name}/${KUSTOMIZATION}`));
      return holds ? [`${name}/${member.name}`] : [];
    }),
  );
  return members.flat();
}

/** Returns the names of the environments: the folders below `environments/` that hold an environment.yaml. */
export async function environmentFolders(snapshot: Snapshot): Promise<string[]> {
  const folders = (await snapshot.list('environments')).filter(({ mode }) => mode === '40000').map(({ name }) => name);
  const isEnvironment = await Promise.all(
    folders.map((name) => snapshot.entry(`environments/${name}/environment.yaml`)),
  );
  return folders.filter((_, index) => isEnvironment[index] !== null);
}

/** Returns the changes that bring every derived file in step with `apps/` and the overlays; none when all are. */
export async function deriveChanges(snapshot: Snapshot): Promise<Change[]> {
  const [apps, environments] = await Promise.all([snapshot.entry('apps'), snapshot.entry('environments')]);
  return snapshot.remembered('derived-1', `${apps?.oid} ${environments?.oid}`, () => newlyDerived(snapshot));
}

async function newlyDerived(snapshot: Snapshot): Promise<Change[]> {
  const present = new Set(await servicesIn(snapshot, 'apps'));
  const changes = await Promise.all(
    (await environmentFolders(snapshot)).map(async (environment): Promise<Change[]> => {
      const overlays = await servicesIn(snapshot, `environments/${environment}`);
      const file = formatDerived(environment, overlays, (id) => present.has(id));
      const old = await snapshot.read(derivedPath(environment));
      const isCurrent = old !== null && new TextDecoder().decode(old) === file;
      return isCurrent ? [] : [{ path: derivedPath(environment), put: { file } }];
    }),
  );
  return changes.flat();
}

/**
 * Returns the changes that list a service which is newly present, as `deriveChanges` would, without looking at the
 * others: their lines stand already. Falls back to that where a file is not in step.
 */
export async function deriveNewService(snapshot: Snapshot, id: ServiceId): Promise<Change[]> {
  const found = await Promise.all(
    (await environmentFolders(snapshot)).map(async (environment) => {
      const path = derivedPath(environment);
      const [bytes, overlay] = await Promise.all([
        snapshot.read(path),
        snapshot.entry(`environments/${environment}/${id}/${KUSTOMIZATION}`),
      ]);
      const old = new TextDecoder().decode(bytes ?? new Uint8Array());
      const isOdd = (overlay !== null) !== hasPlace(old, id) || old.includes(`\n  - ${scalar(id)}\n`);
      const file = relisted(old, id, true);
      return { isOdd, changes: overlay === null ? [] : [{ path, put: { file } }] };
    }),
  );
  return found.some(({ isOdd }) => isOdd) ? deriveChanges(snapshot) : found.flatMap(({ changes }) => changes);
}

/** Returns whether an environment's kustomization has a place for a service: its overlay stands there. */
export function hasPlace(text: string, id: ServiceId): boolean {
  return text.includes(`\n  # ${id}\n`);
}

/** Returns an environment's kustomization in which a service that has a place came or went. */
export function relisted(text: string, id: ServiceId, isPresent: boolean): string {
  const place = `\n  # ${id}\n`;
  const line = `  - ${scalar(id)}\n`;
  return isPresent ? text.replace(place, () => `${place}${line}`) : text.replace(`${place}${line}`, () => place);
}
