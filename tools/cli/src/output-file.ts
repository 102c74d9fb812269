import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EleventhError } from '@eleventh/core';
import type { Io } from './io.ts';

/** Writes a file that the user named; throws `CANNOT_WRITE`. @param hint how to name another place. */
export async function writeOutput(file: string, text: string, { cwd }: Pick<Io, 'cwd'>, hint: string): Promise<void> {
  const path = resolve(cwd, file);
  try {
    await writeFile(path, text);
  } catch (cause) {
    const { message } = cause as Error;
    throw new EleventhError('CANNOT_WRITE', `${path} cannot be written: ${message}.`, { hint, cause });
  }
}
