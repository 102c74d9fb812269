import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import type { Change, Commit, Entry, NamedEntry, Snapshot, View } from './snapshot.ts';

type Folder = ReadonlyMap<string, string>;

/** A repository in memory, of text files. Its ids are made up: the same for the same content, and for nothing else. */
export class MemoryRepository {
  readonly #ids = new Map<string, Oid>();
  readonly #folders = new Map<Oid, Folder>([[EMPTY_TREE, new Map()]]);
  readonly #commits = new Map<Oid, Commit>();
  readonly #branches = new Map<string, Oid>();

  /** Returns the id of some content, whatever it is. */
  idOf(content: string): Oid {
    const id = this.#ids.get(content) ?? (this.#ids.size + 1).toString(16).padStart(7, '0').padEnd(40, '0');
    this.#ids.set(content, id);
    return id;
  }

  /** Returns the id of a folder of some files. */
  treeOf(files: Folder): Oid {
    if (files.size === 0) return EMPTY_TREE;
    const id = this.idOf(`tree ${JSON.stringify([...files].sort(byName))}`);
    this.#folders.set(id, files);
    return id;
  }

  /** Returns the files of a folder that was made here. */
  filesOf(tree: Oid): Folder {
    return known(this.#folders, tree);
  }

  /** Returns the state of this id. */
  snapshot(tree: Oid): Snapshot {
    return new MemoryState(this, this.filesOf(tree));
  }

  /** Adds a commit to a branch, which begins with its first one; returns the commit's id. @param time in seconds since 1970. */
  commit(branch: string, { tree }: Snapshot, message: string, time: number): Oid {
    const parent = this.#branches.get(branch);
    const parents = parent === undefined ? [] : [parent];
    const by = { name: '', email: '', time, zone: '+0000' };
    const oid = this.idOf(`commit ${JSON.stringify([tree, parents, time, message])}`);
    this.#commits.set(oid, { oid, tree, parents, author: by, committer: by, message });
    this.#branches.set(branch, oid);
    return oid;
  }

  /** Returns the repository as gates and reports read it. */
  get view(): View {
    return {
      refs: { head: null, branches: this.#branches, tags: new Map() },
      commit: async (oid) => known(this.#commits, oid),
      snapshot: (tree) => this.snapshot(tree),
      line: (tip) => this.#line(tip),
      readAhead: async () => {},
      tag: async () => null,
      signed: async () => null,
      signingKey: () => null,
      expand: async (prefix) => {
        const found = [...this.#commits.keys()].filter((oid) => oid.startsWith(prefix));
        return found.length === 1 ? (found[0] ?? null) : null;
      },
    };
  }

  async *#line(tip: Oid): AsyncGenerator<Commit> {
    for (let next: Oid | undefined = tip; next !== undefined; ) {
      const commit: Commit = known(this.#commits, next);
      yield commit;
      next = commit.parents[0];
    }
  }
}

class MemoryState implements Snapshot {
  readonly #repository: MemoryRepository;
  readonly #files: Folder;

  constructor(repository: MemoryRepository, files: Folder) {
    this.#repository = repository;
    this.#files = files;
  }

  get tree(): Oid {
    return this.#repository.treeOf(this.#files);
  }

  async entry(path: string): Promise<Entry | null> {
    const text = this.#files.get(path);
    if (text !== undefined) return { mode: '100644', oid: this.#repository.idOf(`file ${text}`) };
    const inside = this.#below(path);
    return path === '' || inside.size > 0 ? { mode: '40000', oid: this.#repository.treeOf(inside) } : null;
  }

  async list(path: string): Promise<readonly NamedEntry[]> {
    const names = [...new Set([...this.#below(path).keys()].map((inside) => inside.split('/')[0] ?? ''))].sort();
    const entries = names.map(async (name) => {
      const entry = await this.entry(path === '' ? name : `${path}/${name}`);
      return entry === null ? [] : [{ name, ...entry }];
    });
    return (await Promise.all(entries)).flat();
  }

  async read(path: string): Promise<Uint8Array | null> {
    const text = this.#files.get(path);
    return text === undefined ? null : new TextEncoder().encode(text);
  }

  async with(changes: readonly Change[]): Promise<Snapshot> {
    const files = new Map(this.#files);
    for (const { path, put } of changes) {
      for (const other of files.keys())
        if (path === '' || other === path || other.startsWith(`${path}/`)) files.delete(other);
      if (put === null) continue;
      const prefix = path === '' ? '' : `${path}/`;
      if ('tree' in put) {
        for (const [inside, text] of this.#repository.filesOf(put.tree)) files.set(prefix + inside, text);
      } else files.set(path, typeof put.file === 'string' ? put.file : new TextDecoder().decode(put.file));
    }
    return new MemoryState(this.#repository, files);
  }

  remembered<T>(_kind: string, _of: string, make: () => Promise<T>): Promise<T> {
    return make();
  }

  #below(path: string): Folder {
    const prefix = path === '' ? '' : `${path}/`;
    const inside = [...this.#files].filter(([other]) => other.startsWith(prefix));
    return new Map(inside.map(([other, text]) => [other.slice(prefix.length), text]));
  }
}

function known<T>(all: ReadonlyMap<Oid, T>, oid: Oid): T {
  const found = all.get(oid);
  if (found === undefined) throw new RangeError(`Nothing was made that is called ${oid}.`);
  return found;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
