import { planApproval, planReview } from '@eleventh/core';
import { Option } from 'commander';
import { attest, attestedOutput } from '../attested.ts';
import type { CommandDefinition } from '../command.ts';
import { printable } from '../screen/table.ts';

export const approve: CommandDefinition = {
  description:
    'The approval is of exactly this recipe and this environment: a recipe that differs in one byte needs its own. It stands on the attestations branch as an in-toto statement under your name.',
  isWriting: true,
  examples: [
    ['eleventh approve preprod --to prod', 'what preprod runs now may enter prod'],
    ['eleventh approve v1.5.0-rc.1 --to prod --note "agreed with the desk"', 'a candidate, with a note'],
    ['eleventh approve --policy change-approvals', 'the policy that a branch would bring to main'],
    ['eleventh approve --break-glass prod --note "agreed"', 'what somebody else did by breaking the glass'],
  ],
  options: (command) =>
    command
      .option('--to <env>', 'the environment that it may enter (default: the only one that takes it)')
      .option('--policy', 'approve the policy of a commit instead: everything below environments/')
      .addOption(
        new Option('--break-glass', 'review what somebody else brought in by breaking the glass').conflicts('policy'),
      )
      .option('--note <text>', 'what else there is to say'),
  run: async (context, [recipe = ''], options) => {
    const request = options as { to?: string; note?: string; policy?: boolean; breakGlass?: boolean };
    if (request.breakGlass === true) {
      const reviewed = await attest(context, recipe, (view, meant, said) => planReview(view, meant, request, said));
      return attestedOutput(reviewed, () => `Reviewed the broken glass of ${printable(reviewed.plan.named.label)}`);
    }
    const done = await attest(context, recipe, (view, meant, saying) => planApproval(view, meant, request, saying));
    const [first] = done.plan.statements;
    const environment = first?.statement.kind === 'approval' ? first.statement.environment : undefined;
    return attestedOutput(done, (painter) => {
      const of = environment === undefined ? '' : ` for ${painter.bold(environment)}`;
      return `Approved ${printable(done.plan.named.label)}${of}`;
    });
  },
};
