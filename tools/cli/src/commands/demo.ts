import type { CommandDefinition } from '../command.ts';
export const demo: CommandDefinition = {
  name: 'demo',
  summary: 'Play the whole story on bare repositories in a temporary folder',
  needsRepository: false,
  examples: [['eleventh demo', '']],
  run: async () => ({ json: {}, text: () => '' }),
};
