import type { Change, Entry, NamedEntry, Snapshot } from '@eleventh/core';

const FOLDER = { mode: '40000', oid: '' } as const;
const FILE = { mode: '100644', oid: '' } as const;

/** A state of some files as the core reads one; without ids, which nobody asks for here. */
export class FileSnapshot implements Snapshot {
  readonly tree = '';
  readonly #files: ReadonlyMap<string, string>;

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  async entry(path: string): Promise<Entry | null> {
    if (this.#files.has(path)) return FILE;
    return (await this.list(path)).length > 0 ? FOLDER : null;
  }

  async list(path: string): Promise<readonly NamedEntry[]> {
    const found = new Map<string, NamedEntry>();
    for (const file of this.#files.keys()) {
      if (!file.startsWith(`${path}/`)) continue;
      const [name = '', ...more] = file.slice(path.length + 1).split('/');
      found.set(name, { name, ...(more.length > 0 ? FOLDER : FILE) });
    }
    return [...found.values()];
  }

  async read(path: string): Promise<Uint8Array | null> {
    const text = this.#files.get(path);
    return text === undefined ? null : new TextEncoder().encode(text);
  }

  with(_changes: readonly Change[]): Promise<Snapshot> {
    return Promise.resolve(this);
  }

  remembered<T>(_kind: string, _of: string, make: () => Promise<T>): Promise<T> {
    return make();
  }
}
