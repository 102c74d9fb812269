import {
  EleventhError,
  EMPTY_TREE,
  isOid,
  type ManifestFlaw,
  type NamedEntry,
  type Oid,
  type Rendering,
  type Snapshot,
  type Workspace,
} from '@eleventh/core';
import { Memory } from './memory.ts';
import { type Bring, Missing } from './missing.ts';
import {
  type GitObject,
  type ObjectType,
  parseCommit,
  parseTag,
  type StoredCommit,
  type Tag,
} from './object-format.ts';
import type { ObjectReader } from './object-reader.ts';
import { FOLDER_MODE, parseTree, SUBMODULE_MODE } from './tree.ts';

/** What renders and checks the manifests of a state: see `Snapshot`. */
export interface ManifestTools {
  readonly render: (snapshot: Snapshot, wanted: readonly Rendering[]) => Promise<readonly string[]>;
  readonly inspect: (snapshot: Snapshot, wanted: Rendering, workspace: Workspace) => Promise<readonly ManifestFlaw[]>;
}

/** Where objects are read that are written already. */
export type ObjectSource = Pick<ObjectReader, 'isBusy' | 'info' | 'contents' | 'close'>;

/** Trees with more entries than this are forgotten again: some hundred MB. */
const MOST_ENTRIES = 1_000_000;

/**
 * The objects of one repository, read from one place. What is absent is brought, if there is somewhere to bring it
 * from. Reading what is absent then, damaged or of another type throws `OBJECT_MISSING`. Commits and trees are remembered.
 */
export class Objects {
  /** What was made of these objects. */
  readonly memory: Memory;
  /** What looks at manifests, where something at hand does. */
  readonly manifests: ManifestTools | undefined;
  readonly #reader: ObjectSource;
  readonly #mostEntries: number;
  readonly #commits = new Map<Oid, Promise<StoredCommit>>();
  readonly #trees = new Map<Oid, Promise<readonly NamedEntry[]>>();
  /** How many entries the remembered trees have. */
  #entryCount = 0;
  readonly #unwritten = new Map<Oid, GitObject>();
  readonly #missing: Missing | undefined;

  /**
   * @param bring makes absent objects present, those that exist.
   * @param mostEntries how many entries the remembered trees may have.
   */
  constructor(
    reader: ObjectSource,
    bring?: Bring,
    memory = new Memory(),
    manifests?: ManifestTools,
    mostEntries = MOST_ENTRIES,
  ) {
    this.manifests = manifests;
    this.#mostEntries = mostEntries;
    this.memory = memory;
    this.#reader = reader;
    this.#missing = bring && new Missing(() => this.#reader.isBusy, bring);
  }

  /** @param depth how many commits of its line to bring with it when it is absent. */
  commit(oid: Oid, depth = 1): Promise<StoredCommit> {
    return remembered(this.#commits, oid, async () => parseCommit(oid, await this.#read(oid, 'commit', depth)));
  }

  async tag(oid: Oid): Promise<Tag> {
    return parseTag(oid, await this.#read(oid, 'tag'));
  }

  tree(oid: Oid): Promise<readonly NamedEntry[]> {
    return remembered(this.#trees, oid, async () => {
      const entries = parseTree(oid, await this.#read(oid, 'tree'));
      // A long walk reads the trees of every state of a branch, each once.
      if (this.#entryCount > this.#mostEntries) {
        this.#trees.clear();
        this.#entryCount = 0;
      }
      this.#entryCount += entries.length;
      return entries;
    });
  }

  /** Returns an object's bytes as they are. */
  content(oid: Oid, type: ObjectType): Promise<Uint8Array> {
    return this.#read(oid, type);
  }

  blob(oid: Oid): Promise<Uint8Array> {
    return this.#read(oid, 'blob');
  }

  /** Returns whether an object is written, whatever it reaches. */
  async has(oid: Oid): Promise<boolean> {
    const type = await this.typeOf(oid).catch((error) => {
      // Too damaged to tell what it is.
      if (error instanceof EleventhError && error.code === 'OBJECT_MISSING') return null;
      throw error;
    });
    return type !== null;
  }

  /** Returns a written object's type, or null when it is not there. */
  async typeOf(oid: Oid): Promise<ObjectType | null> {
    return isOid(oid) ? ((await this.#reader.info(oid))?.type ?? null) : null;
  }

  /** Returns an object's type, or null when the remote does not have it either. @param expected what it is, if known. */
  async find(oid: Oid, expected: ObjectType | null = null): Promise<ObjectType | null> {
    const known = this.#known(oid);
    if (known !== undefined) return known.type;
    const type = await this.typeOf(oid);
    if (type !== null || this.#missing === undefined || !isOid(oid)) return type;
    const exists = await this.#missing.want({ oid, type: expected, depth: 1 });
    const fetched = await this.typeOf(oid);
    if (fetched !== null || !exists) return fetched;
    throw new EleventhError('OBJECT_MISSING', `The object ${oid} was fetched and cannot be read.`, {
      details: { oid },
    });
  }

  /** Makes a tree and everything below it present, in one round trip for all that is absent side by side. */
  async below(oid: Oid): Promise<void> {
    if (this.#missing === undefined || this.#known(oid) !== undefined) return;
    if ((await this.typeOf(oid)) === null) {
      await this.#missing.want({ oid, type: 'tree', depth: Number.POSITIVE_INFINITY });
      return;
    }
    const entries = await this.tree(oid);
    await Promise.all(
      entries.map(async ({ mode, oid }) => {
        if (mode === FOLDER_MODE) await this.below(oid);
        else if (mode !== SUBMODULE_MODE) await this.find(oid, 'blob');
      }),
    );
  }

  /** Returns a commit that was read before, without reading anything. */
  remembered(oid: Oid): Promise<StoredCommit> | undefined {
    return this.#commits.get(oid);
  }

  /** Makes objects readable here that are not written yet, so that an edit can build on another one. */
  add(objects: readonly GitObject[]): void {
    for (const object of objects) this.#unwritten.set(object.oid, object);
  }

  /** Returns the objects of a tree that are not written yet, children before their parents. */
  async unwrittenBelow(tree: Oid): Promise<GitObject[]> {
    const object = this.#unwritten.get(tree);
    if (object === undefined) return [];
    const below = (await this.tree(tree)).map(({ mode, oid }) =>
      mode === FOLDER_MODE ? this.unwrittenBelow(oid) : (this.#unwritten.get(oid) ?? []),
    );
    return [...(await Promise.all(below)).flat(), object];
  }

  /** Ends what reading keeps running, and keeps what was made. The objects stay usable: the next read starts it again. */
  async close(): Promise<void> {
    await Promise.all([this.#reader.close(), this.memory.save()]);
  }

  #known(oid: Oid): Pick<GitObject, 'type' | 'content'> | undefined {
    return oid === EMPTY_TREE ? { type: 'tree', content: new Uint8Array() } : this.#unwritten.get(oid);
  }

  async #read(oid: Oid, type: ObjectType, depth = 1): Promise<Uint8Array> {
    let object = this.#known(oid) ?? (isOid(oid) ? await this.#reader.contents(oid) : undefined);
    if (object === undefined && this.#missing !== undefined && isOid(oid)) {
      await this.#missing.want({ oid, type, depth });
      object = await this.#reader.contents(oid);
    }
    if (object?.type === type) return object.content;
    if (object === undefined)
      throw new EleventhError('OBJECT_MISSING', `The ${type} ${oid} is not in the repository.`, { details: { oid } });
    throw new EleventhError('BAD_OBJECT', `What should be the ${type} ${oid} is a ${object.type}.`, {
      details: { oid },
    });
  }
}

function remembered<T>(memory: Map<Oid, Promise<T>>, oid: Oid, read: () => Promise<T>): Promise<T> {
  const present = memory.get(oid);
  if (present !== undefined) return present;
  const value = read();
  memory.set(oid, value);
  // What failed is asked again: it may have been fetched by then.
  value.catch(() => memory.delete(oid));
  return value;
}
