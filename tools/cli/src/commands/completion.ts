import { usageError } from '@eleventh/core';
import { Argument, type Command } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { completionScript, type Shell } from '../completion.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

/** Returns the command that prints a shell's completion script for a program. */
export function completion(program: () => Command): CommandDefinition {
  return {
    name: 'completion',
    summary: 'Print the script that completes eleventh in your shell',
    needsRepository: false,
    examples: [
      ['source <(eleventh completion bash)', 'in ~/.bashrc'],
      ['eleventh completion zsh > ~/.zsh/completions/_eleventh', 'for zsh, in a folder of fpath'],
      ['eleventh completion fish > ~/.config/fish/completions/eleventh.fish', 'for fish'],
    ],
    options: (command) => command.addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(SHELLS)),
    run: async (_context, [shell = '']) => {
      if (!SHELLS.includes(shell))
        throw usageError('BAD_SHELL', `There is no completion for ${shell}.`, 'eleventh completion bash');
      const script = completionScript(shell as Shell, program());
      return { json: { shell, script }, text: () => script };
    },
  };
}
