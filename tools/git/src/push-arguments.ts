import type { Oid } from '@eleventh/core';

export interface RefUpdate {
  /** The full name: `refs/heads/…`, `refs/tags/…` or `refs/eleventh/…`. */
  readonly ref: string;
  /** What the ref has to point to at this moment; null: it must not exist. */
  readonly expected: Oid | null;
  /** null: the ref goes. */
  readonly value: Oid | null;
}

/**
 * Returns the arguments of a push that moves each ref only if it still points to what was expected, and all or none.
 * @param isAtomic false: each ref on its own.
 */
export function pushArguments(url: string, updates: readonly RefUpdate[], isAtomic = true): string[] {
  return [
    'push',
    '--porcelain',
    // Not every host can do it, and one ref alone does not need it.
    ...(isAtomic && updates.length > 1 ? ['--atomic'] : []),
    ...updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`),
    '--',
    url,
    ...updates.map(({ ref, value }) => `${value ?? ''}:${ref}`),
  ];
}

/**
 * Returns the updates in the groups in which a server takes them that cannot move several refs at once: the first branch,
 * since all else can be made good when it does not follow; then tags, which deploy it; then what other branches say of
 * it; then the queue, in any order.
 */
export function inTurn(updates: readonly RefUpdate[]): RefUpdate[][] {
  const below = (prefix: string) => updates.filter(({ ref }) => ref.startsWith(prefix));
  const branches = below('refs/heads/');
  const alone = [...branches.slice(0, 1), ...below('refs/tags/'), ...branches.slice(1)].map((update) => [update]);
  const queue = below('refs/eleventh/');
  return queue.length === 0 ? alone : [...alone, queue];
}
