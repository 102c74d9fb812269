import { EMPTY_TREE, type Oid } from '@eleventh/core';
import { type GitObject, parseCommit } from '../src/object-format.ts';
import { Objects } from '../src/objects.ts';
import type { RefUpdate } from '../src/push-arguments.ts';
import type { PushOutcome } from '../src/push-report.ts';
import type { Writable } from '../src/pusher.ts';
import type { Listing } from '../src/ref-list.ts';
import { FOLDER_MODE, parseTree } from '../src/tree.ts';

/** What a server of these tests holds: it can be copied, to begin with the same again. */
export interface Contents {
  readonly refs: ReadonlyMap<string, Oid>;
  readonly objects: ReadonlyMap<Oid, GitObject>;
}

/** A Git server in memory: atomic pushes that compare and swap, and nothing accepted that is not whole. */
export class MemoryServer implements Contents {
  readonly refs: Map<string, Oid>;
  readonly objects: Map<Oid, GitObject>;
  /** Every value that a ref ever had here, with the moment's order. */
  readonly moves: { readonly ref: string; readonly value: Oid | null }[] = [];
  readonly #whole = new Set<Oid>([EMPTY_TREE]);
  readonly #refuses: (update: RefUpdate, who: string) => string | undefined;

  /** @param refuses says why the host does not take an update from somebody. */
  constructor(contents?: Contents, refuses: (update: RefUpdate, who: string) => string | undefined = () => undefined) {
    this.refs = new Map(contents?.refs);
    this.objects = new Map(contents?.objects);
    for (const oid of this.objects.keys()) this.#whole.add(oid);
    this.#refuses = refuses;
  }

  listing(): Listing {
    const below = (prefix: string) => [...this.refs].filter(([ref]) => ref.startsWith(prefix));
    const branches = below('refs/heads/').map(([ref, oid]) => [ref.slice('refs/heads/'.length), oid] as const);
    return {
      head: 'main',
      branches: new Map(branches),
      tags: new Map(),
      queue: new Map(below('refs/eleventh/')),
    };
  }

  receive(updates: readonly RefUpdate[], objects: Iterable<GitObject>, who: string): PushOutcome {
    if (updates.length === 0) throw new Error('a push of nothing would push what the configuration says');
    if (new Set(updates.map(({ ref }) => ref)).size < updates.length) throw new Error('a push names a ref twice');
    if (updates.some(({ ref, expected }) => (this.refs.get(ref) ?? null) !== expected)) return { kind: 'stale' };
    const reason = updates.map((update) => this.#refuses(update, who)).find((text) => text !== undefined);
    if (reason !== undefined) return { kind: 'refused', message: reason };
    for (const object of objects) this.objects.set(object.oid, object);
    for (const { value } of updates) if (value !== null) this.#check(value);
    for (const { ref, value } of updates) {
      if (value === null) this.refs.delete(ref);
      else this.refs.set(ref, value);
      this.moves.push({ ref, value });
    }
    return { kind: 'accepted' };
  }

  /** Throws when the object or one below it was never sent. */
  #check(oid: Oid): void {
    if (this.#whole.has(oid)) return;
    const object = this.objects.get(oid);
    if (object === undefined) throw new Error(`the server was not sent ${oid}`);
    if (object.type === 'commit') {
      const { tree, parents } = parseCommit(oid, object.content);
      for (const each of [tree, ...parents]) this.#check(each);
    }
    if (object.type === 'tree') for (const entry of parseTree(object.oid, object.content)) this.#check(entry.oid);
    this.#whole.add(oid);
  }
}

/** What lies between a writer and the server. */
export interface Wire {
  /** Passes when a message of so many updates has arrived at the other end, in either direction. */
  readonly travel: (updates: number) => Promise<void>;
  /** Carries a push out, of the queue or not, and returns what the writer hears of it. */
  readonly deliver: (receive: () => PushOutcome, isQueue: boolean) => Promise<PushOutcome>;
}

const DIRECT: Wire = { travel: async () => {}, deliver: async (receive) => receive() };

/** A server in memory as one writer has it: objects are written into a cache of its own, and sent by a push. */
export class MemoryRemote implements Writable {
  readonly #server: MemoryServer;
  readonly #who: string;
  readonly #wire: Wire;
  readonly #cache = new Map<Oid, GitObject>();
  readonly objects: Objects;

  constructor(server: MemoryServer, who: string, wire = DIRECT) {
    this.#server = server;
    this.#who = who;
    this.#wire = wire;
    const find = async (oid: Oid) => this.#cache.get(oid) ?? server.objects.get(oid);
    this.objects = new Objects({ isBusy: false, info: find, contents: find, close: async () => {} });
  }

  async refs(): Promise<Listing> {
    await this.#wire.travel(0);
    const listing = this.#server.listing();
    await this.#wire.travel(0);
    return listing;
  }

  async tips(oids: readonly Oid[]): Promise<'present' | 'moved'> {
    const present = await Promise.all(oids.map((oid) => this.objects.find(oid)));
    return present.includes(null) ? 'moved' : 'present';
  }

  async write(objects: readonly GitObject[]): Promise<void> {
    for (const object of objects) this.#cache.set(object.oid, object);
  }

  async push(updates: readonly RefUpdate[]): Promise<PushOutcome> {
    await this.#wire.travel(updates.length);
    const isQueue = updates.some(({ ref }) => ref.startsWith('refs/eleventh/'));
    const receive = () => this.#server.receive(updates, this.#cache.values(), this.#who);
    const outcome = await this.#wire.deliver(receive, isQueue);
    await this.#wire.travel(0);
    return outcome;
  }
}

/** Returns the paths at which two trees differ, as deep as files or folders that only one of them has. */
export function differences(objects: Contents['objects'], before: Oid, after: Oid, folder = ''): string[] {
  if (before === after) return [];
  const entries = (tree: Oid) => {
    const object = objects.get(tree);
    return new Map(
      (object === undefined ? [] : parseTree(object.oid, object.content)).map((entry) => [entry.name, entry]),
    );
  };
  const [old, young] = [entries(before), entries(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name) => {
    const [a, b] = [old.get(name), young.get(name)];
    if (a?.oid === b?.oid) return [];
    const path = `${folder}${name}`;
    if (a?.mode === FOLDER_MODE && b?.mode === FOLDER_MODE) return differences(objects, a.oid, b.oid, `${path}/`);
    return [path];
  });
}
