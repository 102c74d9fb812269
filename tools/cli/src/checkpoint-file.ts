import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Checkpoint, usageError } from '@eleventh/core';
import type { Io } from './io.ts';
import { cacheDirectory } from './repository-address.ts';

type Place = Pick<Io, 'env' | 'cwd'>;

function keptAt(digest: string, place: Place): string {
  return join(cacheDirectory(place), 'checkpoints', `${digest}.txt`);
}

/** Keeps a checkpoint on this machine, so that its digest alone finds it; where that cannot be written, nothing is kept. */
export async function keepCheckpoint({ digest, text }: Checkpoint, place: Place): Promise<void> {
  const path = keptAt(digest, place);
  await mkdir(join(path, '..'), { recursive: true }).catch(() => {});
  await writeFile(path, text).catch(() => {});
}

/** Returns the text of a checkpoint, by its file or its digest; throws `UNKNOWN_CHECKPOINT`. */
export async function readCheckpoint(named: string, place: Place): Promise<string> {
  const paths = [resolve(place.cwd, named), ...(/^[0-9a-f]{64}$/.test(named) ? [keptAt(named, place)] : [])];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  throw usageError(
    'UNKNOWN_CHECKPOINT',
    `There is no checkpoint ${JSON.stringify(named)} here.`,
    'Name the file that eleventh verify --save wrote.',
  );
}
