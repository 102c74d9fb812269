import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYOUTS, type Layout, type LayoutName, planInit } from '@eleventh/core';
import { Repository, redact } from '@eleventh/git';
import { Option } from 'commander';
import type { CommandDefinition, Context, Output } from '../command.ts';
import { beginFolder, cloneInto, nameOf, refuseUsedFolder, settleHead } from '../new-repository.ts';
import { people } from '../people.ts';
import { cacheDirectory, isPath } from '../repository-address.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { VERSION } from '../version.ts';

/** The example workspace, as the build puts it beside the bundle. */
const EXAMPLES = fileURLToPath(new URL('./examples/', import.meta.url));

interface Options {
  readonly remote?: string;
  readonly layout: LayoutName;
  readonly examples?: boolean;
  readonly nx?: boolean;
}

interface Begun {
  readonly dir: string;
  readonly folder: string;
  readonly remote: string | undefined;
  readonly layout: Layout;
  readonly isNx: boolean;
  /** The newest commit of each branch; empty for a dry run. */
  readonly branches: Readonly<Record<string, string>>;
  readonly advice: string | null;
}

export const init: CommandDefinition = {
  description:
    'Makes the folder a Git repository with the workspace on its default branch and a branch for each environment. With --remote the branches are pushed there, and the folder becomes a checkout of it.',
  needsRepository: false,
  isWriting: true,
  examples: [
    ['eleventh init bank --examples', 'with eleven example services'],
    ['eleventh init bank --remote git@example.com:bank/deploy.git', 'into an empty bare repository'],
    ['eleventh init bank --nx', 'with nx.json and package.json, for `npx nx affected -t check`'],
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
      .option('--nx', 'with the files by which Nx runs checks of what a change touches, and caches them'),
  run: async (context, [dir = ''], options) =>
    output(context, await begin(context, dir, options as unknown as Options)),
};

async function begin({ io, options: { author, dryRun } }: Context, dir: string, options: Options): Promise<Begun> {
  const { env, cwd, sleep, random, now } = io;
  const folder = resolve(cwd, dir);
  await refuseUsedFolder(folder);
  const who = await people(io, author);
  const layout = LAYOUTS[options.layout];
  const branch = layout.defaultBranch;
  const remote = options.remote !== undefined && isPath(options.remote) ? resolve(cwd, options.remote) : options.remote;
  const begun = { dir, folder, remote, layout, isNx: options.nx === true };
  const open = (url: string) => Repository.open({ url, cacheDirectory: cacheDirectory(io), env, sleep, random, now });
  const request = {
    name: nameOf(folder),
    layout: options.layout,
    examples: options.examples === true ? await exampleFiles() : undefined,
    nx: options.nx === true ? VERSION : undefined,
  };
  if (dryRun === true) {
    if (remote !== undefined) await (await open(remote)).read((view) => planInit(view, request));
    return { ...begun, branches: {}, advice: null };
  }
  if (remote === undefined) await beginFolder(folder, branch, env);
  const { commits } = await (await open(remote ?? folder)).write((view) => planInit(view, request), who);
  const advice = remote === undefined ? null : await settleHead(remote, branch, env);
  if (remote !== undefined) await cloneInto(folder, remote, branch, env);
  return {
    ...begun,
    branches: Object.fromEntries([...commits].map(([name, made]) => [name, made.at(-1) ?? ''])),
    advice,
  };
}

async function exampleFiles(): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(EXAMPLES, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths
      .sort()
      .map(async (path) => [path.slice(EXAMPLES.length).replaceAll('\\', '/'), await readFile(path)] as const),
  );
  return new Map(files);
}

function output({ options }: Context, begun: Begun): Output {
  const { folder, remote, layout, branches, advice } = begun;
  const branch = layout.defaultBranch;
  return {
    json: {
      changed: true,
      dryRun: options.dryRun === true,
      folder,
      remote: remote === undefined ? null : redact(remote),
      branch,
      commit: branches[branch] ?? null,
      recipe: null,
      tag: null,
      branches,
      advice,
    },
    text: (painter) => text(begun, options.dryRun === true, painter),
  };
}

function text({ dir, folder, remote, layout, isNx, advice }: Begun, isDryRun: boolean, painter: Painter): string {
  const deploys = new Map<string, string[]>();
  for (const { name, branch, release } of layout.environments) {
    const what = release === undefined ? `what ${name} deploys` : `what ${name} deploys, by tags ${release.tag}`;
    deploys.set(branch, [...(deploys.get(branch) ?? []), what]);
  }
  const facts = factsText(
    [
      [layout.defaultBranch, 'what people review: services, overlays, policy'],
      ...[...deploys].map(([branch, whats]) => [branch, whats.join('; ')] as const),
      ['pushed to', remote === undefined || isDryRun ? undefined : redact(remote)],
    ],
    painter,
  );
  const verb = isDryRun ? 'Would begin' : 'Began';
  const done = `${verb} the deployment repository ${painter.bold(nameOf(folder))} in ${folder}\n${facts}\n`;
  if (isDryRun) return done;
  const note = advice === null ? '' : `${painter.yellow('note:')} ${advice}\n`;
  const next = [
    `cd ${dir}`,
    ...(isNx ? ['npm install     # commit the package-lock.json that it writes'] : []),
    'eleventh service add hello --image ghcr.io/acme/hello',
    'eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello',
    'eleventh status',
    ...(remote === undefined ? ['git remote add origin <url> && git push origin --all'] : []),
  ];
  return `${done}${note}\nNext:\n${next.map((line) => `  ${line}`).join('\n')}\n`;
}
