import type { ApprovalRule } from '../files/policy.ts';
import { authorsOf } from '../history/authors.ts';
import { type EnteringRecipe, type Entry, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of people's approvals of a recipe for this environment: each person counts once. */
export async function approvalGate(entry: Entry, source: EnteringRecipe, rule: ApprovalRule): Promise<Gate> {
  const { count, from, notAuthor } = rule;
  const { environment, evidence, workspace, view, who } = entry;
  const members = new Set(from.flatMap((team) => workspace.teams[team] ?? []).map(plain));
  const teams = from.length === 0 ? 'anybody' : from.join(' or ');
  const asks = `takes what ${count} of ${teams} approved`;
  const remedy = { who: teams, command: `eleventh approve ${source.name} --to ${environment.name}` };
  const unknown = from.find((team) => (workspace.teams[team] ?? []).length === 0);
  if (unknown !== undefined) {
    const problem = `workspace.yaml names nobody in ${unknown}`;
    return wholeGate('approvals', asks, problem, {
      who: `whoever reviews ${workspace.branch}`,
      command: 'eleventh check --policy',
    });
  }
  const approvers = new Map<string, string>();
  for (const statement of await evidence.of({ kind: 'recipe', recipe: source.recipe })) {
    if (statement.kind !== 'approval' || statement.environment !== environment.name) continue;
    approvers.set(plain(statement.by.email), statement.by.name);
  }
  const authors = notAuthor && approvers.size > 0 ? await authorsOf(view, source.commit, entry.changes) : new Map();
  const whyNot = (email: string): string | undefined => {
    if (from.length > 0 && !members.has(email)) return `is not one of ${teams}`;
    if (notAuthor && authors.has(email)) return 'wrote one of the changes';
    return notAuthor && who !== undefined && plain(who.email) === email ? 'is who promotes it' : undefined;
  };
  const refused = [...approvers].flatMap(([email, name]) => {
    const why = whyNot(email);
    return why === undefined ? [] : [`${name} ${why}`];
  });
  const missing = count - (approvers.size - refused.length);
  if (missing <= 0) return wholeGate('approvals', asks, undefined);
  const others = refused.length === 0 ? '' : ` (${refused.join('; ')})`;
  return wholeGate(
    'approvals',
    asks,
    `${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} missing${others}`,
    remedy,
  );
}

/** Returns an address as it is compared: mail systems do not tell its cases apart. */
function plain(email: string): string {
  return email.trim().toLowerCase();
}
