import { derivedPath, RENDERED } from '../files/derived-list.ts';
import type { Snapshot } from './snapshot.ts';

/** Everything outside `apps/` but the derived files and what is rendered, as one comparable map from path to content. */
export type Outside = ReadonlyMap<string, string>;

/** Returns what a state holds outside `apps/`: the trees that invariant 3 of the design compares. */
export async function outside(snapshot: Snapshot): Promise<Outside> {
  const found = new Map<string, string>();
  for (const entry of await snapshot.list('')) {
    if (entry.name === 'environments' && entry.mode === '40000') continue;
    if (entry.name !== 'apps' && entry.name !== RENDERED) found.set(entry.name, `${entry.mode} ${entry.oid}`);
  }
  await Promise.all(
    (await snapshot.list('environments')).map(async (environment) => {
      const folder = `environments/${environment.name}`;
      if (environment.mode !== '40000') {
        found.set(folder, `${environment.mode} ${environment.oid}`);
        return;
      }
      const inside = await snapshot.list(folder);
      // Only an environment's kustomization is derived; that of any other folder was written by people.
      const derived = inside.some(({ name }) => name === 'environment.yaml') ? derivedPath(environment.name) : '';
      for (const entry of inside) {
        const path = `${folder}/${entry.name}`;
        if (path !== derived) found.set(path, `${entry.mode} ${entry.oid}`);
      }
    }),
  );
  return found;
}

/** Returns the paths of the map, some of them folders, in which two states differ outside `apps/`, sorted. */
export function outsideDifferences(a: Outside, b: Outside): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path)).sort();
}

/** Returns the files in which two states differ outside `apps/`, derived files left out, sorted. */
export async function outsideFiles(a: Snapshot, b: Snapshot): Promise<string[]> {
  const paths = outsideDifferences(await outside(a), await outside(b));
  return (await Promise.all(paths.map((path) => differingFiles(a, b, path)))).flat().sort();
}

async function differingFiles(a: Snapshot, b: Snapshot, path: string): Promise<string[]> {
  const [one, other] = await Promise.all([a.entry(path), b.entry(path)]);
  if (one?.oid === other?.oid && one?.mode === other?.mode) return [];
  if (one?.mode !== '40000' && other?.mode !== '40000') return [path];
  const names = new Set([...(await a.list(path)), ...(await b.list(path))].map(({ name }) => name));
  return (await Promise.all([...names].map((name) => differingFiles(a, b, `${path}/${name}`)))).flat();
}
