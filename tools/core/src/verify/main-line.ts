import { plainEmail } from '../history/authors.ts';
import type { View } from '../history/snapshot.ts';
import { type Workspace, workspaceAt } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import type { Outlined } from './history.ts';

/** How far, in seconds, the clocks of two machines may be apart. */
export const APART = 300;

/** A line of history by position, oldest first: of the default branch, or of the attestations branch. */
export class Positions {
  readonly #places = new Map<Oid, number>();
  readonly #commits: { readonly oid: Oid; readonly time: number }[] = [];

  add({ oid, time }: Omit<Outlined, 'tree'>): void {
    this.#places.set(oid, this.#commits.length);
    // Nothing landed before what it stands on.
    this.#commits.push({ oid, time: Math.max(time, this.#commits.at(-1)?.time ?? 0) });
  }

  /** Returns the places of a whole line. */
  static async of(line: AsyncIterable<Omit<Outlined, 'tree'>>): Promise<Positions> {
    const positions = new Positions();
    for await (const commit of line) positions.add(commit);
    return positions;
  }

  get size(): number {
    return this.#commits.length;
  }

  /** Returns where a commit stands, or undefined when it is not on the line. */
  of(oid: Oid): number | undefined {
    return this.#places.get(oid);
  }

  at(position: number): Oid | undefined {
    return this.#commits[position]?.oid;
  }

  /** Returns when the commit at a place landed at the earliest, in seconds since 1970. */
  timeAt(position: number): number | undefined {
    return this.#commits[position]?.time;
  }

  /** Returns the place of the newest commit of a time (seconds since 1970) or before; -1 for none. */
  asOf(time: number): number {
    let [low, high] = [0, this.#commits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#commits[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The workspaces that the default branch had, each read when it is first asked for. */
export class Workspaces {
  readonly #view: View;
  readonly #current: Workspace;
  readonly #known = new Map<Oid, Promise<Workspace>>();

  constructor(view: View, current: Workspace) {
    this.#view = view;
    this.#current = current;
    this.#known.set(current.commit, Promise.resolve(current));
  }

  /** Returns the workspace of a commit of the default branch; throws as `readWorkspace` does. */
  at(commit: Oid): Promise<Workspace> {
    const known = this.#known.get(commit) ?? workspaceAt(this.#view, this.#current.branch, commit);
    this.#known.set(commit, known);
    return known;
  }
}

/** Returns everybody whom a workspace counts among those who approve: its teams' people. */
export function trusted({ teams }: Workspace): Set<string> {
  return new Set(Object.values(teams).flat().map(plainEmail));
}

/** Returns the names on the host that stand for people who count among those who approve, and did not. The first list is free. */
export function newLogins(before: Workspace, after: Workspace): string[] {
  if (Object.keys(before.logins).length === 0) return [];
  const counting = trusted(before);
  return Object.entries(after.logins).flatMap(([login, email]) =>
    before.logins[login] !== email && counting.has(plainEmail(email)) ? [login] : [],
  );
}
