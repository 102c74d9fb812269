import type { ApprovalRule, Policy } from '../files/policy.ts';
import { WORKSPACE_FILE } from '../files/workspace-file.ts';
import { authorsOf, plainEmail } from '../history/authors.ts';
import { commandFor, type EnteringRecipe, type Entry, type Gate, wholeGate } from './gate.ts';
import { countedOf, signingRemedy, uncountedText } from './signed.ts';

/** Returns the gate of people's approvals of a recipe for this environment: each person counts once. */
export async function approvalGate(
  entry: Entry,
  source: EnteringRecipe,
  rule: ApprovalRule,
  policy: Policy,
): Promise<Gate> {
  const { count, from, notAuthor } = rule;
  const { environment, evidence, workspace, view, who, way, recipe = '' } = entry;
  const peopleOf = (team: string) => (Object.hasOwn(workspace.teams, team) ? (workspace.teams[team] ?? []) : []);
  const members = new Set(from.flatMap(peopleOf).map(plainEmail));
  const teams = from.length === 0 ? 'anybody' : from.join(' or ');
  const asks = `takes what ${count} of ${teams} approved`;
  const remedy = {
    who: teams,
    command: commandFor(entry, source, `eleventh approve ${source.name} --to ${environment.name}`),
  };
  const unknown = from.find((team) => peopleOf(team).length === 0);
  if (unknown !== undefined) {
    const problem = `workspace.yaml names nobody in ${unknown}`;
    return wholeGate('approvals', asks, problem, {
      who: `whoever reviews ${workspace.branch}`,
      command: `git show ${workspace.branch}:${WORKSPACE_FILE}`,
    });
  }
  const approvers = new Map<string, string>();
  const approvals = (await evidence.of({ kind: 'recipe', recipe })).filter(
    (one) => one.kind === 'approval' && one.environment === environment.name,
  );
  const { counted, uncounted } = await countedOf(entry, policy, approvals);
  for (const { by } of counted) approvers.set(plainEmail(by.email), by.name);
  // To go back brings nobody's change in.
  const hasAuthors = notAuthor && approvers.size > 0 && way !== 'rollback';
  const authors = hasAuthors ? await authorsOf(view, source.commit, entry.changes) : new Map();
  const whyNot = (email: string): string | undefined => {
    if (from.length > 0 && !members.has(email)) return `is not one of ${teams}`;
    if (notAuthor && authors.has(email)) return 'wrote one of the changes';
    return notAuthor && who !== undefined && plainEmail(who.email) === email ? 'is who promotes it' : undefined;
  };
  const refused = [...approvers].flatMap(([email, name]) => {
    const why = whyNot(email);
    return why === undefined ? [] : [`${name} ${why}`];
  });
  const missing = count - (approvers.size - refused.length);
  if (missing <= 0) return wholeGate('approvals', asks, undefined);
  const doNot = [...refused, ...uncounted.map(uncountedText)];
  const others = doNot.length === 0 ? '' : ` (${doNot.join('; ')})`;
  return wholeGate(
    'approvals',
    asks,
    `${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} missing${others}`,
    signingRemedy(uncounted, workspace, remedy),
  );
}
