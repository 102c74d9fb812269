import type { Filed } from '../evidence/evidence.ts';
import type { Subject, TestStatement } from '../evidence/statement.ts';
import type { Policy, TestRule } from '../files/policy.ts';
import { commandFor, type Entry, eachBuild, type Gate, wholeGate, withRemedy } from './gate.ts';
import { countedOf, signingRemedy, type Uncounted, uncountedText } from './signed.ts';

/** Returns the gate of a suite that has to have passed: what it said last counts. */
export async function testGate(entry: Entry, { suite, of }: TestRule, policy: Policy): Promise<Gate> {
  const { evidence, source, recipe, entering, now } = entry;
  let uncounted: readonly Uncounted[] = [];
  const problem = async (subject: Subject) => {
    const runs = (await evidence.of(subject)).filter(
      (one): one is Filed<TestStatement> => one.kind === 'test' && one.suite === suite,
    );
    const { counted, uncounted: others } = await countedOf(entry, policy, runs);
    const reason = problemOf(counted, suite, now);
    if (reason === undefined || others.length === 0) return reason;
    uncounted = [...uncounted, ...others];
    return `${reason} (${others.map(uncountedText).join('; ')})`;
  };
  if (of === 'builds' || source === undefined || recipe === undefined) {
    const command = `eleventh test <service>@<commit> ${suite} -- <command>`;
    const gate = await eachBuild('tests', `takes builds that passed ${suite}`, entering, (pin, service) =>
      problem({ kind: 'build', service, commit: pin.commit }),
    );
    return withRemedy(gate, signingRemedy(uncounted, entry.workspace, { who: 'CI', command }));
  }
  const command = commandFor(entry, source, `eleventh test ${source.name} ${suite} -- <command>`);
  const gate = wholeGate('tests', `takes recipes that passed ${suite}`, await problem({ kind: 'recipe', recipe }));
  return withRemedy(gate, signingRemedy(uncounted, entry.workspace, { who: 'CI', command }));
}

/** How far ahead of ours, in milliseconds, the clock of whoever made a statement may be. */
const AHEAD = 300_000;

function problemOf(runs: readonly Filed<TestStatement>[], suite: string, now: number): string | undefined {
  const time = runs.at(-1)?.time;
  // Of those of one second, nobody knows which was last.
  const newest = runs.filter((one) => one.time === time);
  const last = newest.find(({ result, moved }) => result !== 'PASSED' || moved === true) ?? newest[0];
  if (last !== undefined && Date.parse(last.time) > now + AHEAD) return `${suite} is dated ${last.time}, in the future`;
  if (last === undefined) return `${suite} has not run`;
  if (last.moved === true) return `${last.environment ?? 'the environment'} moved while ${suite} ran`;
  return last.result === 'PASSED' ? undefined : `${suite} ${last.result.toLowerCase()} at ${last.time}`;
}
