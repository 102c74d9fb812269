import { basename, resolve } from 'node:path';
import { EleventhError, type ImportedBuild, quoted, type Snapshot, short, usageError, type View } from '@eleventh/core';
import { gitInFolder, openLocal, Repository, redact } from '@eleventh/git';
import type { Io } from '../io.ts';
import { cacheDirectory, isPath } from '../repository-address.ts';

/** The repository that is imported, at one commit. */
export interface ImportSource {
  readonly build: ImportedBuild;
  readonly snapshot: Snapshot;
  readonly view: View;
  /** What the repository is called: by its folder or address, and by its origin's. */
  readonly names: readonly string[];
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/** Returns what some work makes of a repository: a folder's, as its HEAD has it, or the default branch of an address. */
export async function readSource<T>(io: Io, given: string, work: (source: ImportSource) => Promise<T>): Promise<T> {
  if (given === '')
    throw usageError(
      'BAD_REPOSITORY',
      'The repository to import has an empty name.',
      'eleventh import <folder or url> --to <a new folder>',
    );
  return isPath(given) ? readFolder(io, given, work) : readAddress(io, given, work);
}

async function readFolder<T>(io: Io, given: string, work: (source: ImportSource) => Promise<T>): Promise<T> {
  const cwd = resolve(io.cwd, given);
  const ask = async (...args: string[]) => {
    const { stdout, exitCode } = await gitInFolder(args, { cwd, env: io.env });
    return exitCode === 0 ? stdout.trim() : null;
  };
  const common = await ask('rev-parse', '--git-common-dir');
  if (common === null)
    throw usageError(
      'NOT_A_REPOSITORY',
      `${quoted(given)} is no Git repository, and what is imported is a commit.`,
      `cd ${quoted(given)} && git init && git add --all && git commit --message "As it is"`,
    );
  const commit = await ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if (commit === null) throw nothingThere(given);
  const branch = (await ask('symbolic-ref', '--quiet', '--short', 'HEAD')) ?? 'HEAD';
  const origin = await ask('remote', 'get-url', 'origin');
  const changed = await changedIn(ask);
  const notes = !changed ? [] : [`What is not committed in ${given} is left out: ${short(commit)} is imported.`];
  const local = await openLocal(resolve(cwd, common), io.env);
  try {
    const address = redact(origin ?? `file://${cwd}`);
    return await work(
      await sourceAt(local.view, {
        commit,
        branch,
        address,
        names: [cwd, ...(origin === null ? [] : [origin])],
        notes,
      }),
    );
  } finally {
    await local.close();
  }
}

/**
 * Returns whether something in a checkout is not committed. Git may run programs that the checkout's own configuration
 * names to find that out, and whose it is nobody knows: so it is not asked where there are any.
 */
async function changedIn(ask: (...args: string[]) => Promise<string | null>): Promise<boolean> {
  const programs = await ask('config', '--get-regexp', '^filter\\..*\\.(clean|process)$');
  if (programs !== null) return false;
  const changed = await ask('-c', 'core.fsmonitor=false', 'status', '--porcelain', '--untracked-files=no');
  return (changed ?? '') !== '';
}

async function readAddress<T>(io: Io, url: string, work: (source: ImportSource) => Promise<T>): Promise<T> {
  const { env, sleep, random, now } = io;
  const repository = await Repository.open({ url, cacheDirectory: cacheDirectory(io), env, sleep, random, now });
  return repository.read(async (view) => {
    const { head, branches } = view.refs;
    const branch = head ?? [...branches.keys()].find((name) => name === 'main' || name === 'master') ?? '';
    const commit = branches.get(branch);
    if (commit === undefined) throw nothingThere(redact(url));
    await view.readAhead([commit], ['**']);
    return work(await sourceAt(view, { commit, branch, address: redact(url), names: [url], notes: [] }));
  });
}

async function sourceAt(
  view: View,
  facts: { commit: string; branch: string; address: string; names: readonly string[]; notes: readonly string[] },
): Promise<ImportSource> {
  const { commit, branch, address, names, notes } = facts;
  const found = await view.commit(commit);
  const built = new Date(found.committer.time * 1000).toISOString().replace('.000Z', 'Z');
  const called = names.map((name) =>
    basename(name.replace(/[/:]+/g, '/').replace(/\/+$/, ''))
      .replace(/\.git$/, '')
      .toLowerCase(),
  );
  return {
    view,
    snapshot: await view.snapshot(found.tree),
    build: { commit, branch, built, address },
    names: called,
    notes,
  };
}

function nothingThere(given: string): EleventhError {
  return new EleventhError('EMPTY_REPOSITORY', `${given} has no commit that could be imported.`, {
    hint: 'eleventh init <folder> begins a workspace of your own.',
  });
}
