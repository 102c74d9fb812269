import type { Environment } from '../files/environment.ts';
import { formatMessage, type Trailer } from '../history/message.ts';
import { REQUEST_FORMAT } from '../history/request.ts';
import type { Snapshot } from '../history/snapshot.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import type { PinRequest } from './pin-request.ts';
import type { RequestStep } from './plan.ts';

/**
 * Returns a pin as a request: a commit that holds the service's folder and nothing else, with what the pin's commit
 * will say, and which parts of the folder were asked for rather than found. Whoever commits it for its author plans it
 * anew from this alone.
 * @param after the environment branch with the pin.
 */
export async function requestStep(
  asked: PinRequest,
  environment: Environment,
  head: Oid | undefined,
  after: Snapshot,
  words: { readonly subject: string; readonly trailers: readonly Trailer[] },
): Promise<RequestStep> {
  const { id } = asked;
  const folder = (await after.entry(`apps/${id}`))?.oid ?? EMPTY_TREE;
  const snapshot = await after.with([
    { path: '', put: { tree: EMPTY_TREE } },
    { path: `apps/${id}`, put: { tree: folder } },
  ]);
  const about: Trailer[] = [
    ['Request-To', environment.name],
    ['Request-Format', REQUEST_FORMAT],
    ...(asked.manifests === undefined ? [] : [['Request-Given', 'manifests'] as Trailer]),
    ...(asked.isBuiltKnown ? [['Request-Given', 'built'] as Trailer] : []),
    ...(asked.images ?? []).map(({ repository }): Trailer => ['Request-Image', repository]),
    ...(head === undefined ? [] : [['Request-Onto', head] as Trailer]),
  ];
  const message = formatMessage({ subject: words.subject, body: '', trailers: [...words.trailers, ...about] });
  return { branch: environment.branch, service: id, snapshot, message };
}
