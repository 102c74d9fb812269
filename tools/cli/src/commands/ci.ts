import { environmentName, quoted, serviceId, usageError } from '@eleventh/core';
import { Option } from 'commander';
import { type Person, personOf } from '../build-facts.ts';
import { checkoutRoot, MARK, type WrittenFile, writeFiles } from '../ci/checkout-files.ts';
import { rendersPins, STANDARD } from '../ci/deployment.ts';
import { HOSTS, type Host, type HostFile, type HostName } from '../ci/host.ts';
import { HOST } from '../ci/hosts.ts';
import { PIPELINES, type Pipeline } from '../ci/job.ts';
import { deploymentJobs } from '../ci/jobs.ts';
import { known, requireEnvironments } from '../ci/request.ts';
import { serviceStep } from '../ci/service-step.ts';
import { type CommandDefinition, type Context, collect, type Output } from '../command.ts';
import { table } from '../screen/table.ts';

interface Options {
  readonly service?: string;
  readonly env?: string[];
  readonly image?: string[];
  readonly manifests?: string;
  readonly notify?: boolean;
  readonly only?: Pipeline[];
  readonly pullRequests?: boolean;
  readonly author?: string;
  readonly write?: boolean;
  readonly force?: boolean;
}

const OF_SERVICES = ['image', 'manifests', 'notify'] as const;
const OF_DEPLOYMENTS = ['only', 'pullRequests', 'write', 'force'] as const;

export const ci: CommandDefinition = {
  description: `Without --service, the pipelines of the deployment repository, for the environments that it has: check a pull request, test what was pinned, drain requests, promote what may be promoted, release a hand-made revert, verify every night. With --service, the step of a service's pipeline that pins its build. Each script takes Node, npm and git, and brings the rest with it. For ${HOSTS.join(', ')}.`,
  examples: [
    ['eleventh ci github --service payments --image ghcr.io/acme/payments', 'the step that pins what was built'],
    ['eleventh ci gitlab --write', 'writes all pipelines into this checkout of the deployment repository'],
    ['eleventh ci buildkite --only verify', 'prints one of them'],
    ['eleventh ci github --pull-requests --write', 'promotes by pull requests that somebody approves'],
  ],
  options: (command) => {
    for (const argument of command.registeredArguments) argument.choices(HOSTS).description = HOSTS.join(', ');
    command
      .option('--service <id>', 'the step of this service, in place of the pipelines')
      .option('--env <env>', 'only this environment (repeatable; for a service: the one it pins)', collect)
      .option('--image <ref>', "an image of the service; the build's digest is added (repeatable)", collect)
      .option('--manifests <dir>', 'the folder of the manifests that the pin brings along')
      .option('--notify', 'call the job that drains requests, where the service may not write the branch')
      .addOption(
        new Option('--only <pipeline>', 'only this pipeline (repeatable)').choices(PIPELINES).argParser(pipelines),
      )
      .option('--pull-requests', 'promote by pull requests')
      .option('--author <person>', 'in whose name jobs commit: "Name <name@example.com>" (default: as the host says)')
      .option('--write', 'write the files into the checkout')
      .option('--force', 'replace files that this command did not make');
  },
  run: async (context, [name = ''], given) => {
    const options = given as Options;
    const host = HOST[name as HostName];
    return options.service === undefined ? pipelineFiles(context, host, options) : step(context, host, options);
  },
};

function pipelines(value: string, previous: Pipeline[] = []): Pipeline[] {
  const found = PIPELINES.find((pipeline) => pipeline === value);
  if (found !== undefined) return [...previous, found];
  throw usageError(
    'BAD_PIPELINE',
    `There is no pipeline ${quoted(value)}, only ${PIPELINES.join(', ')}.`,
    '--only check',
  );
}

async function step(context: Context, host: Host, options: Options): Promise<Output> {
  refuseOthers(
    host,
    options,
    OF_DEPLOYMENTS,
    'belongs to the pipelines of the deployment repository, not to a service',
  );
  const id = serviceId(options.service ?? '');
  if ((options.env?.length ?? 0) > 1) {
    throw usageError('TWO_ENVIRONMENTS', 'A build is pinned in one environment.', '--env <the first one>');
  }
  const { deployment, address, images } = await known(context, id);
  const [environment] = (options.env ?? []).map(environmentName);
  // What is not known cannot be held against the name: the environment is the workspace's.
  if (environment !== undefined && deployment !== STANDARD) requireEnvironments(deployment, [environment]);
  const request = {
    ...{ id, environment, images: options.image ?? images, manifests: options.manifests },
    ...{ isNotifying: options.notify === true, renders: rendersPins(deployment) },
    defaultBranch: deployment.defaultBranch,
  };
  const heading = `${MARK} ${host.name} --service ${id}: pins what was built.`;
  const around = { deployment, address, author: authorOf(options), heading };
  const text = host.step(serviceStep(request, host), around);
  return { json: { host: host.name, service: id, files: [{ path: null, text }] }, text: () => text };
}

async function pipelineFiles(context: Context, host: Host, options: Options): Promise<Output> {
  refuseOthers(host, options, OF_SERVICES, 'belongs to the step of a service: name it with --service');
  const { deployment, address } = await known(context, undefined);
  requireEnvironments(deployment, options.env ?? []);
  const jobs = deploymentJobs(deployment, host, { pullRequests: options.pullRequests === true }).filter(
    ({ pipeline, environment }) =>
      (options.only?.includes(pipeline) ?? true) &&
      (environment === null || (options.env?.includes(environment) ?? true)),
  );
  const words = ['--write', ...(options.pullRequests === true ? ['--pull-requests'] : [])];
  const heading = `${MARK} ${host.name}. Make it again with: eleventh ci ${host.name} ${words.join(' ')}`;
  const files = host
    .files(jobs, { deployment, address, author: authorOf(options), heading })
    .filter(({ pipeline }) => pipeline !== null || options.only === undefined || !HAS_ROOT.includes(host.name));
  const json = { host: host.name, service: null };
  if (options.write !== true) {
    const shown = files.map(({ path, text }) => ({ path, text }));
    return { json: { ...json, files: shown }, text: () => printed(files) };
  }
  const root = await checkoutRoot(context.options.repo, context.io);
  const written = await writeFiles(root, files, options.force === true);
  return { json: { ...json, written: root, files: written }, text: () => writtenText(root, written) };
}

/** Where a file leads to the others: what was asked for alone does without. */
const HAS_ROOT: readonly HostName[] = ['gitlab'];

function refuseOthers(host: Host, options: Options, others: readonly (keyof Options)[], why: string): void {
  const given = others.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw usageError('WRONG_OPTION', `${option} ${why}.`, `eleventh ci ${host.name} --help`);
}

function authorOf({ author }: Options): Person | null {
  const named = author === undefined ? null : personOf(author);
  if (named !== undefined) return named;
  throw usageError('BAD_AUTHOR', '--author does not name a person.', '--author "Name <name@example.com>"');
}

/** Returns one file as it is, and several one after the other, each below its path. */
function printed(files: readonly HostFile[]): string {
  const [first, ...more] = files;
  if (first !== undefined && more.length === 0) return first.text;
  return files.map(({ path, text }) => `# ===== ${path}\n${text}`).join('\n');
}

function writtenText(root: string, files: readonly WrittenFile[]): string {
  const rows = files.map(({ path, changed }) => [changed ? '~' : '=', path]);
  const count = files.filter(({ changed }) => changed).length;
  return count === 0
    ? `All ${files.length} files in ${root} are as they should be; nothing to do.\n`
    : `Wrote ${count} of ${files.length} files in ${root}\n${table(rows)}\nCommit them to the default branch; eleventh update <env> brings them to an environment's branch, where pushes run them.\n`;
}
