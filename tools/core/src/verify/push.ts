import { EleventhError, refusal } from '../error.ts';
import type { Sha256 } from '../evidence/described.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import type { DeploymentKind } from '../history/deployment.ts';
import { trailer } from '../history/message.ts';
import { isReplayed, requestedOnto, requestOf } from '../history/request.ts';
import type { View } from '../history/snapshot.ts';
import { readWorkspace, type Workspace, workspaceAt } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { tagVersion } from '../names/version.ts';
import { checkGrowth } from './environment-line.ts';
import { Began, Findings, type Ground, Line, PinCache } from './ground.ts';
import type { History } from './history.ts';
import { Positions, Workspaces } from './main-line.ts';
import { PolicyWatch } from './policies.ts';
import { NamedPolicies } from './policy-day.ts';
import {
  attestObjection,
  deploymentObjection,
  ownObjection,
  type Pusher,
  pinObjection,
  queueObjection,
  readerObjection,
  statementObjection,
  writeObjection,
} from './rights.ts';
import { checkStatementSignatures } from './signatures.ts';
import { checkNewStatements, evidenceBy } from './statements.ts';
import type { Step } from './step.ts';
import { checkReleases, checkTagName } from './tags.ts';

/** A ref as a push moves it; null where it does not stand, or would not. */
export interface RefMove {
  readonly ref: string;
  readonly before: Oid | null;
  readonly after: Oid | null;
}

interface PushRequest {
  readonly moves: readonly RefMove[];
  /** The name by which the server knows who pushes, if it says. */
  readonly pusher: string | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly sha256: Sha256;
}

/** Why a push is refused: nothing of it lands. */
export interface Objection {
  readonly ref: string;
  readonly commit: Oid | null;
  readonly message: string;
}

/**
 * Returns what speaks against a push: everything that `verify` would find in what is new, and what whoever pushes may
 * not do. The policy, and who may do what, are the default branch's from before it. The first push of a repository is
 * free. Throws `UNKNOWN_KEY`, and `PUSH_OVERTAKEN` when somebody else moved a branch or tag meanwhile.
 * @param history the repository as it stands, with the objects of the push at hand.
 */
export async function checkPush(history: History, request: PushRequest): Promise<Objection[]> {
  if (history.view.refs.branches.size === 0) return [];
  const workspace = await readWorkspace(history.view);
  const pusher = pusherOf(workspace, request.pusher);
  refuseOvertaken(history, request.moves);
  const push = new Push(history, workspace, pusher, request);
  return push.check();
}

/** Throws `UNKNOWN_KEY` where the workspace tells keys apart and this is none of them. */
function pusherOf({ keys, branch }: Workspace, name: string | undefined): Pusher {
  if (keys === null) return { name: name ?? 'whoever pushes', key: null };
  const key = name !== undefined && Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (name !== undefined && key !== undefined) return { name, key };
  const who = name === undefined ? 'The server does not say who pushes' : `${name} is no key that ${branch} knows`;
  throw refusal('UNKNOWN_KEY', `${who}, so nothing was taken.`, {
    hint: `Name it in spec.keys of environments/workspace.yaml.`,
  });
}

/** Git itself would refuse such a move, but only after this, and in a push that is not atomic that one alone. */
function refuseOvertaken({ refs }: History, moves: readonly RefMove[]): void {
  const overtaken = moves.find(
    ({ ref, before }) => /^refs\/(heads|tags)\//.test(ref) && before !== (refs.get(ref) ?? null),
  );
  if (overtaken === undefined) return;
  const name = overtaken.ref.replace(/^refs\/(heads|tags)\//, '');
  throw refusal('PUSH_OVERTAKEN', `Somebody else moved ${name} meanwhile, so nothing was taken.`, {
    hint: 'git fetch, and push again',
  });
}

const REQUESTS = 'refs/eleventh/requests/';
const ANSWERS = 'refs/eleventh/answers/';
const CLAIMS = 'refs/eleventh/claims/';

class Push {
  readonly #history: History;
  readonly #workspace: Workspace;
  readonly #pusher: Pusher;
  readonly #request: PushRequest;
  readonly #findings = new Findings();
  readonly #objections: Objection[] = [];
  /** Requests of others that the push takes away. */
  readonly #removals: (RefMove & { readonly environment: Environment })[] = [];

  constructor(history: History, workspace: Workspace, pusher: Pusher, request: PushRequest) {
    this.#history = history;
    this.#workspace = workspace;
    this.#pusher = pusher;
    this.#request = request;
  }

  async check(): Promise<Objection[]> {
    const reading = readerObjection(this.#pusher);
    for (const move of this.#request.moves)
      if (reading === undefined) await this.#checkRef(move);
      else this.#object(move.ref, reading);
    // What somebody may not do need not be looked at.
    if (this.#objections.length > 0) return this.#objections;
    const ground = await this.#ground();
    await this.#checkMain(ground);
    await this.#checkStatements(ground);
    await this.#checkEnvironments(ground);
    for (const removal of this.#removals) await this.#checkRemoval(ground.view, removal);
    await this.#checkTags(ground);
    const found = this.#findings.all.filter(({ severity }) => severity === 'error');
    return [...this.#objections, ...found.map(({ ref, commit, message }) => ({ ref, commit, message }))];
  }

  #object(ref: string, problem: string | undefined, commit: Oid | null = null): void {
    if (problem !== undefined) this.#objections.push({ ref, commit, message: `${problem}.` });
  }

  #move(ref: string): RefMove | undefined {
    return this.#request.moves.find((move) => move.ref === ref);
  }

  /** Checks what can be told of a ref alone: whether it may move, and by this key. */
  async #checkRef(move: RefMove): Promise<void> {
    const { ref, before, after } = move;
    const { branch: main, attestations, environments } = this.#workspace;
    if (ref.startsWith('refs/heads/')) {
      const branch = ref.slice('refs/heads/'.length);
      const isKept = branch === main || branch === attestations || environments.some((one) => one.branch === branch);
      const isNew = before === null && after !== null;
      if (isNew && (this.#history.view.refs.tags.has(branch) || branch.startsWith('refs/') || branch === 'HEAD'))
        this.#object(ref, `${branch} would mean two things`);
      if (isKept && after === null) this.#object(ref, `${branch} may not be taken away`);
      else if (branch === main || !isKept) this.#object(ref, writeObjection(this.#pusher, branch));
      else if (branch === attestations) this.#object(ref, attestObjection(this.#pusher));
    } else if (ref.startsWith('refs/tags/')) this.#checkTagMove(ref, before, after);
    else if (ref.startsWith(REQUESTS)) await this.#checkQueue(move, ref.slice(REQUESTS.length));
    else if (ref.startsWith(ANSWERS)) this.#checkInQueue(ref, ref.slice(ANSWERS.length));
    else if (ref.startsWith(CLAIMS)) this.#checkInQueue(ref, `${ref.slice(CLAIMS.length)}/`);
    else this.#object(ref, `${ref} is nothing that is kept here`);
  }

  #checkTagMove(ref: string, before: Oid | null, after: Oid | null): void {
    const tag = ref.slice('refs/tags/'.length);
    if (before !== null || after === null) {
      this.#object(ref, `${tag} may not be moved or taken away`);
      return;
    }
    if (this.#history.view.refs.branches.has(tag) || this.#move(`refs/heads/${tag}`) !== undefined)
      this.#object(ref, `A branch is called ${tag}, which would mean two things`);
    const { key, name } = this.#pusher;
    const releasing = this.#workspace.environments.filter(
      ({ release }) => release && tagVersion(release.tag, tag) !== null,
    );
    if (releasing.length === 0) this.#object(ref, writeObjection(this.#pusher, tag));
    else if (key !== null && !releasing.some((one) => key.promote.includes(one.name)))
      this.#object(ref, `${name} may not release or compose ${tag}`);
  }

  /** Returns the environment in whose queue something stands, and of which service it is. */
  #place(path: string): { readonly environment: Environment; readonly service: ServiceId } | undefined {
    const environment = this.#workspace.environments.find(({ branch }) => path.startsWith(`${branch}/`));
    if (environment === undefined) return undefined;
    const names = path.slice(environment.branch.length + 1).split('/');
    return { environment, service: names.slice(0, -1).join('/') };
  }

  #checkInQueue(ref: string, path: string): void {
    const place = this.#place(path);
    this.#object(
      ref,
      place === undefined ? 'No environment has such a queue' : queueObjection(this.#pusher, place.environment),
    );
  }

  async #checkQueue(move: RefMove, path: string): Promise<void> {
    const { ref, after } = move;
    const place = this.#place(path);
    if (place === undefined) return this.#checkInQueue(ref, path);
    const { environment, service } = place;
    const objection = pinObjection(this.#pusher, environment, service);
    if (objection !== undefined && after === null) this.#removals.push({ ...move, environment });
    if (after === null) return;
    if (objection !== undefined) return this.#object(ref, objection);
    if ((await this.#history.view.expand(after)) === null)
      return this.#object(ref, `It is no request to pin ${service}`, after);
    const commit = await this.#history.view.commit(after);
    const snapshot = await this.#history.view.snapshot(commit.tree);
    const ids = await servicesIn(snapshot, 'apps');
    const roots = await snapshot.list('');
    if (ids.join() !== service || roots.length !== 1)
      this.#object(ref, `It is no request to pin ${service} alone`, after);
    this.#object(ref, ownObjection(this.#pusher, commit.author.email, 'ask'), after);
  }

  /** Whoever commits what waits takes the requests away: those that are done, and those that were answered. */
  async #checkRemoval(view: View, { ref, before, environment }: RefMove & { environment: Environment }): Promise<void> {
    if (await this.#hasLanded(view, environment, before)) return;
    const answer = `${ANSWERS}${ref.slice(REQUESTS.length)}`;
    const isAnswered = this.#move(answer)?.after ?? this.#history.refs.get(answer);
    this.#object(
      ref,
      isAnswered === undefined
        ? `${this.#pusher.name} may take a request of others away only with the commit or the answer that it asked for`
        : queueObjection(this.#pusher, environment),
    );
  }

  async #hasLanded(view: View, { branch }: Environment, request: Oid | null): Promise<boolean> {
    const tip = view.refs.branches.get(branch);
    if (request === null || tip === undefined || (await view.expand(request)) === null) return false;
    const onto = requestedOnto(await view.commit(request));
    for await (const commit of view.line(tip)) {
      if (requestOf(commit) === request) return true;
      if (commit.oid === onto) return false;
    }
    return false;
  }

  async #ground(): Promise<Ground> {
    const { view } = this.#history;
    const branches = new Map(view.refs.branches);
    const tags = new Map(view.refs.tags);
    for (const { ref, after } of this.#request.moves) {
      if (after === null) continue;
      if (ref.startsWith('refs/heads/')) branches.set(ref.slice('refs/heads/'.length), after);
      if (ref.startsWith('refs/tags/'))
        tags.set(ref.slice('refs/tags/'.length), { oid: after, commit: await targetOf(view, after) });
    }
    const then: View = { ...view, refs: { ...view.refs, branches, tags } };
    const { branch, attestations, commit } = this.#workspace;
    const [main, positions] = await Promise.all([this.#outlineOf(then, branch), this.#outlineOf(then, attestations)]);
    const today = { policy: main.of(commit) ?? -1, evidence: positions.size - 1 };
    return {
      ...{ history: { ...this.#history, view: then }, view: then, now: Math.floor(this.#request.now / 1000) },
      // What is reviewed by this push counts as reviewed, but decides nothing about it.
      workspace: { ...this.#workspace, commit: branches.get(branch) ?? commit },
      ...{ main, workspaces: new Workspaces(then, this.#workspace), statements: { positions, at: evidenceBy(then) } },
      ...{ began: new Began(new Set()), lines: new Map(), pins: new PinCache(), findings: this.#findings },
      ...{ named: new NamedPolicies(), today },
    };
  }

  async #outlineOf({ refs }: View, branch: string): Promise<Positions> {
    const tip = refs.branches.get(branch);
    return tip === undefined ? new Positions() : Positions.of(this.#history.outline(tip));
  }

  async #checkMain(ground: Ground): Promise<void> {
    const { branch, commit } = this.#workspace;
    const ref = `refs/heads/${branch}`;
    const after = this.#move(ref)?.after;
    if (after === undefined || after === null) return;
    if (!(await this.#growsOn(ref, commit, after, ground.main))) return;
    const watch = new PolicyWatch(ground, { from: this.#workspace, isStrict: this.#workspace.keys !== null });
    for await (const portion of this.#history.walk(after, () => false, commit))
      for (const logged of portion) await watch.next(logged);
    await watch.judge((name) => this.#outlineOf(ground.view, name));
    await this.#orObject(ref, () => workspaceAt(ground.view, branch, after));
  }

  /** Reports a branch that would not go on from where it was. */
  async #growsOn(ref: string, before: Oid, after: Oid, line: Positions): Promise<boolean> {
    const isOn = after !== before && line.of(before) !== undefined;
    if (!isOn) this.#object(ref, `${ref.slice('refs/heads/'.length)} has to go on from ${before.slice(0, 7)}`, after);
    return isOn;
  }

  async #orObject(ref: string, check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof EleventhError)) throw error;
      this.#objections.push({ ref, commit: null, message: error.message });
    }
  }

  async #checkStatements(ground: Ground): Promise<void> {
    const { attestations } = this.#workspace;
    const ref = `refs/heads/${attestations}`;
    const move = this.#move(ref);
    if (move === undefined || move.after === null) return;
    const { before, after } = move;
    if (before !== null && !(await this.#growsOn(ref, before, after, await Positions.of(this.#history.outline(after)))))
      return;
    const { now, sha256 } = this.#request;
    const { spoken, signatures } = await checkNewStatements(
      this.#history,
      attestations,
      after,
      before,
      Math.floor(now / 1000),
      sha256,
      this.#findings,
    );
    for (const { statement, commit } of spoken) this.#object(ref, statementObjection(this.#pusher, statement), commit);
    await checkStatementSignatures(ground, signatures);
  }

  async #checkEnvironments(ground: Ground): Promise<void> {
    const { environments } = this.#workspace;
    const isMoved = ({ branch }: Environment) => this.#move(`refs/heads/${branch}`) !== undefined;
    const isReleased = ({ release }: Environment) =>
      release !== undefined &&
      this.#request.moves.some(({ ref }) => tagVersion(release.tag, ref.replace('refs/tags/', '')) !== null);
    const needed = new Set(
      environments.filter((one) => isMoved(one) || isReleased(one)).flatMap(({ name, from }) => [name, ...from]),
    );
    for (const environment of environments) {
      const { branch, name } = environment;
      if (!needed.has(name) || ground.lines.has(branch)) continue;
      const head = this.#history.view.refs.branches.get(branch) ?? null;
      const after = this.#move(`refs/heads/${branch}`)?.after;
      if (after !== undefined && after !== null)
        ground.lines.set(branch, await this.#grow(ground, environment, head, after));
      else if (head !== null) ground.lines.set(branch, await outlined(this.#history, environment, head));
    }
  }

  async #grow(ground: Ground, environment: Environment, before: Oid | null, after: Oid): Promise<Line> {
    const ref = `refs/heads/${environment.branch}`;
    const line = await checkGrowth(ground, environment, after, before, (step, kind) =>
      this.#judge(ref, environment, step, kind),
    );
    if (
      before !== null &&
      (after === before || line.positions.of(after) === undefined || !(await reaches(ground.view, after, before)))
    )
      this.#object(ref, `${environment.branch} has to go on from ${before.slice(0, 7)}`, after);
    return line;
  }

  async #judge(ref: string, environment: Environment, step: Step, kind: DeploymentKind): Promise<void> {
    const { commit, message } = step;
    if (kind !== 'pin')
      return this.#object(ref, deploymentObjection(this.#pusher, environment, kind, commit.author), commit.oid);
    const id = trailer(message, 'Service') ?? '';
    const objection =
      pinObjection(this.#pusher, environment, id) ?? ownObjection(this.#pusher, commit.author.email, 'pin');
    if (objection !== undefined && !(await this.#replays(step, environment, id)))
      this.#object(ref, objection, commit.oid);
  }

  /** Returns whether a pin is exactly what a request asks for that this push takes away. */
  async #replays({ commit, message, changes }: Step, environment: Environment, id: ServiceId): Promise<boolean> {
    const named = trailer(message, 'Request');
    const prefix = `${REQUESTS}${environment.branch}/${id}/`;
    const isTaken = this.#request.moves.some(
      ({ ref, before, after }) => ref.startsWith(prefix) && before === named && after === null,
    );
    if (named === undefined || !isTaken) return false;
    const { view } = this.#history;
    const request = await view.commit(named);
    const [asked, made] = await Promise.all(
      [request, commit].map(async ({ tree }) => (await (await view.snapshot(tree)).entry(`apps/${id}`))?.oid),
    );
    const isSamePerson = JSON.stringify(request.author) === JSON.stringify(commit.author);
    const replaced = changes.find((change) => change.id === id)?.before?.commit;
    return asked === made && isSamePerson && isReplayed(request, commit, replaced);
  }

  async #checkTags(ground: Ground): Promise<void> {
    const made = this.#request.moves.filter(({ ref, after }) => ref.startsWith('refs/tags/') && after !== null);
    const names = new Set(made.map(({ ref }) => ref.slice('refs/tags/'.length)));
    for (const { ref, after } of made) {
      const annotation = after === null ? null : await ground.view.tag(after);
      await checkTagName(ground, ref.slice('refs/tags/'.length), after ?? '');
      if (annotation?.tagger) this.#object(ref, ownObjection(this.#pusher, annotation.tagger.email, 'tag'));
    }
    for (const environment of this.#workspace.environments)
      if (environment.release !== undefined)
        await checkReleases(ground, environment, ground.lines.get(environment.branch), names);
  }
}

async function outlined(history: History, environment: Environment, tip: Oid): Promise<Line> {
  const line = new Line(environment);
  for await (const commit of history.outline(tip)) line.add(commit);
  return line;
}

async function targetOf(view: View, oid: Oid): Promise<Oid> {
  let target = oid;
  for (let tag = await view.tag(target); tag !== null; tag = await view.tag(target)) target = tag.object;
  return target;
}

async function reaches(view: View, tip: Oid, wanted: Oid): Promise<boolean> {
  for await (const { oid } of view.line(tip)) if (oid === wanted) return true;
  return false;
}
