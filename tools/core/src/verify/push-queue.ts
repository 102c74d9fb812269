import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { trailer } from '../history/message.ts';
import { isReplayed, requestedOnto, requestOf } from '../history/request.ts';
import type { View } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import type { Received, RefMove } from './received.ts';
import { ownObjection, pinObjection, queueObjection } from './rights.ts';
import type { Step } from './step.ts';

const REQUESTS = 'refs/eleventh/requests/';
const ANSWERS = 'refs/eleventh/answers/';
const CLAIMS = 'refs/eleventh/claims/';

/** What a push does to the queues of pins: what it asks for, and what of others it takes away. */
export class PushQueue {
  readonly #received: Received;
  /** Requests of others that the push takes away. */
  readonly #removals: (RefMove & { readonly environment: Environment })[] = [];

  constructor(received: Received) {
    this.#received = received;
  }

  /** Checks what can be told of a ref alone; returns whether it is one of a queue. */
  async check(move: RefMove): Promise<boolean> {
    const { ref } = move;
    if (ref.startsWith(REQUESTS)) await this.#checkRequest(move, ref.slice(REQUESTS.length));
    else if (ref.startsWith(ANSWERS)) this.#checkPlace(ref, ref.slice(ANSWERS.length));
    else if (ref.startsWith(CLAIMS)) this.#checkPlace(ref, `${ref.slice(CLAIMS.length)}/`);
    else return false;
    return true;
  }

  async #checkRequest(move: RefMove, path: string): Promise<void> {
    const { history, pusher, object } = this.#received;
    const { ref, after } = move;
    const place = this.#place(path);
    if (place === undefined) return this.#checkPlace(ref, path);
    const { environment, service } = place;
    const objection = pinObjection(pusher, environment, service);
    if (objection !== undefined && after === null) this.#removals.push({ ...move, environment });
    if (after === null) return;
    if (objection !== undefined) return object(ref, objection);
    if ((await history.view.expand(after)) === null) return object(ref, `It is no request to pin ${service}`, after);
    const commit = await history.view.commit(after);
    const snapshot = await history.view.snapshot(commit.tree);
    const ids = await servicesIn(snapshot, 'apps');
    const roots = await snapshot.list('');
    if (ids.join() !== service || roots.length !== 1) object(ref, `It is no request to pin ${service} alone`, after);
    object(ref, ownObjection(pusher, commit.author.email, 'ask'), after);
  }

  #checkPlace(ref: string, path: string): void {
    const { pusher, object } = this.#received;
    const place = this.#place(path);
    object(ref, place === undefined ? 'No environment has such a queue' : queueObjection(pusher, place.environment));
  }

  /** Returns the environment in whose queue something stands, and of which service it is. */
  #place(path: string): { readonly environment: Environment; readonly service: ServiceId } | undefined {
    const environment = this.#received.workspace.environments.find(({ branch }) => path.startsWith(`${branch}/`));
    if (environment === undefined) return undefined;
    const names = path.slice(environment.branch.length + 1).split('/');
    return { environment, service: names.slice(0, -1).join('/') };
  }

  /**
   * Checks what is taken away of others: whoever commits what waits takes the requests that are done, and those that
   * were answered. @param then the repository as it would stand.
   */
  async checkRemovals(then: View): Promise<void> {
    const { history, pusher, moves, object } = this.#received;
    for (const { ref, before, environment } of this.#removals) {
      if (await hasLanded(then, environment, before)) continue;
      const answer = `${ANSWERS}${ref.slice(REQUESTS.length)}`;
      const isAnswered = moves.find((move) => move.ref === answer)?.after ?? history.refs.get(answer);
      object(
        ref,
        isAnswered === undefined
          ? `${pusher.name} may take a request of others away only with the commit or the answer that it asked for`
          : queueObjection(pusher, environment),
      );
    }
  }

  /** Returns whether a pin is exactly what a request asks for that this push takes away. */
  async replays({ commit, message, changes }: Step, environment: Environment, id: ServiceId): Promise<boolean> {
    const { history, moves } = this.#received;
    const named = trailer(message, 'Request');
    const prefix = `${REQUESTS}${environment.branch}/${id}/`;
    const isTaken = moves.some(
      ({ ref, before, after }) => ref.startsWith(prefix) && before === named && after === null,
    );
    if (named === undefined || !isTaken) return false;
    const { view } = history;
    const request = await view.commit(named);
    const [asked, made] = await Promise.all(
      [request, commit].map(async ({ tree }) => (await (await view.snapshot(tree)).entry(`apps/${id}`))?.oid),
    );
    const isSamePerson = JSON.stringify(request.author) === JSON.stringify(commit.author);
    const replaced = changes.find((change) => change.id === id)?.before?.commit;
    return asked === made && isSamePerson && isReplayed(request, commit, replaced);
  }
}

async function hasLanded(view: View, { branch }: Environment, request: Oid | null): Promise<boolean> {
  const tip = view.refs.branches.get(branch);
  if (request === null || tip === undefined || (await view.expand(request)) === null) return false;
  const onto = requestedOnto(await view.commit(request));
  for await (const commit of view.line(tip)) {
    if (requestOf(commit) === request) return true;
    if (commit.oid === onto) return false;
  }
  return false;
}
