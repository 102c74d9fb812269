import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EleventhError, type InitPlan, type LayoutName, planInit, quoted, usageError } from '@eleventh/core';
import { Repository, redact, runGit } from '@eleventh/git';
import { Option } from 'commander';
import type { CommandDefinition, Context } from '../command.ts';
import { people } from '../people.ts';
import { cacheDirectory, isPath } from '../repository-address.ts';
import { factsText } from '../screen/changes.ts';

/** The example workspace, as the build puts it beside the bundle. */
const EXAMPLES = new URL('./examples/', import.meta.url);

interface Options {
  readonly remote?: string;
  readonly layout: LayoutName;
  readonly examples?: boolean;
}

export const init: CommandDefinition = {
  name: 'init <dir>',
  summary: 'Begin a deployment repository of your own',
  description:
    'Makes the folder a Git repository with the workspace on its default branch and a branch for each environment. With --remote the branches are pushed there, and the folder becomes a checkout of it.',
  needsRepository: false,
  examples: [
    ['eleventh init bank --examples', 'with eleven example services'],
    ['eleventh init bank --remote git@example.com:bank/deploy.git', 'into an empty bare repository'],
    ['eleventh init bank --layout classic', 'preprod and production on one branch, production by tags'],
  ],
  options: (command) =>
    command
      .option('--remote <url>', 'an empty bare repository, a URL or a path')
      .addOption(
        new Option('--layout <layout>', 'how environments and branches are arranged')
          .choices(['standard', 'classic'])
          .default('standard'),
      )
      .option('--examples', 'with the services of an imaginary small bank')
      .option('--author <person>', 'who makes the first commits: "Name <name@example.com>"'),
  run: async (context, [dir = ''], options) => run(context, dir, options as unknown as Options),
};

async function run(context: Context, dir: string, options: Options) {
  const { io } = context;
  const folder = resolve(io.cwd, dir);
  await refuseUsed(folder, dir);
  const who = await people(io, context.options.author);
  const examples = options.examples === true ? await exampleFiles() : undefined;
  const remote =
    options.remote === undefined
      ? undefined
      : isPath(options.remote)
        ? resolve(io.cwd, options.remote)
        : options.remote;
  if (remote === undefined) await beginFolder(folder, io.env, options.layout);
  const { env, sleep, random } = io;
  const repository = await Repository.open({
    url: remote ?? folder,
    cacheDirectory: cacheDirectory(io),
    env,
    sleep,
    random,
  });
  const { plan, commits } = await repository.write(
    (view) => planInit(view, { name: nameOf(folder), layout: options.layout, examples }),
    who,
  );
  const branch = plan.layout.defaultBranch;
  const head = remote === undefined ? branch : await settleHead(remote, branch, io.env);
  if (remote !== undefined) await git(['clone', '--quiet', '--branch', branch, '--', remote, folder], io.env, folder);
  const isHeadSet = head === branch;
  const advice = isHeadSet
    ? undefined
    : `The repository's HEAD names ${head ?? 'no branch that exists'}; make ${branch} its default branch: git symbolic-ref HEAD refs/heads/${branch} on the server, or in the host's settings`;
  return {
    json: {
      changed: true,
      folder,
      remote: remote === undefined ? null : redact(remote),
      branch,
      commit: commits.get(branch)?.at(-1) ?? null,
      recipe: null,
      tag: null,
      branches: Object.fromEntries([...commits].map(([name, made]) => [name, made.at(-1)])),
      headIsSet: isHeadSet,
      advice: advice ?? null,
    },
    text: (painter: Parameters<typeof factsText>[1]) =>
      `Began the deployment repository ${painter.bold(nameOf(folder))} in ${folder}\n${factsText(branchFacts(plan, remote), painter)}\n${
        advice === undefined ? '' : `${painter.yellow('note:')} ${advice}\n`
      }\nNext:\n${nextSteps(dir, options)
        .map((line) => `  ${line}`)
        .join('\n')}\n`,
  };
}

function branchFacts({ layout }: InitPlan, remote: string | undefined): [string, string | undefined][] {
  return [
    [layout.defaultBranch, 'what people review: services, overlays, policy'],
    ...layout.environments.map(({ name, branch, release }): [string, string] => [
      branch,
      release === undefined ? `what ${name} deploys` : `what ${name} deploys, by tags ${release.tag}`,
    ]),
    ['pushed to', remote === undefined ? undefined : redact(remote)],
  ];
}

function nextSteps(dir: string, { remote, examples }: Options): string[] {
  return [
    `cd ${dir}`,
    ...(examples === true
      ? ['eleventh service list', 'eleventh pin payments --commit <sha> --image ghcr.io/example-bank/payments:<tag>']
      : [
          'eleventh service add payments --image ghcr.io/acme/payments',
          'eleventh pin payments --commit <sha> --manifests <folder>',
        ]),
    'eleventh status',
    ...(remote === undefined
      ? ['git remote add origin <url> && git push origin --all     # when there is a place to share it']
      : []),
  ];
}

async function refuseUsed(folder: string, dir: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw usageError(
      'BAD_FOLDER',
      `${quoted(dir)} cannot become a repository: it is not a folder that can be read.`,
      'eleventh init <a new folder>',
    );
  });
  if (entries.length > 0)
    throw usageError('FOLDER_NOT_EMPTY', `${quoted(dir)} is not empty.`, 'eleventh init <a new folder>');
}

function nameOf(folder: string): string {
  return basename(folder).replace(/[^A-Za-z0-9._ -]/g, '-') || 'deployments';
}

async function beginFolder(folder: string, env: Context['io']['env'], layout: LayoutName): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new EleventhError('BAD_FOLDER', `${folder} cannot be made: ${cause.message}.`, {
      hint: 'eleventh init <a folder you may write>',
      cause,
    });
  });
  await git(['init', '--quiet', `--initial-branch=${layout === 'classic' ? 'workspace' : 'main'}`], env, folder);
  // A repository without a remote is its own: a clean checkout of the branch that moves follows it (git-config(1)).
  await git(['config', 'receive.denyCurrentBranch', 'updateInstead'], env, folder);
}

/** Makes the default branch what the remote's HEAD names, where that can be done; returns what it names. */
async function settleHead(remote: string, branch: string, env: Context['io']['env']): Promise<string | null> {
  const path = remote.startsWith('file://')
    ? decodeURIComponent(new URL(remote).pathname)
    : isPath(remote)
      ? remote
      : undefined;
  if (path !== undefined) await runGit(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { env, cwd: path });
  const { stdout } = await runGit(['ls-remote', '--symref', '--', remote, 'HEAD'], { env });
  return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1] ?? null;
}

async function git(args: string[], env: Context['io']['env'], folder: string): Promise<void> {
  const cwd = args[0] === 'clone' ? undefined : folder;
  const { stderr, exitCode } = await runGit(args, cwd === undefined ? { env } : { env, cwd });
  if (exitCode === 0) return;
  throw new EleventhError(
    'GIT_FAILED',
    `git ${args[0]} failed in ${folder}: ${redact(stderr.trim().split('\n').at(-1) ?? '')}`,
    { hint: 'git --version' },
  );
}

async function exampleFiles(): Promise<Map<string, Uint8Array>> {
  const root = EXAMPLES.pathname;
  const entries = await readdir(EXAMPLES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = await Promise.all(
    files.map(async (path) => [path.slice(decodeURIComponent(root).length), await readFile(path)] as const),
  );
  return new Map(read.sort(([a], [b]) => (a < b ? -1 : 1)));
}
