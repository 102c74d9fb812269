import {
  asBadAs,
  type CheckSeverity,
  checkPolicies,
  planUpgrade,
  SEVERITIES,
  usageError,
  type View,
} from '@eleventh/core';
import { Option } from 'commander';
import { type CommandDefinition, type Context, collect, type Output } from '../command.ts';
import { formattedReport } from '../formatted-report.ts';
import { manifestReport } from '../manifest-check.ts';
import { findingsText } from '../screen/findings.ts';
import { policyText } from '../screen/policy.ts';
import { upgradeText } from '../screen/upgrade.ts';

interface Options {
  readonly policy?: boolean;
  readonly upgrade?: boolean;
  readonly write?: boolean;
  readonly ref?: string;
  readonly worktree?: boolean;
  readonly environment?: string[];
  readonly service?: string[];
  readonly failOn: CheckSeverity;
  readonly format?: (typeof FORMATS)[number];
}

const FORMATS = ['sarif', 'github', 'junit'] as const;

export const check: CommandDefinition = {
  description:
    'Renders every service of every environment as its branch has it, with the kustomize or kubectl and the Helm that are here, and holds the objects against the schemas of Kubernetes and against the rules: each has a page in the documentation. Nothing is fetched but the repository. With --ref, the recipe of a tag or of a commit of an environment, or what an update to a commit of the default branch would make of each environment; with --worktree, the same of the files on disk. --policy reads the policies instead, and asks the gates about the examples beside them. --upgrade looks at how the files of the default branch are written, and with --write commits there what this version would write otherwise. It ends with exit code 1 when something is wrong, or is to be done, and never changes anything else.',
  examples: [
    ['eleventh check', 'what runs everywhere'],
    ['eleventh check --environment prod --service payments', 'one service in one environment'],
    ['eleventh check --worktree', 'the files of this checkout, before they are committed'],
    ['eleventh check --repo . --ref HEAD', 'what is checked out, before it is merged'],
    ['eleventh check --worktree --format github', 'annotations in a run of GitHub Actions'],
    ['eleventh check --policy', 'the policies of the default branch'],
    ['eleventh check --upgrade', 'what this version would write otherwise'],
  ],
  options: (command) =>
    command
      .addOption(
        new Option('--policy', 'the policies and their examples, in place of manifests').conflicts([
          ...['environment', 'service', 'format', 'failOn'],
        ]),
      )
      .addOption(
        new Option('--upgrade', 'how the files of the default branch are written, in place of manifests').conflicts([
          ...['policy', 'ref', 'worktree', 'environment', 'service', 'format', 'failOn'],
        ]),
      )
      .option('--write', 'with --upgrade: commit it')
      .option('--ref <revision>', 'a branch, tag or commit to read instead')
      .addOption(new Option('--worktree', 'read the files of this checkout, committed or not').conflicts('ref'))
      .option('--environment <env>', 'only this environment (repeatable)', collect)
      .option('--service <id>', 'only this service (repeatable)', collect)
      .addOption(
        new Option('--format <format>', 'a report for other programs, in place of lines for people')
          .choices(FORMATS)
          .conflicts('json'),
      )
      .addOption(new Option('--fail-on <severity>', 'what ends with exit code 1').choices(SEVERITIES).default('error')),
  run: async (context, _, options) => {
    const given = options as unknown as Options;
    if (given.upgrade === true) return upgrade(context, given.write === true);
    if (given.write === true)
      throw usageError(
        'NEEDS_UPGRADE',
        '--write commits an upgrade, and none was asked for.',
        'eleventh check --upgrade --write',
      );
    return given.policy === true ? policies(context, given) : manifests(context, given);
  },
};

async function policies(context: Context, options: Options): Promise<Output> {
  const found = await readWhat(context, options, checkPolicies);
  const name = options.worktree === true ? 'files on disk' : found.workspace.name;
  const report = { ...found, workspace: { ...found.workspace, name } };
  return { json: { ...report }, text: (painter) => policyText(report, painter), exitCode: report.passes ? 0 : 1 };
}

async function upgrade(context: Context, isWritten: boolean): Promise<Output> {
  const done = isWritten ? await context.change(planUpgrade) : null;
  const plan = done?.plan ?? (await context.read(planUpgrade));
  const { format, branch, migrations } = plan;
  const commit = done?.commits.get(branch)?.at(-1) ?? null;
  return {
    json: { ok: isWritten || migrations.length === 0, format, branch, migrations, commit },
    text: (painter) => upgradeText(plan, isWritten, painter),
    exitCode: isWritten || migrations.length === 0 ? 0 : 1,
  };
}

async function manifests(context: Context, options: Options): Promise<Output> {
  const scope = { environments: options.environment, services: options.service };
  const report = await readWhat(context, options, (view, at) => manifestReport(context.io, view, scope, at));
  const counted = asBadAs(options.failOn);
  const ok = !report.findings.some(({ severity }) => counted.includes(severity));
  const formatted = options.format === undefined ? null : await formattedReport(report, options.format, counted);
  const { mergedFindings } = await import('@eleventh/kubernetes');
  const merged = mergedFindings(report.findings, report.checked);
  return {
    json: { ok, ...report },
    text: (painter) => formatted ?? findingsText(merged, report.checked, painter),
    exitCode: ok ? 0 : 1,
  };
}

/** Returns what a report says of the newest state, of a revision, or of the files on disk. */
function readWhat<T>(
  context: Context,
  { ref, worktree }: Options,
  report: (view: View, at?: string) => Promise<T>,
): Promise<T> {
  if (worktree === true) return context.readWorktree(report);
  return ref === undefined ? context.read((view) => report(view)) : context.readAt(ref, report);
}
