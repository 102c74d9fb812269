import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EleventhError, quoted, usageError } from '@eleventh/core';
import { gitInFolder } from '@eleventh/git';
import type { Io } from '../io.ts';
import { isPath } from '../repository-address.ts';
import type { HostFile } from './host.ts';

/** What stands in the first line of each file that is ours to write again. */
export const MARK = 'Made by eleventh ci';

export type WrittenFile = Pick<HostFile, 'path'> & { readonly changed: boolean };

/** Returns the root of the checkout that files are written into: `--repo` where that is a folder, else the working folder. Throws `NO_CHECKOUT`. */
export async function checkoutRoot(option: string | undefined, { cwd, env }: Pick<Io, 'cwd' | 'env'>): Promise<string> {
  const folder = option !== undefined && isPath(option) ? resolve(cwd, option) : cwd;
  const { stdout, exitCode } = await gitInFolder(['rev-parse', '--show-toplevel'], { cwd: folder, env });
  if (exitCode === 0 && stdout.trim() !== '') return stdout.replace(/\n$/, '');
  throw usageError(
    'NO_CHECKOUT',
    `${quoted(folder)} is not in a checkout of a repository.`,
    'git clone <url>, and run it there; without --write it prints the files',
  );
}

/**
 * Writes files where they belong, all or (when one of them is somebody else's) none, and says which of them changed.
 * Throws `FILE_TAKEN` unless `force`, and `CANNOT_WRITE`.
 */
export async function writeFiles(
  root: string,
  files: readonly HostFile[],
  force: boolean,
): Promise<readonly WrittenFile[]> {
  const present = await Promise.all(files.map(({ path }) => textAt(root, path)));
  const foreign = files.filter((_, index) => present[index]?.split('\n', 1)[0]?.includes(MARK) === false);
  if (foreign.length > 0 && !force) {
    const paths = foreign.map(({ path }) => path);
    throw usageError(
      'FILE_TAKEN',
      `${paths.join(', ')} ${paths.length === 1 ? 'was' : 'were'} not made by this command.`,
      'Compare with what it prints without --write, and merge by hand; or let it be replaced: --force',
    );
  }
  const written = files.map(({ path, text }, index) => ({ path, text, changed: present[index] !== text }));
  for (const { path, text, changed } of written) if (changed) await write(join(root, path), text);
  return written.map(({ path, changed }) => ({ path, changed }));
}

/** Returns what stands at a path, null for nothing; throws `CANNOT_WRITE` where a link leads elsewhere. */
async function textAt(root: string, path: string): Promise<string | null> {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count += 1) {
    const place = join(root, ...parts.slice(0, count));
    const found = await lstat(place).catch(() => null);
    if (found === null) return null;
    if (count < parts.length ? found.isDirectory() : found.isFile()) continue;
    throw cannotWrite(place, 'it is a link, or no file');
  }
  return readFile(join(root, path), 'utf8');
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw cannotWrite(path, (cause as Error).message);
  }
}

function cannotWrite(path: string, why: string): EleventhError {
  return new EleventhError('CANNOT_WRITE', `${path} cannot be written: ${why}.`, {
    hint: 'Without --write the files are printed.',
  });
}
