import { EleventhError, type Oid, type PinPlan, type PinRequest, planPins } from '@eleventh/core';

import { GroupCommit } from '../src/group-commit.ts';
import { encodeCommit, parseCommit } from '../src/object-format.ts';
import type { PushOutcome } from '../src/push-report.ts';
import { Pusher } from '../src/pusher.ts';
import { planBatch, pushBatch } from '../src/request-batch.ts';
import { look } from '../src/views.ts';
import { type Surroundings, type Written, writeEdit } from '../src/writer.ts';
import { type Contents, MemoryRemote, MemoryServer, type Wire } from './memory-remote.ts';
import { Processors, Schedule } from './schedule.ts';
import { PERSON } from './scratch.ts';

export const BRANCH = 'env/staging';
const HOUR = 60 * 60 * 1000;
/** When every race begins, in milliseconds since 1970. */
export const START = Date.UTC(2026, 10, 20, 12);

/** A writer of a race: what it pins, and what is wrong with it. */
export interface WriterSetup {
  readonly pin: Omit<PinRequest, 'changesSince'>;
  /** In milliseconds after the beginning. */
  readonly startsAt: number;
  /** How far its clock is ahead, in milliseconds. */
  readonly clockAhead: number;
  /** At which of its steps it dies, if it does. */
  readonly diesAt: number | undefined;
}

/** What a race is made of. All that is not said here follows from the seed. */
export interface Setup {
  readonly seed: number;
  readonly writers: readonly WriterSetup[];
  /** How many pushes of a hundred go wrong: lost on the way there, or on the way back, or sent again by a library. */
  readonly faults: number;
  /**
   * `plain`: branches and tags are all that it takes. `guarded`: only the trusted job may write the branch. `keeping`:
   * no ref may be deleted.
   */
  readonly host: 'open' | 'plain' | 'guarded' | 'keeping';
  /** What a person does to the branch, and when. */
  readonly person: readonly { readonly at: number; readonly does: 'revert' | 'rewind' }[];
  /** How many processors all writers and the server share; without, nobody waits for one. */
  readonly processors?: number;
}

/** What takes a processor, in milliseconds: as measured with real processes, and a batch several times that. */
const WORK = { start: 250, message: 20, update: 80 };

type Ending =
  | { readonly kind: 'written'; readonly written: Written<PinPlan> }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'dead' };

export interface Outcome {
  readonly server: MemoryServer;
  readonly endings: readonly Ending[];
  /** Virtual milliseconds until the last writer ended. */
  readonly took: number;
  /** What was left of requests and answers when all had ended. */
  readonly left: readonly string[];
}

/** Returns the name under which a writer commits. */
export function nameOf(writer: number): string {
  return `Writer ${writer}`;
}

/** Lets writers race on the real code, on a server and in a time that are not real, and returns how it ended. */
export async function race(start: Contents, setup: Setup): Promise<Outcome> {
  const schedule = new Schedule(setup.seed);
  const server = new MemoryServer(start, (update, who) => {
    if (setup.host === 'plain' && update.ref.startsWith('refs/eleventh/')) return 'hidden ref';
    if (setup.host === 'keeping' && update.value === null) return 'deletion prohibited';
    const isGuarded = setup.host === 'guarded' && update.ref.startsWith('refs/heads/');
    return isGuarded && who.startsWith('Writer') ? 'protected branch' : undefined;
  });
  const processors = setup.processors === undefined ? undefined : new Processors(schedule, setup.processors);
  const endings: Ending[] = setup.writers.map(() => ({ kind: 'dead' }));
  let took = 0;
  for (const [index, writer] of setup.writers.entries()) {
    const ended = (ending: Ending) => {
      endings[index] = ending;
      took = Math.max(took, schedule.now);
    };
    run(server, schedule, processors, setup, writer, nameOf(index)).then(
      (written) => ended({ kind: 'written', written }),
      (error) => ended({ kind: 'refused', error }),
    );
  }
  for (const { at, does } of setup.person) schedule.wait(at).then(() => byHand(server, does));
  const isOver = () =>
    setup.writers.every(({ diesAt }, index) => diesAt !== undefined || endings[index]?.kind !== 'dead');
  if (setup.host === 'guarded') void drainNowAndThen(server, schedule, isOver);
  await schedule.run(HOUR);
  return { server, endings, took, left: [...server.listing().queue.keys()] };
}

async function run(
  server: MemoryServer,
  schedule: Schedule,
  processors: Processors | undefined,
  setup: Setup,
  writer: WriterSetup,
  name: string,
) {
  await schedule.wait(writer.startsAt);
  await processors?.work(WORK.start);
  const connection = wire(schedule, setup.faults / 100, writer.diesAt);
  const work = (updates: number) => processors?.work(WORK.message + WORK.update * updates);
  const travel = async (updates: number) => (await work(updates)) ?? connection.travel(updates);
  const remote = new MemoryRemote(server, name, { ...connection, travel });
  const around = surroundings(schedule, writer);
  const now = () => START + schedule.now + writer.clockAhead;
  const who = { name, email: 'writer@example.com', time: Math.floor(now() / 1000), zone: '+0000' };
  const people = { author: who, committer: who };
  const edit = (view: Parameters<typeof planPins>[0]) => planPins(view, [writer.pin], now());
  const group = new GroupCommit<PinPlan>(remote, around, people, edit);
  return writeEdit(remote, around, people, edit, (plan, pusher, refused) => group.write(plan, pusher, refused));
}

function surroundings(schedule: Schedule, { clockAhead, diesAt }: WriterSetup): Surroundings {
  return {
    hasHead: true,
    sleep: (milliseconds) => schedule.wait(milliseconds),
    random: schedule.random,
    now: () => START + schedule.now + clockAhead,
    patience: diesAt === undefined ? 120_000 : 60_000,
  };
}

/** Returns a connection that is now fast and now slow, and that ends for good where the writer dies. */
function wire(schedule: Schedule, faults: number, diesAt: number | undefined): Wire {
  let steps = 0;
  const travel = async () => {
    steps += 1;
    if (steps === diesAt) await new Promise(() => {});
    await schedule.wait(schedule.random() < 0.1 ? 5000 * schedule.random() : 300 * schedule.random());
  };
  const broken: PushOutcome = { kind: 'unknown', message: 'the connection broke' };
  const deliver = async (receive: () => PushOutcome, isQueue: boolean): Promise<PushOutcome> => {
    const luck = schedule.random() / faults;
    if (luck < 0.3) return broken;
    const outcome = receive();
    if (luck < 0.6) return broken;
    if (luck >= 1 || !isQueue) return outcome;
    // A library for HTTP sends once more what was not answered.
    await schedule.wait(1000 * schedule.random());
    return receive();
  };
  return { travel, deliver };
}

/** Does what a person with the right to do so does with plain Git. */
function byHand(server: MemoryServer, does: 'revert' | 'rewind'): void {
  const ref = `refs/heads/${BRANCH}`;
  const head = commitAt(server, server.refs.get(ref) ?? '');
  const parent = head.parents[0];
  if (parent === undefined) return;
  const revert = encodeCommit({
    tree: commitAt(server, parent).tree,
    parents: [head.oid],
    message: 'Revert by hand\n',
    author: PERSON,
    committer: PERSON,
  });
  const value = does === 'revert' ? revert.oid : parent;
  server.receive([{ ref, expected: head.oid, value }], [revert], PERSON.name);
}

export function commitAt({ objects }: Contents, oid: Oid) {
  const object = objects.get(oid);
  if (object?.type !== 'commit') throw new Error(`${oid} is not a commit`);
  return parseCommit(oid, object.content);
}

async function drainNowAndThen(server: MemoryServer, schedule: Schedule, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await schedule.wait(20_000 * schedule.random());
    await drain(server, START + schedule.now);
  }
}

/** Commits what waits, as the trusted job does, until nothing is left. */
export async function drain(server: MemoryServer, now: number): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const remote = new MemoryRemote(server, 'Job');
    const { listing } = await look(remote, true);
    const batch = await planBatch(
      remote.objects,
      listing,
      BRANCH,
      { committer: { ...PERSON, time: Math.floor(now / 1000) } },
      now,
    );
    if (batch.updates.length === 0) return;
    await pushBatch(new Pusher(remote), listing, batch);
  }
  throw new Error('the queue does not become empty');
}

/** Returns the code of an error of ours; anything else is a bug. */
export function codeOf(error: unknown): string {
  if (error instanceof EleventhError) return error.code;
  throw error;
}
