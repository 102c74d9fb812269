// The ids that Git gives to objects, found without Git: a commit's message can so name trees and commits of the same stream.
import { createHash } from 'node:crypto';

/** Returns the id of an object as Git computes it. */
export function objectId(type, content) {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Returns the id of the tree that holds these entries: `{ name, mode, id }`, in any order. */
export function treeId(entries) {
  return new Tree(entries).id;
}

/** A tree whose entries may get other ids later. Its bytes stay in place, so that a change costs one hash. */
export class Tree {
  #bytes;
  #places = new Map();

  constructor(entries) {
    // Git sorts a folder as if its name ended in a slash.
    const key = ({ name, mode }) => Buffer.from(mode === '40000' ? `${name}/` : name);
    const parts = [];
    let length = 0;
    for (const { name, mode, id } of [...entries].sort((a, b) => Buffer.compare(key(a), key(b)))) {
      const head = Buffer.from(`${mode} ${name}\0`);
      this.#places.set(name, length + head.length);
      parts.push(head, Buffer.from(id, 'hex'));
      length += head.length + 20;
    }
    this.#bytes = Buffer.concat(parts);
  }

  set(name, id) {
    this.#bytes.write(id, this.#places.get(name), 'hex');
  }

  get id() {
    return objectId('tree', this.#bytes);
  }
}

/** Returns the tree ids of files given as path → text: that of every folder by its path, the whole as the empty path. */
export function folderIds(files) {
  const ids = new Map();
  const inside = new Map([['', []]]);
  for (const path of files.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (inside.has(folder)) continue;
      inside.set(folder, []);
      inside.get(parts.slice(0, depth - 1).join('/')).push(folder);
    }
    inside.get(parts.slice(0, -1).join('/')).push(path);
  }
  const visit = (folder) => {
    const entries = inside.get(folder).map((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return files.has(path)
        ? { name, mode: '100644', id: objectId('blob', files.get(path)) }
        : { name, mode: '40000', id: visit(path) };
    });
    const id = treeId(entries);
    ids.set(folder, id);
    return id;
  };
  visit('');
  return ids;
}
