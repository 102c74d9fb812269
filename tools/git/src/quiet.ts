import { PACE } from './queue.ts';

/** Whether a queue moves, and who has to see to it. */
export class Quiet {
  #seen = '';
  #count = 0;
  #took = 0;
  #still = 0;
  #settled = 0;
  #isGrowing = true;
  hasMoved = false;

  /** Takes note of the queue as it is: what moves when somebody works on it, its length; and how long that look took. */
  see(signs: readonly (string | undefined)[], count: number, took: number): void {
    const seen = signs.join(' ');
    this.hasMoved = seen !== this.#seen;
    if (this.hasMoved) this.#still = 0;
    this.#isGrowing = count > this.#count;
    this.#seen = seen;
    this.#count = count;
    this.#took = took;
  }

  pass(milliseconds: number): void {
    this.#still += milliseconds;
    this.#settled += milliseconds;
  }

  restart(): void {
    this.#still = 0;
    this.#settled = 0;
  }

  /** The first goes when no more come; the next ones when those before them have stood still for too long. */
  isTurn(place: number): boolean {
    if (place > 0) return this.#still > PACE.takeover(place, this.#count, this.#took);
    return !this.#isGrowing || this.#settled > PACE.settleLimit(this.#count);
  }

  pause(place: number): number {
    return place === 0 ? PACE.settle : PACE.look(this.#count, this.#took);
  }
}
