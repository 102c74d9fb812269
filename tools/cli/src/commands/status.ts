import { status as report } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import { matrix } from '../screen/matrix.ts';

export const status: CommandDefinition = {
  examples: [
    ['eleventh status', 'the matrix'],
    ['eleventh status --json', 'for another program'],
  ],
  run: async (context) => {
    const found = await context.read(report);
    return { json: { ...found }, text: (painter) => matrix(found, painter) };
  },
};
