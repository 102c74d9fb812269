import type { Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import type { History } from './history.ts';
import type { Pusher } from './rights.ts';

/** A ref as a push moves it; null where it does not stand, or would not. */
export interface RefMove {
  readonly ref: string;
  readonly before: Oid | null;
  readonly after: Oid | null;
}

/** A push that arrived and that nobody took yet. */
export interface Received {
  /** The repository as it stands, with the objects of the push at hand. */
  readonly history: History;
  /** The default branch's from before the push. */
  readonly workspace: Workspace;
  readonly pusher: Pusher;
  readonly moves: readonly RefMove[];
  /** Objects to what it does to a ref. @param problem without a full stop; undefined: there is none. */
  readonly object: (ref: string, problem: string | undefined, commit?: Oid | null) => void;
}
