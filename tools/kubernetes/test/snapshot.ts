import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Entry, NamedEntry, Snapshot } from '@eleventh/core';

/** What stands at a path: a file, a symbolic link's target, or a submodule's commit. */
export type Content = string | Uint8Array | { readonly link: string } | { readonly submodule: string };

export type Contents = Readonly<Record<string, Content>>;

/** A state of a repository in memory, which counts what is read. */
export class TestSnapshot implements Snapshot {
  readonly contents: Contents;
  readonly #remembered = new Map<string, Promise<unknown>>();

  constructor(contents: Contents) {
    this.contents = contents;
  }

  get tree(): string {
    return this.#folder('');
  }

  async entry(path: string): Promise<Entry | null> {
    const content = this.contents[path];
    if (content !== undefined) return { mode: modeOf(content), oid: hash(content) };
    return path === '' || this.#below(path).length > 0 ? { mode: '40000', oid: this.#folder(path) } : null;
  }

  async list(path: string): Promise<readonly NamedEntry[]> {
    const names = [...new Set(this.#below(path).map((inside) => inside.split('/')[0] ?? ''))].sort();
    return Promise.all(
      names.map(async (name) => {
        const entry = await this.entry(path === '' ? name : `${path}/${name}`);
        return { name, mode: entry?.mode ?? '', oid: entry?.oid ?? '' };
      }),
    );
  }

  async read(path: string): Promise<Uint8Array | null> {
    const content = this.contents[path];
    if (typeof content === 'string') return new TextEncoder().encode(content);
    return content instanceof Uint8Array ? content : null;
  }

  async with(changes: readonly Change[]): Promise<TestSnapshot> {
    const files = changes.flatMap(({ path, put }) =>
      put !== null && 'file' in put ? [[path, put.file] as const] : [],
    );
    return new TestSnapshot({ ...this.contents, ...Object.fromEntries(files) });
  }

  remembered<T>(kind: string, of: string, make: () => Promise<T>): Promise<T> {
    const known = this.#remembered.get(`${kind} ${of}`) as Promise<T> | undefined;
    const value = known ?? make().then((made) => JSON.parse(JSON.stringify(made)) as T);
    this.#remembered.set(`${kind} ${of}`, value);
    return value;
  }

  #below(path: string): string[] {
    const prefix = path === '' ? '' : `${path}/`;
    return Object.keys(this.contents)
      .filter((other) => other.startsWith(prefix))
      .map((other) => other.slice(prefix.length));
  }

  #folder(path: string): string {
    const prefix = path === '' ? '' : `${path}/`;
    const lines = this.#below(path).map((inside) => `${inside} ${hash(this.contents[prefix + inside] ?? '')}`);
    return hash(lines.sort().join('\n'));
  }
}

/** Returns the files below some folders of a folder on disk. */
export function filesOf(root: string, ...folders: string[]): Record<string, Content> {
  const files: Record<string, Content> = {};
  for (const folder of folders) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = join(root, folder, path);
      if (lstatSync(file).isFile()) files[`${folder}/${path}`] = readFileSync(file);
    }
  }
  return files;
}

function modeOf(content: Content): string {
  if (typeof content === 'string' || content instanceof Uint8Array) return '100644';
  return 'link' in content ? '120000' : '160000';
}

function hash(content: Content): string {
  const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
  return createHash('sha1').update(bytes).digest('hex');
}
