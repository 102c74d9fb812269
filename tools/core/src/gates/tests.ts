import type { Filed } from '../evidence/evidence.ts';
import type { Subject, TestStatement } from '../evidence/statement.ts';
import type { TestRule } from '../files/policy.ts';
import { type Entry, eachBuild, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of a suite that has to have passed: what it said last counts. */
export async function testGate(entry: Entry, { suite, of }: TestRule): Promise<Gate> {
  const { evidence, source, entering } = entry;
  const problem = async (subject: Subject) => problemOf(await evidence.of(subject), suite);
  if (of === 'builds' || source === undefined) {
    return eachBuild(
      'tests',
      `takes builds that passed ${suite}`,
      entering,
      (pin, service) => problem({ kind: 'build', service, commit: pin.commit }),
      { who: 'CI', command: `eleventh test <service>@<commit> ${suite} -- <command>` },
    );
  }
  const asks = `takes recipes that passed ${suite}`;
  return wholeGate('tests', asks, await problem({ kind: 'recipe', recipe: source.recipe }), {
    who: 'CI',
    command: `eleventh test ${source.name} ${suite} -- <command>`,
  });
}

function problemOf(statements: readonly Filed[], suite: string): string | undefined {
  const last = statements
    .filter((one): one is Filed<TestStatement> => one.kind === 'test' && one.suite === suite)
    .at(-1);
  if (last === undefined) return `${suite} has not run`;
  if (last.moved === true) return `${last.environment ?? 'the environment'} moved while ${suite} ran`;
  return last.result === 'PASSED' ? undefined : `${suite} ${last.result.toLowerCase()} at ${last.time}`;
}
