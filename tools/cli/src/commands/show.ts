import { show as report, type Shown, short } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

export const show: CommandDefinition = {
  examples: [
    ['eleventh show prod', 'what production runs'],
    ['eleventh show v1.4.0', 'a release'],
    ['eleventh show 4f5e6d7', 'a commit or a recipe by its first digits'],
  ],
  run: async (context, [name = '']) => {
    const found = await context.read((view) => report(view, name));
    return { json: { ...found }, text: (painter) => text(found, painter) };
  },
};

const HIDDEN = new Set(['Recipe', 'Change', 'Change-Author']);

function text(shown: Shown, painter: Painter): string {
  const facts = factsText(
    [
      ['recipe', shown.recipe],
      ['commit', shown.commit],
      ['made by', `${printable(shown.author.name)} <${printable(shown.author.email)}> at ${shown.time}`],
      ['kind', shown.kind],
      ['tags', shown.tags.join(', ')],
      ['runs in', shown.runsIn.join(', ') || 'no environment now'],
      ...shown.trailers
        .filter(([key]) => !HIDDEN.has(key))
        .map(([key, value]) => [key.toLowerCase(), printable(value)] as const),
    ],
    painter,
  );
  const rows = shown.services.map(({ id, commit, version, branch, built, images }) => [
    painter.bold(id),
    version ?? '-',
    commit === null ? 'unreadable' : short(commit),
    printable(branch || '-'),
    built ?? '-',
    painter.dim(images.join(' ') || 'no image'),
  ]);
  const services =
    rows.length === 0
      ? '  No service.'
      : table([
          ['SERVICE', 'VERSION', 'COMMIT', 'BRANCH', 'BUILT', 'IMAGES'].map((head) => painter.dim(head)),
          ...rows,
        ]);
  return `${painter.bold(printable(shown.name))}: ${printable(shown.subject)}\n${facts}\n\n${services}\n`;
}
