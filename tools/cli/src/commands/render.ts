import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  EleventhError,
  type EnvironmentState,
  environmentState,
  serviceId,
  unknownService,
  usageError,
  type View,
} from '@eleventh/core';
import type { Outcome, Rendered, Renderer, Tool, Unrendered } from '@eleventh/kubernetes';
import { type CommandDefinition, type Context, collect, errorJson } from '../command.ts';
import { rendererOf } from '../renderer.ts';
import { paint } from '../screen/paint.ts';

export const render: CommandDefinition = {
  description:
    'It prints what kubectl kustomize prints of the same folders in a checkout, byte for byte, and needs no checkout. A service whose manifests are a Helm chart is rendered by helm template. It is done by your own kustomize, or else kubectl, and helm; which one it was goes to the standard error. What would reach out of the repository (remote bases, links, plugins) is refused before anything is run. What was rendered once is kept, and not rendered again.',
  examples: [
    ['eleventh render prod', 'all that production runs'],
    ['eleventh render staging payments', 'one service'],
    ['eleventh render v1.4.0 --output rendered', 'a release, in one file for each service'],
    ['eleventh render --worktree --to prod payments', 'the files of this checkout'],
    ['eleventh render staging --to prod', 'what staging runs, as production would run it'],
  ],
  options: (command) =>
    command
      .option('--to <env>', 'in which environment, where the recipe does not say')
      .option('--worktree', 'the files of this checkout, committed or not; every word is a service then')
      .option('--service <id>', 'only this service (repeatable)', collect)
      .option('--output <dir>', 'write a file for each service into this folder'),
  run: async (context, names, options) => {
    const { to, worktree = false, service = [], output } = options as Options;
    const [name, ...services] = worktree ? [undefined, ...names] : names;
    const what = name ?? to;
    if (what === undefined)
      throw usageError(
        'NO_RECIPE',
        worktree ? 'Files on disk do not say for which environment.' : 'Nothing is named that could be rendered.',
        worktree ? 'eleventh render --worktree --to prod' : 'eleventh render prod',
      );
    const ids = [...services, ...service].map((id) => serviceId(id ?? ''));
    const { state, renderer, outcomes, yaml, error } = await found(context, worktree ? null : what, to, ids);
    const { failed, rendered, tools } = await sorted(renderer, outcomes);
    if (context.options.json !== true)
      for (const tool of tools) context.io.err(paint(context.io, 'err').dim(`${toolText(tool)}\n`));
    if (output !== undefined) await write(resolve(context.io.cwd, output), rendered);
    const refused = failure(failed, state) ?? (output === undefined ? error : undefined);
    if (refused !== undefined && context.options.json !== true) throw refused;
    return {
      json: json(state, tools, rendered, failed, error),
      text: () =>
        output === undefined ? (yaml ?? '') : `Rendered ${count(rendered)} of ${state.label} to ${output}\n`,
      exitCode: refused?.exitCode,
    };
  },
};

interface Options {
  readonly to?: string;
  readonly worktree?: boolean;
  readonly service?: string[];
  readonly output?: string;
}

/** What was rendered, and through what. */
interface Found {
  readonly state: EnvironmentState;
  readonly renderer: Renderer;
  readonly outcomes: readonly Outcome[];
  /** What goes to the standard output; null where that would be only a part. */
  readonly yaml: string | null;
  readonly error?: EleventhError | undefined;
}

/** @param what a recipe's name; null: the files of the checkout. */
async function found(
  context: Context,
  what: string | null,
  to: string | undefined,
  ids: readonly string[],
): Promise<Found> {
  // Only this command pays for it.
  const { isFailure, listedServices, renderEnvironment } = await import('@eleventh/kubernetes');
  const opening = rendererOf(context.io);
  opening.catch(() => {}); // It is told once there is something to render.
  const look = async (view: View, at: string): Promise<Found> => {
    const read = await environmentState(view, at, to);
    const state = what === null ? { ...read, label: 'files on disk' } : read;
    const { environment, snapshot } = state;
    const listed = await listedServices(snapshot, environment);
    const unknown = ids.find((id) => !listed.includes(id));
    if (unknown !== undefined) throw unknownService(unknown, listed, `in ${state.label}`);
    const renderer = await opening;
    if (ids.length === 0) return { state, renderer, ...(await renderEnvironment(renderer, snapshot, environment)) };
    const outcomes = await renderer.render(
      snapshot,
      [...new Set(ids)].map((service) => ({ environment, service })),
    );
    const texts = outcomes.flatMap((outcome) => (isFailure(outcome) || outcome.yaml === '' ? [] : [outcome.yaml]));
    return { state, renderer, outcomes, yaml: texts.join('---\n') };
  };
  return what === null ? context.readWorktree(look) : context.read((view) => look(view, what));
}

interface Sorted {
  readonly rendered: readonly Rendered[];
  readonly failed: readonly Unrendered[];
  readonly tools: readonly Tool[];
}

async function sorted(renderer: Renderer, outcomes: readonly Outcome[]): Promise<Sorted> {
  const { isFailure } = await import('@eleventh/kubernetes');
  const rendered = outcomes.flatMap((outcome) => (isFailure(outcome) ? [] : [outcome]));
  const hasChart = rendered.some(({ isChart }) => isChart);
  const tools = [renderer.tool, ...(hasChart ? [await renderer.helm()] : [])];
  return { rendered, failed: outcomes.filter(isFailure), tools };
}

/** Returns the error of the services that could not be rendered: their own where it is one. */
function failure(failed: readonly Unrendered[], { label }: EnvironmentState): EleventhError | undefined {
  const [first, ...more] = failed;
  if (first === undefined || more.length === 0) return first?.error;
  const each = failed.map(({ service, error }) => `${service} [${error.code}]: ${error.message}`).join(' ');
  const isRefused = failed.every(({ error }) => error.exitCode === 3);
  return new EleventhError('RENDER_FAILED', `${failed.length} services of ${label} cannot be rendered. ${each}`, {
    hint: 'Each is told alone by: eleventh render <recipe> <service>',
    exitCode: isRefused ? 3 : 1,
  });
}

function toolText({ name, version, path }: Tool): string {
  return `Rendered by ${name} ${version} (${path})`;
}

function count({ length }: readonly unknown[]): string {
  return length === 1 ? '1 service' : `${length} services`;
}

async function write(folder: string, rendered: readonly Rendered[]): Promise<void> {
  try {
    for (const { service, yaml } of rendered) {
      const file = resolve(folder, `${service}.yaml`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, yaml);
    }
  } catch (error) {
    throw new EleventhError('CANNOT_WRITE', `${folder} cannot be written: ${(error as Error).message}.`, {
      hint: '--output <dir> names another place.',
      cause: error,
    });
  }
}

function json(
  { label, commit, environment }: EnvironmentState,
  tools: readonly Tool[],
  rendered: readonly Rendered[],
  failed: readonly Unrendered[],
  error: EleventhError | undefined,
): Record<string, unknown> {
  return {
    name: label,
    commit: commit.oid,
    environment,
    renderers: tools.map(({ name, version, path }) => ({ name, version, path })),
    services: rendered.map(({ service: id, yaml, isCached, sources }) => ({ id, cached: isCached, sources, yaml })),
    failed: failed.map(({ service: id, error }) => ({ id, error: errorJson(error).error })),
    error: error === undefined ? null : errorJson(error).error,
  };
}
