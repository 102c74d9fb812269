import type { Commit, Entry, Signed, View } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';

/** A path that a commit changed, folders too, compared with its first parent. */
export interface PathChange {
  readonly path: string;
  readonly before: Entry | null;
  readonly after: Entry | null;
  /** What stands there afterwards, where the walk was asked for it. */
  readonly content?: Uint8Array | undefined;
}

/** As much of a commit as later ones are compared with. */
export interface Outlined {
  readonly oid: Oid;
  readonly tree: Oid;
  /** When it was committed, in seconds since 1970. */
  readonly time: number;
}

export interface LoggedCommit {
  readonly commit: Commit;
  readonly changes: readonly PathChange[];
  /** What of it is signed, and how; null: nobody signed it. */
  readonly signed: Signed | null;
  /** The signed request that it holds, where it holds one. */
  readonly kept: KeptRequest | null;
}

/** The request that a commit was made for, as whoever asked signed it. */
export interface KeptRequest {
  readonly request: Commit;
  readonly signed: Signed;
}

/** A repository of which everything is here, read without a network. */
export interface History {
  readonly view: View;
  /** Every ref by its full name, with the object it names. */
  readonly refs: ReadonlyMap<string, Oid>;
  /** Returns the object that a file of some text is. */
  idOf(text: string): Oid;
  /** Returns the id of the tree that holds a folder at a path, and nothing else. */
  treeWith(path: string, folder: Oid): Oid;
  /**
   * Returns the commits of a line along first parents, oldest first, with what each changed; in portions, as they come.
   * @param isWanted which files to bring the content of. @param after leaves out this commit and what it stands on.
   */
  walk(tip: Oid, isWanted: (change: PathChange) => boolean, after?: Oid | null): AsyncIterable<readonly LoggedCommit[]>;
  /** Returns the commits of a line along first parents, oldest first, with little of each. */
  outline(tip: Oid): AsyncIterable<Outlined>;
}

/** What a commit did to one service. */
export interface Touched {
  readonly id: ServiceId;
  /** Its folder before and after; null where it was not there. */
  readonly from: Oid | null;
  readonly to: Oid | null;
  readonly files: readonly PathChange[];
}

/** What a commit changed, sorted by what may change it. */
export interface Split {
  readonly services: readonly Touched[];
  /** Below `apps/` and of no service. */
  readonly strays: readonly PathChange[];
  /** Everything else but folders. */
  readonly outside: readonly PathChange[];
  /** The folder `apps/` afterwards, where it changed. */
  readonly apps: PathChange | undefined;
}

const FOLDER = '40000';
const IN_SERVICE = /^apps\/([^/]+(?:\/[^/]+)??)\/(?:kustomization\.yaml$|manifests(?:\/|$))/;

/** Returns what a commit changed, service by service. */
export function split(changes: readonly PathChange[]): Split {
  const folders = new Map<string, PathChange>();
  const services = new Map<ServiceId, PathChange[]>();
  const strays: PathChange[] = [];
  const outside: PathChange[] = [];
  for (const change of changes) {
    const { path, before, after } = change;
    if ((before === null || before.mode === FOLDER) && (after === null || after.mode === FOLDER)) {
      folders.set(path, change);
      // Git itself never writes a folder without files below another one.
      if (after?.oid !== EMPTY_TREE || path === 'apps') continue;
    }
    if (path !== 'apps' && !path.startsWith('apps/')) {
      outside.push(change);
      continue;
    }
    const id = IN_SERVICE.exec(path)?.[1];
    if (id === undefined) strays.push(change);
    else services.set(id, [...(services.get(id) ?? []), change]);
  }
  const touched = [...services].map(([id, files]) => {
    const folder = folders.get(`apps/${id}`);
    return { id, files, from: folder?.before?.oid ?? null, to: folder?.after?.oid ?? null };
  });
  return { services: touched, strays, outside, apps: folders.get('apps') };
}
