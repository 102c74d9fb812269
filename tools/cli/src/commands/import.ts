import { resolve } from 'node:path';
import {
  EleventhError,
  EMPTY_TREE,
  environmentName,
  type ImportRequest,
  localPath,
  quoted,
  refusal,
  usageError,
} from '@eleventh/core';
import { gitInFolder, redact } from '@eleventh/git';
import type { ImportedLayout } from '@eleventh/kubernetes';
import { type CommandDefinition, type Context, collect, type Output } from '../command.ts';
import { type Built, build } from '../import/building.ts';
import { requestOf } from '../import/request.ts';
import { importText } from '../import/screen.ts';
import { readSource } from '../import/source.ts';
import { beginFolder, cloneInto, nameOf, refuseUsedFolder, settleHead } from '../new-repository.ts';
import { rendererOf } from '../renderer.ts';
import { isPath } from '../repository-address.ts';

interface Options {
  readonly to?: string;
  readonly remote?: string;
  readonly env?: string;
  readonly only?: string[];
  readonly release?: string[];
  readonly partial?: boolean;
}

/** What was imported, or would be. */
export interface Imported {
  readonly source: string;
  readonly commit: string;
  readonly folder: string;
  readonly remote: string | undefined;
  readonly request: ImportRequest;
  readonly layout: ImportedLayout;
  readonly built: Built;
  readonly notes: readonly string[];
  readonly advice: string | null;
}

export const importRepository: CommandDefinition = {
  description:
    'Reads a repository of Kubernetes manifests at one commit, which never changes: kustomize bases and overlays, folders of plain YAML, Flux Kustomizations and HelmReleases, Argo CD Applications and ApplicationSets. Makes a new workspace of it, in which every file is moved as it is, images of overlays become pins, and each environment has a branch. Both are rendered, and nothing is written unless every environment comes to the same objects as before, but for the annotations of pins. What has no place is named with the reason.',
  needsRepository: false,
  isWriting: true,
  examples: [
    ['eleventh import ../flux-repository --to shop --dry-run', 'what it would be, with the proof'],
    [
      'eleventh import https://example.com/shop/gitops.git --to shop --remote git@example.com:shop/deploy.git',
      'into an empty bare repository',
    ],
    [
      'eleventh import ../gitops --to shop --env dev,staging,live --release live',
      'the environments by name, in order; the last deploys tags',
    ],
  ],
  options: (command) =>
    command
      .requiredOption('--to <folder>', 'a new folder for the workspace')
      .option('--remote <url>', 'an empty bare repository, a URL or a path')
      .option('--only <folder>', 'take this folder of the repository alone (repeatable)', collect)
      .option('--env <names>', 'the environments in the order in which recipes move, such as dev,staging,prod')
      .option('--release <env>', 'an environment that deploys tags (repeatable)', collect)
      .option('--partial', 'import the rest where a part of an environment cannot be built'),
  run: async (context, [source = ''], options) =>
    output(context, await run(context, source, options as unknown as Options)),
};

async function run(context: Context, given: string, options: Options): Promise<Imported> {
  const { io } = context;
  const folder = resolve(io.cwd, options.to ?? '');
  await refuseUsedFolder(folder);
  const environments = namesOf(options.env);
  const remote =
    options.remote !== undefined && isPath(options.remote) ? resolve(io.cwd, options.remote) : options.remote;
  const renderer = await rendererOf(io);
  const { importedLayout } = await import('@eleventh/kubernetes');
  return readSource(io, given, async ({ snapshot, view, build: from, names, notes }) => {
    const layout = await importedLayout(snapshot, await view.snapshot(EMPTY_TREE), renderer, {
      names,
      environments,
      only: options.only?.map(folderName) ?? [],
      build: from,
    });
    refuseUnsound(layout, options.partial === true);
    const request = requestOf(layout, nameOf(folder), from, options.release ?? []);
    const built = await build(io, request, layout, renderer, context.options.author);
    refuseDifferent(built);
    const isDryRun = context.options.dryRun === true;
    const advice = isDryRun ? null : await deliver(context, built.folder, folder, remote);
    return {
      source: from.address,
      commit: from.commit,
      folder,
      remote,
      request,
      layout,
      built,
      notes: [...notes, ...layout.notes],
      advice,
    };
  });
}

function namesOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  const names = text.split(',').map((name) => environmentName(name.trim()));
  if (new Set(names).size === names.length) return names;
  throw usageError('BAD_ENVIRONMENT_NAME', '--env names an environment twice.', '--env dev,staging,prod');
}

function folderName(text: string): string {
  const name = localPath('x', text.replace(/\/+$/, ''));
  if (name !== null && name !== '') return name;
  throw usageError('BAD_FOLDER', `${quoted(text)} is not a folder of the repository.`, '--only deploy/kubernetes');
}

function refuseUnsound({ services, failed, clashes, unplaced }: ImportedLayout, isPartial: boolean): void {
  const missing = [
    ...unplaced.filter(({ isMissing }) => isMissing).map(({ path, why }) => `${path}: ${why}`),
    ...failed.map(({ id, why }) => `${id}: ${why}`),
  ];
  const details = { unplaced: unplaced.filter(({ isMissing }) => isMissing), failed, clashes };
  const [clash] = clashes;
  if (clash !== undefined)
    throw refusal(
      'IMPORT_CLASH',
      `${clash.services.join(' and ')} both have ${clash.object} in ${clash.environment}, and not the same.`,
      {
        hint: 'Where one is an alternative to the other, take one alone: --only <folder>',
        details,
      },
    );
  if (services.length === 0)
    throw refusal(
      'IMPORT_NOTHING',
      `There is nothing here that an environment could run${missing.length === 0 ? '' : `: ${missing[0]}`}.`,
      {
        hint: '--env <names> says what the folders of environments are called.',
        details,
      },
    );
  if (missing.length === 0 || isPartial) return;
  const more = missing.length === 1 ? '' : ` (and ${missing.length - 1} more)`;
  throw refusal(
    'IMPORT_INCOMPLETE',
    `A part of an environment cannot be placed${more}: ${missing[0]?.replace(/\.$/, '')}.`,
    {
      hint: 'Mend it in the old repository, or leave such parts out: --partial',
      details,
    },
  );
}

function refuseDifferent({ proofs }: Built): void {
  const different = proofs.filter((proof) => proof.differences.length > 0);
  const [first] = different;
  if (first === undefined) return;
  throw refusal(
    'IMPORT_DIFFERS',
    `${first.environment} would not be what it is: ${first.differences.slice(0, 5).join('; ')}.`,
    {
      hint: 'Nothing was written. --json lists every difference.',
      details: { environments: different },
    },
  );
}

/** Puts the workspace where it is to be, as `init` does. */
async function deliver(
  { io }: Context,
  from: string,
  folder: string,
  remote: string | undefined,
): Promise<string | null> {
  const { env } = io;
  if (remote === undefined) await beginFolder(folder, 'main', env);
  const { exitCode, stderr } = await gitInFolder(
    ['push', '--quiet', '--atomic', '--', remote ?? folder, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'],
    { env, cwd: from },
  );
  if (exitCode !== 0)
    throw new EleventhError(
      'PUSH_FAILED',
      `The workspace cannot be pushed: ${redact(stderr.trim().split('\n').at(-1) ?? '')}`,
      { hint: 'The remote has to be an empty bare repository that you may push to.' },
    );
  if (remote === undefined) return null;
  const advice = await settleHead(remote, 'main', env);
  await cloneInto(folder, remote, 'main', env);
  return advice;
}

function output({ options }: Context, imported: Imported): Output {
  const { source, commit, folder, remote, request, layout, built, notes, advice } = imported;
  const isDryRun = options.dryRun === true;
  return {
    json: {
      changed: true,
      dryRun: isDryRun,
      folder,
      remote: remote === undefined ? null : redact(remote),
      branch: 'main',
      commit: isDryRun ? null : (built.branches.main ?? null),
      recipe: null,
      tag: null,
      branches: isDryRun ? {} : built.branches,
      tags: built.tags,
      source: { address: source, commit },
      environments: request.environments.map(({ name, from, release }) => ({ name, from, release: release ?? null })),
      services: layout.services.map(({ id, way, tried = [], from, repositories }) => ({
        id,
        way,
        tried,
        from: Object.fromEntries(from),
        images: repositories,
      })),
      failed: layout.failed,
      unplaced: layout.unplaced,
      proofs: built.proofs,
      notes,
      advice,
    },
    text: (painter) => importText(imported, isDryRun, painter),
  };
}
