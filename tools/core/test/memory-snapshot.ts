import { createHash } from 'node:crypto';
import type { Change, Entry, NamedEntry, Snapshot } from '../src/history/snapshot.ts';

/** What stands at a path: a file's text or bytes, or a symbolic link's target. */
export type Content = string | Uint8Array | { readonly link: string };

type Folder = ReadonlyMap<string, Content>;

/** A state of the repository's files in memory. Equal contents have equal ids, which are not those of Git. */
export class MemorySnapshot implements Snapshot {
  readonly #files: Folder;
  /** The folders that anybody may put somewhere else by their id. */
  readonly #folders: Map<string, Folder>;

  constructor(files: Folder | Readonly<Record<string, Content>>, folders = new Map<string, Folder>()) {
    this.#files = new Map([...(files instanceof Map ? files : Object.entries(files))].sort(byPath));
    this.#folders = folders;
  }

  get tree(): string {
    return this.#folderId('');
  }

  async entry(path: string): Promise<Entry | null> {
    const content = this.#files.get(path);
    if (content !== undefined) return { mode: isLink(content) ? '120000' : '100644', oid: hash(content) };
    return path === '' || this.#below(path).size > 0 ? { mode: '40000', oid: this.#folderId(path) } : null;
  }

  async list(path: string): Promise<readonly NamedEntry[]> {
    const names = new Set([...this.#below(path).keys()].map((inside) => inside.split('/')[0] ?? ''));
    const entries = [...names].map(async (name) => {
      const entry = await this.entry(path === '' ? name : `${path}/${name}`);
      return { name, mode: entry?.mode ?? '', oid: entry?.oid ?? '' };
    });
    return Promise.all(entries);
  }

  async read(path: string): Promise<Uint8Array | null> {
    const content = this.#files.get(path);
    if (content === undefined || isLink(content)) return null;
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  }

  async with(changes: readonly Change[]): Promise<Snapshot> {
    const files = new Map(this.#files);
    for (const { path, put } of changes) {
      const isInside = (other: string) => path === '' || other === path || other.startsWith(`${path}/`);
      for (const other of [...files.keys()].filter(isInside)) files.delete(other);
      if (put === null) continue;
      if ('file' in put) files.set(path, put.file);
      else {
        const folder = this.#folders.get(put.tree);
        if (folder === undefined) throw new Error(`nobody made the folder ${put.tree}`);
        for (const [inside, content] of folder) files.set(path === '' ? inside : `${path}/${inside}`, content);
      }
    }
    return new MemorySnapshot(files, this.#folders);
  }

  remembered<T>(_kind: string, _of: string, make: () => Promise<T>): Promise<T> {
    return make();
  }

  #below(path: string): Folder {
    const prefix = path === '' ? '' : `${path}/`;
    const inside = [...this.#files].filter(([other]) => other.startsWith(prefix));
    return new Map(inside.map(([other, content]) => [other.slice(prefix.length), content]));
  }

  #folderId(path: string): string {
    const folder = this.#below(path);
    const oid = hash(JSON.stringify([...folder].map(([inside, content]) => [inside, isLink(content), hash(content)])));
    this.#folders.set(oid, folder);
    return oid;
  }
}

function isLink(content: Content): content is { readonly link: string } {
  return typeof content === 'object' && 'link' in content;
}

function hash(content: Content): string {
  return createHash('sha1')
    .update(isLink(content) ? content.link : content)
    .digest('hex');
}

function byPath([a]: readonly [string, Content], [b]: readonly [string, Content]): number {
  return a < b ? -1 : 1;
}
