import { type Change, KUSTOMIZATIONS, type Snapshot } from '@eleventh/core';
import { readYaml } from '../sources/kubernetes-yaml.ts';

/** Something in a repository that is no plain file. */
export interface Oddity {
  readonly path: string;
  readonly what: 'a symbolic link' | 'a submodule';
}

/** The files of the repository that is imported, as one commit has them. */
export class RepositoryFiles {
  readonly snapshot: Snapshot;
  /** Every plain file, sorted. */
  readonly paths: readonly string[];
  readonly oddities: readonly Oddity[];
  readonly #known: Set<string>;
  readonly #folders: ReadonlyMap<string, readonly string[]>;
  readonly #documents = new Map<string, Promise<readonly unknown[]>>();

  static async of(snapshot: Snapshot): Promise<RepositoryFiles> {
    const paths: string[] = [];
    const oddities: Oddity[] = [];
    const visit = async (folder: string): Promise<void> => {
      for (const { name, mode } of await snapshot.list(folder)) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (mode === '40000') await visit(path);
        else if (mode.startsWith('100')) paths.push(path);
        else oddities.push({ path, what: mode === '160000' ? 'a submodule' : 'a symbolic link' });
      }
    };
    await visit('');
    return new RepositoryFiles(snapshot, paths.sort(), oddities);
  }

  private constructor(snapshot: Snapshot, paths: readonly string[], oddities: readonly Oddity[]) {
    this.snapshot = snapshot;
    this.paths = paths;
    this.oddities = oddities;
    this.#known = new Set(paths);
    const folders = new Map<string, string[]>();
    for (const path of paths) {
      const folder = folderOf(path);
      folders.set(folder, [...(folders.get(folder) ?? []), path]);
    }
    this.#folders = folders;
  }

  /** Returns the folders that hold files of their own, sorted. */
  get folders(): string[] {
    return [...this.#folders.keys()].sort();
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  /** Returns whether there is a folder of that name. */
  hasFolder(path: string): boolean {
    return path === '' || this.paths.some((one) => one.startsWith(`${path}/`));
  }

  /** Returns the files that stand in a folder itself. */
  in(folder: string): readonly string[] {
    return this.#folders.get(folder) ?? [];
  }

  /** Returns the files below a folder. */
  below(folder: string): string[] {
    return folder === '' ? [...this.paths] : this.paths.filter((path) => path.startsWith(`${folder}/`));
  }

  /** Returns the kustomization of a folder, or undefined. */
  kustomizationOf(folder: string): string | undefined {
    return KUSTOMIZATIONS.map((name) => joined(folder, name)).find((path) => this.#known.has(path));
  }

  /** Returns the nearest folder at or above one that is a Helm chart, or undefined. */
  chartOf(folder: string): string | undefined {
    for (let at = folder; ; at = folderOf(at)) {
      if (this.#known.has(joined(at, 'Chart.yaml'))) return at;
      if (at === '') return undefined;
    }
  }

  /** Returns the values of a YAML or JSON file's documents; none of a file that cannot be read so. */
  documents(path: string): Promise<readonly unknown[]> {
    const known = this.#documents.get(path) ?? this.#read(path);
    this.#documents.set(path, known);
    return known;
  }

  /** Returns the same files with some others in place. */
  with(changes: readonly Change[]): Promise<Snapshot> {
    return this.snapshot.with(changes);
  }

  async #read(path: string): Promise<readonly unknown[]> {
    if (!isManifest(path)) return [];
    const bytes = (await this.snapshot.read(path)) ?? new Uint8Array();
    const text = new TextDecoder().decode(bytes);
    if (!text.includes('apiVersion') || !text.includes('kind')) return [];
    return valuesOf(text) ?? [];
  }
}

/** Returns the values of the documents of a text, or null for one that is no YAML. */
export function valuesOf(text: string): unknown[] | null {
  const { documents } = readYaml(text);
  if (documents.some(({ errors }) => errors.some(({ code }) => code !== 'DUPLICATE_KEY'))) return null;
  try {
    const values = documents.map((document): unknown => document.toJS());
    // Where there are aliases, one of them may lead back to what it stands in, which JSON cannot hold.
    if (text.includes('*')) JSON.stringify(values);
    return values;
  } catch {
    // Aliases that come to more than anybody writes, or to themselves.
    return null;
  }
}

/** Returns whether kustomize would take a file for objects by its name. */
export function isManifest(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path) && !KUSTOMIZATIONS.includes(nameOf(path));
}

export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Returns how a file or folder is named from a folder. */
export function relativePath(from: string, to: string): string {
  const [a, b] = [from, to].map((path) => (path === '' ? [] : path.split('/')));
  const [left = [], right = []] = [a, b];
  let same = 0;
  while (same < left.length && same < right.length && left[same] === right[same]) same += 1;
  return [...left.slice(same).map(() => '..'), ...right.slice(same)].join('/') || '.';
}

/** Returns the last part of an address, without `.git`. */
export function repositoryName(address: string): string {
  return (address.replace(/\/+$/, '').split(/[/:]/).at(-1) ?? '').replace(/\.git$/, '').toLowerCase();
}
