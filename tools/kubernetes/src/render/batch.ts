import { HASHED } from '../objects/generated-name.ts';
import { METADATA, type Printed, printed } from './stream.ts';

/**
 * How many services are built in one run. Starting kustomize takes as long as building ten small services; from 20 to 200
 * in one run each takes about the same, and beyond that more, since it compares all with all.
 */
export const BATCH = 100;

/** Several folders to build in one run, each after an object that tells where it begins. */
export interface Batch {
  /** The files of the batch's own folder, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly mark: string;
}

/**
 * Returns the kustomization that builds some folders together. They are printed as they come (`fifo`), so that the
 * marks between them tell them apart and nothing is changed in them. @param mark a name that no object has.
 */
export function batchOf(folders: readonly string[], mark: string): Batch {
  const files = new Map<string, string>();
  const lines = ['sortOptions:', '  order: fifo', 'resources:'];
  folders.forEach((folder, index) => {
    files.set(`${index}.yaml`, `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${mark}-${index}\n`);
    lines.push(`  - ${index}.yaml`, `  - ${JSON.stringify(folder)}`);
  });
  files.set('kustomization.yaml', `${lines.join('\n')}\n`);
  return { files, mark };
}

/** Returns the objects of each folder of a batch, in the order of the folders, or null when the marks do not tell. */
export function parts(stream: string, { mark, files }: Batch): Printed[][] | null {
  const found: Printed[][] = [];
  for (const object of printed(stream)) {
    if (object.kind === 'ConfigMap' && object.name === `${mark}-${found.length}`) found.push([]);
    else if (found.length === 0 || object.name.startsWith(`${mark}-`)) return null;
    else found.at(-1)?.push(object);
  }
  return found.length === files.size - 1 ? found : null;
}

/**
 * Returns which parts of a batch mention what is another one's, so that they could have been built otherwise than alone.
 * References are all that kustomize changes across what is built together: to a name that it made (with a hash; other
 * ways of renaming are never batched), and to a namespace beside a name. Either then stands in what it printed.
 */
export function entangled(batch: readonly (readonly Printed[])[]): Set<number> {
  const hashed = new Map<string, number>();
  const placed = new Map<string, number>();
  batch.forEach((objects, index) => {
    for (const { name, namespace } of objects) {
      if (HASHED.test(name)) note(hashed, name, index);
      if (namespace !== '') note(placed, `${name} ${namespace}`, index);
    }
  });
  const found = new Set<number>();
  batch.forEach((objects, index) => {
    const isForeign = (owner: number | undefined) => owner !== undefined && owner !== index;
    for (const object of objects) {
      const body = bodyOf(object);
      const places = body.matchAll(/^[ -]*name: (\S+)\n +namespace: (\S+)$/gm);
      const isMentioning =
        (hashed.size > 0 && words(body).some((word) => isForeign(hashed.get(word)))) ||
        [...places].some(([, name, namespace]) => isForeign(placed.get(`${name} ${namespace}`)));
      if (isMentioning) found.add(index);
    }
  });
  return found;
}

/** Stands for no part: what several have. */
const SEVERAL = -1;

function note(owners: Map<string, number>, what: string, index: number): void {
  owners.set(what, (owners.get(what) ?? index) === index ? index : SEVERAL);
}

/** Kinds that name an object with its namespace, which kustomize writes where it finds the object. */
const NAMES_PLACES = /^(?:Cluster)?RoleBinding$|WebhookConfiguration$|^Node$/;

/**
 * Returns whether kustomize would change nothing in some services, each built alone, if it built them together: none
 * refers to what another one has under a name that it changes, and no object is there twice.
 */
export function isIndependent(services: readonly (readonly Printed[])[]): boolean {
  const ids = new Set<string>();
  const renamed = new Map<string, number>();
  const names = new Map<string, number>();
  let count = 0;
  services.forEach((objects, index) => {
    for (const { apiVersion, kind, name, namespace } of objects) {
      count += 1;
      ids.add([apiVersion, kind, name, namespace || 'default'].join(' '));
      if (HASHED.test(name)) note(renamed, name.replace(HASHED, ''), index);
      note(names, name, index);
    }
  });
  if (ids.size < count) return false;
  return services.every((objects, index) =>
    objects.every((object) => {
      const isForeign = (owner: number | undefined) => owner !== undefined && owner !== index;
      const namesPlaces = NAMES_PLACES.test(object.kind);
      if (renamed.size === 0 && !namesPlaces) return true;
      const mentioned = bodyOf(object).match(/[\w.:-]+/g) ?? [];
      return !mentioned.some((word) => isForeign(renamed.get(word)) || (namesPlaces && isForeign(names.get(word))));
    }),
  );
}

/** Returns an object's text without its own name and place. */
function bodyOf({ text }: Printed): string {
  return text.replace(METADATA, (metadata) => metadata.replace(/^ {2}name(?:space)?: .*\n/gm, ''));
}

function words(text: string): string[] {
  return text.match(/[a-z0-9][a-z0-9.-]{10,}/g) ?? [];
}
