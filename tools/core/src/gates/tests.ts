import type { Filed } from '../evidence/evidence.ts';
import type { Subject, TestStatement } from '../evidence/statement.ts';
import type { TestRule } from '../files/policy.ts';
import { commandFor, type Entry, eachBuild, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of a suite that has to have passed: what it said last counts. */
export async function testGate(entry: Entry, { suite, of }: TestRule): Promise<Gate> {
  const { evidence, source, recipe, entering, now } = entry;
  const problem = async (subject: Subject) => problemOf(await evidence.of(subject), suite, now);
  if (of === 'builds' || source === undefined || recipe === undefined) {
    return eachBuild(
      'tests',
      `takes builds that passed ${suite}`,
      entering,
      (pin, service) => problem({ kind: 'build', service, commit: pin.commit }),
      { who: 'CI', command: `eleventh test <service>@<commit> ${suite} -- <command>` },
    );
  }
  const asks = `takes recipes that passed ${suite}`;
  return wholeGate('tests', asks, await problem({ kind: 'recipe', recipe }), {
    who: 'CI',
    command: commandFor(entry, source, `eleventh test ${source.name} ${suite} -- <command>`),
  });
}

/** How far ahead of ours, in milliseconds, the clock of whoever made a statement may be. */
const AHEAD = 300_000;

function problemOf(statements: readonly Filed[], suite: string, now: number): string | undefined {
  const runs = statements.filter((one): one is Filed<TestStatement> => one.kind === 'test' && one.suite === suite);
  const time = runs.at(-1)?.time;
  // Of those of one second, nobody knows which was last.
  const newest = runs.filter((one) => one.time === time);
  const last = newest.find(({ result, moved }) => result !== 'PASSED' || moved === true) ?? newest[0];
  if (last !== undefined && Date.parse(last.time) > now + AHEAD) return `${suite} is dated ${last.time}, in the future`;
  if (last === undefined) return `${suite} has not run`;
  if (last.moved === true) return `${last.environment ?? 'the environment'} moved while ${suite} ran`;
  return last.result === 'PASSED' ? undefined : `${suite} ${last.result.toLowerCase()} at ${last.time}`;
}
