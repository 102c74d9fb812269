import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  breakReason,
  buildLabel,
  changeLabel,
  type Pinned,
  type PinPlan,
  type PinRequest,
  pinnedReference,
  planPins,
  recipeOf,
  usageError,
} from '@eleventh/core';
import { parseBatch } from '../batch.ts';
import { type CommandDefinition, type Context, collect, type Done, type Output, writtenJson } from '../command.ts';
import { type PinOptions, pinRequest, surroundings } from '../pin-facts.ts';
import { formatOption, limitOption, renderedOption } from '../rendered-option.ts';
import { factsText, shortIf } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';
import { ticketOption } from '../ticket-option.ts';

interface Options extends PinOptions {
  readonly wait?: number;
  readonly batch?: string;
}

export const pin: CommandDefinition = {
  description:
    'Commits the build to the environment branch, with its manifests when --manifests brings them. A build that is older than the one that runs is refused. In CI and in a checkout of the service, commit, branch, time and source are found out, and what changed since the build it replaces is recorded.',
  isWriting: true,
  examples: [
    ['eleventh pin payments --commit "$(git rev-parse HEAD)"', 'pins every image of payments at the tag of the commit'],
    [
      'eleventh pin payments --image ghcr.io/acme/payments@sha256:… --version 2.3.1 --manifests k8s/',
      'with its digest and manifests, in CI',
    ],
    [
      'eleventh pin --batch pins.jsonl',
      'pins many in one push, one commit each; other options hold for lines that do not say',
    ],
  ],
  options: (command) =>
    command
      .option(
        '--image <ref>',
        'an image of the build: repository:tag, repository@digest or both (repeatable; default: all of the service)',
        collect,
      )
      .option('--commit <sha>', "the service's commit, 40 hexadecimal digits (default: from CI or the checkout)")
      .option(
        '--branch <branch>',
        "the service's branch it was built from (default: from CI or the checkout, else main)",
      )
      .option('--version <version>', 'the SemVer version of the build')
      .option('--built <time>', 'the time of the commit, RFC 3339 (default: from CI or the checkout, else now)')
      .option('--source <url>', "the service's repository (default: from CI, the checkout or service.yaml)")
      .option('--manifests <dir>', 'mirror the Kubernetes manifests of this folder in the same commit')
      .option('--to <env>', "the environment (default: the workspace's first)")
      .option('--allow-downgrade', 'let an older build replace a newer one')
      .addOption(ticketOption)
      .option(
        '--wait <seconds>',
        'how long to wait for eleventh drain where the branch may not be written (default: 600)',
        seconds,
      )
      .option('--batch <file>', 'read pins as JSON lines from a file, or - for standard input')
      .addOption(renderedOption)
      .addOption(formatOption)
      .addOption(limitOption),
  run: async (context, [id], options) => run(context, id, options as Options),
};

async function run(context: Context, id: string | undefined, options: Options): Promise<Output> {
  context.prepare();
  const around = await surroundings(context.io);
  const asked = options.batch === undefined ? single(id, options) : await batch(context, id, options.batch, options);
  const requests: PinRequest[] = [];
  for (const { id, options } of asked) requests.push(await pinRequest(id, options, around, context.io));
  const done = await context.change((view, { now, ...by }) => planPins(view, requests, now, by), {
    patience: options.wait,
    isNarrow: true,
  });
  const last = done.plan.pins.at(-1);
  const line = done.plan.branches.at(-1);
  const recipe = line === undefined ? null : await recipeOf(line.snapshot);
  const json = {
    ...writtenJson(done, {
      branch: line?.branch ?? '',
      commit: done.commits.get(line?.branch ?? '')?.at(-1) ?? (done.changed ? null : (line?.expected ?? null)),
      recipe,
      tag: null,
    }),
    environment: last?.environment.name ?? null,
    pins: done.plan.pins.map(pinJson),
    breaks: done.plan.breaks,
  };
  return { json, text: (painter) => `${text(done, recipe, painter)}${breaksText(done.plan, painter)}` };
}

/** Returns the milliseconds of an option in seconds. */
function seconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  throw usageError(
    'BAD_WAIT',
    `--wait takes a number of seconds, not ${JSON.stringify(text.slice(0, 100))}.`,
    '--wait 600',
  );
}

function single(id: string | undefined, options: PinOptions): { id: string; options: PinOptions }[] {
  if (id !== undefined) return [{ id, options }];
  throw usageError('NO_SERVICE', 'No service is named.', 'eleventh pin <id> --commit <sha>');
}

async function batch(
  context: Context,
  id: string | undefined,
  file: string,
  common: PinOptions,
): Promise<{ id: string; options: PinOptions }[]> {
  if (id !== undefined)
    throw usageError('BAD_BATCH', 'A batch names its services itself.', `eleventh pin --batch ${file}`);
  if (file === '-') return parseBatch(await context.io.readStdin(), common);
  const path = resolve(context.io.cwd, file);
  const content = await readFile(path, 'utf8').catch(() => {
    throw usageError('BATCH_NOT_FOUND', `The batch ${path} cannot be read.`, 'eleventh pin --batch -');
  });
  return parseBatch(content, common);
}

function pinJson({ id, environment, before, after, changed }: Pinned): Record<string, unknown> {
  return {
    id,
    environment: environment.name,
    changed,
    replaces: before?.commit ?? null,
    commit: after.commit,
    branch: after.branch,
    version: after.version ?? null,
    built: after.built ?? null,
    images: after.images.map(pinnedReference),
  };
}

function text(done: Done<PinPlan>, recipe: string | null, painter: Painter): string {
  const { plan, changed, isDryRun, commits } = done;
  const [one] = plan.pins;
  if (one === undefined) return '';
  if (plan.pins.length > 1) return manyText(done, painter);
  const { id, environment, before, after } = one;
  if (!changed) return `${environment.name} already runs ${id} ${buildLabel(after)}; nothing to do.\n`;
  const replacing =
    before === null
      ? 'for the first time'
      : before.commit === after.commit
        ? 'the same build, other images or manifests'
        : `replacing ${buildLabel(before)}`;
  const line = plan.branches.at(-1);
  const commit = shortIf(commits.get(line?.branch ?? '')?.at(-1));
  const facts = factsText(
    [
      ...after.images.map((image) => ['image', pinnedReference(image)] as const),
      ['branch', line?.branch],
      ['commit', commit],
      ['recipe', shortIf(recipe)],
      ['undo', commit === undefined ? undefined : `git revert ${commit}`],
    ],
    painter,
  );
  return `${updatedText(done)}${isDryRun ? 'Would pin' : 'Pinned'} ${painter.bold(id)} ${buildLabel(after)} in ${painter.bold(environment.name)}, ${replacing}\n${facts}\n`;
}

/** Returns what the pinned services require and do not have, a line each. */
function breaksText({ breaks }: PinPlan, painter: Painter): string {
  return breaks
    .map(
      (one) =>
        `${painter.yellow('!')} ${painter.bold(one.environment)}: ${one.service} ${printable(breakReason(one))}\n`,
    )
    .join('');
}

function manyText(done: Done<PinPlan>, painter: Painter): string {
  const { plan, isDryRun, commits } = done;
  const names = [...new Set(plan.pins.map(({ environment }) => environment.name))].join(' and ');
  if (!done.changed)
    return `${names} already ${names.includes(' ') ? 'run' : 'runs'} all ${plan.pins.length} builds; nothing to do.\n`;
  const rows = plan.pins.map(({ id, environment, before, after, changed }) => [
    changed ? (before === null ? painter.green('+') : painter.yellow('~')) : '=',
    id,
    ...(names.includes(' ') ? [environment.name] : []),
    changed ? printable(changeLabel(before, after)).replace('->', '→') : `${buildLabel(after)}, there already`,
  ]);
  const facts = factsText(
    plan.branches.map(({ branch }) => [branch, shortIf(commits.get(branch)?.at(-1))] as const),
    painter,
  );
  const count = plan.pins.filter(({ changed }) => changed).length;
  const heading = `${isDryRun ? 'Would pin' : 'Pinned'} ${count} of ${plan.pins.length} builds in ${painter.bold(names)}`;
  return `${[`${updatedText(done)}${heading}`, table(rows), ...(facts === '' ? [] : [facts])].join('\n')}\n`;
}

function updatedText({ plan, isDryRun }: Done<PinPlan>): string {
  if (plan.updated.length === 0) return '';
  const names = plan.updated.join(' and ');
  return `${isDryRun ? 'Would first bring' : 'First brought'} ${names} up to ${plan.workspace.branch}, for services that were new there.\n`;
}
