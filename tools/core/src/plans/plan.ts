import type { Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import { recipeOf } from '../history/deployment.ts';
import { formatMessage, parseMessage, type Trailer, trailer } from '../history/message.ts';
import type { Change, Commit, Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** One commit to be made. */
export interface Step {
  /** From the parent's tree to this one's. */
  readonly changes: readonly Change[];
  readonly snapshot: Snapshot;
  /** The message, which may name commits made before it in the plan (the newest of each branch). */
  readonly message: MessageOf;
  /** Who says it, where that is not whoever carries the plan out. */
  readonly author?: Said | undefined;
}

/** Who said something elsewhere, and when, in seconds since 1970. */
export interface Said extends Person {
  readonly time: number;
}

type MessageOf = (newest: (branch: string) => Oid) => string;

type Words = (newest: (branch: string) => Oid) => { readonly subject: string; readonly trailers: readonly Trailer[] };

/** A branch that moves from what it is expected to be (null: it does not exist yet) by some steps after a parent. */
export interface BranchPlan {
  readonly branch: string;
  readonly expected: Oid | null;
  readonly parent: Oid | null;
  readonly steps: readonly Step[];
  /** A commit that is there already, in place of steps: the branch comes to it as it is. */
  readonly landing?: Oid | undefined;
  /** The state after the last step. */
  readonly snapshot: Snapshot;
  /** Whether others may move it meanwhile although the plan reports races: then all is planned anew. */
  readonly onRace?: 'again';
}

/** An annotated tag to be made at a commit, or (null) at what the first branch of the plan becomes. */
export interface TagPlan {
  readonly tag: string;
  readonly message: string;
  readonly target: Oid | null;
  /** The environment that it releases; absent for a candidate. */
  readonly environment?: Environment | undefined;
  /** A commit on no branch that the tag alone holds: a composed candidate. */
  readonly candidate?: { readonly parent: Oid; readonly step: Step };
}

/** A pin as it can be left for somebody else to commit: see `requestStep`. */
export interface RequestStep {
  readonly branch: string;
  readonly service: ServiceId;
  readonly snapshot: Snapshot;
  readonly message: string;
}

/** A branch that goes, if it still is where it is expected to be. */
interface Removal {
  readonly branch: string;
  readonly expected: Oid;
}

/** What a command will do: which refs move, by which commits. A plan without branches and tag is "nothing to do". */
export interface Plan {
  readonly branches: readonly BranchPlan[];
  readonly tag?: TagPlan | undefined;
  readonly removal?: Removal | undefined;
  /** The plan as a request to whoever writes the branch next; absent: it has to be carried out as it is. */
  readonly request?: RequestStep | undefined;
  /** What others may do meanwhile: `again` plans anew, `report` refuses when a branch of the plan has moved, unless that says otherwise. */
  readonly onRace: 'again' | 'report';
}

/** Returns whether a plan changes anything. */
export function isEmpty(plan: Plan): boolean {
  return (
    plan.branches.every(({ steps, landing }) => steps.length === 0 && landing === undefined) &&
    plan.tag === undefined &&
    plan.removal === undefined
  );
}

/** A branch under construction: each step starts where the last one ended. */
export class Line {
  readonly #start: Omit<BranchPlan, 'steps' | 'snapshot'>;
  readonly #steps: Step[] = [];
  readonly #head: Commit | null;
  #snapshot: Snapshot;

  constructor(start: Omit<BranchPlan, 'steps' | 'snapshot'>, snapshot: Snapshot, head: Commit | null = null) {
    this.#start = start;
    this.#snapshot = snapshot;
    this.#head = head;
  }

  /** Returns the branch itself, to be moved on from its head. */
  static on(branch: string, head: Commit | null, snapshot: Snapshot): Line {
    return new Line({ branch, expected: head?.oid ?? null, parent: head?.oid ?? null }, snapshot, head);
  }

  /** The commit the branch was at. */
  get head(): Commit | null {
    return this.#head;
  }

  /** Which reviewed state the newest commit, made or to be made, says it carries. */
  get carried(): Oid | undefined {
    const message = this.#steps.at(-1)?.message(() => '') ?? this.#head?.message;
    return message === undefined ? undefined : trailer(parseMessage(message), 'Workspace');
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Adds a commit when the changes change anything; returns whether they do. A root commit is made even when empty. */
  async add(
    changes: readonly Change[],
    subject: string | Words,
    trailers: readonly Trailer[] = [],
    body = '',
    author?: Said,
  ): Promise<boolean> {
    const words: Words = typeof subject === 'string' ? () => ({ subject, trailers }) : subject;
    const step = await makeStep(this.#snapshot, changes, words, body);
    const isRoot = this.#start.parent === null && this.#steps.length === 0;
    if (step.snapshot.tree === this.#snapshot.tree && !isRoot) return false;
    this.#steps.push(author === undefined ? step : { ...step, author });
    this.#snapshot = step.snapshot;
    return true;
  }

  get plan(): BranchPlan {
    return { ...this.#start, steps: this.#steps, snapshot: this.#snapshot };
  }
}

/** Returns the step from a state by some changes; its message ends with the recipe it makes, where it deploys one. */
export async function makeStep(base: Snapshot, changes: readonly Change[], words: Words, body = ''): Promise<Step> {
  const snapshot = await base.with(changes);
  const recipe = await recipeOf(snapshot);
  const message: MessageOf = (newest) => {
    const { subject, trailers } = words(newest);
    return formatMessage({ subject, body, trailers: trailers.length > 0 ? [...trailers, ['Recipe', recipe]] : [] });
  };
  return { changes, snapshot, message };
}
