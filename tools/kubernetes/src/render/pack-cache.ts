import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How many packs there are at most, and how many bytes they hold together, before they become one. */
export const LIMITS = { packs: 24, bytes: 128 * 2 ** 20 } as const;

/**
 * What was made before, by what it depends on. It lies in packs: a file for each command that made anything, since
 * a thousand small files take many times longer to read than one large one. A pack appears whole or not at all; one that
 * is damaged counts as absent, and its entries are made again.
 */
export class PackCache {
  readonly #folder: string;
  #packs: readonly string[];
  #bytes: number;
  readonly #known: Map<string, Buffer>;
  readonly #used = new Map<string, Buffer>();
  readonly #added = new Map<string, Buffer>();

  /** Returns the cache in a folder, empty where there is none yet. */
  static async open(folder: string): Promise<PackCache> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => PACK.test(name)).sort();
    const packs = await Promise.all(names.map((name) => readFile(join(folder, name)).catch(() => Buffer.alloc(0))));
    const known = new Map<string, Buffer>();
    names.forEach((name, index) => {
      for (const [key, text] of entries(name, packs[index] ?? Buffer.alloc(0))) known.set(key, text);
    });
    const bytes = packs.reduce((sum, { length }) => sum + length, 0);
    return new PackCache(folder, names, bytes, known);
  }

  private constructor(folder: string, packs: readonly string[], bytes: number, known: Map<string, Buffer>) {
    this.#folder = folder;
    this.#packs = packs;
    this.#bytes = bytes;
    this.#known = known;
  }

  /** Returns what was kept under a key, or undefined. */
  get(key: string): string | undefined {
    const text = this.#added.get(key) ?? this.#known.get(key);
    if (text !== undefined) this.#used.set(key, text);
    return text?.toString();
  }

  add(key: string, text: string): void {
    this.#added.set(key, Buffer.from(text));
  }

  /** Keeps what was added. Once there are many packs, one takes their place, with what was of use now before the rest. */
  async save(): Promise<void> {
    if (this.#added.size === 0) return;
    const isFull = this.#packs.length >= LIMITS.packs || this.#bytes > LIMITS.bytes;
    const kept = isFull ? this.#all() : new Map(this.#added);
    for (const [key, text] of this.#added) this.#known.set(key, text);
    this.#added.clear();
    try {
      await mkdir(this.#folder, { recursive: true });
      const name = await this.#write(kept);
      const old = isFull ? this.#packs.filter((pack) => pack !== name) : [];
      await Promise.all(old.map((pack) => rm(join(this.#folder, pack), { force: true })));
      this.#packs = isFull ? [name] : [...this.#packs, name];
      this.#bytes = size(kept) + (isFull ? 0 : this.#bytes);
    } catch {
      // What cannot be kept is rendered again.
    }
  }

  #all(): Map<string, Buffer> {
    const kept = new Map([...this.#added, ...this.#used]);
    let left = LIMITS.bytes / 2 - size(kept);
    for (const [key, text] of [...this.#known].reverse()) {
      if (kept.has(key)) continue;
      left -= text.length;
      if (left < 0) break;
      kept.set(key, text);
    }
    return kept;
  }

  async #write(kept: ReadonlyMap<string, Buffer>): Promise<string> {
    const index = Array.from(kept, ([key, { length }]) => [key, length]);
    const content = Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...kept.values()]);
    const folder = await mkdtemp(join(this.#folder, 'new-'));
    try {
      const name = `${sha256(content)}.pack`;
      await writeFile(join(folder, name), content);
      await rename(join(folder, name), join(this.#folder, name));
      return name;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function size(texts: ReadonlyMap<string, Buffer>): number {
  return Array.from(texts.values(), ({ length }) => length).reduce((sum, length) => sum + length, 0);
}

const PACK = /^[0-9a-f]{64}\.pack$/;

/** Returns the entries of a pack, which is named by the hash of its content; none when it is not what it was. */
function entries(name: string, content: Buffer): [key: string, text: Buffer][] {
  if (`${sha256(content)}.pack` !== name) return [];
  const end = content.indexOf('\n');
  const index = JSON.parse(content.subarray(0, end).toString()) as [string, number][];
  let at = end + 1;
  return index.map(([key, length]) => {
    at += length;
    return [key, content.subarray(at - length, at)];
  });
}

/** Returns the SHA-256 of a text or bytes, in hexadecimal digits. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
