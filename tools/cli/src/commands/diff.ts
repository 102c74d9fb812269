import { type Diff, diff as report, serviceId, short, sidesToRender, type View } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import { formatOption, limitOption, type RenderedOptions, refuseUnrendered } from '../rendered-option.ts';
import { rendererOf } from '../renderer.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

interface Options extends RenderedOptions {
  readonly in?: string;
  readonly worktree?: boolean;
}

export const diff: CommandDefinition = {
  description:
    "With --rendered, what the clusters see: every object and field, as the overlays of each recipe's environment make them. A recipe that belongs to no environment takes those of the other; services can be named after both.",
  examples: [
    ['eleventh diff prod', 'from what prod runs to what preprod runs'],
    ['eleventh diff v1.3.0 v1.4.0', 'two releases'],
    ['eleventh diff staging 4f5e6d7 --json', 'any commit or recipe, for another program'],
    ['eleventh diff prod --rendered', 'what would change in the cluster of prod'],
    ['eleventh diff preprod prod payments --rendered', 'how payments differs there, overlays included'],
    ['eleventh diff main --worktree --rendered --in prod', 'what the overlays on disk would change in prod'],
    ['eleventh diff prod --rendered --format markdown', 'the same for a comment on a pull request'],
    ['eleventh diff v1.5.0-rc.1 staging --rendered --in prod', 'two recipes with the overlays of a third environment'],
  ],
  options: (command) =>
    command
      .option('--rendered', 'compare what the manifests come to, object by object')
      .addOption(formatOption)
      .addOption(limitOption)
      .option('--worktree', 'with --rendered: compare with the files of this checkout, committed or not')
      .option('--in <env>', "with --rendered: take both with this environment's overlays"),
  run: async (context, [from = '', ...others], given) => {
    const options: Options = given;
    const isOnDisk = options.worktree === true;
    const [to, services] = isOnDisk ? [undefined, others] : [others[0], others.slice(1)];
    refuseUnrendered(options, context.line, {
      ...{ '--in': options.in !== undefined, '--worktree': isOnDisk },
      'A service': services.length > 0,
    });
    if (options.rendered !== true) {
      const found = await context.read((view) => report(view, from, to));
      return { json: { ...found }, text: (painter) => text(found, painter) };
    }
    const [{ renderedDiff }, { renderedOutput }] = await Promise.all([
      import('../rendered-diff.ts'),
      import('../rendered-output.ts'),
    ]);
    const only = services.map(serviceId);
    const look = async (view: View, second: string | undefined) =>
      renderedDiff(
        await sidesToRender(view, from, second, { within: options.in, only, isOnDisk }),
        await rendererOf(context.io),
      );
    const found = isOnDisk ? await context.readWorktree(look) : await context.read((view) => look(view, to));
    return renderedOutput(found, options, context.line);
  },
};

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function text({ from, to, services, outside }: Diff, painter: Painter): string {
  const colour = { added: painter.green, removed: painter.red, changed: painter.yellow };
  const rows = services.map(({ id, kind, label, compare }) => [
    colour[kind](SIGNS[kind]),
    id,
    printable(label).replace('->', '→'),
    painter.dim(compare ?? ''),
  ]);
  const same =
    from.recipe === to.recipe
      ? `the same recipe ${short(from.recipe)}`
      : `recipe ${short(from.recipe)} → ${short(to.recipe)}`;
  const files = outside.map((path) => `  ${painter.yellow('~')} ${printable(path)}`);
  const rest = outside.length === 0 ? [] : ['Outside apps/:', ...files];
  return `${[`${printable(from.name)} → ${printable(to.name)}: ${same}`, ...(rows.length === 0 ? [] : [table(rows)]), ...rest].join('\n')}\n`;
}
