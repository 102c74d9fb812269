import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Oid, type PinPlan, type PinRequest, planPins } from '@eleventh/core';
import { onTestFinished } from 'vitest';
import type { Environment } from '../src/git-process.ts';
import { encodeCommit, gitObject } from '../src/object-format.ts';
import { writeObjects } from '../src/object-store.ts';
import { Repository } from '../src/repository.ts';
import { viewOf } from '../src/views.ts';
import type { Written } from '../src/writer.ts';
import { type Contents, MemoryRemote, MemoryServer } from './memory-remote.ts';
import { BRANCH, codeOf, START } from './race.ts';
import { workspace } from './race-workspace.ts';
import { createScratch, PERSON, type Scratch } from './scratch.ts';

const start = await workspace();
const QUEUE = `refs/eleventh/requests/${BRANCH}`;

export interface OpenOptions {
  readonly url?: string;
  readonly env?: Environment;
  /** How far the clock is ahead, in milliseconds. */
  readonly clockAhead?: number;
  readonly patience?: number;
  /** Absent: one of its own for each. */
  readonly cacheDirectory?: string;
}

/** What the branch records of one pin. */
export interface Landed {
  readonly author: string;
  readonly service: string;
  readonly build: string;
}

/** A real repository with the workspace of the races, and writers that are real but for their clock. */
export class DeploymentRace {
  readonly scratch: Scratch = createScratch();
  readonly directory = this.scratch.bare('deploy.git');
  /** The branch's head before the race. */
  readonly before: Oid;
  readonly #start: Contents;
  #opened = 0;

  constructor(contents = start) {
    this.#start = contents;
    this.before = contents.refs.get(`refs/heads/${BRANCH}`) ?? '';
    onTestFinished(() => this.scratch.remove());
    writeObjects(this.directory, [...contents.objects.values()]);
    for (const [ref, oid] of contents.refs) this.git('update-ref', ref, oid);
    // Every move of a branch leaves a line behind.
    this.git('config', 'core.logAllRefUpdates', 'always');
  }

  git(...args: string[]): string {
    return this.scratch.git('deploy.git', ...args);
  }

  /** Returns the repository as one more machine has it, with a cache of its own. */
  open(options: OpenOptions = {}): Promise<Repository> {
    this.#opened += 1;
    const { url = this.directory, env = {}, clockAhead = 0, patience = 20_000 } = options;
    return Repository.open({
      url,
      cacheDirectory: options.cacheDirectory ?? join(this.scratch.path, `cache-${this.#opened}`),
      env: { ...this.scratch.env, ...env },
      sleep: (milliseconds) => setTimeout(milliseconds),
      random: Math.random,
      now: () => START + clockAhead + performance.now(),
      patience,
    });
  }

  /** Pins a build under a name of its own, and returns what was written, or the code and the words of the error. */
  async pin(name: string, pin: PinRequest, options: OpenOptions = {}): Promise<Ended> {
    const who = { ...PERSON, name };
    try {
      const repository = await this.open(options);
      const edit = (view: Parameters<typeof planPins>[0]) => planPins(view, [pin], START);
      return { written: await repository.write(edit, { author: who, committer: who }), code: '', message: '' };
    } catch (error) {
      return { written: null, code: codeOf(error), message: (error as Error).message };
    }
  }

  async drain(options: OpenOptions = {}) {
    const repository = await this.open(options);
    return repository.drain(async () => BRANCH, { author: PERSON, committer: PERSON }, false);
  }

  /** Leaves a commit as a request under a name, as somebody may who does not play by the rules. */
  leave(name: string, oid: Oid): void {
    this.git('update-ref', `${QUEUE}/${name}`, oid);
  }

  /** Leaves the request of a writer that died right after it. */
  async leaveRequest(name: string, pin: PinRequest, key = 'zzzzzzzzz-00000000'): Promise<Oid> {
    const oid = await this.requestOf(name, pin);
    this.leave(`${pin.id}/${key}`, oid);
    return oid;
  }

  /** Returns the request that a writer would leave, with another text of its commit if somebody falsified it. */
  async requestOf(name: string, pin: PinRequest, falsify = (text: string) => text): Promise<Oid> {
    const { objects } = new MemoryRemote(new MemoryServer(this.#start), name);
    const { request } = await planPins(viewOf(objects, new MemoryServer(this.#start).listing()), [pin], START);
    if (request === undefined) throw new Error('the pin cannot be left as a request');
    const { snapshot, message } = request;
    const who = { ...PERSON, name };
    const commit = encodeCommit({ tree: snapshot.tree, parents: [], message, author: who, committer: who });
    const falsified = gitObject('commit', Buffer.from(falsify(Buffer.from(commit.content).toString())));
    writeObjects(this.directory, [...(await objects.unwrittenBelow(snapshot.tree)), falsified]);
    return falsified.oid;
  }

  /** Returns who made the pins on the branch since the race began, by name. */
  authors(): string[] {
    return this.landed()
      .map(({ author }) => author)
      .sort();
  }

  /** Returns the pins on the branch since the race began, oldest first. */
  landed(): Landed[] {
    const format =
      '--format=%an|%(trailers:key=Service,valueonly,separator=%x2C)|%(trailers:key=Commit,valueonly,separator=%x2C)';
    const log = this.git('log', '--reverse', format, `${this.before}..${BRANCH}`);
    return log
      .split('\n')
      .map((line) => line.split('|'))
      .filter(([, service]) => service !== undefined && service !== '')
      .map(([author = '', service = '', build = '']) => ({ author, service, build }));
  }

  /** Returns the names of what stands in the queue. */
  queue(): string[] {
    return this.git('for-each-ref', '--format=%(refname)', 'refs/eleventh/').split('\n').filter(Boolean);
  }

  /** Returns how often the branch was moved since the race began. */
  updates(): number {
    return this.git('reflog', 'show', '--format=%H', BRANCH).split('\n').filter(Boolean).length;
  }
}

export interface Ended {
  readonly written: Written<PinPlan> | null;
  readonly code: string;
  readonly message: string;
}
