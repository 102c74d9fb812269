import { lstat, opendir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkManifestNames, EleventhError, MANIFEST_LIMITS, quoted, usageError } from '@eleventh/core';

const NAME_IT = 'Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/';
const COPY_IT = 'Put the file itself in its place, or keep it out of the folder that --manifests names.';

/**
 * Returns the files of a folder, named from the working folder, by their path within it (`/` between names, sorted). What could not be mirrored byte
 * for byte everywhere is refused before any content is read, and no more is listed than the limits allow.
 * Throws `MANIFESTS_NOT_FOUND` (exit code 2), `MANIFESTS_EMPTY`, `MANIFESTS_TOO_MANY`, `MANIFESTS_TOO_LARGE`,
 * `MANIFESTS_LINK`, `MANIFESTS_SUBMODULE`, `MANIFESTS_SPECIAL_FILE`, `MANIFESTS_UNREADABLE`, and what
 * `checkManifestNames` throws.
 */
export async function readManifestsFolder(given: string, cwd: string): Promise<Map<string, Uint8Array>> {
  // An unset variable in a script must not mirror the working folder.
  if (given === '') throw usageError('MANIFESTS_NOT_FOUND', 'The manifests folder has an empty name.', NAME_IT);
  const dir = resolve(cwd, given);
  if (!(await succeeds(opendir(dir).then((folder) => folder.close())))) {
    throw usageError('MANIFESTS_NOT_FOUND', `There is no folder ${quoted(dir)} to read manifests from.`, NAME_IT);
  }
  const paths = await filePaths(dir);
  if (paths.length === 0)
    throw refused('MANIFESTS_EMPTY', dir, `The manifests folder ${quoted(dir)} holds no file.`, NAME_IT);
  checkManifestNames(paths);
  await checkSizes(dir, paths);
  const files = new Map<string, Uint8Array>();
  for (const path of paths) files.set(path, await readable(path, readFile(join(dir, path))));
  return files;
}

async function filePaths(dir: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    if (await succeeds(lstat(join(dir, folder, '.git')))) throw submodule(join(dir, folder));
    // Entry by entry: a folder of a million files is never listed whole.
    for await (const entry of await readable(folder, opendir(join(dir, folder)))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) folders.push(`${path}/`);
      else if (entry.isFile()) files.push(path);
      else throw entry.isSymbolicLink() ? link(path) : specialFile(path);
      if (files.length > MANIFEST_LIMITS.files || folders.length > MANIFEST_LIMITS.files) throw tooMany(dir);
    }
  }
  return files.sort();
}

async function checkSizes(dir: string, paths: readonly string[]): Promise<void> {
  let total = 0;
  for (const path of paths) {
    const { size } = await readable(path, lstat(join(dir, path)));
    if (size > MANIFEST_LIMITS.fileBytes)
      throw tooLarge(path, `The manifest ${quoted(path)} is`, MANIFEST_LIMITS.fileBytes);
    total += size;
    if (total > MANIFEST_LIMITS.totalBytes) {
      throw tooLarge(dir, `The files of the folder ${quoted(dir)} together are`, MANIFEST_LIMITS.totalBytes);
    }
  }
}

function submodule(path: string): EleventhError {
  const sentence = `The folder ${quoted(path)} is a Git repository or submodule (it has .git), which is not mirrored.`;
  return refused('MANIFESTS_SUBMODULE', path, sentence, NAME_IT);
}

function link(path: string): EleventhError {
  return refused(
    'MANIFESTS_LINK',
    path,
    `The manifest ${quoted(path)} is a symbolic link, which is not mirrored.`,
    COPY_IT,
  );
}

function specialFile(path: string): EleventhError {
  const sentence = `The manifest ${quoted(path)} is a socket, pipe or device, which is not mirrored.`;
  return refused('MANIFESTS_SPECIAL_FILE', path, sentence, COPY_IT);
}

function tooMany(dir: string): EleventhError {
  const limit = MANIFEST_LIMITS.files.toLocaleString('en');
  const sentence = `The folder ${quoted(dir)} holds more than ${limit} files or folders, the most that are mirrored.`;
  return refused('MANIFESTS_TOO_MANY', dir, sentence, NAME_IT);
}

function tooLarge(path: string, what: string, limit: number): EleventhError {
  const sentence = `${what} larger than ${limit / 1024 / 1024} MiB, the most that is mirrored.`;
  return refused('MANIFESTS_TOO_LARGE', path, sentence, NAME_IT);
}

function refused(code: string, path: string, sentence: string, hint: string, cause?: unknown): EleventhError {
  return new EleventhError(code, sentence, { hint, details: { path }, cause });
}

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  return reading.catch((cause) => {
    const hint = 'Check its permissions, and that its name is valid UTF-8.';
    throw refused('MANIFESTS_UNREADABLE', path, `The manifest ${quoted(path)} cannot be read.`, hint, cause);
  });
}

async function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
