import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The processes of this machine. */
export interface Processes {
  readonly own: number;
  readonly isRunning: (id: number) => boolean;
}

/** How long a writer counts, in milliseconds: what takes longer waits in the queue, where everybody sees it. */
const LIFE = 10_000;

/**
 * The writers on this machine that share a cache, each with a file in it while it writes a branch: whoever sees another
 * one leaves a request at once, instead of a push of which only one can succeed. It is a hint. A file that says too much
 * or too little costs a push more.
 */
export class Neighbours {
  readonly #folder: string;
  readonly #processes: Processes;
  #own: string | undefined;

  constructor(gitDirectory: string, processes: Processes) {
    this.#folder = join(gitDirectory, 'writers');
    this.#processes = processes;
  }

  /** Counts this writer among those of a branch until it leaves, and returns whether there is another one. */
  join(branch: string): boolean {
    this.leave();
    const key = createHash('sha1').update(branch).digest('hex').slice(0, 16);
    this.#own = join(this.#folder, `${key}.${this.#processes.own}.${randomUUID()}`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(this.#own, '');
      // By the clock of the file system, which they share.
      const since = statSync(this.#own).mtimeMs - LIFE;
      const others = readdirSync(this.#folder).map((name) => join(this.#folder, name));
      return others.filter((path) => path !== this.#own && path.includes(key) && this.#isThere(path, since)).length > 0;
    } catch {
      return false; // A cache that has become read-only still serves.
    }
  }

  leave(): void {
    if (this.#own !== undefined) remove(this.#own);
    this.#own = undefined;
  }

  /** Returns whether a writer is still at it; the file of one that was killed goes. */
  #isThere(path: string, since: number): boolean {
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modified === undefined) return false;
    const isThere = modified >= since && this.#processes.isRunning(Number(basename(path).split('.')[1]));
    if (!isThere) remove(path);
    return isThere;
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It says too much for a while.
  }
}
