import { environmentPath } from '../files/environment.ts';
import { compileRule, type PlanService, type PlanValue } from '../files/plan-rule.ts';
import type { PlanRule } from '../files/policy.ts';
import { readService } from '../history/workspace.ts';
import { type EnteringChange, type Entry, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of a condition on the plan. One that cannot be told does not hold. */
export async function ruleGate(entry: Entry, { name, holds }: PlanRule): Promise<Gate> {
  const asks = `takes what keeps the rule ${name}`;
  const { workspace, environment } = entry;
  const remedy = {
    who: `whoever reviews ${workspace.branch}`,
    command: `git show ${workspace.branch}:${environmentPath(environment.name)}`,
  };
  try {
    const rule = await compileRule(holds);
    return wholeGate(
      'rules',
      asks,
      rule(await planValue(entry), entry.now) ? undefined : `${holds} does not hold`,
      remedy,
    );
  } catch (error) {
    return wholeGate('rules', asks, `it cannot be told: ${(error as Error).message.split('\n')[0]}`, remedy);
  }
}

async function planValue(entry: Entry): Promise<PlanValue> {
  const { way, environment, source, recipe = '', ticket, who, changes } = entry;
  return {
    way: source === undefined ? 'pin' : way,
    environment: environment.name,
    from: source?.from.name ?? '',
    recipe,
    ticket: ticket ?? '',
    author: { name: who?.name ?? '', email: who?.email ?? '' },
    services: await Promise.all(changes.map((change) => serviceOf(entry, change))),
  };
}

async function serviceOf({ workspace }: Entry, { id, before, after }: EnteringChange): Promise<PlanService> {
  return {
    name: id,
    owner: (await readService(workspace, id))?.owner ?? '',
    commit: after?.commit ?? '',
    branch: after?.branch ?? '',
    version: after?.version ?? '',
    built: new Date(after?.built ?? 0),
    images: (after?.images ?? []).map(({ repository, tag, digest }) => ({ repository, tag, digest: digest ?? '' })),
    before: { commit: before?.commit ?? '', version: before?.version ?? '' },
  };
}
