import type { Files } from '@eleventh/core';
import { manifestResources } from '@eleventh/core';
import { type Layer, layersOf } from './layers.ts';
import { knownAs, type Part } from './part.ts';
import { encoded } from './placement.ts';
import { folderOf, joined, relativePath } from './repository-files.ts';

/** Files that are copied as they are, and where they came from. */
export interface Copy {
  readonly files: Files;
  readonly moved: ReadonlySet<string>;
}

/**
 * Returns what some folders are built from as one folder to build: every file at its place among the others, with a
 * kustomization above them where they are several, or do not hold all that they need. null: two files would be one.
 */
export async function copyOf(
  { snapshot, made }: Part,
  layers: readonly Layer[],
  folders: readonly string[],
): Promise<Copy | null> {
  const paths = [...new Set(layers.flatMap(({ file, files }) => [file, ...files]))];
  const [first = ''] = folders;
  const isBelow = (folder: string) => paths.every((path) => folder === '' || path.startsWith(`${folder}/`));
  const top =
    folders.length === 1 && isBelow(first)
      ? first
      : commonFolder([...paths, ...folders.map((folder) => joined(folder, 'x'))]);
  const files = new Map<string, Uint8Array>();
  const moved = new Set<string>();
  for (const path of paths) {
    files.set(top === '' ? path : path.slice(top.length + 1), (await snapshot.read(path)) ?? new Uint8Array());
    if (!made.has(path)) moved.add(knownAs(path));
  }
  if (folders.length === 1 && top === first) return { files: unlisted(layers, made, top, files), moved };
  if (layers.some(({ folder }) => folder === top)) return null;
  const lines = folders.map((folder) => `  - ${JSON.stringify(relativePath(top, folder))}\n`);
  files.set(
    'kustomization.yaml',
    encoded(`apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${lines.join('')}`),
  );
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), moved };
}

/** Leaves out a kustomization that was made up and lists every file: a pin does the same. */
function unlisted(
  layers: readonly Layer[],
  made: ReadonlySet<string>,
  top: string,
  files: Map<string, Uint8Array>,
): Files {
  const sorted = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const [only, ...more] = layers;
  if (only === undefined || more.length > 0 || !made.has(only.file)) return sorted;
  const name = only.file.slice(top === '' ? 0 : top.length + 1);
  const rest = new Map([...sorted].filter(([path]) => path !== name));
  const isListAlone = only.text.fields.every((field) => ['apiversion', 'kind', 'resources'].includes(field));
  return isListAlone &&
    manifestResources(rest).length === only.text.items('resources').length &&
    !rest.has('Chart.yaml')
    ? rest
    : sorted;
}

/** Returns everything that a part is built from as one folder. */
export async function wholeCopy(part: Part): Promise<Copy | null> {
  const layers = await layersOf(part.snapshot, part.folder);
  return copyOf(part, [...layers.values()], [part.folder]);
}

function commonFolder(paths: readonly string[]): string {
  return paths.map(folderOf).reduce((a, b) => {
    const [left, right] = [a.split('/'), b.split('/')];
    const at = left.findIndex((segment, index) => segment !== right[index]);
    return (at < 0 ? left : left.slice(0, at)).join('/');
  });
}
