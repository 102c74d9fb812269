import { EMPTY_TREE, GIT_NAMESPACE, type Oid, type Signature } from '@eleventh/core';
import { encodeCommit, encodeTag, type GitObject, gitObject } from './object-format.ts';
import { withSignature } from './signed-object.ts';
import type { Signer } from './signer.ts';
import type { EditedTree } from './tree-edit.ts';

/** A commit to be; null: it is a root. */
export interface CommitDraft {
  readonly parent: Oid | null;
  readonly tree: EditedTree | Oid;
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** The content of the signed request that it is made for. */
  readonly request?: Uint8Array | undefined;
}

/** An annotated tag to be, on a commit. */
export interface TagDraft {
  readonly name: string;
  readonly object: Oid;
  readonly tagger: Signature;
  readonly message: string;
}

/**
 * Objects that are made one after the other, and written by nobody yet: those that plain Git would make, signed where
 * that is asked for. Making one throws `BAD_SIGNATURE`, `BAD_MESSAGE` and `SIGNING_FAILED`.
 */
export class Drafts {
  readonly #signer: Signer | undefined;
  readonly #objects = new Map<Oid, GitObject>();

  constructor(signer?: Signer) {
    this.#signer = signer;
  }

  /** Everything there is to write, children before their parents. */
  get objects(): readonly GitObject[] {
    return [...this.#objects.values()];
  }

  /** Returns the id of a new commit. */
  async commit({ parent, tree, ...rest }: CommitDraft): Promise<Oid> {
    const root = typeof tree === 'string' ? tree : tree.tree;
    // Git knows the empty tree without having it, but a repository that is pushed to may not.
    if (root === EMPTY_TREE) this.#add(gitObject('tree', new Uint8Array()));
    if (typeof tree !== 'string') for (const object of tree.objects) this.#add(object);
    const commit = encodeCommit({ tree: root, parents: parent === null ? [] : [parent], ...rest });
    return this.#add(await this.#signed(commit, rest.committer, this.#signer?.signsCommits));
  }

  /** Returns the id of a new annotated tag. */
  async tag(tag: TagDraft): Promise<Oid> {
    return this.#add(await this.#signed(encodeTag({ ...tag, type: 'commit' }), tag.tagger, this.#signer?.signsTags));
  }

  async #signed(object: GitObject, person: Signature, isAsked = false): Promise<GitObject> {
    if (this.#signer === undefined || !isAsked) return object;
    return withSignature(object, await this.#signer.sign(object.content, GIT_NAMESPACE, person));
  }

  #add(object: GitObject): Oid {
    this.#objects.set(object.oid, object);
    return object.oid;
  }
}
