import {
  type CheckException,
  type CheckSettings,
  type CheckSeverity,
  type CustomRule,
  compileObjectRule,
  nameHint,
  type ObjectCondition,
  refusal,
} from '@eleventh/core';
import { RULE_PAGES } from '../rules/rules.ts';

/** What is asked of manifests, its rules known and its conditions read. */
export interface Asked {
  /** Returns how bad a rule's finding is, or `off`. @param usual where the settings do not say. */
  readonly severity: (rule: string, usual: CheckSeverity) => CheckSeverity | 'off';
  readonly platform: CheckSettings['platform'];
  readonly custom: readonly (CustomRule & { readonly holds: ObjectCondition })[];
}

/** The checkers that run alongside: what begins with their names is theirs to know. */
const EXTERNAL = /^(?:conftest|kube-linter|kubeconform)\//;

/**
 * Returns settings ready to be asked; throws `UNKNOWN_RULE` for a rule that does not exist, and `BAD_CHECK_RULE` for a
 * condition in CEL that cannot be understood.
 */
export async function asked(settings: CheckSettings, path = 'environments/workspace.yaml'): Promise<Asked> {
  const known = [...RULE_PAGES.map(({ id }) => id), ...settings.custom.map(({ id }) => `custom/${id}`)];
  for (const rule of Object.keys(settings.rules)) requireRule(rule, known, `${path}: spec.check.rules`);
  const custom = await Promise.all(
    settings.custom.map(async (rule) => ({ ...rule, holds: await condition(rule, path) })),
  );
  return { severity: (rule, usual) => settings.rules[rule] ?? usual, platform: settings.platform, custom };
}

async function condition({ id, expression }: CustomRule, path: string): Promise<ObjectCondition> {
  try {
    return await compileObjectRule(expression);
  } catch (cause) {
    const problem = (cause as Error).message.split('\n')[0];
    throw refusal('BAD_CHECK_RULE', `${path}: the rule ${id} cannot be understood: ${problem}.`, {
      hint: `See spec.check.custom in ${path}`,
      cause,
    });
  }
}

/** Throws `UNKNOWN_RULE` for an exception from a rule that does not exist. @param settings whose custom rules count. */
export function requireKnown(exceptions: readonly CheckException[], settings: CheckSettings, path: string): void {
  const known = [...RULE_PAGES.map(({ id }) => id), ...settings.custom.map(({ id }) => `custom/${id}`)];
  for (const { rule } of exceptions) requireRule(rule, known, `${path}: spec.check.ignore`);
}

function requireRule(rule: string, known: readonly string[], where: string): void {
  if (known.includes(rule) || EXTERNAL.test(rule)) return;
  throw refusal('UNKNOWN_RULE', `${where}: there is no rule ${rule}.`, { hint: nameHint(rule, known) ?? '' });
}
