import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './cache.ts';

/** What was made of one kind: by earlier commands, and by this one with what it took over from them. */
interface Kind {
  readonly before: ReadonlyMap<string, unknown>;
  readonly asked: Map<string, Promise<unknown>>;
  /** What was of use now. */
  readonly used: Map<string, unknown>;
  hasNew: boolean;
}

/**
 * What commands made of immutable things, such as the trees of Git, kept in a file of the cache for each kind. It can
 * always be made again: a file that cannot be read counts as empty, and one that cannot be written is left alone.
 */
export class Memory {
  readonly #directory: string | undefined;
  readonly #kinds = new Map<string, Kind>();

  /** @param directory the cache; without one, nothing outlives the program. */
  constructor(directory?: string) {
    this.#directory = directory;
  }

  /** Returns what an earlier call made of the same, or else what `make` makes now, which has to survive JSON. */
  recall<T>(kind: string, of: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kind(kind);
    const present = known.asked.get(of) as Promise<T> | undefined;
    if (present !== undefined) return present;
    const value = known.before.has(of) ? Promise.resolve(known.before.get(of) as T) : make();
    known.asked.set(of, value);
    value.then(
      (result) => {
        known.used.set(of, result);
        known.hasNew ||= !known.before.has(of);
      },
      // What failed is tried again: it may have been fetched by then.
      () => known.asked.delete(of),
    );
    return value;
  }

  /** Keeps what is new for later commands, with what they used before: at most as much of that as was of use now. */
  async save(): Promise<void> {
    for (const [name, kind] of this.#kinds) {
      if (this.#directory === undefined || !kind.hasNew) continue;
      kind.hasNew = false;
      const used = Array.from(kind.used, ([of, value]) => line(of, value));
      const unused = [...kind.before].filter(([of]) => !kind.used.has(of)).map(([of, value]) => line(of, value));
      let left = used.join('').length;
      const kept = unused.filter((text) => {
        left -= text.length;
        return left > 0;
      });
      const content = `{${[...used, ...kept].join(',\n')}}\n`;
      await replaceFile(this.#directory, fileName(name), content).catch(() => {});
    }
  }

  #kind(name: string): Kind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const before = this.#directory === undefined ? {} : readJson(join(this.#directory, fileName(name)));
    const kind = { before: new Map(Object.entries(before)), asked: new Map(), used: new Map(), hasNew: false };
    this.#kinds.set(name, kind);
    return kind;
  }
}

function fileName(kind: string): string {
  return `made-${kind}.json`;
}

function line(of: string, value: unknown): string {
  return `${JSON.stringify(of)}:${JSON.stringify(value)}`;
}

function readJson(path: string): object {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
