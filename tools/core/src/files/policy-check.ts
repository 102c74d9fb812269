import { type EleventhError, refusal } from '../error.ts';
import { type Environment, environmentPath } from './environment.ts';
import { compileRule } from './plan-rule.ts';
import { parseWindow } from './window.ts';

/** Throws `INVALID_FILE` for a window or a rule of a policy that cannot be understood. */
export async function checkPolicy({ name, policy }: Environment): Promise<void> {
  const { partial, rollback } = policy;
  const parts = [
    ['policy', policy],
    ['policy.partial', partial],
    ['policy.rollback', rollback],
  ] as const;
  for (const [field, part] of parts) {
    for (const [index, { window }] of (part?.freeze ?? []).entries())
      await parseWindow(window).catch((error) => refuse(name, `${field}.freeze.${index}.window`, error));
    for (const [index, { holds }] of (part?.rules ?? []).entries())
      await compileRule(holds).catch((error) => refuse(name, `${field}.rules.${index}.holds`, error));
  }
}

function refuse(name: string, field: string, error: Error): never {
  throw invalid(environmentPath(name), `spec.${field}`, error.message.split('\n')[0] ?? '');
}

function invalid(path: string, field: string, problem: string): EleventhError {
  return refusal('INVALID_FILE', `${path}: ${field} is not valid: ${problem}.`, {
    hint: `See ${path}`,
    details: { path, field },
  });
}
