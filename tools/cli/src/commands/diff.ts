import { type Diff, diff as report, short } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

export const diff: CommandDefinition = {
  examples: [
    ['eleventh diff prod', 'from what prod runs to what preprod runs'],
    ['eleventh diff v1.3.0 v1.4.0', 'two releases'],
    ['eleventh diff staging 4f5e6d7 --json', 'any commit or recipe, for another program'],
  ],
  run: async (context, [from = '', to]) => {
    const found = await context.read((view) => report(view, from, to));
    return { json: { ...found }, text: (painter) => text(found, painter) };
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
