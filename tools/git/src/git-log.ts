import { EleventhError, type Entry, type LoggedCommit, type Oid, type Outlined, type PathChange } from '@eleventh/core';
import { type GitOptions, startGit } from './git-process.ts';
import { keptRequest } from './kept-request.ts';
import { parseCommit } from './object-format.ts';
import type { Objects } from './objects.ts';
import { signedPart } from './signed-object.ts';

/** The repository that Git works on, and where else its objects are. */
export type Where = Pick<GitOptions, 'env' | 'gitDirectory' | 'objectDirectory' | 'alternates'>;

/** How many commits are read side by side. */
const ABREAST = 256;

const LOG =
  'log --first-parent --diff-merges=first-parent --reverse --root --raw -r -t -z --no-abbrev --no-renames --format=%H --end-of-options';

/** Returns the commits of a range with what each changed, oldest first, in portions: the next is read meanwhile. */
export async function* walk(
  range: string,
  isWanted: (change: PathChange) => boolean,
  objects: Objects,
  where: Where,
): AsyncGenerator<readonly LoggedCommit[]> {
  const raws = portions(output([...LOG.split(' '), range], where));
  const load = async (): Promise<LoggedCommit[]> => {
    const portion = await raws.next();
    return portion.done === true ? [] : Promise.all(portion.value.map((raw) => complete(raw, isWanted, objects)));
  };
  try {
    for (let next = load(); ; ) {
      const here = await next;
      if (here.length === 0) return;
      next = load();
      next.catch(() => {}); // Whoever waits for it hears of it.
      yield here;
    }
  } finally {
    await raws.return(undefined);
  }
}

/** Returns what Git tells of a commit together with the commit itself, and with the files that are wanted. */
async function complete(
  { oid, changes }: Raw,
  isWanted: (change: PathChange) => boolean,
  objects: Objects,
): Promise<LoggedCommit> {
  const reading = objects.content(oid, 'commit');
  const files = changes.flatMap((change) => {
    const { after } = change;
    if (after === null || !after.mode.startsWith('100') || !isWanted(change)) return [];
    const { mode, oid: file } = after;
    return objects.blob(file).then((content) => Object.assign(change, { content, after: { mode, oid: apart(file) } }));
  });
  if (files.length > 0) await Promise.all(files);
  const content = await reading;
  const commit = parseCommit(oid, content);
  const signed = commit.signed ? signedPart({ type: 'commit', content }) : null;
  return { commit, changes, signed, kept: keptRequest(content) };
}

const OUTLINE = 'log --first-parent --reverse --no-show-signature --format=tformat:%H|%T|%ct --end-of-options';

/** Returns the commits of a line, oldest first. */
export async function* outline(tip: Oid, where: Where): AsyncGenerator<Outlined> {
  let rest = '';
  for await (const chunk of output([...OUTLINE.split(' '), tip], where)) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [oid = '', tree = '', time = ''] = line.split('|');
      yield { oid, tree, time: Number(time) };
    }
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
  let isRead = false;
  try {
    yield* child.stdout;
    isRead = true;
  } finally {
    // What has printed all may still be about to say how it ended.
    if (!isRead) child.kill();
  }
  if ((await ended) !== 0)
    throw new EleventhError('OBJECT_MISSING', `The history cannot be read: ${complaint.trim().split('\n')[0] ?? ''}`, {
      hint: 'git fsck',
    });
}

interface Raw {
  readonly oid: Oid;
  readonly changes: PathChange[];
}

/** Returns the records of `git log -z --raw --format=%H` in portions: an id, then a status and a path for each change. */
async function* portions(chunks: AsyncIterable<Buffer>): AsyncGenerator<Raw[]> {
  let rest = '';
  let portion: Raw[] = [];
  let change: Omit<PathChange, 'path'> | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    let at = 0;
    for (let end = text.indexOf('\0'); end >= 0; end = text.indexOf('\0', at)) {
      const field = text.slice(at, end);
      at = end + 1;
      if (change !== undefined) {
        portion.at(-1)?.changes.push({ path: field, before: change.before, after: change.after });
        change = undefined;
      } else if (field.includes(':')) change = changeOf(field.slice(field.indexOf(':')));
      else if (field !== '') {
        if (portion.length >= ABREAST) {
          yield portion;
          portion = [];
        }
        portion.push({ oid: apart(field.trim()), changes: [] });
      }
    }
    rest = text.slice(at);
  }
  if (portion.length > 0) yield portion;
}

/** Returns a text that keeps no larger one alive, of which it was cut: ids are remembered longer than what held them. */
function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** The usual kinds of entries, as trees write them. */
const MODES: Readonly<Record<string, string>> = { '040000': '40000', '100644': '100644' };

/** Returns the two sides of `:100644 100644 <id> <id> M`. */
function changeOf(field: string): Omit<PathChange, 'path'> {
  const side = (mode: string, from: number): Entry | null =>
    mode === '000000' ? null : { mode: MODES[mode] ?? mode.replace(/^0+/, ''), oid: field.slice(from, from + 40) };
  return { before: side(field.slice(1, 7), 15), after: side(field.slice(8, 14), 56) };
}
