import { checkPolicies, type PolicyReport } from '@eleventh/core';
import { Option } from 'commander';
import type { CommandDefinition, Context } from '../command.ts';
import { policyText } from '../screen/policy.ts';

export const check: CommandDefinition = {
  description:
    'Reads the default branch, or what --ref names: in a checkout, any revision of it, so that CI can check what is not on the default branch yet. With --worktree it reads the files on disk, committed or not. The examples of an environment stand in environments/<env>/examples.yaml; the same gates are asked as at a promotion. It ends with exit code 1 when an example does not come as it says, or a window or rule cannot be understood. It never changes anything.',
  examples: [
    ['eleventh check --policy', 'what holds on the default branch'],
    ['eleventh check --policy --repo . --ref HEAD', 'what is checked out, before it is merged'],
    ['eleventh check --policy --worktree', 'the files of this checkout, before they are committed'],
  ],
  options: (command) =>
    command
      .option('--policy', 'the policies and their examples; all there is to check, so far')
      .option('--ref <revision>', 'a branch, tag or commit to read instead of the default branch')
      .addOption(new Option('--worktree', 'read the files of this checkout, committed or not').conflicts('ref')),
  run: async (context, _, options) => {
    const { ref, worktree } = options as { ref?: string; worktree?: boolean };
    const report = await read(context, ref, worktree === true);
    return {
      json: { ...report },
      text: (painter) => policyText(report, painter),
      exitCode: report.passes ? 0 : 1,
    };
  },
};

async function read(context: Context, ref: string | undefined, isWorktree: boolean): Promise<PolicyReport> {
  if (isWorktree) {
    const report = await context.readWorktree((view, at) => checkPolicies(view, at));
    return { ...report, workspace: { ...report.workspace, name: 'files on disk' } };
  }
  return ref === undefined ? context.read((view) => checkPolicies(view)) : context.readAt(ref, checkPolicies);
}
