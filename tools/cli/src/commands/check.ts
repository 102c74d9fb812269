import { checkPolicies } from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import { policyText } from '../screen/policy.ts';

export const check: CommandDefinition = {
  description:
    'Reads the default branch, or what --ref names: in a checkout, any revision of it, so that CI can check what is not on the default branch yet. The examples of an environment stand in environments/<env>/examples.yaml; the same gates are asked as at a promotion. It ends with exit code 1 when an example does not come as it says, or a window or rule cannot be understood. It never changes anything.',
  examples: [
    ['eleventh check --policy', 'what holds on the default branch'],
    ['eleventh check --policy --repo . --ref HEAD', 'what is checked out, before it is merged'],
  ],
  options: (command) =>
    command
      .option('--policy', 'the policies and their examples; all there is to check, so far')
      .option('--ref <revision>', 'a branch, tag or commit to read instead of the default branch'),
  run: async (context, _, options) => {
    const { ref } = options as { ref?: string };
    const report =
      ref === undefined ? await context.read((view) => checkPolicies(view)) : await context.readAt(ref, checkPolicies);
    return {
      json: { ...report },
      text: (painter) => policyText(report, painter),
      exitCode: report.passes ? 0 : 1,
    };
  },
};
