import type { Protection } from '@eleventh/core';

/** One rule that a host is to have, beside what it has. */
export interface Part {
  /** `branch main`, `branches env/*`, `tags v*`. */
  readonly target: string;
  /** What it keeps from happening, for people. */
  readonly rule: string;
  readonly state: 'kept' | 'missing' | 'different';
}

/** A part that knows how it is brought about. */
export interface WantedPart extends Part {
  readonly write: () => Promise<void>;
}

/** What a host has of what it is to protect. */
export interface HostProtection {
  readonly parts: readonly Part[];
  /** What the host cannot keep from happening, so that `verify` has to find it. */
  readonly limits: readonly string[];
  /** Brings about what is missing or different, and nothing else; returns what the host then has: it may leave things out in silence. */
  apply(): Promise<readonly Part[]>;
}

/** What is known of a host, before it is put together. */
export interface Compared {
  readonly parts: readonly WantedPart[];
  readonly limits: readonly string[];
}

/** Returns whether what is there has everything that is wanted; lists may hold more, and in another order. */
export function has(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(actual) && wanted.every((one) => actual.some((other: unknown) => has(other, one)));
  }
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([name, value]) =>
    has(Object.getOwnPropertyDescriptor(actual, name)?.value, value),
  );
}

/** Returns whether two lists hold the same, in any order. */
export function same(actual: readonly unknown[], wanted: readonly unknown[]): boolean {
  return actual.length === wanted.length && has(actual, wanted);
}

/** Returns `branch main` or `branches env/*, attestations`. */
export function targetOf({ of, patterns }: Protection): string {
  const isOne = of === 'branches' && patterns.length === 1 && !patterns[0]?.includes('*');
  return `${isOne ? 'branch' : of} ${patterns.join(', ')}`;
}

/** Returns what is said of who may write, for people. */
export function writersRule({ of, writers }: Protection): string {
  const who = writers === null || writers.length === 0 ? 'nobody' : writers.join(', ');
  return of === 'tags' ? `made by ${who} alone` : `pushed by ${who} alone`;
}
