import { entries, KUSTOMIZATIONS, kustomizeDocuments, localPath, mentions, type Snapshot, utf8 } from '@eleventh/core';
import { reachOf } from '../render/hermetic.ts';
import { KustomizationText } from './kustomization-text.ts';
import { joined } from './repository-files.ts';

/** One folder with a kustomization, of the several that a build goes through. */
export interface Layer {
  readonly folder: string;
  /** The path of its kustomization. */
  readonly file: string;
  readonly text: KustomizationText;
  /** The folders that it builds upon, and the components that it takes in, each in order. */
  readonly bases: readonly string[];
  readonly components: readonly string[];
  /** The other files that belong to it. */
  readonly files: readonly string[];
}

/**
 * Returns the layers of a folder's build, itself first, each once. Throws as `reachOf` does: what would reach out of
 * the repository is refused.
 */
export async function layersOf(snapshot: Snapshot, folder: string): Promise<ReadonlyMap<string, Layer>> {
  const { sources } = await reachOf(snapshot, folder);
  const found = new Map<string, Omit<Layer, 'files'>>();
  await visit(snapshot, folder, found);
  const files = new Map<string, string[]>();
  const kustomizations = new Set([...found.values()].map(({ file }) => file));
  for (const { path } of sources) {
    if (kustomizations.has(path)) continue;
    const owner = ownerOf(path, [...found.keys()], folder);
    files.set(owner, [...(files.get(owner) ?? []), path]);
  }
  return new Map([...found].map(([name, layer]) => [name, { ...layer, files: files.get(name) ?? [] }]));
}

async function visit(snapshot: Snapshot, folder: string, found: Map<string, Omit<Layer, 'files'>>): Promise<void> {
  if (found.has(folder)) return;
  const names = (await snapshot.list(folder)).map(({ name }) => name);
  const file = joined(folder, KUSTOMIZATIONS.find((name) => names.includes(name)) ?? 'kustomization.yaml');
  const text = new KustomizationText(utf8(file, (await snapshot.read(file)) ?? new Uint8Array()));
  const bases: string[] = [];
  const components: string[] = [];
  found.set(folder, { folder, file, text, bases, components });
  for (const [field, value] of kustomizeDocuments(file, text.text).flatMap(entries)) {
    for (const { use, value: reference } of mentions(file, field, value)) {
      if (use !== 'resource' && use !== 'component') continue;
      const path = localPath(file, reference);
      if (path === null || (await snapshot.entry(path))?.mode !== '40000') continue;
      (use === 'resource' ? bases : components).push(path);
    }
  }
  for (const next of [...bases, ...components]) await visit(snapshot, next, found);
}

/** Returns the layer in whose folder a file is, the nearest above it. */
function ownerOf(path: string, folders: readonly string[], root: string): string {
  const above = folders.filter((folder) => folder === '' || path.startsWith(`${folder}/`));
  return above.sort((a, b) => b.length - a.length)[0] ?? root;
}

/** Returns the folders that a layer builds upon, over any number of layers, itself left out. */
export function basesBelow(layers: ReadonlyMap<string, Layer>, folder: string): Set<string> {
  const found = new Set<string>();
  const walk = (at: string): void => {
    for (const next of layers.get(at)?.bases ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      walk(next);
    }
  };
  walk(folder);
  return found;
}

/** Returns the layers that a folder is built through, itself and components too. */
export function closureOf(layers: ReadonlyMap<string, Layer>, folder: string): Layer[] {
  const found = new Map<string, Layer>();
  const walk = (at: string): void => {
    const layer = layers.get(at);
    if (layer === undefined || found.has(at)) return;
    found.set(at, layer);
    for (const next of [...layer.bases, ...layer.components]) walk(next);
  };
  walk(folder);
  return [...found.values()];
}
