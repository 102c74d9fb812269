import {
  branchName,
  environmentName,
  isTagPattern,
  listEnvironments,
  planEnvironmentAdd,
  quoted,
  usageError,
} from '@eleventh/core';
import { type CommandDefinition, collect } from '../command.ts';
import { reviewOptions } from '../review/review-option.ts';
import { shortIf } from '../screen/changes.ts';
import { table } from '../screen/table.ts';
import { workspaceOutput } from './service.ts';

export const envAdd: CommandDefinition = {
  description: 'Its own branch begins with the first pin, promotion or update.',
  isWriting: true,
  examples: [
    ['eleventh env add uat --from staging', 'takes recipes from staging, on the branch env/uat'],
    ['eleventh env add eu --like prod --release-tag "eu-v{version}"', 'with the overlays and the policy of prod'],
  ],
  options: (command) =>
    reviewOptions(command)
      .option(
        '--from <env>',
        'an environment whose recipes may be promoted to it (repeatable; default: service CI pins there)',
        collect,
      )
      .option('--like <env>', 'start with the overlays, sources and policy of this environment')
      .option('--deploys-from <branch>', 'the branch it deploys from (default: env/<name>)')
      .option('--release-tag <pattern>', 'deploy tags of this form, such as v{version}, not the branch')
      .option('--branch <branch>', 'commit to a new branch, for review (default: the default branch itself)'),
  run: async (context, [name = ''], given) => {
    const options = given as {
      from?: string[];
      like?: string;
      deploysFrom?: string;
      releaseTag?: string;
      branch?: string;
    };
    if (options.releaseTag !== undefined && !isTagPattern(options.releaseTag)) {
      throw usageError(
        'BAD_TAG_PATTERN',
        `${quoted(options.releaseTag)} is not a pattern of release tags.`,
        '--release-tag "v{version}"',
      );
    }
    const request = {
      ...options,
      name: environmentName(name),
      deploysFrom: options.deploysFrom === undefined ? undefined : branchName(options.deploysFrom),
      branch: options.branch === undefined ? undefined : branchName(options.branch),
    };
    const done = await context.change((view) => planEnvironmentAdd(view, request));
    return workspaceOutput(
      done,
      `environment ${request.name}`,
      ['Added', 'Would add'],
      `eleventh update ${request.name}`,
    );
  },
};

export const envList: CommandDefinition = {
  examples: [['eleventh env list', '']],
  run: async (context) => {
    const environments = await context.read(listEnvironments);
    return {
      json: {
        environments: environments.map(({ release = null, policy, ...rest }) => ({
          ...rest,
          release,
          policy: { ...policy, serviceBranches: policy.serviceBranches ?? null },
        })),
      },
      text: (painter) => {
        const rows = environments.map(({ name, branch, from, release, policy, commit }) => [
          painter.bold(name),
          release === undefined ? branch : `${branch}, tags ${release.tag}`,
          from.join(', ') || 'service CI',
          [
            policy.serviceBranches === undefined ? 'any branch' : `branches ${policy.serviceBranches.join(', ')}`,
            ...(policy.digests === 'required' ? ['digests'] : []),
          ].join(', '),
          shortIf(commit) ?? '-',
        ]);
        return `${table([['ENVIRONMENT', 'DEPLOYS', 'FROM', 'TAKES', 'HEAD'].map((head) => painter.dim(head)), ...rows])}\n`;
      },
    };
  },
};
