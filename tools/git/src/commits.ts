import { EMPTY_TREE, type Oid, type Signature } from '@eleventh/core';
import { encodeCommit, encodeTag, type GitObject, gitObject } from './object-format.ts';
import type { EditedTree } from './tree-edit.ts';

/** A commit to be: its parent is a commit's id, an earlier draft's position, or null for a root. */
export interface CommitDraft {
  readonly parent: Oid | { readonly draft: number } | null;
  readonly tree: EditedTree | Oid;
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** The content of the signed request that it is made for. */
  readonly request?: Uint8Array | undefined;
}

/** An annotated tag to be, on a commit or on a draft by its position. */
export interface TagDraft {
  readonly name: string;
  readonly object: Oid | { readonly draft: number };
  readonly tagger: Signature;
  readonly message: string;
}

export interface Drafted {
  readonly commits: readonly Oid[];
  readonly tags: readonly Oid[];
  /** Everything there is to write, children before their parents. */
  readonly objects: readonly GitObject[];
}

/**
 * Returns the ids and objects of a chain of drafts, writing nothing. Each is the object that plain Git would make,
 * whatever the user's configuration. Throws `BAD_SIGNATURE` and `BAD_MESSAGE`.
 */
export function draftObjects(commits: readonly CommitDraft[], tags: readonly TagDraft[] = []): Drafted {
  const made: GitObject[] = [];
  const idOf = (target: Oid | { readonly draft: number }): Oid => {
    if (typeof target === 'string') return target;
    const draft = made[target.draft];
    if (draft === undefined) throw new RangeError(`There is no draft ${target.draft} before this one.`);
    return draft.oid;
  };
  const objects = new Map<Oid, GitObject>();
  const add = (object: GitObject) => objects.set(object.oid, object);
  for (const { parent, tree, ...rest } of commits) {
    const root = typeof tree === 'string' ? tree : tree.tree;
    // Git knows the empty tree without having it, but a repository that is pushed to may not.
    if (root === EMPTY_TREE) add(gitObject('tree', new Uint8Array()));
    if (typeof tree !== 'string') tree.objects.forEach(add);
    const parents = parent === null ? [] : [idOf(parent)];
    const commit = encodeCommit({ tree: root, parents, ...rest });
    made.push(commit);
    add(commit);
  }
  const tagged = tags.map((tag) => encodeTag({ ...tag, object: idOf(tag.object), type: 'commit' }));
  tagged.forEach(add);
  return { commits: made.map(({ oid }) => oid), tags: tagged.map(({ oid }) => oid), objects: [...objects.values()] };
}
