import { join } from 'node:path';
import {
  EleventhError,
  type Environment,
  type ImportRequest,
  type Plan,
  planImport,
  planImportedPins,
  planPromotion,
  planRelease,
  type View,
} from '@eleventh/core';
import { gitInFolder, Repository, redact } from '@eleventh/git';
import { differences, type ImportedLayout, parseObjects, type Renderer, renderEnvironment } from '@eleventh/kubernetes';
import type { Io } from '../io.ts';
import { people } from '../people.ts';
import { manifestTools } from '../renderer.ts';
import { cacheDirectory } from '../repository-address.ts';

/** What an environment comes to, before and after. */
interface Proof {
  readonly environment: string;
  /** How many objects there are. */
  readonly objects: number;
  readonly differences: readonly string[];
}

/** A workspace that stands in a folder of its own until it is delivered. */
export interface Built {
  /** A bare repository. */
  readonly folder: string;
  readonly proofs: readonly Proof[];
  /** The newest commit of each branch, and every tag. */
  readonly branches: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

/** Builds the workspace in a bare repository, by the plans that its commands have, and renders what came of it. */
export async function build(
  io: Io,
  request: ImportRequest,
  layout: ImportedLayout,
  renderer: Renderer,
  author: string | undefined,
): Promise<Built> {
  const folder = join(renderer.temporary, 'workspace.git');
  const { exitCode, stderr } = await gitInFolder(['init', '--quiet', '--bare', '--initial-branch=main', '--', folder], {
    env: io.env,
  });
  if (exitCode !== 0)
    throw new EleventhError('GIT_FAILED', `git init failed: ${redact(stderr.trim())}`, { hint: 'git --version' });
  const who = await people(io, author);
  const { env, sleep, random, now } = io;
  const open = () =>
    Repository.open({
      url: folder,
      cacheDirectory: cacheDirectory(io),
      env,
      sleep,
      random,
      now,
      manifests: manifestTools(io),
    });
  const write = async <P extends Plan>(edit: (view: View) => Promise<P>) => (await open()).write(edit, who);
  const occasion = { who: who.author, now: io.now() };
  await write((view) => planImport(view, request));
  // From the last to the first: what each ran comes in where builds do, and is promoted on the way that later ones go.
  for (const environment of [...request.environments].reverse()) {
    const way = wayTo(environment, request.environments);
    const [first, ...others] = way;
    if (first === undefined || !request.services.some(({ builds }) => builds.has(environment.name))) continue;
    await write((view) => planImportedPins(view, request, first.name, environment.name));
    let source = first;
    for (const target of others) {
      await write((view) =>
        planPromotion(view, {
          source: source.name,
          to: target.name,
          ...occasion,
          noTag: target.name !== environment.name,
        }),
      );
      source = target;
    }
    if (others.length === 0 && environment.release !== undefined)
      await write((view) => planRelease(view, { environment: environment.name, ...occasion }));
  }
  return (await open()).read(async (view) => ({
    folder,
    proofs: await Promise.all(request.environments.map((environment) => proofOf(view, environment, layout, renderer))),
    branches: Object.fromEntries(view.refs.branches),
    tags: [...view.refs.tags.keys()].sort(),
  }));
}

/** Returns the environments through which a recipe comes to one, that itself the last. */
function wayTo(environment: Environment, all: readonly Environment[]): Environment[] {
  const before = all.find(({ name }) => name === environment.from[0]);
  return before === undefined ? [environment] : [...wayTo(before, all), environment];
}

async function proofOf(
  view: View,
  { name, branch }: Environment,
  layout: ImportedLayout,
  renderer: Renderer,
): Promise<Proof> {
  const oid = view.refs.branches.get(branch);
  const snapshot = oid === undefined ? null : await view.snapshot((await view.commit(oid)).tree);
  const before = distinct(
    layout.services.flatMap(
      ({ id }) => layout.parts.get(id)?.find(({ environment }) => environment === name)?.objects ?? [],
    ),
  );
  if (snapshot === null) return { environment: name, objects: before.length, differences: [`${branch} was not made`] };
  const { yaml, error, outcomes } = await renderEnvironment(renderer, snapshot, name);
  const failed = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error.message] : []));
  if (yaml === null)
    return { environment: name, objects: before.length, differences: error === undefined ? failed : [error.message] };
  const found = differences(before, parseObjects(yaml)).map(
    ({ object, what, fields }) =>
      `${object} would be ${what}${fields.length === 0 ? '' : ` (${fields.slice(0, 3).join(', ')})`}`,
  );
  return { environment: name, objects: before.length, differences: found };
}

/** Returns values of which no two are equal: two folders may hold the same Namespace. */
function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
