import { EleventhError, refusal } from '../error.ts';
import type { Sha256 } from '../evidence/described.ts';
import type { Environment } from '../files/environment.ts';
import { contains, type DeploymentKind } from '../history/deployment.ts';
import { trailer } from '../history/message.ts';
import type { View } from '../history/snapshot.ts';
import { readWorkspace, type Workspace, workspaceAt } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import { tagVersion } from '../names/version.ts';
import { checkGrowth } from './environment-line.ts';
import { Began, Findings, type Ground, Line, PinCache } from './ground.ts';
import type { History } from './history.ts';
import { Positions, Workspaces } from './main-line.ts';
import { PolicyWatch } from './policies.ts';
import { NamedPolicies } from './policy-day.ts';
import { PushQueue } from './push-queue.ts';
import { checkRef } from './push-refs.ts';
import type { Received, RefMove } from './received.ts';
import {
  deploymentObjection,
  ownObjection,
  type Pusher,
  pinObjection,
  readerObjection,
  statementObjection,
} from './rights.ts';
import { checkStatementSignatures } from './signatures.ts';
import { checkNewStatements, evidenceBy } from './statements.ts';
import type { Step } from './step.ts';
import { checkReleases, checkTagName } from './tags.ts';

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

class Push {
  readonly #history: History;
  readonly #workspace: Workspace;
  readonly #pusher: Pusher;
  readonly #request: PushRequest;
  readonly #received: Received;
  readonly #queue: PushQueue;
  readonly #findings = new Findings();
  readonly #objections: Objection[] = [];

  constructor(history: History, workspace: Workspace, pusher: Pusher, request: PushRequest) {
    this.#history = history;
    this.#workspace = workspace;
    this.#pusher = pusher;
    this.#request = request;
    const object: Received['object'] = (ref, problem, commit) => this.#object(ref, problem, commit);
    this.#received = { history, workspace, pusher, moves: request.moves, object };
    this.#queue = new PushQueue(this.#received);
  }

  async check(): Promise<Objection[]> {
    const reading = readerObjection(this.#pusher);
    for (const move of this.#request.moves)
      if (reading === undefined) await checkRef(this.#received, this.#queue, move);
      else this.#object(move.ref, reading);
    // What somebody may not do need not be looked at.
    if (this.#objections.length > 0) return this.#objections;
    const ground = await this.#ground();
    await this.#checkMain(ground);
    await this.#checkStatements(ground);
    await this.#checkEnvironments(ground);
    await this.#queue.checkRemovals(ground.view);
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
      else if (head !== null) ground.lines.set(branch, await Line.of(environment, this.#history.outline(head)));
    }
  }

  async #grow(ground: Ground, environment: Environment, before: Oid | null, after: Oid): Promise<Line> {
    const ref = `refs/heads/${environment.branch}`;
    const line = await checkGrowth(ground, environment, after, before, (step, kind) =>
      this.#judge(ref, environment, step, kind),
    );
    if (
      before !== null &&
      (after === before || line.positions.of(after) === undefined || !(await contains(ground.view.line(after), before)))
    )
      this.#object(ref, `${environment.branch} has to go on from ${before.slice(0, 7)}`, after);
    return line;
  }

  async #judge(ref: string, environment: Environment, step: Step, kind: DeploymentKind): Promise<void> {
    const { commit, message } = step;
    if (kind !== 'pin')
      return this.#object(
        ref,
        deploymentObjection(this.#pusher, environment, kind, step.landedBy ?? commit.author),
        commit.oid,
      );
    const id = trailer(message, 'Service') ?? '';
    const objection =
      pinObjection(this.#pusher, environment, id) ?? ownObjection(this.#pusher, commit.author.email, 'pin');
    if (objection !== undefined && !(await this.#queue.replays(step, environment, id)))
      this.#object(ref, objection, commit.oid);
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

async function targetOf(view: View, oid: Oid): Promise<Oid> {
  let target = oid;
  for (let tag = await view.tag(target); tag !== null; tag = await view.tag(target)) target = tag.object;
  return target;
}
