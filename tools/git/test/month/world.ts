import {
  EleventhError,
  isEmpty,
  type Oid,
  type Plan,
  planBlock,
  planPins,
  planPromotion,
  planTest,
  recipeOf,
  type Snapshot,
  type View,
} from '@eleventh/core';
import { Schedule } from '../schedule.ts';
import { type MemoryRepository, sha256 } from './memory-repository.ts';
import type { Mode } from './modes.ts';
import { type Promoted, pinAt, type Run, type Target } from './record.ts';
import { ASSUMED, type Build, buildsOf, commitOf, DAY, HOUR, type Setting, START } from './setting.ts';

export const CI = { name: 'CI', email: 'ci@example.com' };
const JOB = { name: 'Release job', email: 'release@example.com' };

/** Everything that happens in a month: builds, what is known of them, and what was done. One thing happens at a time. */
export class World {
  readonly setting: Setting;
  readonly mode: Mode;
  readonly repository: MemoryRepository;
  readonly schedule: Schedule;
  /** The builds that ran at first, by commit. */
  readonly running: ReadonlySet<string>;
  /** By commit. */
  readonly builds = new Map<string, Build>();
  /** When each build was pinned for the first time. */
  readonly pinned = new Map<string, number>();
  readonly runs: Run[] = [];
  readonly promotions: Promoted[] = [];
  /** How often each rule, or error, kept a promotion out. */
  readonly closed: Record<Target, Map<string, number>> = { preprod: new Map(), prod: new Map() };
  readonly attempts = { made: 0, refused: 0, empty: 0 };
  readonly blocked = new Set<string>();
  /** Whether pins wait for the end of a run. */
  isHeld = false;
  #error: unknown;
  readonly #foundOut = new Set<string>();
  /** What was pinned of each service, oldest first, without what went back. */
  readonly #line = new Map<string, Build[]>();
  readonly #waiting: (() => { build: Build; isBack: boolean } | undefined)[] = [];
  readonly #commits = new Map<Oid, string>();

  constructor(setting: Setting, mode: Mode, repository: MemoryRepository, running: readonly Build[]) {
    this.setting = setting;
    this.mode = mode;
    this.repository = repository;
    this.schedule = new Schedule(setting.seed);
    this.running = new Set(running.map(({ commit }) => commit));
    for (const build of running) this.#add(build);
  }

  /** The present, in milliseconds since 1970. */
  get now(): number {
    return START + this.schedule.now;
  }

  get isOver(): boolean {
    return this.schedule.now >= this.setting.days * DAY || this.#error !== undefined;
  }

  /** Lets the month pass, with somebody who promotes in it. */
  async live(actors: readonly (() => Promise<void>)[]): Promise<void> {
    for (const actor of [() => this.#deliver(), ...actors]) this.later(0, actor);
    await this.schedule.run(Number.POSITIVE_INFINITY);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Does something after so many milliseconds, unless the month is over by then. */
  later(milliseconds: number, does: () => Promise<void>): void {
    const fail = (error: unknown) => {
      this.#error ??= error;
    };
    this.schedule
      .wait(milliseconds)
      .then(() => (this.isOver ? undefined : does()))
      .catch(fail);
  }

  /** Returns a state and what it runs: the recipe, and the commit of each service's build. */
  async at(branch: string) {
    return this.stateAt(this.repository.refs.branches.get(branch) ?? '');
  }

  async stateAt(oid: Oid) {
    const view = this.repository.view();
    const snapshot = await view.snapshot((await view.commit(oid)).tree);
    return { oid, recipe: await recipeOf(snapshot), runs: await this.#runsOf(snapshot) };
  }

  async #runsOf(snapshot: Snapshot): Promise<ReadonlyMap<string, string>> {
    const runs = new Map<string, string>();
    for (const { name, oid } of await snapshot.list('apps')) {
      const known = this.#commits.get(oid) ?? (await pinAt(snapshot, name));
      this.#commits.set(oid, known);
      runs.set(name, known);
    }
    return runs;
  }

  /** Carries out what somebody plans. */
  async act<P extends Plan>(plan: (view: View) => Promise<P>, who = CI): Promise<P> {
    const made = await plan(this.repository.view());
    await this.repository.carryOut(made, who, this.now);
    return made;
  }

  /** Records what the integration suite says of a commit, and has what is bad blocked. @param start since 1970. */
  async judge(commit: Oid, environment: string | undefined, start: number): Promise<boolean> {
    const { recipe, runs } = await this.stateAt(commit);
    const found = [...runs.values()].flatMap((each) => this.builds.get(each) ?? []).filter(({ isBad }) => isBad);
    const hasPassed = found.length === 0;
    const hasMoved = environment !== undefined && (await this.at(`env/${environment}`)).recipe !== recipe;
    await this.#record({ name: commit, environment }, 'integration', hasPassed, this.setting.suite);
    this.runs.push({ recipe, start, end: this.now, hasPassed, hasMoved });
    for (const build of found) this.#found(build, ASSUMED.diagnosis);
    return hasPassed;
  }

  /** Promotes if policy lets it; counts what keeps it out. Returns the services that were refused, or null. */
  async promote(source: string, to: Target, only: readonly string[] = []): Promise<readonly string[] | null> {
    const before = this.repository.refs;
    const there = (await this.at(`env/${to}`)).runs;
    const allowDowngrade = [...there].flatMap(([id, commit]) => (this.blocked.has(commit) ? [id] : []));
    const newestPassing = this.mode.takes === 'newest-passing';
    this.attempts.made += 1;
    try {
      const request = { source, to, only, allowDowngrade, newestPassing, who: JOB, now: this.now };
      const plan = await planPromotion(this.repository.view(), request);
      if (isEmpty(plan)) {
        this.attempts.empty += 1;
        return null;
      }
      const moved = await this.repository.carryOut(plan, JOB, this.now);
      const commit = moved.get(`env/${to}`) ?? '';
      const { recipe, runs } = await this.at(`env/${to}`);
      const builds = new Map([...runs].filter(([id, build]) => there.get(id) !== build));
      const facts = { to, at: this.now, before, source: plan.source.commit.oid, only, allowDowngrade };
      this.promotions.push({ ...facts, commit, recipe, builds });
      return null;
    } catch (error) {
      if (!(error instanceof EleventhError)) throw error;
      this.attempts.refused += 1;
      return this.#refused(error, to);
    }
  }

  #refused(error: EleventhError, to: Target): string[] {
    const count = (what: string) => this.closed[to].set(what, (this.closed[to].get(what) ?? 0) + 1);
    const gates = (error.details?.gates ?? []) as Awaited<ReturnType<typeof planPromotion>>['gates'];
    const shut = gates.filter(({ passes }) => !passes);
    if (shut.length === 0) count(error.code);
    for (const { rule } of shut) count(rule);
    return shut.flatMap(({ refused }) => refused.flatMap(({ service }) => service ?? []));
  }

  /** Lets the pins in that waited for the end of a run. */
  async release(): Promise<void> {
    this.isHeld = false;
    const waited = this.#waiting.splice(0).flatMap((next) => next() ?? []);
    if (waited.length > 0) await this.#pin(waited);
  }

  async #deliver(): Promise<void> {
    for (const build of buildsOf(this.setting)) {
      await this.schedule.wait(build.at - this.now);
      if (this.isOver) return;
      await this.#arrive(() => ({ build, isBack: false }));
    }
  }

  async #arrive(next: () => { build: Build; isBack: boolean } | undefined): Promise<void> {
    this.#waiting.push(next);
    if (!this.isHeld) await this.release();
  }

  async #pin(pins: readonly { build: Build; isBack: boolean }[]): Promise<void> {
    const requests = pins.map(({ build: { id, commit, at }, isBack }) => ({
      id,
      build: { commit, branch: 'main', built: new Date(at).toISOString().replace('.000', '') },
      isBuiltKnown: true,
      allowDowngrade: isBack,
    }));
    await this.act((view) => planPins(view, requests, this.now, { who: CI }));
    for (const { build, isBack } of pins) {
      if (isBack) continue;
      this.#add(build);
      this.later(Math.max(0, build.at + ASSUMED.unit - this.now), () => this.#runUnit(build));
    }
  }

  #add(build: Build): void {
    this.builds.set(build.commit, build);
    this.pinned.set(build.commit, this.now);
    this.#line.set(build.id, [...(this.#line.get(build.id) ?? []), build]);
  }

  async #runUnit(build: Build): Promise<void> {
    const hasPassed = !(build.isBad && build.isFoundAlone);
    await this.#record({ name: `${build.id}@${build.commit}` }, 'unit', hasPassed, ASSUMED.unit);
    if (!hasPassed) this.#found(build, 0);
  }

  async #record(
    meant: { name: string; environment?: string | undefined },
    suite: string,
    hasPassed: boolean,
    took: number,
  ) {
    const report = { suite, result: hasPassed ? 'PASSED' : 'FAILED', seconds: took / 1000 } as const;
    await this.act((view) => planTest(view, meant, report, { by: CI, now: this.now, sha256 }));
  }

  /** Blocks a bad build, takes staging back to the one before, and pins a good one when it is made. */
  #found(build: Build, after: number): void {
    const { id, commit } = build;
    if (this.#foundOut.has(commit)) return;
    this.#foundOut.add(commit);
    const isNewest = () => this.#line.get(id)?.at(-1) === build;
    this.later(after, async () => {
      const saying = { by: CI, now: this.now, sha256 };
      await this.act((view) => planBlock(view, { name: `${id}@${commit}` }, 'a suite failed', saying));
      this.blocked.add(commit);
      const before = () => this.#line.get(id)?.findLast((one) => !this.blocked.has(one.commit));
      await this.#arrive(() => {
        const good = before();
        return isNewest() && good !== undefined ? { build: good, isBack: true } : undefined;
      });
      this.later(this.#untilRepaired(), async () => {
        const repaired = { id, commit: commitOf(10_000_000 + this.builds.size), at: this.now, isBad: false };
        if (isNewest()) await this.#arrive(() => ({ build: { ...repaired, isFoundAlone: false }, isBack: false }));
      });
    });
  }

  #untilRepaired(): number {
    const [first, last] = ASSUMED.repairHours;
    const hour = ((this.schedule.now + ASSUMED.repair) % DAY) / HOUR;
    if (hour >= first && hour < last) return ASSUMED.repair;
    const whole = Math.floor(this.schedule.random() * 3600) * 1000;
    return ASSUMED.repair + ((first + 24 - hour) % 24) * HOUR + whole;
  }
}
