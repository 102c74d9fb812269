import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../render/hermetic.ts';
import { digest } from './beginning.ts';

/** Something that was made of a service in an environment, and on which files elsewhere in the repository it depended. */
export interface Kept {
  readonly elsewhere: readonly Source[];
  readonly text: string;
}

const WEEK = 7 * 24 * 60 * 60 * 1000;

/**
 * What was found on this machine, by what it was made from: a file each, since one that is read alone is read
 * fastest. They stand in a folder a week; what the week before had moves on when it is asked for, and older ones go.
 * Whatever cannot be written or is damaged is made again.
 */
export class KeptFiles {
  readonly #folder: string;
  readonly #weeks: readonly string[];

  /** @param now in milliseconds since 1970. */
  constructor(folder: string, now: number) {
    this.#folder = folder;
    const week = Math.floor(now / WEEK);
    this.#weeks = [`week-${week}`, `week-${week - 1}`];
  }

  /** Returns what was kept under a key, or null. */
  find(key: string): Kept | null {
    const [current = '', last = ''] = this.#weeks.map((week) => join(this.#folder, week, key));
    const kept = read(current);
    if (kept !== null) return kept;
    const older = read(last);
    if (older !== null) this.#move(last, current);
    return older;
  }

  keep(key: string, kept: Kept): void {
    const [week = ''] = this.#weeks;
    const body = `${JSON.stringify(kept.elsewhere)}\n${kept.text}`;
    try {
      mkdirSync(join(this.#folder, week), { recursive: true });
      const path = join(this.#folder, week, key);
      writeFileSync(`${path}.new`, `${digest(body)}\n${body}`);
      renameSync(`${path}.new`, path);
    } catch {}
  }

  /** Takes away what no week that counts has. */
  sweep(): void {
    try {
      for (const name of readdirSync(this.#folder))
        if (!this.#weeks.includes(name)) rmSync(join(this.#folder, name), { recursive: true, force: true });
    } catch {}
  }

  #move(from: string, to: string): void {
    try {
      mkdirSync(join(this.#folder, this.#weeks[0] ?? ''), { recursive: true });
      renameSync(from, to);
    } catch {}
  }
}

function read(path: string): Kept | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const first = text.indexOf('\n');
  const body = text.slice(first + 1);
  if (text.slice(0, first) !== digest(body)) return null;
  const second = body.indexOf('\n');
  return { elsewhere: JSON.parse(body.slice(0, second)), text: body.slice(second + 1) };
}
