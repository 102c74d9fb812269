import {
  EleventhError,
  type Entry,
  type History,
  type LoggedCommit,
  type Oid,
  type Outlined,
  type PathChange,
  usageError,
} from '@eleventh/core';
import { type Environment, type GitOptions, runGit, startGit } from './git-process.ts';
import { keptRequest, treeWith } from './kept-request.ts';
import { Memory } from './memory.ts';
import { gitObject, parseCommit } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { Objects } from './objects.ts';
import { signedPart } from './signed-object.ts';
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
export async function openClone(folder: string, env: Environment, quarantine: Quarantine = {}): Promise<Clone> {
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
  const { refs, head, peeled } = await readRefs(ask);
  const where = { env, gitDirectory, ...quarantine };
  const reader = new ObjectReader(gitDirectory, env, quarantine);
  const objects = new Objects(reader, undefined, new Memory(), MOST_ENTRIES);
  const named = (prefix: string) =>
    [...refs].flatMap(([ref, oid]): [string, Oid][] =>
      ref.startsWith(prefix) ? [[ref.slice(prefix.length), oid]] : [],
    );
  const tags = named('refs/tags/').map(([tag, oid]) => [tag, { oid, commit: peeled.get(oid) ?? oid }] as const);
  const view = viewOf(objects, { head, branches: new Map(named('refs/heads/')), tags: new Map(tags) });
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

/** Returns every ref by its full name, the branch that HEAD names, and what each tag object means in the end. */
async function readRefs(ask: (...args: string[]) => ReturnType<typeof runGit>) {
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
  if (!isCheckout) return { refs: all, peeled, head: branchIn(symbolic.stdout, 'refs/heads/') };
  const refs = new Map(
    [...all].flatMap(([ref, oid]): [string, Oid][] => {
      if (ref.startsWith('refs/heads/') || ref === `${tracked}HEAD`) return [];
      return [[ref.startsWith(tracked) ? `refs/heads/${ref.slice(tracked.length)}` : ref, oid]];
    }),
  );
  return { refs, peeled, head: branchIn(remote.stdout, tracked) };
}

function branchIn(symbolic: string, prefix: string): string | null {
  return symbolic.startsWith(prefix) ? symbolic.trim().slice(prefix.length) : null;
}

/** The repository that Git works on, and where else its objects are. */
type Where = Pick<GitOptions, 'env' | 'gitDirectory' | 'objectDirectory' | 'alternates'>;

/** How many entries of trees are remembered: a long walk looks at most of them once. */
const MOST_ENTRIES = 50_000;

/** How many commits are read side by side. */
const ABREAST = 256;

const LOG =
  'log --first-parent --diff-merges=first-parent --reverse --root --raw -r -t -z --no-abbrev --no-renames --format=%H --end-of-options';

async function* walk(
  range: string,
  isWanted: (change: PathChange) => boolean,
  objects: Objects,
  where: Where,
): AsyncGenerator<LoggedCommit> {
  const complete = async ({ oid, changes }: Raw): Promise<LoggedCommit> => {
    const wanted = changes.filter(
      (change): change is PathChange & { after: Entry } => isFile(change.after) && isWanted(change),
    );
    const [content, ...files] = await Promise.all([
      objects.content(oid, 'commit'),
      ...wanted.map(({ after }) => objects.blob(after.oid)),
    ]);
    for (const [index, change] of wanted.entries()) {
      const { mode, oid: blob } = change.after;
      Object.assign(change, { content: files[index], after: { mode, oid: apart(blob) } });
    }
    const commit = parseCommit(oid, content);
    const signed = commit.signed ? signedPart({ type: 'commit', content }) : null;
    return { commit, changes, signed, kept: keptRequest(content) };
  };
  const raws = portions(records(output([...LOG.split(' '), range], where)), ABREAST);
  const load = async (): Promise<LoggedCommit[]> => {
    const portion = await raws.next();
    return portion.done === true ? [] : Promise.all(portion.value.map(complete));
  };
  // The next ones are read while these are looked at.
  for (let next = load(); ; ) {
    const here = await next;
    if (here.length === 0) return;
    next = load();
    next.catch(() => {}); // Whoever waits for it hears of it.
    yield* here;
  }
}

function isFile(entry: Entry | null): entry is Entry {
  return entry?.mode.startsWith('100') === true;
}

async function* portions<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let portion: T[] = [];
  for await (const value of values) {
    portion.push(value);
    if (portion.length < size) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

interface Raw {
  readonly oid: Oid;
  readonly changes: PathChange[];
}

/** Returns the commits of a line, oldest first. */
async function* outline(tip: Oid, where: Where): AsyncGenerator<Outlined> {
  for await (const line of lines(output([...OUTLINE.split(' '), tip], where))) {
    const [oid = '', tree = '', time = ''] = line.split('|');
    yield { oid, tree, time: Number(time) };
  }
}

const OUTLINE = 'log --first-parent --reverse --no-show-signature --format=tformat:%H|%T|%ct --end-of-options';

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

/** Returns what a Git command prints, as it comes; throws `OBJECT_MISSING` when it fails. */
async function* output(args: readonly string[], where: Where): AsyncGenerator<Buffer> {
  const child = startGit(args, { ...where, graftFile: '/dev/null' });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  child.stdin.end();
  try {
    yield* child.stdout;
  } finally {
    child.kill();
  }
  if ((await ended) !== 0)
    throw new EleventhError('OBJECT_MISSING', `The history cannot be read: ${complaint.trim().split('\n')[0] ?? ''}`, {
      hint: 'git fsck',
    });
}

/** Returns the records of `git log -z --raw --format=%H`: an id, then a status and a path for each change. */
async function* records(chunks: AsyncIterable<Buffer>): AsyncGenerator<Raw> {
  let rest = '';
  let current: Raw | undefined;
  let change: Omit<PathChange, 'path'> | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    let at = 0;
    for (let end = text.indexOf('\0'); end >= 0; end = text.indexOf('\0', at)) {
      const field = text.slice(at, end);
      at = end + 1;
      if (change !== undefined) {
        current?.changes.push({ path: field, ...change });
        change = undefined;
      } else if (field.includes(':')) change = changeOf(field.slice(field.indexOf(':')));
      else if (field !== '') {
        if (current !== undefined) yield current;
        current = { oid: apart(field.trim()), changes: [] };
      }
    }
    rest = text.slice(at);
  }
  if (current !== undefined) yield current;
}

/** Returns a text that keeps no larger one alive, of which it was cut: ids are remembered longer than what held them. */
function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** The usual kinds of entries, as trees write them. */
const MODES: Readonly<Record<string, string>> = { '040000': '40000', '100644': '100644' };

/** Returns the two sides of `:100644 100644 <id> <id> M`. */
function changeOf(field: string): Omit<PathChange, 'path'> {
  const side = (mode: string, oid: string): Entry | null =>
    mode === '000000' ? null : { mode: MODES[mode] ?? mode.replace(/^0+/, ''), oid };
  return { before: side(field.slice(1, 7), field.slice(15, 55)), after: side(field.slice(8, 14), field.slice(56, 96)) };
}
