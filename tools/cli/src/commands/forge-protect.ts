import { branchName, type ProtectionPlan, planProtection } from '@eleventh/core';
import { type HostProtection, openProtection, type Part } from '@eleventh/forge';
import { type CommandDefinition, collect, type Done, type Output, writtenJson } from '../command.ts';
import { forgeWorld } from '../forge-world.ts';
import { repositoryAddress } from '../repository-address.ts';
import { shortIf } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

interface Options {
  readonly deployer?: string[];
  readonly releaser?: string[];
  readonly check?: string[];
  readonly branch?: string;
}

export const forgeProtect: CommandDefinition = {
  description:
    'On GitHub, GitLab, Gitea and Forgejo: reviews of the default branch, who moves environments, tags that stay, and\nCODEOWNERS from the owners of services. What is right already is left alone; rules of others stay beside these.',
  isWriting: true,
  examples: [
    ['eleventh forge protect --dry-run', 'shows what the host has of it, and what would change'],
    [
      'eleventh forge protect --deployer deploy-bot --releaser deploy-bot --check verify',
      'only that account moves environments and makes releases',
    ],
  ],
  options: (command) =>
    command
      .option(
        '--deployer <login>',
        'who pushes to environments: a login, org/team, app:<id>, deploy-keys (repeatable)',
        collect,
      )
      .option('--releaser <login>', 'who makes the tags of releases (repeatable)', collect)
      .option(
        '--check <name>',
        'a check that has to pass before the default branch takes a change (repeatable)',
        collect,
      )
      .option(
        '--branch <branch>',
        'commit CODEOWNERS to a new branch, for review (default: the default branch itself)',
      ),
  run: async (context, _args, given) => {
    const { deployer = [], releaser = [], check = [], branch } = given as Options;
    const address = await repositoryAddress(context.options.repo, context.io);
    const host = await openProtection(address.url, forgeWorld(context.io));
    const request = {
      ...{ deployers: deployer, releasers: releaser, checks: check },
      codeowners: { path: host.codeowners, organisation: host.organisation },
      branch: branch === undefined ? undefined : branchName(branch),
    };
    // The host is read before anything is written: what it does not know is refused while nothing has changed.
    let found: HostProtection | undefined;
    const done = await context.change(async (view) => {
      const plan = await planProtection(view, request);
      found = await host.read(plan.protections);
      return plan;
    });
    found ??= await host.read(done.plan.protections);
    return output(done, found, done.isDryRun ? null : await found.apply());
  },
};

/** @param after is what the host has since it was told, null where it was not. */
function output(done: Done<ProtectionPlan>, { parts, limits }: HostProtection, after: readonly Part[] | null): Output {
  const { plan, isDryRun, changed: isCommitted } = done;
  const changed = isCommitted || parts.some(({ state }) => state !== 'kept');
  const commit = done.commits.get(plan.branch)?.at(-1) ?? (isCommitted ? null : plan.workspace.commit);
  const left = new Set((after ?? []).filter(({ state }) => state !== 'kept').map(nameOf));
  return {
    ...(left.size === 0 ? {} : { exitCode: 1 }),
    json: {
      ...writtenJson({ ...done, changed }, { branch: plan.branch, commit, recipe: null, tag: null }),
      codeowners: plan.codeowners,
      protection: parts.map((part) => ({ ...part, taken: after === null ? null : !left.has(nameOf(part)) })),
      limits,
      undecided: plan.undecided,
    },
    text: (painter) => {
      const rows = parts.map((part) => [
        painter.bold(printable(part.target)),
        printable(part.rule),
        left.has(nameOf(part)) ? painter.red('not taken by the host') : become(part, isDryRun, painter),
      ]);
      const owners = plan.codeowners;
      if (owners !== null) {
        const committed = isDryRun
          ? `would be committed to ${plan.branch}`
          : `committed to ${plan.branch}, ${shortIf(commit)}`;
        rows.push([painter.bold(owners.path), 'who answers for each service', isCommitted ? committed : 'as it is']);
      }
      const head = ['WHAT', 'RULE', isDryRun ? 'WOULD BE' : 'IS'].map((word) => painter.dim(word));
      const shown =
        isDryRun && isCommitted && owners !== null ? `\n${owners.path}:\n${printableLines(owners.text)}` : '';
      return [
        `${table([head, ...rows])}\n`,
        shown,
        section('To be decided:', plan.undecided, painter),
        section('What the host cannot keep from happening, and eleventh verify finds:', limits, painter),
        changed ? '' : '\nNothing to do.\n',
      ].join('');
    },
  };
}

function nameOf({ target, rule }: Part): string {
  return `${target}: ${rule}`;
}

function become({ state }: Part, isDryRun: boolean, painter: Painter): string {
  if (state === 'kept') return 'as it is';
  return painter.green(state === 'missing' ? (isDryRun ? 'made' : 'new') : 'changed');
}

function section(heading: string, lines: readonly string[], painter: Painter): string {
  return lines.length === 0 ? '' : `\n${painter.dim(heading)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${printable(line)}`))
    .join('\n');
}
