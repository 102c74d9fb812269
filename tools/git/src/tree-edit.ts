import { type Change, EleventhError, EMPTY_TREE, type Entry, type NamedEntry, type Oid } from '@eleventh/core';
import { type GitObject, gitObject } from './object-format.ts';
import { encodeTree, FILE_MODE, FOLDER_MODE, isName } from './tree.ts';

/** A tree and the objects of it that its base did not have, children before their parents. */
export interface EditedTree {
  readonly tree: Oid;
  readonly objects: readonly GitObject[];
}

/** A change of a tree, or (an entry) something put there that has an id already, in the mode that it has. */
export type TreeChange = Change | { readonly path: string; readonly put: Entry };

export interface TreeSource {
  tree(oid: Oid): Promise<readonly NamedEntry[]>;
}

/**
 * Returns the base tree with the changes applied one after the other, writing nothing and reading only the folders on
 * their paths. Files put there as bytes are plain (mode 100644). A file in the way of a folder gives way, a folder that becomes empty
 * vanishes, deleting what is not there is fine. Throws `BAD_PATH` for a name that no checkout could hold.
 */
export async function editTree(source: TreeSource, baseTree: Oid, changes: readonly TreeChange[]): Promise<EditedTree> {
  let root = new Folder(baseTree, await source.tree(baseTree));
  for (const change of changes) {
    const names = segments(change);
    const last = names.pop();
    if (last === undefined) {
      const tree = change.put !== null && 'tree' in change.put ? change.put.tree : EMPTY_TREE;
      root = new Folder(tree, await source.tree(tree));
      continue;
    }
    const folder = await root.open(source, names, change.put !== null);
    folder?.put(last, change.put);
  }
  const objects: GitObject[] = [];
  return { tree: root.finish(objects), objects };
}

type Node = NamedEntry | Folder | GitObject;

/** A folder on the way to a change: its entries, with the folders below it that were opened. */
class Folder {
  readonly #base: Oid;
  readonly #entries: Map<string, Node>;
  #changed = false;

  constructor(base: Oid, entries: readonly NamedEntry[]) {
    this.#base = base;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** Returns the folder at a path below this one, or undefined when it is absent and not to be made. */
  async open(source: TreeSource, names: readonly string[], make: boolean): Promise<Folder | undefined> {
    let folder: Folder = this;
    for (const name of names) {
      const node: Node | undefined = folder.#entries.get(name);
      let child: Folder;
      if (node instanceof Folder) child = node;
      else if (node !== undefined && 'mode' in node && node.mode === FOLDER_MODE) {
        child = new Folder(node.oid, await source.tree(node.oid));
      } else if (make) {
        child = new Folder(EMPTY_TREE, []);
        // A file that gave way is gone even if nothing comes to stay in its place.
        folder.#changed ||= node !== undefined;
      } else return undefined;
      folder.#entries.set(name, child);
      folder = child;
    }
    return folder;
  }

  put(name: string, put: TreeChange['put']): void {
    if (put === null) this.#changed = this.#entries.delete(name) || this.#changed;
    else if ('tree' in put) this.#set(name, { mode: FOLDER_MODE, name, oid: put.tree });
    else if ('oid' in put) this.#set(name, { mode: put.mode, name, oid: put.oid });
    else this.#set(name, gitObject('blob', Buffer.from(put.file)));
  }

  #set(name: string, node: NamedEntry | GitObject): void {
    const present = this.#entries.get(name);
    const mode = 'mode' in node ? node.mode : FILE_MODE;
    // The same content again is no change, and no new object.
    if (present !== undefined && 'mode' in present && present.mode === mode && present.oid === node.oid) return;
    this.#entries.set(name, node);
    this.#changed = true;
  }

  /** Returns the folder's id and adds its new objects to the list. */
  finish(objects: GitObject[]): Oid {
    const entries: NamedEntry[] = [];
    for (const [name, node] of this.#entries) {
      if (node instanceof Folder) {
        const oid = node.finish(objects);
        this.#changed ||= oid !== node.#base;
        if (oid !== EMPTY_TREE) entries.push({ mode: FOLDER_MODE, name, oid });
      } else if ('mode' in node) {
        if (node.oid !== EMPTY_TREE) entries.push(node);
      } else {
        objects.push(node);
        entries.push({ mode: FILE_MODE, name, oid: node.oid });
      }
    }
    if (!this.#changed) return this.#base;
    const tree = encodeTree(entries);
    if (tree.oid !== this.#base) objects.push(tree);
    return tree.oid;
  }
}

function segments({ path, put }: TreeChange): string[] {
  const names = path === '' ? [] : path.split('/');
  const whole = names.length === 0 && put !== null && !('tree' in put);
  if (whole || !names.every(isName)) {
    throw new EleventhError('BAD_PATH', `The path ${JSON.stringify(path)} cannot be part of a tree.`);
  }
  return names;
}
