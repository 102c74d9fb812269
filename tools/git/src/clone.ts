import { EleventhError, type History, type Oid, type Refs, usageError, type View } from '@eleventh/core';
import { outline, walk } from './git-log.ts';
import { type Environment, type GitOptions, runGit } from './git-process.ts';
import { treeWith } from './kept-request.ts';
import { Memory } from './memory.ts';
import { gitObject } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { type ManifestTools, Objects } from './objects.ts';
import { viewOf } from './views.ts';

/** Where a push's objects are, and those that it stands on, while a hook looks at it (git-receive-pack(1)). */
type Quarantine = Pick<GitOptions, 'objectDirectory' | 'alternates'>;

/** A clone that has everything, read where it lies. */
interface Clone extends History {
  close(): Promise<void>;
}

/**
 * Returns a clone in a folder: a bare one, or a checkout, of which the branches count as its `origin` had them. Throws
 * `NOT_A_CLONE` for what is none, and `CLONE_NOT_WHOLE` for one that leaves history or files out.
 */
export async function openClone(
  folder: string,
  env: Environment,
  manifests?: ManifestTools,
  quarantine: Quarantine = {},
): Promise<Clone> {
  const ask = (...args: string[]) => runGit(args, { env, cwd: folder });
  const found = await ask('rev-parse', '--absolute-git-dir', '--is-shallow-repository');
  const [gitDirectory = '', isShallow] = found.stdout.trim().split('\n');
  if (found.exitCode !== 0)
    throw usageError(
      'NOT_A_CLONE',
      `${folder} is no Git repository.`,
      'git clone --mirror <url> deployments.git, then --repo deployments.git',
    );
  const partial = await ask('config', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$');
  if (isShallow === 'true' || partial.exitCode === 0) {
    throw new EleventhError(
      'CLONE_NOT_WHOLE',
      `${folder} leaves out a part of the history or of the files, which nobody can check then.`,
      {
        hint: isShallow === 'true' ? 'git fetch --unshallow' : 'git clone --mirror <url> deployments.git',
      },
    );
  }
  const { refs, named } = await readRefs(ask);
  const where = { env, gitDirectory, ...quarantine };
  const reader = new ObjectReader(gitDirectory, env, quarantine);
  const objects = new Objects(reader, undefined, new Memory(), manifests, MOST_ENTRIES);
  const view = viewOf(objects, named);
  return {
    view,
    refs,
    treeWith,
    idOf: (text) => gitObject('blob', Buffer.from(text)).oid,
    walk: (tip, isWanted, after) => walk(after ? `${after}..${tip}` : tip, isWanted, objects, where),
    outline: (tip) => outline(tip, where),
    close: () => reader.close(),
  };
}

/**
 * Returns what a repository on this machine has, however little of the history that is: its own commits, and the branches
 * as its `origin` had them. @param gitDirectory where its objects and refs are.
 */
export async function openLocal(
  gitDirectory: string,
  env: Environment,
): Promise<{ readonly view: View; close(): Promise<void> }> {
  const { named } = await readRefs((...args) => runGit(args, { env, cwd: gitDirectory }));
  const objects = new Objects(new ObjectReader(gitDirectory, env));
  return { view: viewOf(objects, named), close: () => objects.close() };
}

/** Returns every ref by its full name, and as a view has them. */
export async function readRefs(ask: (...args: string[]) => ReturnType<typeof runGit>) {
  const [listed, symbolic, remote] = await Promise.all([
    ask('for-each-ref', '--format=%(objectname) %(*objectname) %(refname)'),
    ask('symbolic-ref', 'HEAD'),
    ask('symbolic-ref', 'refs/remotes/origin/HEAD'),
  ]);
  const all = new Map<string, Oid>();
  const peeled = new Map<Oid, Oid>();
  for (const line of listed.stdout.split('\n')) {
    const [, oid, inner, ref] = /^(\S+) (\S*) (.+)$/.exec(line) ?? [];
    if (oid === undefined || ref === undefined) continue;
    all.set(ref, oid);
    if (inner !== undefined && inner !== '') peeled.set(oid, inner);
  }
  const tracked = 'refs/remotes/origin/';
  const isCheckout = [...all.keys()].some((ref) => ref.startsWith(tracked));
  if (!isCheckout) return { refs: all, named: refsOf(all, peeled, branchIn(symbolic.stdout, 'refs/heads/')) };
  const refs = new Map(
    [...all].flatMap(([ref, oid]): [string, Oid][] => {
      if (ref.startsWith('refs/heads/') || ref === `${tracked}HEAD`) return [];
      return [[ref.startsWith(tracked) ? `refs/heads/${ref.slice(tracked.length)}` : ref, oid]];
    }),
  );
  return { refs, named: refsOf(refs, peeled, branchIn(remote.stdout, tracked)) };
}

/** @param peeled what each tag object means in the end. */
function refsOf(all: ReadonlyMap<string, Oid>, peeled: ReadonlyMap<Oid, Oid>, head: string | null): Refs {
  const named = (prefix: string) =>
    [...all].flatMap(([ref, oid]): [string, Oid][] =>
      ref.startsWith(prefix) ? [[ref.slice(prefix.length), oid]] : [],
    );
  const tags = named('refs/tags/').map(([tag, oid]) => [tag, { oid, commit: peeled.get(oid) ?? oid }] as const);
  return { head, branches: new Map(named('refs/heads/')), tags: new Map(tags) };
}

function branchIn(symbolic: string, prefix: string): string | null {
  return symbolic.startsWith(prefix) ? symbolic.trim().slice(prefix.length) : null;
}

/** How many entries of trees are remembered: a long walk looks at most of them once. */
const MOST_ENTRIES = 50_000;
