import { type Bump, type Promotion, planPromotion, recipeOf, serviceId, short } from '@eleventh/core';
import { Option } from 'commander';
import { saying } from '../attested.ts';
import {
  type BreakGlassOptions,
  breakGlassOptions,
  breakingGlass,
  brokenText,
  onlyBreakGlassReason,
} from '../break-glass-option.ts';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { formatOption, limitOption, renderedOption } from '../rendered-option.ts';
import { reviewOptions } from '../review/review-option.ts';
import { changesText, factsText, shortIf } from '../screen/changes.ts';
import { gatesText } from '../screen/gates.ts';
import type { Painter } from '../screen/paint.ts';
import { ticketOption } from '../ticket-option.ts';

interface Options extends BreakGlassOptions {
  readonly to: string;
  readonly only?: readonly string[];
  readonly version?: string;
  readonly bump?: Bump;
  readonly tag: boolean;
  readonly allowDowngrade?: readonly string[];
  readonly ticket?: string;
  readonly newestPassing?: boolean;
}

export const bumpOption = new Option(
  '--bump <part>',
  'which part of the last version to raise (default: by what changes)',
).choices(['major', 'minor', 'patch']);

export const promote: CommandDefinition = {
  description:
    'The source is an environment, a tag or a commit that the target takes recipes from. A whole promotion carries the tested tree, byte for byte. Into an environment that releases, the commit and its tag land together.',
  isWriting: true,
  examples: [
    ['eleventh promote staging --to preprod', 'everything that staging runs now'],
    ['eleventh promote v1.5.0-rc.1 --to preprod', 'a composed candidate'],
    ['eleventh promote preprod --to prod --bump minor', 'releases it, with a tag'],
    [
      'eleventh promote preprod --to prod --break-glass --why "payments are down"',
      'past the gates that policy lets be passed so',
    ],
    ['eleventh promote staging --to preprod --only payments --dry-run', 'shows what one service alone would be'],
  ],
  options: (command) =>
    breakGlassOptions(reviewOptions(command))
      .requiredOption('--to <env>', 'the environment')
      .option('--only <id>', 'this service alone, on what the target runs (repeatable)', collect)
      .option('--version <version>', 'the version of the release')
      .addOption(bumpOption)
      .option('--no-tag', 'do not release it yet')
      .option('--allow-downgrade <id>', 'let this service go back (repeatable; recorded)', collect)
      .addOption(
        new Option('--newest-passing', 'an older state of the source, where policy keeps its newest out').conflicts(
          'breakGlass',
        ),
      )
      .addOption(ticketOption)
      .addOption(renderedOption)
      .addOption(formatOption)
      .addOption(limitOption),
  run: async (context, [source = ''], given) => {
    const options = given as unknown as Options;
    const reason = onlyBreakGlassReason(options, `eleventh promote ${source} --to ${options.to}`);
    const request = {
      source,
      to: options.to,
      only: options.only?.map(serviceId),
      version: options.version,
      bump: options.bump,
      noTag: !options.tag,
      allowDowngrade: options.allowDowngrade?.map(serviceId),
      ticket: options.ticket,
      newestPassing: options.newestPassing,
    };
    return output(
      await context.change((view, occasion, signer) => {
        const breakGlass = breakingGlass(reason, saying(occasion, signer));
        // What was put to review is taken from where it was then, wherever its source is by now.
        return planPromotion(view, { ...request, ...occasion, source: occasion.source ?? source, breakGlass });
      }),
      request.only ?? [],
      reason !== undefined,
    );
  },
};

async function output(done: Done<Promotion>, only: readonly string[], isBreaking: boolean): Promise<Output> {
  const { plan, commits, tagged } = done;
  const { target, source } = plan;
  const line = plan.branches.find(({ branch }) => branch === target.branch);
  const commit = commits.get(target.branch)?.at(-1) ?? tagged ?? line?.expected ?? source.commit.oid;
  const recipe = await recipeOf(line?.snapshot ?? source.snapshot);
  const json = {
    ...writtenJson(done, {
      branch: target.branch,
      commit: done.isDryRun && done.changed ? null : commit,
      recipe,
      tag: plan.tag?.tag ?? null,
    }),
    environment: target.name,
    source: { name: source.label, commit: source.commit.oid, recipe: await recipeOf(source.snapshot) },
    services: plan.changes.map(({ id, before, after }) => ({
      id,
      from: before?.commit ?? null,
      to: after?.commit ?? null,
    })),
    gates: plan.gates,
    breakGlass: plan.broken,
  };
  const { isDryRun } = done;
  const glass = { environment: target.name, recipe: short(recipe), isDryRun };
  return {
    json,
    text: (painter) =>
      `${text(done, only, recipe, painter)}${brokenText(plan.broken, isBreaking && done.changed, glass, painter)}`,
  };
}

function text(
  { plan, changed, isDryRun, commits, tagged }: Done<Promotion>,
  only: readonly string[],
  recipe: string,
  painter: Painter,
): string {
  const { source, target, gates, tag } = plan;
  const named = source.tag ?? `${source.from.name} ${short(source.commit.oid)}`;
  const from = only.length === 0 ? named : `${only.join(', ')} of ${named}`;
  if (!changed) return `${target.name} already runs ${from}; nothing to do.\n`;
  const verb = isDryRun ? 'Would promote' : 'Promoted';
  const released = tag === undefined ? '' : ` as ${painter.bold(tag.tag)}`;
  const facts = factsText(
    [
      ['branch', target.branch],
      ['commit', shortIf(commits.get(target.branch)?.at(-1) ?? tagged)],
      ['recipe', short(recipe)],
      [
        'check',
        isDryRun ? undefined : `git rev-parse ${comparable(source.commit.oid, tag?.tag ?? target.branch, only)}`,
      ],
    ],
    painter,
  );
  const checked = gates.length === 0 ? '' : `${gatesText(gates, painter)}\n`;
  return `${verb} ${from} to ${painter.bold(target.name)}${released}\n${changesText(plan.changes, painter)}\n${checked}${facts}\n`;
}

/** Returns what plain git shows to be the same on both sides: the recipe, or the folders of the services alone. */
function comparable(commit: string, target: string, only: readonly string[]): string {
  const paths = only.length === 0 ? ['apps'] : only.map((id) => `apps/${id}`);
  return paths.flatMap((path) => [`${short(commit)}:${path}`, `${target}:${path}`]).join(' ');
}
