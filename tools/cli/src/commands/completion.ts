import { usageError } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import { completionScript, type Shell } from '../completion.ts';
import { buildProgram } from '../program.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

export const completion: CommandDefinition = {
  needsRepository: false,
  examples: [
    ['source <(eleventh completion bash)', 'in ~/.bashrc'],
    ['eleventh completion zsh > ~/.zsh/completions/_eleventh', 'for zsh, in a folder of fpath'],
    ['eleventh completion fish > ~/.config/fish/completions/eleventh.fish', 'for fish'],
  ],
  options: (command) => {
    for (const argument of command.registeredArguments) {
      argument.choices(SHELLS).description = 'bash, zsh or fish';
    }
  },
  run: async ({ io }, [shell = '']) => {
    if (!SHELLS.includes(shell))
      throw usageError('BAD_SHELL', `There is no completion for ${shell}.`, 'eleventh completion bash');
    const script = completionScript(shell as Shell, await buildProgram(io, ''));
    return { json: { shell, script }, text: () => script };
  },
};
