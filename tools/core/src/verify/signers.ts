import { GIT_NAMESPACE, signerKey } from '../evidence/signer.ts';
import { deploymentKind } from '../history/deployment.ts';
import { parseMessage, trailer } from '../history/message.ts';
import { isAsRequested } from '../history/request.ts';
import type { Commit, Signed } from '../history/snapshot.ts';
import type { Oid } from '../names/object-id.ts';
import type { Ground } from './ground.ts';

/**
 * Returns the key by whose signature a deployment counts, as `signerKey` does; undefined: there is no signature. A pin
 * that somebody else committed counts by the request that it holds, when that asks for exactly this.
 */
export async function keyOfCommit(ground: Ground, commit: Commit): Promise<string | null | undefined> {
  return keyOf(ground, (await requested(ground, commit)) ?? (await ground.view.signed(commit.oid)));
}

/** Returns the same of a tag. */
export async function keyOfTag(ground: Ground, tag: Oid): Promise<string | null | undefined> {
  return keyOf(ground, await ground.view.signed(tag));
}

function keyOf({ view }: Ground, signed: Signed | null): string | null | undefined {
  return signed === null ? undefined : signerKey(view, signed, GIT_NAMESPACE);
}

async function requested({ history, view }: Ground, commit: Commit): Promise<Signed | null> {
  if (deploymentKind(commit) !== 'pin') return null;
  const message = parseMessage(commit.message);
  if (trailer(message, 'Request') === undefined) return null;
  const kept = await history.keptRequest(commit.oid);
  if (kept === null) return null;
  const { request, signed } = kept;
  const path = `apps/${trailer(message, 'Service')}`;
  const folder = await (await view.snapshot(commit.tree)).entry(path);
  const isSame =
    folder !== null &&
    request.tree === history.treeWith(path, folder.oid) &&
    JSON.stringify(request.author) === JSON.stringify(commit.author) &&
    isAsRequested(request, commit);
  return isSame ? signed : null;
}
