import type { Snapshot } from '../history/snapshot.ts';
import { short } from '../names/object-id.ts';
import { checkGates, type Entered } from './gates-held.ts';
import type { Ground } from './ground.ts';
import { APART } from './main-line.ts';
import type { Moment, Report } from './moment.ts';

/**
 * Reports every gate that was shut when something entered: under the policy and with the evidence that it names, and
 * under what is known to have held by then. Nobody chooses an older policy, or forgets a block.
 */
export async function checkGatesOfDay(ground: Ground, entered: Entered, moment: Moment, report: Report): Promise<void> {
  const found = new Set<string>();
  await checkGates(ground, entered, moment, (rule, message) => {
    found.add(message);
    report(rule, message);
  });
  const { main, statements, today } = ground;
  const time = entered.time - APART;
  const day = {
    policy: today?.policy ?? Math.max(moment.policy, main.asOf(time)),
    evidence: Math.max(moment.evidence, today?.evidence ?? statements.positions.asOf(time)),
  };
  if (day.policy === moment.policy && day.evidence === moment.evidence) return;
  const rule = day.policy === moment.policy ? 'evidence-older' : 'policy-older';
  await checkGates(ground, entered, day, (_, message) => {
    if (!found.has(message)) report(rule, `By what held that day: ${message}`);
  });
}

interface Named {
  readonly environment: string;
  readonly policy: number;
  /** In seconds since 1970. */
  readonly time: number;
  readonly report: Report;
}

/** Which policies were named, by commits of all environments: what one names, each later one can know. */
export class NamedPolicies {
  readonly #named: Named[] = [];

  add(named: Named): void {
    this.#named.push(named);
  }

  /** Reports who named an older policy than somebody had named well before, where the two differ for that environment. */
  async check({ main, view }: Ground): Promise<void> {
    const named = this.#named.toSorted((a, b) => a.time - b.time);
    let known = -1;
    let next = 0;
    for (const { environment, policy, time, report } of named) {
      for (let other = named[next]; other !== undefined && other.time < time - APART; other = named[next]) {
        known = Math.max(known, other.policy);
        next += 1;
      }
      const [was, is] = [main.at(policy), main.at(known)];
      if (policy >= known || was === undefined || is === undefined) continue;
      const [older, newer] = await Promise.all(
        [was, is].map(async (oid) => view.snapshot((await view.commit(oid)).tree)),
      );
      if (older && newer && (await isOther(older, newer, environment)))
        report('policy-older', `Policy: ${short(was)} is older than ${short(is)}, which was named before it.`);
    }
  }
}

async function isOther(older: Snapshot, newer: Snapshot, environment: string): Promise<boolean> {
  const paths = ['environments/workspace.yaml', `environments/${environment}/environment.yaml`];
  const differ = paths.map(async (path) => (await older.entry(path))?.oid !== (await newer.entry(path))?.oid);
  return (await Promise.all(differ)).includes(true);
}
