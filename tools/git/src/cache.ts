import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EleventhError } from '@eleventh/core';
import { cacheName } from './repository-url.ts';

/** The bare repository that holds one remote's objects on this machine. Everything in it can be fetched again. */
export interface Cache {
  readonly directory: string;
}

export const HEAD = 'ref: refs/heads/none\n';
// Settings of the user that would change what our commands do or print are overridden here; the ones about networks
// and credentials are not. Packs stay whole (unpackLimit), so objects arrive all at once or not at all.
export const CONFIG = `[core]
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
[pack]
	useSparse = true
[advice]
	graftFileDeprecated = false
	pushUpdateRejected = false
`;

// Its presence says that nobody shall start to use the cache any more.
const LEFT = 'left';

/**
 * Returns the cache of a repository, made or repaired when needed. Safe for any number of processes at once and for
 * a kill at any moment: each step can be repeated, and `config` appears last. Throws `CACHE_UNWRITABLE`.
 *
 * Things are only ever added to a cache. One that is crowded or damaged is left for the next number, and removed when
 * nobody has used it for an hour: whoever still works with it keeps what he has.
 */
export async function openCache(url: string, cacheDirectory: string): Promise<Cache> {
  try {
    const numbers = await cacheNumbers(url, cacheDirectory);
    const newest = Math.max(0, ...numbers);
    const isLeft = await exists(join(cacheDirectory, cacheName(url, newest), LEFT));
    const directory = join(cacheDirectory, cacheName(url, isLeft ? newest + 1 : newest));
    if (!(await isWhole(directory))) {
      await makeFolder(directory);
      await Promise.all(['objects/pack', 'objects/info', 'refs'].map((path) => mkdir(join(directory, path), MANY)));
      await replaceFile(directory, 'HEAD', HEAD);
      await replaceFile(directory, 'config', CONFIG);
    }
    if (isLeft)
      await removeUnused(
        directory,
        numbers.map((number) => join(cacheDirectory, cacheName(url, number))),
      );
    return { directory };
  } catch (error) {
    throw unwritable(cacheDirectory, error);
  }
}

async function cacheNumbers(url: string, cacheDirectory: string): Promise<number[]> {
  const names = await readdir(cacheDirectory).catch(() => []);
  return names.flatMap((name) => {
    const number = Number(/\.(\d+)\.git$/.exec(name)?.[1] ?? 0);
    return name === cacheName(url, number) ? [number] : [];
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const HOUR = 60 * 60 * 1000;

/** Removes caches that were left and in which nothing has happened for an hour: whoever still reads one then starts over. */
async function removeUnused(current: string, others: readonly string[]): Promise<void> {
  const now = (await stat(current)).mtimeMs;
  for (const other of others) {
    const used = await stat(other).catch(() => undefined);
    if (used !== undefined && used.mtimeMs < now - HOUR) await rm(other, { recursive: true, force: true });
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

/** Leaves a cache that grew so crowded or large that Git becomes slow with it, so that the next command starts anew. */
export async function leaveIfCrowded(cache: Cache): Promise<void> {
  const files = (path: string) => readdir(join(cache.directory, 'objects', path)).catch(() => []);
  const packs = (await files('pack')).filter((name) => name.endsWith('.pack'));
  // One of 256 folders tells how full the others are.
  const isCrowded = packs.length > PACK_LIMIT || (await files('17')).length > LOOSE_LIMIT;
  const sizes = packs.map((name) =>
    stat(join(cache.directory, 'objects/pack', name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  const size = (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
  // A cache that has become read-only still serves.
  if (isCrowded || size > SIZE_LIMIT) await leaveCache(cache).catch(() => {});
}

const PACK_LIMIT = 500;
const LOOSE_LIMIT = 60;
const SIZE_LIMIT = 2 ** 30;

/** Leaves a cache to those who still use it; a later `openCache` begins another one. */
export async function leaveCache({ directory }: Cache): Promise<void> {
  await writeFile(join(directory, LEFT), '').catch((error) => {
    // Somebody removed it altogether.
    if (error.code !== 'ENOENT') throw error;
  });
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
