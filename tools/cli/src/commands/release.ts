import { type Bump, planRelease, type ReleasePlan, recipeOf, short } from '@eleventh/core';
import { saying } from '../attested.ts';
import {
  type BreakGlassOptions,
  breakGlassOptions,
  breakingGlass,
  brokenText,
  onlyBreakGlassReason,
} from '../break-glass-option.ts';
import { type CommandDefinition, type Done, type Output, writtenJson } from '../command.ts';
import { reviewOptions } from '../review/review-option.ts';
import { changesText } from '../screen/changes.ts';
import { printable } from '../screen/table.ts';
import { ticketOption } from '../ticket-option.ts';
import { bumpOption } from './promote.ts';

export const release: CommandDefinition = {
  description:
    'The tag is annotated with the release notes: each service from and to, its commit subjects, compare links. The next version follows from what changed: a service removed or its major up is major, one added or its minor up is minor, else patch; going back to what an earlier release ran is always a patch.',
  isWriting: true,
  examples: [
    ['eleventh release', 'tags the head of the one environment that releases'],
    ['eleventh release prod --version 2.0.0', 'with a version of your own, above all others'],
  ],
  options: (command) =>
    breakGlassOptions(reviewOptions(command))
      .option('--version <version>', 'the version of the release')
      .addOption(bumpOption)
      .addOption(ticketOption),
  run: async (context, [environment], options) => {
    const given = options as BreakGlassOptions & { version?: string; bump?: Bump; ticket?: string };
    const { version, bump, ticket } = given;
    const reason = onlyBreakGlassReason(given, ['eleventh release', environment].filter(Boolean).join(' '));
    return output(
      await context.change((view, occasion, signer) => {
        const breakGlass = breakingGlass(reason, saying(occasion, signer));
        return planRelease(view, { environment, version, bump, ticket, ...occasion, breakGlass });
      }),
      reason !== undefined,
    );
  },
};

async function output(done: Done<ReleasePlan>, isBreaking: boolean): Promise<Output> {
  const { plan, changed, isDryRun } = done;
  const { environment, commit, existing, changes } = plan;
  const tag = plan.tag?.tag ?? existing ?? null;
  const recipe = await recipeOf(plan.snapshot);
  return {
    json: {
      ...writtenJson(done, { branch: environment.branch, commit, recipe, tag }),
      environment: environment.name,
      notes: plan.tag?.message ?? null,
      breakGlass: plan.broken,
    },
    text: (painter) => {
      if (!changed) return `${environment.name} ${short(commit)} is already released as ${tag}; nothing to do.\n`;
      const notes = isDryRun ? `\n${(plan.tag?.message ?? '').split('\n').map(indented).join('\n')}` : '';
      const glass = { environment: environment.name, recipe: short(recipe), isDryRun };
      const broken = brokenText(plan.broken, isBreaking, glass, painter);
      return `${isDryRun ? 'Would release' : 'Released'} ${environment.name} ${short(commit)} as ${painter.bold(tag ?? '')}\n${changesText(changes, painter)}\n${notes}${broken}`;
    },
  };
}

/** Returns a line of the notes as a terminal may show it, as far in as it is. */
function indented(line: string): string {
  return `${/^ */.exec(line)?.[0]}${printable(line)}`;
}
