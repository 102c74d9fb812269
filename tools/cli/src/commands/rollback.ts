import { planRollback, type Rollback, recipeOf, serviceId, short, usageError } from '@eleventh/core';
import { saying } from '../attested.ts';
import {
  type BreakGlassOptions,
  breakGlassOptions,
  breakGlassReason,
  breakingGlass,
  brokenText,
} from '../break-glass-option.ts';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { formatOption, limitOption, renderedOption } from '../rendered-option.ts';
import { reviewOptions } from '../review/review-option.ts';
import { changesText, factsText, shortIf } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { ticketOption } from '../ticket-option.ts';

interface Options extends BreakGlassOptions {
  readonly to?: string;
  readonly only?: string[];
  readonly ticket?: string;
  readonly block?: boolean;
}

export const rollback: CommandDefinition = {
  description:
    'Without --to it goes to the newest deployment that was not itself rolled back from; on a head that already is a rollback it does nothing. A plain `git revert` on the branch, then `eleventh release`, does the same.',
  isWriting: true,
  examples: [
    ['eleventh rollback prod', 'back to the release before'],
    ['eleventh rollback prod --to v1.3.0', 'back to a release by its tag'],
    ['eleventh rollback prod --only payments', 'payments alone, to the build it had before'],
    ['eleventh rollback prod --block --why "loses orders"', 'and what prod ran stays out until it is unblocked'],
  ],
  options: (command) =>
    breakGlassOptions(
      reviewOptions(command),
      'the reason of the block, which every refusal repeats, or to break the glass',
    )
      .option('--to <recipe>', 'a tag or commit that the environment ran')
      .option('--only <id>', 'this service alone (repeatable)', collect)
      .option('--block', 'block what it leaves behind, so that nothing brings it back; with --only, those builds')
      .addOption(ticketOption)
      .addOption(renderedOption)
      .addOption(formatOption)
      .addOption(limitOption),
  run: async (context, [environment = ''], options) => {
    const { to, only, ticket, block, why, breakGlass } = options as Options;
    const breaking = breakGlassReason({ breakGlass, why }, `eleventh rollback ${environment}`);
    if (why !== undefined && block !== true && breaking === undefined)
      throw usageError(
        'WHY_WITHOUT_BLOCK',
        'Only a block and broken glass have a reason.',
        `eleventh rollback ${environment} --block --why <text>`,
      );
    const reason = why ?? `rolled back in ${environment}`;
    const request = { environment, to, only: only?.map(serviceId), ticket };
    return output(
      await context.change((view, occasion, signer) => {
        const blocking = block === true ? { reason, saying: saying(occasion, signer) } : undefined;
        const glass = breakingGlass(breaking, saying(occasion, signer));
        return planRollback(view, { ...request, ...occasion, block: blocking, breakGlass: glass });
      }),
      request.only ?? [],
      { isBlocking: block === true, isBreaking: breaking !== undefined },
    );
  },
};

async function output(
  done: Done<Rollback>,
  only: readonly string[],
  { isBlocking, isBreaking }: { readonly isBlocking: boolean; readonly isBreaking: boolean },
): Promise<Output> {
  const { plan, commits, tagged } = done;
  const { environment, head, target } = plan;
  const line = plan.branches.find(({ branch }) => branch === environment.branch);
  const commit = commits.get(environment.branch)?.at(-1) ?? tagged ?? head.oid;
  const recipe = await recipeOf(line?.snapshot ?? plan.snapshot);
  const json = {
    ...writtenJson(done, {
      branch: environment.branch,
      commit: done.isDryRun && goesBack(plan) ? null : commit,
      recipe,
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
    blocks: plan.blocks,
    breakGlass: plan.broken,
  };
  const glass = { environment: environment.name, recipe: short(recipe), isDryRun: done.isDryRun };
  const broken = (painter: Painter) => brokenText(plan.broken, isBreaking && goesBack(plan), glass, painter);
  return {
    json,
    text: (painter) => `${text(done, only, painter)}${blockText(done, isBlocking, painter)}${broken(painter)}`,
  };
}

/** Returns whether the environment moves, or is released. */
function goesBack({ branches, environment, tag }: Rollback): boolean {
  const steps = branches.find(({ branch }) => branch === environment.branch)?.steps ?? [];
  return steps.length > 0 || tag !== undefined;
}

function text({ plan, isDryRun, commits }: Done<Rollback>, only: readonly string[], painter: Painter): string {
  const { environment, head, target, tag, alsoMoves } = plan;
  const isBlockingNow = plan.blocks.some(({ statement }) => statement !== null);
  if (target === null) {
    const already = `${environment.name} ${short(head.oid)} already is a rollback`;
    if (isBlockingNow) return `${already}.\n`;
    const isRunning = environment.release === undefined || plan.isReleased;
    return isRunning
      ? `${already}; nothing to do. Further back: eleventh rollback ${environment.name} --to <tag or commit>\n`
      : `${already}, but no tag deploys it yet. Release it: eleventh release ${environment.name}\n`;
  }
  const what = `${only.length === 0 ? '' : `${only.join(', ')} in `}${painter.bold(environment.name)}`;
  if (!goesBack(plan))
    return `${environment.name} already runs ${only.length === 0 ? 'what' : `${only.join(', ')} as`} ${target.label} ran${isBlockingNow ? '' : '; nothing to do'}.\n`;
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

/** Returns what keeps out what was left behind, or how to. */
function blockText({ plan, isDryRun }: Done<Rollback>, isBlocking: boolean, painter: Painter): string {
  const { left, blocks } = plan;
  if (!isBlocking) {
    if (isDryRun || !goesBack(plan)) return '';
    return left.map(({ name }) => painter.dim(`Keep it out: eleventh block ${name} --why <text>\n`)).join('');
  }
  if (blocks.length === 0) return `${painter.yellow('note:')} Nothing is left behind that could be blocked.\n`;
  const said = (statement: string | null) =>
    statement === null ? 'Blocked already:' : isDryRun ? 'Would block' : painter.red('Blocked');
  return blocks
    .map(
      ({ subject, name, statement }) =>
        `${said(statement)} ${subject.kind === 'recipe' ? `${name}, recipe ${short(subject.recipe)}` : name}\n`,
    )
    .join('');
}
