import { setImmediate } from 'node:timers/promises';

interface Waiter {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Virtual time. Whoever waits is woken in the order of time, one at a time, and the next only when nobody can go on
 * without waiting: so everything that happens depends on the seed alone, and hours pass in no time.
 */
export class Schedule {
  readonly random: () => number;
  #now = 0;
  #waiting: Waiter[] = [];

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Waits so many milliseconds; who waits for the same moment is woken in any order. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiting.push({ at: this.#now + Math.max(0, milliseconds), order: this.random(), wake });
    });
  }

  /** Lets time pass until nobody waits any more. Throws when that takes longer than so many milliseconds. */
  async run(limit: number): Promise<void> {
    for (;;) {
      await setImmediate();
      this.#waiting.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.at > limit) throw new Error(`somebody still waits after ${limit} milliseconds`);
      this.#now = next.at;
      next.wake();
    }
  }
}

/** Processors that many share in virtual time: whoever has much to do lets the others have their turns in between. */
export class Processors {
  readonly #schedule: Schedule;
  readonly #queue: (() => void)[] = [];
  #free: number;

  constructor(schedule: Schedule, count: number) {
    this.#schedule = schedule;
    this.#free = count;
  }

  /** Passes when somebody has worked so many milliseconds. */
  async work(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= SLICE) {
      if (this.#free === 0) await new Promise<void>((wake) => this.#queue.push(wake));
      else this.#free -= 1;
      await this.#schedule.wait(Math.min(left, SLICE));
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

const SLICE = 20;

/** Returns a source of numbers from 0 up to 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
