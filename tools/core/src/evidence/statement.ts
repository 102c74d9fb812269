import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** What a statement speaks of. */
export type Subject =
  | { readonly kind: 'recipe'; readonly recipe: Oid }
  | { readonly kind: 'build'; readonly service: ServiceId; readonly commit: Oid }
  | { readonly kind: 'service'; readonly service: ServiceId }
  /** The policy of a workspace: everything below `environments/` of one of its commits. */
  | { readonly kind: 'policy'; readonly environments: Oid };

/** What can run. */
export type Deployable = Exclude<Subject, { kind: 'policy' }>;

/** One thing that a statement names, with what tells it from all others. */
export interface Described {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** What every statement says. Who made it, and when, is a claim unless the statement is signed. */
export interface Claim {
  readonly subject: Subject;
  readonly described: readonly Described[];
  readonly by: Person;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** What a suite said of a recipe or a build. */
export interface TestStatement extends Claim {
  readonly kind: 'test';
  readonly suite: string;
  readonly result: 'PASSED' | 'WARNED' | 'FAILED';
  /** The commit of the default branch under which it ran. */
  readonly workspace: Oid;
  readonly url?: string | undefined;
  readonly environment?: string | undefined;
  readonly seconds?: number | undefined;
  /** The SHA-256 of what it printed. */
  readonly log?: string | undefined;
  readonly host?: string | undefined;
  /** Whether the environment went on to another recipe meanwhile. */
  readonly moved?: boolean | undefined;
}

/** Somebody's word that a recipe may enter an environment, or that a policy may hold. */
export interface ApprovalStatement extends Claim {
  readonly kind: 'approval';
  /** Absent for a policy. */
  readonly environment?: string | undefined;
  readonly note?: string | undefined;
  /** Where it was given: the review of a pull request, which somebody else recorded here. */
  readonly url?: string | undefined;
}

/**
 * Says that what was put to review on a branch of its own came to its environment: who brought it there and when, which
 * its commit, being the one that was reviewed, cannot say.
 */
export interface LandingStatement extends Claim {
  readonly kind: 'landing';
  readonly environment: string;
  readonly commit: Oid;
  /** The commits of the default branch and (absent: there was none) of the attestations branch that gates were asked with. */
  readonly policy: Oid;
  readonly evidence?: Oid | undefined;
  /** The pull request. */
  readonly url?: string | undefined;
}

/** Keeps a recipe, a build or a service out of everywhere. */
export interface BlockStatement extends Claim {
  readonly kind: 'block';
  readonly reason: string;
}

/** Lifts one block. */
interface UnblockStatement extends Claim {
  readonly kind: 'unblock';
  /** The name of the block's file. */
  readonly lifts: string;
  readonly reason: string;
}

/** Says that somebody brought a recipe into an environment though gates were shut that policy lets be passed so. */
export interface BreakGlassStatement extends Claim {
  readonly kind: 'break-glass';
  readonly environment: string;
  /** The rules whose gates were shut. */
  readonly rules: readonly string[];
  readonly reason: string;
  /**
   * Which change it was: the one that stands on this commit of the environment's branch, or the tag that was put on it.
   * Absent for the first change of a branch, which began with it.
   */
  readonly onto?: Oid | undefined;
}

/** Somebody's word that they looked at what was done by breaking the glass. */
export interface ReviewStatement extends Claim {
  readonly kind: 'review';
  /** The name of the file that says that the glass was broken. */
  readonly reviews: string;
  readonly note?: string | undefined;
}

export type Statement =
  | TestStatement
  | ApprovalStatement
  | BlockStatement
  | UnblockStatement
  | BreakGlassStatement
  | ReviewStatement
  | LandingStatement;
