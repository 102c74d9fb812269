import type { Evidence } from '../evidence/evidence.ts';
import type { Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { Rule, Way } from '../files/policy.ts';
import type { View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** One rule of an environment's policy held against what would enter. */
export interface Gate {
  readonly rule: Rule;
  readonly passes: boolean;
  /** Why the glass is broken to pass it although it is shut; absent where it is not. */
  readonly brokenFor?: string | undefined;
  /** What it asks for, after the environment's name: `takes images with a digest only`. */
  readonly asks: string;
  /** What is missing, of one service or (null) of the whole. Empty when it passes. */
  readonly refused: readonly { readonly service: ServiceId | null; readonly reason: string }[];
  /** Who can supply that, and the command that does; null where that takes another build, or time. */
  readonly remedy: { readonly who: string; readonly command: string } | null;
}

/** Where a recipe comes from that would enter whole or in part. */
export interface EnteringRecipe {
  /** As a command line names it. */
  readonly name: string;
  readonly from: Environment;
  /** The commit that it is taken from. */
  readonly commit: Oid;
}

/** A service that would change; with its folders where a recipe is compared with another. */
export interface EnteringChange {
  readonly id: ServiceId;
  readonly before: Pin | null;
  readonly after: Pin | null;
  readonly from?: Oid | null;
  readonly to?: Oid | null;
}

/** Who changes an environment, and when: what gates look at besides the repository. */
export interface Occasion {
  /** As far as that is known. */
  readonly who?: Person | undefined;
  /** The change ticket. */
  readonly ticket?: string | undefined;
  /** The SSH public key that signs the change, `OPENPGP` where that does, null for a signature that does not fit. */
  readonly key?: string | null | undefined;
  /** The present, in milliseconds since 1970. */
  readonly now: number;
  /** Whether it is put to review, and lands later, when every gate has to hold. */
  readonly isProposal?: boolean | undefined;
}

/** Everything that gates look at. */
export interface Entry extends Occasion {
  readonly view: View;
  readonly workspace: Workspace;
  readonly evidence: Evidence;
  readonly environment: Environment;
  readonly way: Way;
  /** The builds that would enter, and all that would change. */
  readonly entering: ReadonlyMap<ServiceId, Pin>;
  readonly changes: readonly EnteringChange[];
  /** What the environment would run, where that is known. */
  readonly recipe?: Oid | undefined;
  /** Absent where builds enter one by one. */
  readonly source?: EnteringRecipe | undefined;
  /** Why the glass is broken; absent where it is not. */
  readonly breakGlass?: string | undefined;
  /**
   * false: what services require of each other is left aside, since all of it ran there before, together, or is an
   * example, which names few services.
   */
  readonly asksRequires?: boolean | undefined;
}

/**
 * Returns the command that supplies what is missing. A combination of some services has no name of its own until it is
 * composed.
 */
export function commandFor({ way }: Entry, { from }: EnteringRecipe, command: string): string {
  return way === 'partial' ? `eleventh compose --from ${from.name}` : command;
}

/** Returns a gate on each build alone. */
export async function eachBuild(
  rule: Rule,
  asks: string,
  entering: ReadonlyMap<ServiceId, Pin>,
  problem: (pin: Pin, service: ServiceId) => string | undefined | Promise<string | undefined>,
  remedy: Gate['remedy'] = null,
): Promise<Gate> {
  const refused = await Promise.all(
    [...entering].map(async ([service, pin]) => {
      const reason = await problem(pin, service);
      return reason === undefined ? [] : [{ service, reason }];
    }),
  );
  return gate(rule, asks, refused.flat(), remedy);
}

/** Returns the gate that some problems keep shut. */
export function gate(rule: Rule, asks: string, refused: Gate['refused'], remedy: Gate['remedy'] = null): Gate {
  const passes = refused.length === 0;
  return { rule, passes, asks, refused, remedy: passes ? null : remedy };
}

/** Returns a gate with what opens it, if it is shut. */
export function withRemedy(shut: Gate, remedy: Gate['remedy']): Gate {
  return { ...shut, remedy: shut.passes ? null : remedy };
}

/** Returns the gate that one problem of the whole, if there is one, keeps shut. */
export function wholeGate(rule: Rule, asks: string, problem: string | undefined, remedy: Gate['remedy'] = null): Gate {
  return gate(rule, asks, problem === undefined ? [] : [{ service: null, reason: problem }], remedy);
}
