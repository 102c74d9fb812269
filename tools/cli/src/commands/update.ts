import { planUpdate, recipeOf, short } from '@eleventh/core';
import { type CommandDefinition, writtenJson } from '../command.ts';
import { formatOption, limitOption, renderedOption } from '../rendered-option.ts';
import { reviewOptions } from '../review/review-option.ts';
import { factsText } from '../screen/changes.ts';

export const update: CommandDefinition = {
  description:
    'Everything outside apps/ becomes what was reviewed, whatever was there. Where service CI pins, services that the default branch no longer has go, and manifests that people edit come; a later environment keeps apps/ as it was tested.',
  isWriting: true,
  examples: [['eleventh update staging', 'after a pull request on main was merged']],
  options: (command) => reviewOptions(command).addOption(renderedOption).addOption(formatOption).addOption(limitOption),
  run: async (context, [name = '']) => {
    const done = await context.change((view) => planUpdate(view, name));
    const { plan, changed, isDryRun } = done;
    const { environment, workspace, removed } = plan;
    const line = plan.branches[0];
    const commit = done.commits.get(environment.branch)?.at(-1) ?? (changed ? null : (line?.expected ?? null));
    const recipe = line === undefined ? null : await recipeOf(line.snapshot);
    return {
      json: {
        ...writtenJson(done, { branch: environment.branch, commit, recipe, tag: null }),
        environment: environment.name,
        workspace: workspace.commit,
        removed,
      },
      text: (painter) => {
        const at = `${workspace.branch} ${short(workspace.commit)}`;
        if (!changed) return `${environment.name} already carries ${at}; nothing to do.\n`;
        const facts = factsText(
          [
            ['branch', environment.branch],
            ['commit', commit === null ? undefined : short(commit)],
            ['removed', removed.join(', ')],
            [
              'next',
              environment.release === undefined || isDryRun ? undefined : `eleventh release ${environment.name}`,
            ],
          ],
          painter,
        );
        return `${isDryRun ? 'Would update' : 'Updated'} ${painter.bold(environment.name)} to ${at}\n${facts}\n`;
      },
    };
  },
};
