import type { Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import type { Way } from '../files/policy.ts';
import type { Message } from '../history/message.ts';
import type { ServiceChange } from '../history/release.ts';
import type { Commit } from '../history/snapshot.ts';
import type { Oid } from '../names/object-id.ts';
import type { Ground, Line } from './ground.ts';
import type { LoggedCommit, Split } from './history.ts';
import type { Moment, Report } from './moment.ts';

/** One commit of an environment branch with what stood there before. */
export interface Step extends Pick<LoggedCommit, 'commit' | 'signed' | 'kept'> {
  readonly ground: Ground;
  readonly environment: Environment;
  readonly line: Line;
  readonly message: Message;
  readonly split: Split;
  readonly changes: readonly ServiceChange[];
  readonly parent: Commit | null;
  readonly moment: Moment;
  /** When it came to its branch, in seconds since 1970. */
  readonly time: number;
  /** Who brought it there, where that is not who it is by. */
  readonly landedBy: Person | null;
  readonly report: Report;
  /** Takes a check that no later commit depends on. */
  readonly later: (check: () => Promise<void>) => void;
}

/** What a commit turned out to be: how it entered, and from where; null where no gate is to be asked. */
export interface Explained {
  readonly way: Way;
  readonly source?: { readonly from: string; readonly name: string; readonly commit: Oid };
  /** Whether what it brought was looked at where it came from, so that it need not be looked at again. */
  readonly isKnown: boolean;
}
