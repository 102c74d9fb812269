import {
  buildLabel,
  type Composition,
  planComposition,
  type Replacement,
  recipeOf,
  serviceId,
  short,
  usageError,
} from '@eleventh/core';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

interface Options {
  readonly from?: string;
  readonly set?: string[];
  readonly without?: string[];
  readonly newestCompatible?: boolean;
}

export const compose: CommandDefinition = {
  description:
    'Takes the newest recipe; for a build that the next environment does not take, or that you leave out, the last one before it that may enter. The candidate is a tag such as v1.5.0-rc.1 and promises nothing about the release.',
  isWriting: true,
  examples: [
    ['eleventh compose', 'of the first environment, without builds of other branches'],
    ['eleventh compose --without payments', 'with the build of payments before'],
    ['eleventh compose --set payments=3f2c9e1', 'with a build of payments that staging once had'],
    ['eleventh compose --newest-compatible', 'with older builds where the newest are not what others require'],
  ],
  options: (command) =>
    command
      .option('--from <env>', "the environment (default: the workspace's first)")
      .option('--set <id=sha>', 'take this build of a service (repeatable)', collect)
      .option('--without <id>', 'leave the newest build of this service out (repeatable)', collect)
      .option('--newest-compatible', 'take the newest builds that are what the services require of each other'),
  run: async (context, _args, options) => {
    const { from, set, without, newestCompatible } = options as Options;
    const request = {
      ...{ from, newestCompatible, without: without?.map(serviceId) },
      set: new Map((set ?? []).map(assignment)),
    };
    return output(await context.change((view, { now }) => planComposition(view, { ...request, now })));
  },
};

function assignment(text: string): [string, string] {
  const [id = '', sha = '', ...rest] = text.split('=');
  if (rest.length === 0 && /^[0-9a-f]{4,40}$/i.test(sha)) return [serviceId(id), sha.toLowerCase()];
  throw usageError(
    'BAD_SET',
    `--set takes a service and a commit of it, not ${JSON.stringify(text.slice(0, 100))}.`,
    '--set payments=3f2c9e1',
  );
}

async function output(done: Done<Composition>): Promise<Output> {
  const { plan, tagged } = done;
  const tag = plan.tag?.tag ?? plan.existing?.tag ?? null;
  const recipe = await recipeOf(plan.snapshot);
  const json = {
    ...writtenJson(done, { branch: plan.from.branch, commit: tagged ?? plan.existing?.commit ?? null, recipe, tag }),
    from: { environment: plan.from.name, commit: plan.source.oid },
    replacements: plan.replacements.map(({ id, from, to, why, requiredBy }) => ({
      id,
      from: from.commit,
      to: to?.commit ?? null,
      why,
      requiredBy,
    })),
  };
  return { json, text: (painter) => text(done, tag ?? '', recipe, painter) };
}

const WHY: Record<Exclude<Replacement['why'], 'requires'>, string> = {
  set: 'as you set it',
  without: 'left out',
  policy: 'may not enter',
};

/** How many of those who require another build are named. */
const NAMED = 2;

function reason({ why, requiredBy }: Replacement): string {
  if (why !== 'requires') return WHY[why];
  const more = requiredBy.length > NAMED ? [`${requiredBy.length - NAMED} more`] : [];
  const named = requiredBy.slice(0, NAMED).map(({ by, range }) => `${by} (${range})`);
  return printable(`not what ${[...named, ...more].join(', ')} ${requiredBy.length > 1 ? 'require' : 'requires'}`);
}

function text({ plan, changed, isDryRun }: Done<Composition>, tag: string, recipe: string, painter: Painter): string {
  const { from, source, replacements } = plan;
  if (!changed) return `${tag} is this recipe already; nothing to do.\n`;
  const rows = replacements.map((replacement) => [
    painter.yellow('~'),
    replacement.id,
    `${buildLabel(replacement.from)} ${reason(replacement)}`,
    `→ ${replacement.to === null ? 'without the service' : buildLabel(replacement.to)}`,
  ]);
  const next = plan.workspace.environments.find((environment) => environment.from.includes(from.name));
  const facts = factsText(
    [
      ['recipe', short(recipe)],
      ['next', next === undefined || isDryRun ? undefined : `eleventh promote ${tag} --to ${next.name}`],
    ],
    painter,
  );
  const instead = rows.length === 0 ? '' : `${table(rows)}\n`;
  return `${isDryRun ? 'Would compose' : 'Composed'} ${painter.bold(tag)} from ${from.name} ${short(source.oid)}\n${instead}${facts}\n`;
}
