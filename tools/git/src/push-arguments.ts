import type { Oid } from '@eleventh/core';

export interface RefUpdate {
  /** The full name: `refs/heads/…`, `refs/tags/…` or `refs/eleventh/…`. */
  readonly ref: string;
  /** What the ref has to point to at this moment; null: it must not exist. */
  readonly expected: Oid | null;
  /** null: the ref goes. */
  readonly value: Oid | null;
}

/** Returns the arguments of a push that moves all refs or none, each only if it still points to what was expected. */
export function pushArguments(url: string, updates: readonly RefUpdate[]): string[] {
  return [
    'push',
    '--porcelain',
    // Not every host can do it, and one ref alone does not need it.
    ...(updates.length > 1 ? ['--atomic'] : []),
    ...updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`),
    '--',
    url,
    ...updates.map(({ ref, value }) => `${value ?? ''}:${ref}`),
  ];
}
