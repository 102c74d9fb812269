import { availableParallelism } from 'node:os';
import { EleventhError, overlayFolder, type Rendering, type Snapshot } from '@eleventh/core';
import { parse } from 'yaml';
import { apart, portions, type Source, togetherFile } from './batches.ts';
import { KeptFiles, sameElsewhere } from './kept-files.ts';
import { type Program, runProgram } from './program.ts';
import { reach } from './reach.ts';
import { findHelm, findKustomize, type Surroundings } from './renderer.ts';
import { chartFolder, digest, elsewhere, type ServiceFiles, serviceFiles, startOf } from './service-files.ts';
import { inWorkplace, put } from './workplace.ts';

/** What a service comes to, or why it cannot be rendered. */
export interface Rendered extends Rendering {
  /** As `kubectl kustomize` or `helm template` prints it. */
  readonly yaml: string | null;
  readonly error: EleventhError | null;
  /** The files, beyond its own and its overlay's, that it was made from; null for what failed. */
  readonly elsewhere: readonly (readonly [path: string, oid: string])[] | null;
}

export interface RendererOptions extends Surroundings {
  /** Where what was rendered is kept. */
  readonly cacheFolder: string;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly progress?: ((done: number, all: number) => void) | undefined;
}

/** The version of what is kept: it rises when the same files would be kept otherwise. */
const FORMAT = 1;

type Done = (rendering: Rendering, result: Omit<Rendered, keyof Rendering>) => void;

interface Job {
  readonly rendering: Rendering;
  readonly start: string;
  readonly files: ServiceFiles;
}

/** Renders services of any state, with the user's own kustomize and Helm, in folders that hold nothing else. */
export class Renderer {
  readonly #options: RendererOptions;
  readonly #cache: KeptFiles;
  #kustomize: Promise<Program> | undefined;
  #helm: Promise<Program> | undefined;

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#cache = new KeptFiles(options.cacheFolder, options.now);
  }

  /** Returns the kustomize that renders; throws as `findKustomize` does. */
  kustomize(): Promise<Program> {
    this.#kustomize ??= findKustomize(this.#options);
    return this.#kustomize;
  }

  #charts(): Promise<Program> {
    this.#helm ??= findHelm(this.#options);
    return this.#helm;
  }

  /**
   * Returns what each service comes to, in the order that was asked for. What cannot be rendered hides no other. Throws
   * `RENDERER_MISSING` where something has to be rendered and nothing is there that does.
   */
  async render(snapshot: Snapshot, wanted: readonly Rendering[]): Promise<Rendered[]> {
    const { name, version } = await this.kustomize();
    const by = `${FORMAT} ${name} ${version}`;
    const results = new Map<Rendering, Rendered>();
    const done: Done = (rendering, result) => {
      results.set(rendering, { ...rendering, ...result });
      this.#options.progress?.(results.size, wanted.length);
    };
    const jobs: Job[] = [];
    await Promise.all(
      wanted.map(async (rendering) => {
        const start = `${by} ${await startOf(snapshot, rendering)}`;
        const kept = this.#cache.find(digest(start));
        if (kept !== null && (await sameElsewhere(snapshot, kept.elsewhere)))
          return done(rendering, { yaml: kept.text, error: null, elsewhere: kept.elsewhere });
        try {
          jobs.push({ rendering, start, files: await serviceFiles(snapshot, rendering) });
        } catch (error) {
          done(rendering, failed(error));
        }
      }),
    );
    if (jobs.length > 0) {
      this.#cache.sweep();
      const reached = jobs.map(({ files }) => files.reached);
      await inWorkplace(snapshot, reached, (workplace) => this.#work(snapshot, workplace, jobs, done));
    }
    return wanted.map((rendering) => results.get(rendering) as Rendered);
  }

  /** Returns what `kubectl kustomize` prints of a whole environment; throws what a single service would say. */
  async renderEnvironment(snapshot: Snapshot, environment: string): Promise<string> {
    const folder = `environments/${environment}`;
    const reached = await reach(snapshot, folder);
    return inWorkplace(snapshot, [reached], (workplace) => this.#kustomized(workplace, folder));
  }

  /** Renders and keeps what is not kept yet. */
  async #work(snapshot: Snapshot, workplace: string, jobs: readonly Job[], done: Done): Promise<void> {
    const sources = new Map<Source, Job>();
    for (const job of jobs.toSorted((a, b) => (a.start < b.start ? -1 : 1)))
      if (job.files.values === undefined) sources.set(await source(snapshot, job), job);
    const runs = [
      ...portions([...sources.keys()]).map((portion, index) => ({
        jobs: portion.map((one) => sources.get(one) as Job),
        run: () => this.#build(workplace, `.together/${index}`, portion),
      })),
      ...jobs
        .filter(({ files }) => files.values !== undefined)
        .map((job) => ({ jobs: [job], run: async () => [await this.#chart(snapshot, workplace, job)] })),
    ];
    const finish = async ({ jobs, run }: (typeof runs)[number]) => {
      const made = await run();
      for (const [index, { rendering, start, files }] of jobs.entries()) {
        const yaml = made[index];
        if (typeof yaml !== 'string') done(rendering, failed(yaml));
        else {
          const others = elsewhere(rendering, files);
          this.#cache.keep(digest(start), { elsewhere: others, text: yaml });
          done(rendering, { yaml, error: null, elsewhere: others });
        }
      }
    };
    await sideBySide(
      runs.map((run) => () => finish(run)),
      availableParallelism(),
    );
  }

  /** Returns what each service comes to, built in one run, or where that fails each alone; an error for what cannot be. */
  async #build(workplace: string, folder: string, portion: readonly Source[]): Promise<unknown[]> {
    const printed = portion.length > 1 ? await this.#together(workplace, folder, portion) : null;
    if (printed !== null) return printed;
    const made: unknown[] = [];
    for (const { rendering } of portion) {
      const alone = this.#kustomized(workplace, overlayFolder(rendering.environment, rendering.service));
      made.push(await alone.catch((error: unknown) => error));
    }
    return made;
  }

  async #together(workplace: string, folder: string, portion: readonly Source[]): Promise<string[] | null> {
    put(workplace, `${folder}/kustomization.yaml`, togetherFile(portion, '../../'));
    const { path, command } = await this.kustomize();
    const { code, stdout } = await runProgram(path, [...command, folder], this.#in(workplace));
    return code === 0 ? apart(stdout, portion) : null;
  }

  async #kustomized(workplace: string, folder: string): Promise<string> {
    const { path, command, name } = await this.kustomize();
    const { code, stdout, stderr } = await runProgram(path, [...command, folder], this.#in(workplace));
    if (code !== 0) throw complaint(name, folder, workplace, stderr);
    return stdout;
  }

  async #chart(snapshot: Snapshot, workplace: string, { rendering, files }: Job): Promise<unknown> {
    const { environment, service } = rendering;
    const { path, command, name } = await this.#charts();
    const overlay = await snapshot.read(`${overlayFolder(environment, service)}/kustomization.yaml`);
    const { namespace } = (parse(new TextDecoder().decode(overlay ?? new Uint8Array())) ?? {}) as Record<
      string,
      unknown
    >;
    const chart = chartFolder(service);
    const args = [
      ...command,
      service.split('/').at(-1) ?? service,
      `./${chart}`,
      ...(typeof namespace === 'string' ? [`--namespace=${namespace}`] : []),
      ...(files.values ?? []).map((file) => `--values=${file}`),
    ];
    const { code, stdout, stderr } = await runProgram(path, args, this.#in(workplace));
    return code === 0 ? stdout : complaint(name, chart, workplace, stderr);
  }

  #in(cwd: string) {
    return { cwd, searchPath: this.#options.env.PATH };
  }
}

async function source(snapshot: Snapshot, { rendering, files }: Job): Promise<Source> {
  const texts = await Promise.all(
    [...files.reached.keys()].map(async (path) => {
      const bytes = await snapshot.read(path);
      return [path, new TextDecoder().decode(bytes ?? new Uint8Array())] as const;
    }),
  );
  return { rendering, texts: new Map(texts) };
}

function failed(error: unknown): Omit<Rendered, keyof Rendering> {
  if (error instanceof EleventhError && !error.code.startsWith('RENDERER_'))
    return { yaml: null, error, elsewhere: null };
  throw error;
}

/** Returns the error of a renderer that refused what it was given, in its own words. */
function complaint(name: string, folder: string, workplace: string, said: string): EleventhError {
  const lines = said.replaceAll(`${workplace}/`, '').replaceAll(workplace, '.').trim().split('\n');
  const reason = (lines.at(-1) ?? '')
    .replace(/^E\d{4} .*?\] "command failed" err="(.*)"$/, '$1')
    .replace(/^[Ee]rror: /, '');
  return new EleventhError('RENDER_FAILED', `${folder} cannot be rendered: ${reason.replace(/\.$/, '')}.`, {
    exitCode: 3,
    hint: `${name === 'helm' ? 'helm template' : name === 'kustomize' ? 'kustomize build' : name} ${folder}`,
    details: { folder, said: lines.join('\n').slice(0, 4000) },
  });
}

async function sideBySide(work: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const waiting = [...work];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: Math.min(width, work.length) }, worker));
}
