import type { CheckSeverity } from '../files/check-settings.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import type { Workspace } from './workspace.ts';

/** A file or folder in a Git tree; `mode` as Git writes it (`40000` a folder, `100644` a file). */
export interface Entry {
  readonly mode: string;
  readonly oid: Oid;
}

export interface NamedEntry extends Entry {
  readonly name: string;
}

/** One state of the repository's files: a Git tree, read as far as it is asked for. */
export interface Snapshot {
  readonly tree: Oid;
  /** Returns what stands at a path, or null; the empty path is the whole tree. */
  entry(path: string): Promise<Entry | null>;
  /** Returns what a folder holds, in Git's order; nothing for a folder that is not there. */
  list(path: string): Promise<readonly NamedEntry[]>;
  /** Returns a file's bytes, or null when no file stands there. */
  read(path: string): Promise<Uint8Array | null>;
  /** Returns this state after some changes, made in order. Nothing is written. */
  with(changes: readonly Change[]): Promise<Snapshot>;
  /**
   * Returns what `make` makes of `of`: the ids of folders, with names perhaps, and nothing else. It is remembered, for
   * later commands too, so it has to survive JSON. @param kind says what it is; a new name where that changes.
   */
  remembered<T>(kind: string, of: string, make: () => Promise<T>): Promise<T>;
  /** Returns the plain YAML that each comes to in this state; absent where nothing is at hand that renders. */
  readonly render?: ((wanted: readonly Rendering[]) => Promise<readonly string[]>) | undefined;
  /** Returns what is wrong with the manifests of a service in this state, looked at alone; absent as `render` is. */
  readonly inspect?: ((wanted: Rendering, workspace: Workspace) => Promise<readonly ManifestFlaw[]>) | undefined;
}

/** Something that is wrong with a manifest. */
export interface ManifestFlaw {
  readonly rule: string;
  readonly severity: CheckSeverity;
  /** One sentence. */
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

/** What one service comes to in one environment. */
export interface Rendering {
  readonly environment: string;
  readonly service: ServiceId;
}

/** One change of a tree: put a folder or a file at a path, or (null) take away what is there. */
export interface Change {
  readonly path: string;
  readonly put: { readonly tree: Oid } | { readonly file: string | Uint8Array } | null;
}

/** Who did something, when: seconds since 1970 and the offset of the place, such as `+0100`. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly time: number;
  readonly zone: string;
}

export interface Commit {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** The headers that say more than once what is said once: readers differ about which holds. Here the first does. */
  readonly repeats?: readonly string[] | undefined;
}

/** An annotated tag; its message comes without a signature. */
export interface AnnotatedTag {
  readonly name: string;
  /** What it was put on: a commit, or another tag. */
  readonly object: Oid;
  /** null: very old tags name nobody. */
  readonly tagger: Signature | null;
  readonly message: string;
  /** As of a commit. */
  readonly repeats?: readonly string[] | undefined;
}

/** What is signed of something, and its signature in the armour that its kind has. */
export interface Signed {
  readonly payload: Uint8Array;
  readonly signature: string;
}

/** The refs of a repository at one moment. */
export interface Refs {
  /** The branch that the repository's HEAD names, if it tells. */
  readonly head: string | null;
  readonly branches: ReadonlyMap<string, Oid>;
  /** Tags by name, with the commit that each means in the end. */
  readonly tags: ReadonlyMap<string, { readonly oid: Oid; readonly commit: Oid }>;
}

/** The repository as one command sees it: refs that do not move, and everything they reach. */
export interface View {
  readonly refs: Refs;
  commit(oid: Oid): Promise<Commit>;
  /** Returns the tag of that id, or null where a lightweight tag names the commit itself. */
  tag(oid: Oid): Promise<AnnotatedTag | null>;
  snapshot(tree: Oid): Promise<Snapshot> | Snapshot;
  /** Returns the commits of a line of history, newest first, along first parents. */
  line(tip: Oid): AsyncIterable<Commit>;
  /**
   * Reads what stands at some paths of commits (null: the newest of the branches) side by side, so that looking at it
   * costs no round trips of its own. In a path `*` stands for any name, a last `**` for everything below.
   */
  readAhead(commits: readonly Oid[] | null, paths: readonly string[]): Promise<void>;
  /** Returns the full name of the commit that a hexadecimal prefix abbreviates, or null when none or several fit. */
  expand(prefix: string): Promise<Oid | null>;
  /** Returns what of a commit or annotated tag is signed and by what signature, or null for one that is not signed. */
  signed(oid: Oid): Promise<Signed | null>;
  /**
   * Returns the SSH public key (`ssh-ed25519 AAAA…`) that made a signature of a payload in a namespace, or null when it
   * was not made so, or in a way that is not understood (OpenPGP).
   */
  signingKey(signed: Signed, namespace: string): string | null;
}

/** Returns every file below a folder by its path within it; links and submodules are left out. */
export async function filesBelow(snapshot: Snapshot, folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const visit = async (path: string, inside: string): Promise<void> => {
    const entries = await snapshot.list(path);
    await Promise.all(
      entries.map(async ({ name, mode }) => {
        if (mode === '40000') return visit(`${path}/${name}`, `${inside}${name}/`);
        const bytes = mode.startsWith('100') ? await snapshot.read(`${path}/${name}`) : null;
        if (bytes !== null) files.set(`${inside}${name}`, bytes);
      }),
    );
  };
  await visit(folder, '');
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
