import { planBlock, planUnblock } from '@eleventh/core';
import type { Command } from 'commander';
import { attest, attestedOutput } from '../attested.ts';
import type { CommandDefinition } from '../command.ts';
import { printable } from '../screen/table.ts';

const why = (command: Command) => command.requiredOption('--why <text>', 'the reason, which every refusal repeats');

export const block: CommandDefinition = {
  description:
    'What is blocked is refused by pin, compose, promote, release and rollback until somebody unblocks it. A service is named by its id, a build as <service>@<commit>; anything else is a recipe.',
  isWriting: true,
  examples: [
    ['eleventh block payments@3f2c9e1 --why "loses orders"', 'one build'],
    ['eleventh block payments --why "schema migration"', 'a service, whatever its build'],
    ['eleventh block v1.4.2 --why "rolled back at 03:10"', 'a recipe'],
  ],
  options: why,
  run: async (context, [what = ''], options) => {
    const reason = String(options.why);
    const done = await attest(context, what, (view, meant, saying) => planBlock(view, meant, reason, saying));
    return attestedOutput(done, (painter) => `${painter.red('Blocked')} ${printable(done.plan.named.label)}`);
  },
};

export const unblock: CommandDefinition = {
  isWriting: true,
  examples: [['eleventh unblock payments --why "the migration is done"', '']],
  options: why,
  run: async (context, [what = ''], options) => {
    const reason = String(options.why);
    const done = await attest(context, what, (view, meant, saying) => planUnblock(view, meant, reason, saying));
    return attestedOutput(done, (painter) => `${painter.green('Unblocked')} ${printable(done.plan.named.label)}`);
  },
};
