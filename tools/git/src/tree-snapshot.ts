import type { Change, Entry, NamedEntry, Oid, Snapshot } from '@eleventh/core';
import type { Objects } from './objects.ts';
import { editTree } from './tree-edit.ts';

const FOLDER = '40000';

/** A Git tree as a snapshot; states made by `with` are kept in memory until somebody writes them. */
export class TreeSnapshot implements Snapshot {
  readonly tree: Oid;
  readonly #objects: Objects;

  constructor(objects: Objects, tree: Oid) {
    this.#objects = objects;
    this.tree = tree;
  }

  async entry(path: string): Promise<Entry | null> {
    let found: Entry = { mode: FOLDER, oid: this.tree };
    for (const name of path === '' ? [] : path.split('/')) {
      if (found.mode !== FOLDER) return null;
      const next: Entry | undefined = (await this.#objects.tree(found.oid)).find((entry) => entry.name === name);
      if (next === undefined) return null;
      found = next;
    }
    return found;
  }

  async list(path: string): Promise<readonly NamedEntry[]> {
    const folder = await this.entry(path);
    return folder === null || folder.mode !== FOLDER ? [] : this.#objects.tree(folder.oid);
  }

  async read(path: string): Promise<Uint8Array | null> {
    const entry = await this.entry(path);
    return entry?.mode.startsWith('100') === true ? this.#objects.blob(entry.oid) : null;
  }

  async with(changes: readonly Change[]): Promise<Snapshot> {
    const { tree, objects } = await editTree(this.#objects, this.tree, changes);
    this.#objects.add(objects);
    return new TreeSnapshot(this.#objects, tree);
  }

  get render(): Snapshot['render'] {
    const { manifests } = this.#objects;
    return manifests && ((wanted) => manifests.render(this, wanted));
  }

  get inspect(): Snapshot['inspect'] {
    const { manifests } = this.#objects;
    return manifests && ((wanted, workspace) => manifests.inspect(this, wanted, workspace));
  }

  remembered<T>(kind: string, of: string, make: () => Promise<T>): Promise<T> {
    return this.#objects.memory.recall(kind, of, make);
  }
}
