import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { type DeploymentKind, deploymentKind, type FolderChange, folderChanges } from './deployment.ts';
import { type Message, parseMessage, trailer, trailers } from './message.ts';
import type { Commit, View } from './snapshot.ts';

/** How far back the authors of a change are looked for: what is older than that is everybody's. */
const LOOK_BACK = 10_000;

/**
 * Returns who made the changes that a state would bring, by e-mail address in lower case: who pinned the builds, and who
 * wrote what is in them as the pins recorded it. Follows promotions to where their builds came from.
 * @param tip the commit of the state. @param changes from what is there now to that state.
 */
export async function authorsOf(
  view: View,
  tip: Oid,
  changes: readonly { readonly id: ServiceId; readonly from?: Oid | null }[],
): Promise<ReadonlyMap<string, string>> {
  const authors = new Map<string, string>();
  await follow(view, tip, new Map(changes.map(({ id, from }) => [id, from ?? null])), authors);
  return authors;
}

/** @param wanted the services, with the folder of each at which its change begins. */
async function follow(
  view: View,
  tip: Oid,
  wanted: ReadonlyMap<ServiceId, Oid | null>,
  authors: Map<string, string>,
): Promise<void> {
  const open = new Map(wanted);
  let left = LOOK_BACK;
  for await (const commit of view.line(tip)) {
    const parent = commit.parents[0];
    const before = await view.snapshot(parent === undefined ? EMPTY_TREE : (await view.commit(parent)).tree);
    const changed = (await folderChanges(before, await view.snapshot(commit.tree))).filter(({ id }) => open.has(id));
    if (changed.length > 0) {
      const source = await promotedFrom(view, commit, changed);
      if (source === null) note(commit, authors);
      else await follow(view, source, new Map(changed.map(({ id, from }) => [id, from])), authors);
    }
    // What went back brought in again what somebody else had made: on to where that came from.
    const isBack = BACK.has(deploymentKind(commit));
    for (const { id, from } of changed) if (from === open.get(id) && !isBack) open.delete(id);
    left -= 1;
    if (open.size === 0 || left === 0) return;
  }
}

const BACK: ReadonlySet<DeploymentKind> = new Set(['rollback', 'revert', 'by hand']);

/** Returns the commit that a promotion says it carries, or null for what is none, or carries something else. */
async function promotedFrom(view: View, commit: Commit, changed: readonly FolderChange[]): Promise<Oid | null> {
  if (deploymentKind(commit) !== 'promotion') return null;
  const source = await view.expand(trailer(parseMessage(commit.message), 'Promoted-From') ?? '');
  if (source === null) return null;
  const snapshot = await view.snapshot((await view.commit(source)).tree);
  const isSame = await Promise.all(
    changed.map(async ({ id, to }) => ((await snapshot.entry(`apps/${id}`))?.oid ?? null) === to),
  );
  return isSame.every(Boolean) ? source : null;
}

/** Returns an address as it is compared: mail systems do not tell its cases apart. */
export function plainEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** Returns who wrote what is in a pinned build, as the pin recorded it. */
export function changeAuthors(message: Message): { readonly name: string; readonly email: string }[] {
  return trailers(message, 'Change-Author').flatMap((text) => {
    const [, name = '', email = ''] = /^(.*?)\s*<([^<>]+)>$/.exec(text) ?? [];
    return email === '' ? [] : [{ name, email }];
  });
}

function note(commit: Commit, authors: Map<string, string>): void {
  const written = changeAuthors(parseMessage(commit.message));
  for (const { name, email } of [commit.author, ...written]) authors.set(plainEmail(email), name);
}
