import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EleventhError } from '@eleventh/core';
import { cacheName } from './repository-url.ts';

/** The bare repository that holds one remote's objects on this machine. Everything in it can be fetched again. */
export interface Cache {
  readonly directory: string;
  /** Tells this directory from one that replaced it. */
  readonly inode: number;
}

const HEAD = 'ref: refs/heads/none\n';
// Settings of the user that would change what our commands do or print are overridden here; the ones about networks
// and credentials are not. Packs stay whole (unpackLimit), so objects arrive all at once or not at all.
const CONFIG = `[core]
	repositoryFormatVersion = 0
	bare = true
	hooksPath = /dev/null
	logAllRefUpdates = false
	quotePath = false
[gc]
	auto = 0
[maintenance]
	auto = false
[fetch]
	unpackLimit = 1
	writeCommitGraph = false
	recurseSubmodules = false
[push]
	followTags = false
	gpgSign = false
	recurseSubmodules = no
[color]
	ui = false
	push = false
	remote = false
	transport = false
[log]
	showSignature = false
	mailmap = false
[i18n]
	logOutputEncoding = UTF-8
[advice]
	pushUpdateRejected = false
`;

/**
 * Returns the cache of a repository, made or repaired when needed. Safe for any number of processes at once and for
 * a kill at any moment: each step can be repeated, and `config` appears last. Throws `CACHE_UNWRITABLE`.
 */
export async function openCache(url: string, cacheDirectory: string): Promise<Cache> {
  const directory = join(cacheDirectory, cacheName(url));
  try {
    if (!(await isWhole(directory))) {
      await makeFolder(directory);
      await Promise.all(['objects/pack', 'objects/info', 'refs'].map((path) => mkdir(join(directory, path), MANY)));
      await replaceFile(directory, 'HEAD', HEAD);
      await replaceFile(directory, 'config', CONFIG);
    }
    return { directory, inode: (await stat(directory)).ino };
  } catch (error) {
    throw unwritable(cacheDirectory, error);
  }
}

const MANY = { recursive: true };

/** Makes a folder and those above it. Node's own way to do that never returns in some places, such as below /proc. */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
}

async function isWhole(directory: string): Promise<boolean> {
  try {
    const texts = await Promise.all(['config', 'HEAD'].map((name) => readFile(join(directory, name), 'utf8')));
    const folders = await Promise.all(['objects/pack', 'refs'].map((name) => stat(join(directory, name))));
    return texts[0] === CONFIG && texts[1] === HEAD && folders.every((folder) => folder.isDirectory());
  } catch {
    return false;
  }
}

/** Puts a file into the cache in one step, whoever else reads or writes it. */
export async function replaceFile(directory: string, name: string, content: string): Promise<void> {
  const folder = await mkdtemp(join(directory, 'new-'));
  try {
    await writeFile(join(folder, name), content);
    await rename(join(folder, name), join(directory, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns whether so many small files have piled up that Git becomes slow (it has the same limits). */
export async function isCrowded(directory: string): Promise<boolean> {
  const count = async (path: string) => (await readdir(join(directory, 'objects', path)).catch(() => [])).length;
  // One of 256 folders tells how full the others are. A pack is two or three files.
  return (await count('17')) > 27 || (await count('pack')) > 150;
}

/** Throws a damaged cache away, unless another process already has; a later `openCache` makes it anew. */
export async function discardCache({ directory, inode }: Cache): Promise<void> {
  const grave = await mkdtemp(`${directory}.damaged-`);
  const present = await stat(directory).catch(() => undefined);
  // Renamed first, so that nobody ever finds half of it.
  if (present?.ino === inode) await rename(directory, join(grave, 'cache'));
  await rm(grave, { recursive: true, force: true });
}

/** Returns the error for a cache that cannot be written, if that is what the error of a file operation says. */
export function unwritable(cacheDirectory: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (!/^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|EFBIG|ENOTDIR|EEXIST|ENAMETOOLONG|EISDIR|ELOOP|EIO|ENOENT)$/.test(code))
    return cause;
  return cacheUnwritable(cacheDirectory, REASONS[code] ?? (cause as Error).message, cause);
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is not a folder',
  ENOENT: 'the folder cannot be made there',
};

export function cacheUnwritable(cacheDirectory: string, reason: string, cause?: unknown): EleventhError {
  return new EleventhError('CACHE_UNWRITABLE', `The cache in ${cacheDirectory} cannot be written: ${reason}.`, {
    hint: `Make ${cacheDirectory} writable, or set ELEVENTH_CACHE to a folder that is.`,
    cause,
  });
}
