import type { YamlText } from './kubernetes-yaml.ts';

/** The names that kustomize knows its file by. */
const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A kustomization and the folder that it stands in. */
export interface Layer {
  readonly file: string;
  readonly folder: string;
  readonly value: Fields;
}

/** The files that a folder builds from, outermost first. */
export interface Build {
  readonly layers: readonly Layer[];
  /** Files with objects. */
  readonly manifests: readonly string[];
  /** Files with patches. */
  readonly patches: readonly string[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** Returns what a folder builds from, as far as it is among some files; what is not there is left to the renderer. */
export function buildOf(files: ReadonlyMap<string, string>, root: string, read: (file: string) => YamlText): Build {
  const layers: Layer[] = [];
  const manifests: string[] = [];
  const patches: string[] = [];
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    const file = NAMES.map((name) => `${folder}/${name}`).find((path) => files.has(path));
    if (file === undefined || seen.has(file)) return;
    seen.add(file);
    const value = firstMap(read(file));
    layers.push({ file, folder, value });
    for (const reference of PATCHES.flatMap((field) => patchFiles(value[field]))) {
      const path = resolved(folder, reference);
      if (files.has(path) && !patches.includes(path)) patches.push(path);
    }
    for (const reference of RESOURCES.flatMap((field) => texts(value[field]))) {
      const path = resolved(folder, reference);
      if (!files.has(path)) visit(path);
      else if (!manifests.includes(path)) manifests.push(path);
    }
  };
  visit(root);
  return { layers, manifests, patches };
}

const RESOURCES = ['resources', 'bases', 'components'];
const PATCHES = ['patches', 'patchesStrategicMerge', 'patchesJson6902'];

function patchFiles(value: unknown): string[] {
  const items = Array.isArray(value) ? value : [];
  return items.flatMap((item) => (typeof item === 'string' ? texts([item]) : texts([(item as Fields | null)?.path])));
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter((item) => typeof item === 'string' && !item.includes('\n'));
}

/** Returns the path that a reference means in a folder. */
function resolved(folder: string, reference: string): string {
  const parts = folder.split('/');
  for (const part of reference.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function firstMap({ documents }: YamlText): Fields {
  for (const document of documents) {
    if (document.errors.length > 0) continue;
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  }
  return {};
}
