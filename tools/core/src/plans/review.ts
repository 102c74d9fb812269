import { refusal } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { ReviewStatement } from '../evidence/statement.ts';
import { type BrokenGlass, brokenGlass, isBySame } from '../gates/break-glass.ts';
import { recipeOf } from '../history/deployment.ts';
import { oneLine } from '../history/message.ts';
import { resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { isRollback } from '../history/standing.ts';
import { findEnvironment, readWorkspace } from '../history/workspace.ts';
import { short } from '../names/object-id.ts';
import type { ApprovalRequest, AttestationPlan } from './attest.ts';
import type { Meant } from './named-subject.ts';
import { claim, fileStatements, type Saying } from './statements.ts';

/**
 * Returns the plan that records somebody's review of what brought a recipe in by breaking the glass, wherever it did or
 * (`to`, or an environment's name) in one environment. Throws `NOTHING_TO_REVIEW`, and `OWN_BREAK_GLASS` to whoever broke it.
 */
export async function planReview(
  view: View,
  meant: Meant,
  { to, note }: Pick<ApprovalRequest, 'to' | 'note'>,
  saying: Saying,
): Promise<AttestationPlan> {
  const workspace = await readWorkspace(view);
  const { commit, snapshot, ...found } = await resolve(view, workspace, meant.name);
  const recipe = await recipeOf(snapshot);
  const asked = to === undefined ? (found.environment ?? meant.environment) : findEnvironment(workspace, to).name;
  const label = `${found.label}, recipe ${short(recipe)}`;
  const broken = (await brokenGlass(view, workspace, await Evidence.in(view, workspace))).filter(
    ({ statement: { environment } }) => asked === undefined || asked === environment,
  );
  const isMeant = ({ statement: { subject } }: BrokenGlass) => subject.kind === 'recipe' && subject.recipe === recipe;
  const waiting = broken.filter(({ review }) => review === null);
  const open = waiting.filter(isMeant);
  if (open.length === 0) {
    const isBack = !broken.some(isMeant) && (await isRollback(view, commit));
    throw refusal('NOTHING_TO_REVIEW', `No broken glass waits for a review of ${label}.`, {
      hint: elsewhere(waiting) ?? (isBack ? settledBy(meant, asked) : 'eleventh status'),
    });
  }
  const others = open.filter(({ statement }) => !isBySame(statement, saying));
  if (others.length === 0) {
    throw refusal(
      'OWN_BREAK_GLASS',
      `${saying.by.name} broke the glass for ${label}, and somebody else reviews that.`,
      {
        hint: `Somebody else: eleventh approve --break-glass ${short(recipe)}`,
      },
    );
  }
  const statements = others.map(
    ({ statement: { subject, described, file: reviews } }): ReviewStatement => ({
      ...claim({ subject, described }, saying),
      kind: 'review',
      reviews,
      note: note === undefined ? undefined : oneLine(note),
    }),
  );
  const environments = [...new Set(others.map(({ statement }) => statement.environment))];
  const subject = `Review the broken glass of ${environments.join(', ')}: ${label}`;
  const { plan, filed } = await fileStatements(view, workspace, statements, subject, saying);
  const named = {
    subject: { kind: 'recipe', recipe },
    label: `${label} in ${environments.join(', ')}`,
    meant: { name: commit.oid, environment: asked },
  } as const;
  return { branches: [plan], onRace: 'again', workspace, named, statements: filed };
}

/** Returns how to review what else waits for it: what runs now need not be what came in by breaking the glass. */
function elsewhere([first]: readonly BrokenGlass[]): string | undefined {
  if (first === undefined || first.statement.subject.kind !== 'recipe') return undefined;
  const { subject, environment } = first.statement;
  return `In ${environment} waits another: eleventh approve --break-glass ${short(subject.recipe)} --to ${environment}`;
}

/** Returns how a rollback is settled that passed no gate: nobody has to be forgiven, only to agree. */
function settledBy({ name }: Meant, environment: string | undefined): string {
  const to = environment ?? '<env>';
  return `It went back without that, which an approval settles: eleventh approve ${name} --to ${to}`;
}
