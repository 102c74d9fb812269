import {
  type AnnotatedTag,
  ATTESTATIONS,
  type Commit,
  EleventhError,
  isOid,
  type Oid,
  type Refs,
  type Signed,
  type View,
} from '@eleventh/core';
import { readAhead } from './ahead.ts';
import type { Objects } from './objects.ts';
import type { Listing } from './ref-list.ts';
import { signedPart } from './signed-object.ts';
import { sshSigningKey } from './ssh-signature.ts';
import { TreeSnapshot } from './tree-snapshot.ts';

/** What a view is made of: the refs of a remote and its objects, whichever way they are come by. */
export interface Readable {
  readonly objects: Objects;
  refs(): Promise<Listing>;
  /** Makes commits present; `moved` when one does not exist any more. */
  tips(oids: readonly Oid[]): Promise<'present' | 'moved'>;
}

const MOVED_LIMIT = 10;
/** How many commits of a line are fetched at once at most. */
const LONGEST_PORTION = 8192;
/** How many branches are fetched before anybody asks. */
const LIKELY_LIMIT = 16;

/** Returns the remote as it is at this moment. @param hasHead whether its HEAD tells which branch is reviewed. */
export async function look(remote: Readable, hasHead: boolean): Promise<{ listing: Listing; view: View }> {
  for (let attempt = 0; attempt < MOVED_LIMIT; attempt += 1) {
    const listed = await remote.refs();
    const listing = hasHead ? listed : { ...listed, head: null };
    if ((await remote.tips(likely(listing))) === 'present') return { listing, view: viewOf(remote.objects, listing) };
  }
  throw new EleventhError(
    'REPOSITORY_UNREACHABLE',
    'The branches of the repository move faster than they can be read.',
    {
      hint: 'Run the command again.',
    },
  );
}

/** Returns the view of some refs. */
export function viewOf(objects: Objects, refs: Refs): View {
  return {
    refs,
    commit: (oid) => objects.commit(oid),
    tag: (oid) => annotatedTag(objects, oid),
    snapshot: (tree) => new TreeSnapshot(objects, tree),
    line: (tip) => line(objects, tip),
    readAhead: async (commits, paths) => {
      await Promise.all(
        (commits ?? likely(refs)).map(async (oid) => readAhead(objects, (await objects.commit(oid)).tree, paths)),
      );
    },
    expand: (prefix) => expand(objects, refs, prefix),
    signed: (oid) => signed(objects, oid),
    signingKey: ({ payload, signature }, namespace) => sshSigningKey(payload, signature, namespace),
  };
}

async function signed(objects: Objects, oid: Oid): Promise<Signed | null> {
  const known = await objects.remembered(oid);
  if (known?.signed === false) return null;
  const type = known === undefined ? await objects.find(oid) : 'commit';
  if (type !== 'tag') return signedPart({ type: 'commit', content: await objects.content(oid, 'commit') });
  return signedPart({ type, content: await objects.content(oid, type) });
}

async function annotatedTag(objects: Objects, oid: Oid): Promise<AnnotatedTag | null> {
  if ((await objects.find(oid, 'tag')) !== 'tag') return null;
  const { name, object, tagger, message, repeats } = await objects.tag(oid);
  return { name, object, tagger, message, repeats };
}

/** Returns the view in which a branch stands at another commit. */
export function viewAt(objects: Objects, refs: Refs, branch: string, oid: Oid | null): View {
  const branches = new Map(refs.branches);
  if (oid === null) branches.delete(branch);
  else branches.set(branch, oid);
  return viewOf(objects, { ...refs, branches });
}

/** Returns a line of history, newest first. What is missing of it comes in growing portions: most walks are short. */
async function* line(objects: Objects, tip: Oid): AsyncGenerator<Commit> {
  let next: Oid | undefined = tip;
  for (let count = 1; next !== undefined; count += 1) {
    const current: Commit = await objects.commit(next, Math.min(count * 64, LONGEST_PORTION));
    yield current;
    next = current.parents[0];
  }
}

/** How far back a commit is looked for in a line that does not hold the one at which the search should end. */
const LOOK_BACK = 10_000;

/** Returns the newest commit of a line that is wanted, down to one that is known, or undefined. */
export async function findBack(
  view: View,
  tip: Oid | undefined,
  until: Oid | null,
  isWanted: (commit: Commit) => boolean,
): Promise<Commit | undefined> {
  if (tip === undefined) return undefined;
  let left = LOOK_BACK;
  for await (const commit of view.line(tip)) {
    if (isWanted(commit)) return commit;
    left -= 1;
    if (commit.oid === until || left === 0) return undefined;
  }
  return undefined;
}

async function expand(objects: Objects, refs: Refs, prefix: string): Promise<Oid | null> {
  if (isOid(prefix)) return (await objects.find(prefix)) === 'commit' ? prefix : null;
  if (!/^[0-9a-f]{4,39}$/.test(prefix)) return null;
  // All of them are looked at: one that comes first may not be the only one.
  const seen = new Set<Oid>();
  for (const tip of [...refs.branches.values(), ...[...refs.tags.values()].map((tag) => tag.commit)]) {
    if (seen.has(tip) || (await objects.find(tip)) !== 'commit') continue;
    for await (const { oid } of line(objects, tip)) {
      if (seen.has(oid)) break;
      seen.add(oid);
    }
  }
  const found = [...seen].filter((oid) => oid.startsWith(prefix));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/**
 * Returns the commits that a command will most likely look at: of the default branch and of those beside it. Of what is
 * known of recipes it reads little, and there may be much.
 */
function likely({ head, branches }: Refs): Oid[] {
  const others = [...branches]
    .filter(([name]) => name !== head && name !== ATTESTATIONS)
    .sort(([a], [b]) => rank(b) - rank(a));
  const first = head === null ? undefined : branches.get(head);
  return [...(first === undefined ? [] : [first]), ...others.map(([, oid]) => oid)].slice(0, LIKELY_LIMIT);
}

/** Environment branches usually have a folder of their own (`env/staging`). */
function rank(branch: string): number {
  return branch.startsWith('env/') ? 1 : 0;
}
