import { rmSync } from 'node:fs';
import { mkdtemp, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EleventhError } from '@eleventh/core';
import type { Io } from './io.ts';

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
/** Bytes: ten thousand services of eight small files take a third of it. */
const ROOMY = 2 ** 30;

/**
 * Returns a new folder that goes when the process ends, whatever ends it. It is in memory where there is room: thousands
 * of small files for a renderer cost a disk more than rendering does, above all one on which as many were just removed
 * (ext4 searches for an inode that was not used lately). TMPDIR names another place. Throws `CANNOT_WRITE`.
 */
export async function temporaryFolder(io: Io): Promise<string> {
  const place = io.env.TMPDIR === undefined && (await isRoomy(MEMORY)) ? MEMORY : tmpdir();
  try {
    const folder = await realpath(await mkdtemp(join(place, 'eleventh-')));
    io.atExit(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  } catch (cause) {
    throw new EleventhError('CANNOT_WRITE', `Nothing can be written to ${place}: ${(cause as Error).message}.`, {
      hint: 'TMPDIR=<folder> names another place.',
      cause,
    });
  }
}

async function isRoomy(folder: string): Promise<boolean> {
  try {
    const { type, bavail, bsize } = await statfs(folder);
    return type === TMPFS && bavail * bsize >= ROOMY;
  } catch {
    return false;
  }
}
