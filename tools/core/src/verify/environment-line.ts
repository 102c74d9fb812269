import { EleventhError } from '../error.ts';
import { asDecided, landedAt, landingOf, proposalOf } from '../evidence/landing.ts';
import type { LandingStatement } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import { type Pin, pinPath } from '../files/pin.ts';
import { type DeploymentKind, deploymentKind, pinOf, recipeOf } from '../history/deployment.ts';
import { parseMessage, trailer, trailers } from '../history/message.ts';
import type { ServiceChange } from '../history/release.ts';
import type { Commit, Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, isOid, type Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { checkRevert, checkRollback } from './backs.ts';
import { explainByHand } from './by-hand.ts';
import { type Ground, Line } from './ground.ts';
import { type LoggedCommit, type PathChange, type Split, split } from './history.ts';
import { APART } from './main-line.ts';
import { BEGINNING, type Moment, momentOf, type Report, workspaceOf } from './moment.ts';
import { Outside } from './outside.ts';
import { checkContent, checkFile, checkPin } from './pins.ts';
import { checkGatesOfDay } from './policy-day.ts';
import { checkPromotion } from './promotions.ts';
import { checkSignature, keyOf } from './signatures.ts';
import type { Explained, Step } from './step.ts';
import { checkUpdate } from './updates.ts';
import { checkMessage } from './words.ts';

/** Judges what a commit of an environment branch turned out to be. */
export type Judge = (step: Step, kind: DeploymentKind) => Promise<void> | void;

/** Checks every commit of an environment's branch, oldest first, and returns the line as later checks need it. */
export async function checkEnvironment(ground: Ground, environment: Environment, tip: Oid): Promise<Line> {
  const walk = new Walk(ground, new Line(environment));
  return walk.all(tip);
}

/** Checks the commits after one that is there already, or all where none is. */
export async function checkGrowth(
  ground: Ground,
  environment: Environment,
  tip: Oid,
  after: Oid | null,
  judge: Judge,
): Promise<Line> {
  const before = after === null ? new Line(environment) : await Line.of(environment, ground.history.outline(after));
  const walk = new Walk(ground, before, judge);
  if (after !== null) await walk.startAfter(after);
  return walk.all(tip, after);
}

/** How many checks go on side by side: each may wait for a file. */
const ABREAST = 256;

/** One environment branch, and what stands there by now. */
class Walk {
  readonly #ground: Ground;
  readonly #line: Line;
  readonly #judge: Judge;
  readonly #running = new Map<ServiceId, Pin>();
  /** What ran before the walk began. */
  #base: Snapshot | null = null;
  readonly #gone = new Set<ServiceId>();
  #parent: Commit | null = null;
  #recipe: Oid = EMPTY_TREE;
  readonly #outside = new Outside();
  #moment: Moment = BEGINNING;
  /** Checks that no later commit depends on, and those of them that go on. */
  readonly #open: (() => Promise<void>)[] = [];
  #going: Promise<unknown> = Promise.resolve();

  constructor(ground: Ground, line: Line, judge: Judge = () => {}) {
    this.#ground = ground;
    this.#line = line;
    this.#judge = judge;
  }

  /** Takes a commit for what stands there. */
  async startAfter(oid: Oid): Promise<void> {
    const { view } = this.#ground;
    this.#parent = await view.commit(oid);
    this.#base = await view.snapshot(this.#parent.tree);
    this.#recipe = await recipeOf(this.#base);
    const landing = await this.#landing(this.#parent, () => {});
    const said = asDecided(parseMessage(this.#parent.message), landing);
    this.#moment = momentOf(this.#ground, said, this.#parent.committer, BEGINNING, () => {});
    await this.#outside.startAt(this.#ground, this.#base, this.#parent);
  }

  /** Looks at every commit up to one, and returns the line. */
  async all(tip: Oid, after: Oid | null = null): Promise<Line> {
    const isWanted = (change: PathChange) => this.#ground.pins.wants(change);
    for await (const portion of this.#ground.history.walk(tip, isWanted, after))
      for (const logged of portion) await this.next(logged);
    await this.settle();
    await this.#going;
    return this.#line;
  }

  async next({ commit, changes, signed, kept }: LoggedCommit): Promise<void> {
    const ground = this.#ground;
    const { environment } = this.#line;
    const report: Report = ground.findings.on({ ref: environment.branch, commit: commit.oid });
    const parts = split(changes);
    const message = parseMessage(commit.message);
    const landing = await this.#landing(commit, report);
    const time = Math.max(commit.committer.time, landing === null ? 0 : landedAt(landing));
    const moment = momentOf(ground, asDecided(message, landing), { time }, this.#moment, report);
    const step: Step = {
      ...{ signed, kept, ground, environment, line: this.#line, commit, message, split: parts, moment, report },
      ...{ parent: this.#parent, changes: await this.#changes(parts, commit), time, landedBy: landing?.by ?? null },
      later: (check) => this.#open.push(() => orMalformed(report, check)),
    };
    this.#checkShape(step);
    for (const stray of parts.strays) {
      if (stray.after !== null) report('foreign-file', `${stray.path} is nothing that a pin writes.`);
      else checkFile(stray, report);
    }
    if (signed !== null) step.later(() => checkSigned(step));
    const kind = deploymentKind(commit, message);
    const explained = (await orMalformed(report, () => explain(kind, step))) ?? null;
    step.later(async () => this.#judge(step, kind));
    if (explained?.isKnown !== true) step.later(() => checkContent(step));
    // Some services that go back alone take nothing else with them.
    const isBack = explained?.way === 'rollback' && trailers(message, 'Only').length === 0;
    await orMalformed(report, () => this.#outside.check(step, isBack));
    this.#recipe = parts.apps === undefined ? this.#recipe : (parts.apps.after?.oid ?? EMPTY_TREE);
    this.#checkWords(step);
    checkMessage(step, kind);
    const recipe = this.#recipe;
    if (explained !== null) step.later(() => this.#checkGates(step, explained, recipe));
    this.#remember(step);
    if (this.#open.length >= ABREAST) await this.settle();
  }

  /** Begins the open checks after those that go on: together, so that what they read is asked for at once. */
  async settle(): Promise<void> {
    await this.#going;
    this.#going = Promise.all(this.#open.splice(0).map((check) => check()));
    this.#going.catch(() => {}); // Whoever waits for it hears of it.
  }

  /** Returns what the commit changed, service by service; a pin that cannot be read counts as none. */
  #changes({ services }: Split, commit: Commit): Promise<ServiceChange[]> {
    return Promise.all(
      services.map(async ({ id, from, to, files }) => {
        const before = this.#running.get(id) ?? (await this.#ranBefore(id));
        const file = files.find(({ path }) => path === pinPath(id));
        const read = async () => (await this.#ground.view.snapshot(commit.tree)).read(pinPath(id));
        const pin = async () => {
          try {
            return file === undefined ? before : await this.#ground.pins.read(id, file, read);
          } catch (error) {
            if (error instanceof EleventhError) return null;
            throw error;
          }
        };
        return { id, from, to, before, after: to === null ? null : await pin() };
      }),
    );
  }

  async #ranBefore(id: ServiceId): Promise<Pin | null> {
    if (this.#base === null || this.#gone.has(id)) return null;
    try {
      return await pinOf(this.#base, id);
    } catch (error) {
      if (error instanceof EleventhError) return null;
      throw error;
    }
  }

  /** Returns what says how a commit landed that was put to review; null for any other. */
  async #landing(commit: Commit, report: Report): Promise<LandingStatement | null> {
    if (proposalOf(commit) === undefined) return null;
    const { view, workspace, statements } = this.#ground;
    const landing = await landingOf(
      await statements.at(view.refs.branches.get(workspace.attestations) ?? null),
      commit,
    );
    const { branch } = this.#line.environment;
    const isHere = workspace.environments.some((one) => one.name === landing?.environment && one.branch === branch);
    if (isHere) return landing;
    report('landing-missing', 'It was put to review, and nothing says who brought it here, or when.');
    return null;
  }

  #checkShape({ commit, report }: Step): void {
    const [parent, ...more] = commit.parents;
    if (more.length > 0) report('merge-commit', 'It has several parents, and environment branches are never merged.');
    if (parent !== this.#parent?.oid) report('merge-commit', 'It does not stand on the commit before it.');
    const time = Math.max(commit.committer.time, commit.author.time);
    if (time > this.#ground.now + APART) report('time-future', `It is dated ${isoTime(time)}, in the future.`);
    if (this.#parent !== null && commit.committer.time < this.#parent.committer.time - APART)
      report('time-backwards', `It is dated ${isoTime(commit.committer.time)}, before the commit that it stands on.`);
  }

  #checkWords({ message, report }: Step): void {
    const recipe = trailer(message, 'Recipe');
    if (recipe !== undefined && recipe !== this.#recipe)
      report(
        'message-differs',
        `It says that its recipe is ${isOid(recipe) ? recipe.slice(0, 7) : 'another'}, and it is ${this.#recipe.slice(0, 7)}.`,
      );
  }

  async #checkGates(step: Step, explained: Explained, recipe: Oid): Promise<void> {
    const { ground, environment, changes, commit, message, moment, parent, report, time } = step;
    const { way, source } = explained;
    const entered = {
      ...{ environment: environment.name, way, source, changes, recipe },
      ...{ key: keyOf(step), who: commit.author, time, ticket: trailer(message, 'Ticket') },
      ...{ message, onto: parent === null || parent.parents.length === 0 ? [parent?.oid, undefined] : [parent.oid] },
    };
    await checkGatesOfDay(ground, entered, moment, report);
  }

  #remember({ commit, message, changes, moment, report, time }: Step): void {
    for (const { id, to, after } of changes) {
      if (to === null || after === null) {
        this.#running.delete(id);
        this.#gone.add(id);
      } else this.#running.set(id, after);
    }
    this.#line.add({ oid: commit.oid, tree: commit.tree, time });
    this.#ground.began.note(this.#recipe, commit);
    const tag = trailer(message, 'Release');
    if (tag !== undefined && !this.#line.released.has(tag)) this.#line.released.set(tag, commit.oid);
    this.#parent = commit;
    this.#moment = moment;
    if (trailer(message, 'Policy') !== undefined)
      this.#ground.named.add({
        environment: this.#line.environment.name,
        policy: moment.policy,
        time,
        report,
      });
  }
}

/** Does a check; what no checkout could hold is found like anything else, and ends nothing. */
async function orMalformed<T>(report: Report, check: () => Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof EleventhError) || error.code !== 'BAD_OBJECT') throw error;
    report('malformed', error.message);
    return undefined;
  }
}

async function checkSigned(step: Step): Promise<void> {
  checkSignature(step, await workspaceOf(step.ground, step.moment));
}

/** Returns what a commit is, after checking that it is that. */
async function explain(kind: DeploymentKind, step: Step): Promise<Explained | null> {
  switch (kind) {
    case 'pin':
      return checkPin(step);
    case 'promotion':
      return checkPromotion(step);
    case 'rollback':
      return checkRollback(step);
    case 'revert':
      return checkRevert(step);
    case 'root':
    case 'update':
      return checkUpdate(step);
    case 'candidate':
    case 'by hand':
      return explainByHand(step);
  }
}
