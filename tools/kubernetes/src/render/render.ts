import { availableParallelism } from 'node:os';
import { EleventhError, overlayFolder, type Rendering, type Snapshot } from '@eleventh/core';
import { parse } from 'yaml';
import { apart, portions, type Source, togetherFile } from './batches.ts';
import { type Program, runProgram } from './program.ts';
import { reach } from './reach.ts';
import { RenderCache } from './render-cache.ts';
import { findHelm, findKustomize, type Surroundings } from './renderer.ts';
import { chartFolder, digest, elsewhere, type ServiceFiles, serviceFiles, startOf } from './service-files.ts';
import { inWorkplace, put } from './workplace.ts';

/** What a service comes to, or why it cannot be rendered. */
export interface Rendered extends Rendering {
  /** As `kubectl kustomize` or `helm template` prints it. */
  readonly yaml: string | null;
  readonly error: EleventhError | null;
  /** What of all this decides about it: where it is the same, so is the YAML. Null for what failed. */
  readonly key: string | null;
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

interface Job {
  readonly rendering: Rendering;
  readonly start: string;
  readonly files: ServiceFiles;
}

/** Renders services of any state, with the user's own kustomize and Helm, in folders that hold nothing else. */
export class Renderer {
  readonly #options: RendererOptions;
  readonly #cache: RenderCache;
  #kustomize: Promise<Program> | undefined;
  #helm: Promise<Program> | undefined;

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#cache = new RenderCache(options.cacheFolder, options.now);
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
    const done = (rendering: Rendering, result: Omit<Rendered, keyof Rendering>) => {
      results.set(rendering, { ...rendering, ...result });
      this.#options.progress?.(results.size, wanted.length);
    };
    const jobs: Job[] = [];
    await Promise.all(
      wanted.map(async (rendering) => {
        const start = `${by} ${await startOf(snapshot, rendering)}`;
        const kept = this.#cache.find(digest(start));
        if (kept !== null && (await isSame(snapshot, kept.elsewhere)))
          return done(rendering, { yaml: kept.yaml, error: null, key: keyOf(start, kept.elsewhere) });
        try {
          jobs.push({ rendering, start, files: await serviceFiles(snapshot, rendering) });
        } catch (error) {
          done(rendering, failed(error));
        }
      }),
    );
    if (jobs.length > 0) this.#cache.sweep();
    const order = new Map(wanted.map((rendering, index) => [rendering, index]));
    jobs.sort((a, b) => (order.get(a.rendering) ?? 0) - (order.get(b.rendering) ?? 0));
    const finish = ({ rendering, start, files }: Job, yaml: string) => {
      const others = elsewhere(rendering, files);
      this.#cache.keep(digest(start), { elsewhere: others, yaml });
      done(rendering, { yaml, error: null, key: keyOf(start, others) });
    };
    const charts = jobs.filter(({ files }) => files.values !== undefined);
    const sources = await Promise.all(
      jobs.filter(({ files }) => files.values === undefined).map((job) => source(snapshot, job)),
    );
    const work = [
      ...portions(sources).map((portion) => () => this.#build(snapshot, portion as (Source & Job)[], finish, done)),
      ...charts.map((job) => () => this.#chart(snapshot, job, finish, done)),
    ];
    await sideBySide(work, availableParallelism());
    return wanted.map((rendering) => results.get(rendering) as Rendered);
  }

  /** Returns what `kubectl kustomize` prints of a whole environment; throws what a single service would say. */
  async renderEnvironment(snapshot: Snapshot, environment: string): Promise<string> {
    const folder = `environments/${environment}`;
    const reached = await reach(snapshot, folder);
    return inWorkplace(snapshot, [reached], (workplace) => this.#kustomized(workplace, folder));
  }

  async #build(
    snapshot: Snapshot,
    portion: readonly (Source & Job)[],
    finish: (job: Job, yaml: string) => void,
    done: (rendering: Rendering, result: Omit<Rendered, keyof Rendering>) => void,
  ): Promise<void> {
    const reached = portion.map(({ files }) => files.reached);
    await inWorkplace(snapshot, reached, async (workplace) => {
      const printed = portion.length > 1 ? await this.#together(workplace, portion) : null;
      for (const [index, job] of portion.entries()) {
        const { environment, service } = job.rendering;
        try {
          finish(job, printed?.[index] ?? (await this.#kustomized(workplace, overlayFolder(environment, service))));
        } catch (error) {
          done(job.rendering, failed(error));
        }
      }
    });
  }

  /** Returns what each of some services comes to, built in one run; null when that fails: then each is built alone. */
  async #together(workplace: string, portion: readonly Source[]): Promise<string[] | null> {
    put(workplace, 'together/kustomization.yaml', togetherFile(portion, '../'));
    const { path, command } = await this.kustomize();
    const { code, stdout } = await runProgram(path, [...command, 'together'], this.#in(workplace));
    return code === 0 ? apart(stdout, portion) : null;
  }

  async #kustomized(workplace: string, folder: string): Promise<string> {
    const { path, command, name } = await this.kustomize();
    const { code, stdout, stderr } = await runProgram(path, [...command, folder], this.#in(workplace));
    if (code !== 0) throw complaint(name, folder, workplace, stderr);
    return stdout;
  }

  async #chart(
    snapshot: Snapshot,
    job: Job,
    finish: (job: Job, yaml: string) => void,
    done: (rendering: Rendering, result: Omit<Rendered, keyof Rendering>) => void,
  ): Promise<void> {
    const { environment, service } = job.rendering;
    try {
      const { path, command, name } = await this.#charts();
      const overlay = await snapshot.read(`${overlayFolder(environment, service)}/kustomization.yaml`);
      const { namespace } = (parse(new TextDecoder().decode(overlay ?? new Uint8Array())) ?? {}) as {
        namespace?: unknown;
      };
      const chart = chartFolder(service);
      await inWorkplace(snapshot, [job.files.reached], async (workplace) => {
        const args = [
          ...command,
          service.split('/').at(-1) ?? service,
          `./${chart}`,
          ...(typeof namespace === 'string' ? [`--namespace=${namespace}`] : []),
          ...(job.files.values ?? []).map((file) => `--values=${file}`),
        ];
        const { code, stdout, stderr } = await runProgram(path, args, this.#in(workplace));
        if (code !== 0) throw complaint(name, chart, workplace, stderr);
        finish(job, stdout);
      });
    } catch (error) {
      done(job.rendering, failed(error));
    }
  }

  #in(cwd: string) {
    return { cwd, searchPath: this.#options.env.PATH };
  }
}

async function source(snapshot: Snapshot, job: Job): Promise<Source & Job> {
  const texts = await Promise.all(
    [...job.files.reached.keys()].map(async (path) => {
      const bytes = await snapshot.read(path);
      return [path, new TextDecoder().decode(bytes ?? new Uint8Array())] as const;
    }),
  );
  return { ...job, texts: new Map(texts) };
}

async function isSame(snapshot: Snapshot, files: readonly (readonly [string, string])[]): Promise<boolean> {
  const now = await Promise.all(files.map(async ([path, oid]) => (await snapshot.entry(path))?.oid === oid));
  return now.every(Boolean);
}

function keyOf(start: string, others: readonly (readonly [string, string])[]): string {
  return digest(`${start}\n${JSON.stringify(others)}`);
}

function failed(error: unknown): Omit<Rendered, keyof Rendering> {
  if (error instanceof EleventhError && !error.code.startsWith('RENDERER_')) return { yaml: null, error, key: null };
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
