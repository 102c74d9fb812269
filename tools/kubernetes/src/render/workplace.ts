import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathInside, type Snapshot } from '@eleventh/core';
import type { Source } from './hermetic.ts';

/** A temporary folder in which renderers find what they may read, and nothing else. */
export class Workplace {
  readonly root: string;
  /** Where the repository's files are, at their paths. */
  readonly files: string;
  /** An empty folder. */
  readonly home: string;
  readonly #written = new Map<string, Promise<void>>();
  readonly #folders = new Set<string>();

  /** Returns a new one below a folder for what is temporary. */
  static async open(temporary: string): Promise<Workplace> {
    const root = await realpath(await mkdtemp(join(temporary, 'render-')));
    await Promise.all(['files', 'home'].map((name) => mkdir(join(root, name))));
    return new Workplace(root);
  }

  private constructor(root: string) {
    this.root = root;
    this.files = join(root, 'files');
    this.home = join(root, 'home');
  }

  /** Writes files of a snapshot to their paths. */
  async materialise(snapshot: Snapshot, sources: readonly Source[]): Promise<void> {
    await Promise.all(sources.map((source) => this.#source(snapshot, source)));
  }

  #source(snapshot: Snapshot, { path }: Source): Promise<void> {
    return this.#once(`files/${path}`, async () => (await snapshot.read(path)) ?? new Uint8Array());
  }

  /** Writes a folder with some files and returns its path. */
  async folder(name: string, files: ReadonlyMap<string, string>): Promise<string> {
    await Promise.all([...files].map(([file, text]) => this.#once(`${name}/${file}`, async () => text)));
    return join(this.root, name);
  }

  #once(path: string, content: () => Promise<string | Uint8Array>): Promise<void> {
    const known = this.#written.get(path);
    if (known !== undefined) return known;
    const writing = this.#write(join(this.root, pathInside(path)), content);
    this.#written.set(path, writing);
    return writing;
  }

  /** Writes a file at once: of thousands of small ones, handing each to another thread three times takes far longer. */
  async #write(file: string, content: () => Promise<string | Uint8Array>): Promise<void> {
    const bytes = await content();
    const folder = dirname(file);
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    writeFileSync(file, bytes);
  }

  /** Returns what a renderer said without the paths of this folder. */
  cleaned(text: string): string {
    return text.replaceAll(`${this.files}/`, '').replaceAll(this.files, '.').replaceAll(this.root, '');
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
