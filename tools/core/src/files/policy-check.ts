import { compileRule } from './plan-rule.ts';
import type { WrittenPolicy } from './policy.ts';
import { parseWindow } from './window.ts';

/**
 * Returns what of a policy's windows and rules cannot be understood. Their gates are shut then, and nothing else is: it
 * has to be possible to go back in all other environments, and in this one.
 */
export async function policyProblems({ partial, rollback, ...policy }: WrittenPolicy): Promise<string[]> {
  const parts = [
    ['policy', policy],
    ['policy.partial', partial],
    ['policy.rollback', rollback],
  ] as const;
  const checks = parts.flatMap(([field, part]) => [
    ...(part?.freeze ?? []).map(({ window }, index) => problem(`${field}.freeze.${index}`, parseWindow(window))),
    ...(part?.rules ?? []).map(({ holds }, index) => problem(`${field}.rules.${index}`, compileRule(holds))),
  ]);
  return (await Promise.all(checks)).flat();
}

async function problem(field: string, reading: Promise<unknown>): Promise<string[]> {
  try {
    await reading;
    return [];
  } catch (error) {
    return [`spec.${field} cannot be understood: ${(error as Error).message.split('\n')[0]}`];
  }
}
