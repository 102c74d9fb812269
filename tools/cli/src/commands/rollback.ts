import { planRollback, type Rollback, recipeOf, serviceId, short } from '@eleventh/core';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { changesText, factsText, shortIf } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { ticketOption } from '../ticket-option.ts';

export const rollback: CommandDefinition = {
  description:
    'Without --to it goes to the newest deployment that was not itself rolled back from; on a head that already is a rollback it does nothing. A plain `git revert` on the branch, then `eleventh release`, does the same.',
  isWriting: true,
  examples: [
    ['eleventh rollback prod', 'back to the release before'],
    ['eleventh rollback prod --to v1.3.0', 'back to a release by its tag'],
    ['eleventh rollback prod --only payments', 'payments alone, to the build it had before'],
  ],
  options: (command) =>
    command
      .option('--to <recipe>', 'a tag or commit that the environment ran')
      .option('--only <id>', 'this service alone (repeatable)', collect)
      .addOption(ticketOption),
  run: async (context, [environment = ''], options) => {
    const { to, only, ticket } = options as { to?: string; only?: string[]; ticket?: string };
    const request = { environment, to, only: only?.map(serviceId), ticket };
    return output(
      await context.change((view, occasion) => planRollback(view, { ...request, ...occasion })),
      request.only ?? [],
    );
  },
};

async function output(done: Done<Rollback>, only: readonly string[]): Promise<Output> {
  const { plan, commits, tagged } = done;
  const { environment, head, target } = plan;
  const line = plan.branches[0];
  const commit = commits.get(environment.branch)?.at(-1) ?? tagged ?? head.oid;
  const json = {
    ...writtenJson(done, {
      branch: environment.branch,
      commit: done.isDryRun && done.changed ? null : commit,
      recipe: await recipeOf(line?.snapshot ?? plan.snapshot),
      tag: plan.tag?.tag ?? null,
    }),
    environment: environment.name,
    restored: target === null ? null : { name: target.label, commit: target.commit.oid },
    alsoMoves: plan.alsoMoves,
    gates: plan.gates,
    services: plan.changes.map(({ id, before, after }) => ({
      id,
      from: before?.commit ?? null,
      to: after?.commit ?? null,
    })),
  };
  return { json, text: (painter) => text(done, only, painter) };
}

function text({ plan, changed, isDryRun, commits }: Done<Rollback>, only: readonly string[], painter: Painter): string {
  const { environment, head, target, tag, alsoMoves } = plan;
  if (target === null) {
    const already = `${environment.name} ${short(head.oid)} already is a rollback`;
    const isRunning = environment.release === undefined || plan.isReleased;
    return isRunning
      ? `${already}; nothing to do. Further back: eleventh rollback ${environment.name} --to <tag or commit>\n`
      : `${already}, but no tag deploys it yet. Release it: eleventh release ${environment.name}\n`;
  }
  const what = `${only.length === 0 ? '' : `${only.join(', ')} in `}${painter.bold(environment.name)}`;
  if (!changed)
    return `${environment.name} already runs ${only.length === 0 ? 'what' : `${only.join(', ')} as`} ${target.label} ran; nothing to do.\n`;
  const released = tag === undefined ? '' : `, released as ${painter.bold(tag.tag)}`;
  const shared =
    alsoMoves.length === 0
      ? ''
      : `${painter.yellow('note:')} ${alsoMoves.join(' and ')} deploys from ${environment.branch} too, and moves with it.\n`;
  const facts = factsText(
    [
      ['branch', environment.branch],
      ['commit', shortIf(commits.get(environment.branch)?.at(-1))],
    ],
    painter,
  );
  return `${isDryRun ? 'Would roll back' : 'Rolled back'} ${what} to ${target.label}${released}\n${changesText(plan.changes, painter)}\n${facts}\n${shared}`;
}
