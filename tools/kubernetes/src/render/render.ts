import { join } from 'node:path';
import { EleventhError, overlayFolder, type ServiceId, type Snapshot } from '@eleventh/core';
import { Builder, type ChartJob, type Job } from './build.ts';
import { type Chart, chartOf } from './chart.ts';
import { type Reach, reach, type Source } from './hermetic.ts';
import { Lanes } from './lanes.ts';
import { PackCache, sha256 } from './pack-cache.ts';
import { findHelm, findKustomize, type Tool, type World } from './renderer.ts';
import { Workplace } from './workplace.ts';

/** A service as one environment would run it. */
export interface RenderRequest {
  readonly environment: string;
  readonly service: ServiceId;
}

/** What a service comes to, byte for byte as the renderer prints it alone. */
export interface Rendered extends RenderRequest {
  readonly yaml: string;
  /** The files that it was made from. */
  readonly sources: readonly Source[];
  /** Whether it was known already, so that nothing was run. */
  readonly isCached: boolean;
  /** Whether what it is made of could change what is built beside it. */
  readonly isApart: boolean;
  readonly isChart: boolean;
}

/** A service that cannot be rendered. */
export interface Unrendered extends RenderRequest {
  readonly error: EleventhError;
}

export type Outcome = Rendered | Unrendered;

export interface RendererOptions extends World {
  /** The folder of everything that is kept for later; what was rendered goes into one within it. */
  readonly cacheFolder: string;
  /** The folder for what is temporary. */
  readonly temporary: string;
  /** How many renderers may run at once. */
  readonly processors: number;
  /** Told, now and then, how many of the services are done. */
  readonly progress?: (done: number, all: number) => void;
}

/** Changes when what is kept for later would be made otherwise by this version. */
const FORMAT = 2;

/** Renders services through the user's own kustomize or kubectl, and helm where a service is a chart. */
export class Renderer {
  /** What builds kustomizations. */
  readonly tool: Tool;
  /** The folder for what is temporary. */
  readonly temporary: string;
  readonly #options: RendererOptions;
  /** Shared by all that is rendered at once: what was asked for first is done first, and can be looked at meanwhile. */
  readonly #lanes: Lanes;
  #helm: Promise<Tool> | undefined;
  #cache: Promise<PackCache> | undefined;

  /** Returns a renderer; throws what `findKustomize` does. */
  static async open(options: RendererOptions): Promise<Renderer> {
    return new Renderer(await findKustomize(options), options);
  }

  private constructor(tool: Tool, options: RendererOptions) {
    this.tool = tool;
    this.temporary = options.temporary;
    this.#options = options;
    this.#lanes = new Lanes(options.processors);
  }

  /** Returns what helm renders the charts; throws what `findHelm` does. */
  helm(): Promise<Tool> {
    this.#helm ??= findHelm(this.#options);
    return this.#helm;
  }

  /**
   * Returns what becomes of some services in a state of the repository, in their order. Nothing is started for one that
   * reaches out of the repository, or that was rendered before from the same files by the same version.
   * @param told of each as soon as it is known, while others are rendered; what it throws, this throws
   */
  async render(
    snapshot: Snapshot,
    requests: readonly RenderRequest[],
    told: (outcome: Outcome) => Promise<void> = async () => {},
  ): Promise<Outcome[]> {
    const outcomes = new Map<RenderRequest, Outcome>();
    const total = requests.length;
    const settle = (request: RenderRequest, outcome: Outcome) => {
      outcomes.set(request, outcome);
      this.#options.progress?.(outcomes.size, total);
      return told(outcome);
    };
    const all = await Promise.all(requests.map((request) => this.#prepare(snapshot, request)));
    const cache = await this.#kept();
    const jobs: Prospect[] = [];
    const settled: Promise<void>[] = [];
    for (const prepared of all) {
      const { request } = prepared;
      if ('error' in prepared) {
        settled.push(settle(request, { ...request, error: prepared.error }));
        continue;
      }
      const { key } = prepared;
      const yaml = cache.get(key);
      if (yaml !== undefined) {
        settled.push(settle(request, rendered(prepared, yaml, true)));
        continue;
      }
      const done = (result: string | EleventhError) => {
        if (typeof result === 'string') cache.add(key, result);
        const outcome = typeof result === 'string' ? rendered(prepared, result, false) : { ...request, error: result };
        return settle(request, outcome);
      };
      jobs.push({ ...prepared, label: `${request.service} in ${request.environment}`, done });
    }
    await Promise.all([...settled, jobs.length > 0 ? this.#run(snapshot, jobs) : undefined]);
    await cache.save();
    return requests.flatMap((request) => outcomes.get(request) ?? []);
  }

  /**
   * Returns what the kustomization of a folder prints, as kustomize builds it whole, with the files that it is made
   * from. Throws as `reach` does, and `RENDER_FAILED`.
   */
  async whole(snapshot: Snapshot, folder: string, { sources }: Pick<Reach, 'sources'>): Promise<string> {
    const cache = await this.#kept();
    const key = this.#key(folder, sources, this.tool);
    const known = cache.get(key);
    if (known !== undefined) return known;
    let result: string | EleventhError | undefined;
    const done = async (made: string | EleventhError) => {
      result = made;
    };
    await this.#run(snapshot, [{ reach: { sources, isApart: true }, folder, label: folder, done }]);
    if (typeof result !== 'string') throw result ?? new EleventhError('INTERNAL', `${folder} was not built.`);
    cache.add(key, result);
    await cache.save();
    return result;
  }

  async #run(snapshot: Snapshot, jobs: readonly Prospect[]): Promise<void> {
    const place = await Workplace.open(this.temporary);
    try {
      const builder = new Builder(this.#options, snapshot, place, this.#lanes);
      const charts = jobs.flatMap(({ chart, ...job }): ChartJob[] => (chart === undefined ? [] : [{ ...job, chart }]));
      const folders = jobs.flatMap(({ reach, folder, ...job }): (Job & { environment: string })[] =>
        reach === undefined ? [] : [{ ...job, ...reach, folder, environment: folder.split('/')[1] ?? '' }],
      );
      const environments = new Set(folders.map(({ environment }) => environment));
      await Promise.all([
        // The same service in two environments may be one object in one namespace.
        ...Array.from(environments, (name) =>
          builder.build(
            this.tool,
            folders.filter(({ environment }) => environment === name),
          ),
        ),
        charts.length === 0 ? undefined : builder.charts(await this.helm(), charts),
      ]);
    } finally {
      await place.close();
    }
  }

  async #prepare(
    snapshot: Snapshot,
    request: RenderRequest,
  ): Promise<Prepared | (Unprepared & { error: EleventhError })> {
    const { environment, service } = request;
    const folder = overlayFolder(environment, service);
    try {
      const { chart, reach: found } = await prospect(snapshot, request);
      const tool = chart === undefined ? this.tool : await this.helm();
      const sources = (chart ?? found)?.sources ?? [];
      return { request, folder, chart, reach: found, key: this.#key(folder, sources, tool) };
    } catch (error) {
      if (error instanceof EleventhError) return { request, error };
      throw error;
    }
  }

  #key(folder: string, sources: readonly Source[], { name, version }: Tool): string {
    return sha256(JSON.stringify([FORMAT, name, version, folder, sources.map(({ path, oid }) => [path, oid])]));
  }

  #kept(): Promise<PackCache> {
    this.#cache ??= PackCache.open(join(this.#options.cacheFolder, 'rendered'));
    return this.#cache;
  }
}

/** Returns the chart or the folder that a service is rendered from. Throws as `reach` and `chartOf` do. */
async function prospect(snapshot: Snapshot, { environment, service }: RenderRequest): Promise<Rest> {
  const overlay = overlayFolder(environment, service);
  const make = async (): Promise<Rest> => {
    const chart = (await chartOf(snapshot, environment, service)) ?? undefined;
    return chart === undefined ? { reach: await reach(snapshot, environment, service) } : { chart };
  };
  const [own, folder] = await Promise.all([snapshot.entry(overlay), snapshot.entry(`apps/${service}`)]);
  if (own === null || folder === null) return make();
  // Where nothing else is reached, the two folders say it all, and nothing in them has to be read again.
  const found = await snapshot.remembered('render-2', `${overlay} ${own.oid} ${folder.oid}`, async () => {
    const made = await make();
    const sources = (made.chart ?? made.reach)?.sources ?? [];
    const isWithin = ({ path }: Source) => path.startsWith(`${overlay}/`) || path.startsWith(`apps/${service}/`);
    return sources.every(isWithin) ? made : null;
  });
  return found ?? make();
}

type Rest = Pick<Prepared, 'chart' | 'reach'>;

interface Unprepared {
  readonly request: RenderRequest;
}

/** A request, and what it is to be rendered from: a folder or a chart. */
interface Prepared extends Unprepared {
  readonly key: string;
  readonly folder: string;
  readonly reach?: Reach | undefined;
  readonly chart?: Chart | undefined;
}

type Prospect = Pick<Prepared, 'folder' | 'reach' | 'chart'> & Pick<Job, 'label' | 'done'>;

function rendered({ request, reach, chart }: Prepared, yaml: string, isCached: boolean): Rendered {
  const sources = reach?.sources ?? chart?.sources ?? [];
  return { ...request, yaml, sources, isCached, isApart: reach?.isApart ?? false, isChart: chart !== undefined };
}
