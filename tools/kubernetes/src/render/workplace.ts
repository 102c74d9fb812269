import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Snapshot } from '@eleventh/core';
import type { Reached } from './reach.ts';

/** Does some work in a new folder that holds a state's reached files and nothing else, and takes it away afterwards. */
export async function inWorkplace<T>(
  snapshot: Snapshot,
  reached: readonly Reached[],
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'eleventh-render-'));
  try {
    const paths = new Set(reached.flatMap((files) => [...files.keys()]));
    const contents = await Promise.all([...paths].map(async (path) => [path, await snapshot.read(path)] as const));
    for (const [path, content] of contents) put(folder, path, content ?? '');
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Writes a file below a folder. */
export function put(folder: string, path: string, content: string | Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
