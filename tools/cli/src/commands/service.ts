import {
  branchName,
  isRepository,
  listServices,
  planServiceAdd,
  planServiceRemove,
  quoted,
  serviceId,
  usageError,
  type WorkspacePlan,
} from '@eleventh/core';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { readManifestsFolder } from '../manifests-folder.ts';
import { reviewOptions } from '../review/review-option.ts';
import { factsText, shortIf } from '../screen/changes.ts';
import { printable, table } from '../screen/table.ts';

const reviewOption = [
  '--branch <branch>',
  'commit to a new branch, for review (default: the default branch itself)',
] as const;

export const serviceAdd: CommandDefinition = {
  description:
    'Without --manifests it starts with a Deployment and a Service for its images, to be replaced by its own.',
  isWriting: true,
  examples: [
    [
      'eleventh service add payments --image ghcr.io/acme/payments --owner team-payments',
      'commits it to the default branch',
    ],
    [
      'eleventh service add risk/fraud --image ghcr.io/acme/fraud --branch add-fraud',
      'in a group, on a branch for review',
    ],
  ],
  options: (command) =>
    reviewOptions(command)
      .option('--image <repository>', 'a repository that its builds come from (repeatable)', collect)
      .option('--owner <team>', 'the team that owns it')
      .option('--source <url>', "the service's repository")
      .option('--manifests <dir>', 'the Kubernetes manifests it starts with')
      .option(...reviewOption),
  run: async (context, [id = ''], given) => {
    const options = given as { image?: string[]; owner?: string; source?: string; manifests?: string; branch?: string };
    const images = options.image ?? [];
    const bad = images.find((image) => !isRepository(image));
    if (bad !== undefined) {
      throw usageError(
        'BAD_REPOSITORY_NAME',
        `${quoted(bad)} is not an image repository: it takes no tag and no digest.`,
        '--image ghcr.io/acme/payments',
      );
    }
    const request = {
      id: serviceId(id),
      images: [...new Set(images)],
      owner: options.owner,
      source: options.source,
      branch: options.branch === undefined ? undefined : branchName(options.branch),
      manifests:
        options.manifests === undefined ? undefined : await readManifestsFolder(options.manifests, context.io.cwd),
    };
    return workspaceOutput(
      await context.change((view) => planServiceAdd(view, request)),
      `service ${request.id}`,
      ['Added', 'Would add'],
      `eleventh pin ${request.id} --commit "$(git rev-parse HEAD)"`,
    );
  },
};

export const serviceRemove: CommandDefinition = {
  isWriting: true,
  examples: [['eleventh service remove cards', 'then: eleventh update staging, and promote']],
  options: (command) => reviewOptions(command).option(...reviewOption),
  run: async (context, [id = ''], given) => {
    const { branch } = given as { branch?: string };
    const request = { id: serviceId(id), branch: branch === undefined ? undefined : branchName(branch) };
    const done = await context.change((view) => planServiceRemove(view, request));
    return workspaceOutput(
      done,
      `service ${request.id}`,
      ['Removed', 'Would remove'],
      done.plan.workspace.environments
        .filter(({ from }) => from.length === 0)
        .map(({ name }) => `eleventh update ${name}`)
        .join(' && '),
    );
  },
};

export const serviceList: CommandDefinition = {
  examples: [['eleventh service list --json', 'for another program']],
  run: async (context) => {
    const services = await context.read(listServices);
    return {
      json: { services: services.map((one) => ({ ...one, owner: one.owner ?? null, source: one.source ?? null })) },
      text: (painter) => {
        if (services.length === 0)
          return 'There is no service yet. Add one: eleventh service add hello --image ghcr.io/acme/hello\n';
        const rows = services.map(({ id, owner, images, runsIn }) => [
          painter.bold(id),
          printable(owner ?? '-'),
          runsIn.join(', ') || 'nowhere yet',
          images.join(', ') || 'no image',
        ]);
        return `${table([['SERVICE', 'OWNER', 'RUNS IN', 'IMAGES'].map((head) => painter.dim(head)), ...rows])}\n`;
      },
    };
  },
};

/** Returns the output of a change of the default branch, or of a branch beside it. */
export function workspaceOutput(
  done: Done<WorkspacePlan>,
  what: string,
  verbs: readonly [past: string, conditional: string],
  next: string,
): Output {
  const { plan, changed, isDryRun } = done;
  const commit = done.commits.get(plan.branch)?.at(-1) ?? (changed ? null : plan.workspace.commit);
  const isReview = plan.branch !== plan.workspace.branch;
  return {
    json: writtenJson(done, { branch: plan.branch, commit, recipe: null, tag: null }),
    text: (painter) => {
      if (!changed) return `The ${what} is on ${plan.branch} already, just like this; nothing to do.\n`;
      if (isDryRun) return `${verbs[1]} the ${painter.bold(what)} on ${plan.branch}\n`;
      const after = isReview ? `merge ${plan.branch} into ${plan.workspace.branch}` : next;
      return `${verbs[0]} the ${painter.bold(what)} on ${plan.branch}\n${factsText(
        [
          ['commit', shortIf(commit)],
          ['next', after],
        ],
        painter,
      )}\n`;
    },
  };
}
