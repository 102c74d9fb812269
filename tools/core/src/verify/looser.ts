import { parseDuration } from '../files/duration.ts';
import type { Environment } from '../files/environment.ts';
import { type Policy, policyFor, type Rule, type Way } from '../files/policy.ts';

const WAYS: readonly Way[] = ['promotion', 'partial', 'rollback'];

/** Returns what an environment asks less than it did, a few words for each; nothing when it asks as much or more. */
export function looserIn(before: Environment, after: Environment): string[] {
  const rulesOf = (way: Way) => looserRules(policyFor(before.policy, way), policyFor(after.policy, way));
  const ofPromotion = rulesOf('promotion');
  // The other ways take from promotion what they do not say themselves.
  const ofOthers = (['partial', 'rollback'] as const).flatMap((way) =>
    rulesOf(way).flatMap((rule) => (ofPromotion.includes(rule) ? [] : [`${rule} of a ${way}`])),
  );
  const from = after.from.filter((name) => !before.from.includes(name));
  const { breakGlass: breakable = [] } = before.policy;
  // What was not asked for before need not be passed. What services require is, whatever the policy.
  const wasAsked = (rule: Rule) => rule === 'requires' || WAYS.some((way) => rule in policyFor(before.policy, way));
  const broken = after.policy.breakGlass?.filter((rule) => !breakable.includes(rule) && wasAsked(rule)) ?? [];
  const more = [
    ...(broken.length > 0 ? [`breaking the glass passes ${broken.join(', ')}`] : []),
    ...(from.length > 0 ? [`it takes recipes from ${from.join(', ')} too`] : []),
    ...(before.from.length > 0 && after.from.length === 0 ? ['it takes pins'] : []),
    ...(before.release !== undefined && after.release === undefined ? ['it deploys without a release'] : []),
    ...(before.branch !== after.branch ? [`it deploys from ${after.branch}`] : []),
  ];
  return [...ofPromotion, ...ofOthers, ...more];
}

function looserRules(before: Policy, after: Policy): string[] {
  return (Object.keys(before) as (keyof Policy)[]).filter((rule) => isLooser(rule, before, after));
}

/** Returns whether a rule asks less. What cannot be compared and changed counts as looser. */
function isLooser(rule: keyof Policy, before: Policy, after: Policy): boolean {
  switch (rule) {
    case 'digests':
      return before.digests === 'required' && after.digests !== 'required';
    case 'serviceBranches':
      return !isWithin(after.serviceBranches, before.serviceBranches);
    case 'tickets':
      return !isWithin(after.tickets, before.tickets);
    case 'approvals':
      return isFewer(before.approvals, after.approvals);
    case 'soak':
      return isShorter(before.soak, after.soak);
    default:
      return !(same(before[rule]) as string[]).every((one) => same(after[rule]).includes(one));
  }
}

/** Returns whether a list allows nothing that another one does not. A list that is absent allows everything. */
function isWithin(list: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return (
    other === undefined ||
    other.length === 0 ||
    (list !== undefined && list.length > 0 && list.every((one) => other.includes(one)))
  );
}

function isFewer(before: Policy['approvals'], after: Policy['approvals']): boolean {
  if (before === undefined) return false;
  if (after === undefined || after.count < before.count || (before.notAuthor && !after.notAuthor)) return true;
  return before.from.length > 0 && (after.from.length === 0 || !after.from.every((team) => before.from.includes(team)));
}

function isShorter(before: Policy['soak'], after: Policy['soak']): boolean {
  if (before === undefined) return false;
  if (after === undefined || after.of !== before.of) return true;
  return (parseDuration(after.time) ?? 0) < (parseDuration(before.time) ?? 0);
}

function same(list: unknown): string[] {
  return Array.isArray(list) ? list.map((one) => JSON.stringify(one)) : [JSON.stringify(list ?? null)];
}
