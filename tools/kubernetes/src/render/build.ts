import { EleventhError, type Snapshot } from '@eleventh/core';
import { BATCH, batchOf, entangled, parts } from './batch.ts';
import type { Chart } from './chart.ts';
import { bareEnvironment, runChild, type Said } from './child.ts';
import type { Source } from './hermetic.ts';
import type { Lanes } from './lanes.ts';
import { sha256 } from './pack-cache.ts';
import type { Tool, World } from './renderer.ts';
import { inOrder } from './stream.ts';
import type { Workplace } from './workplace.ts';

/** A folder with a kustomization to build. */
export interface Job {
  readonly folder: string;
  readonly sources: readonly Source[];
  readonly isApart: boolean;
  /** What is built, as a person would say: `payments in prod`. */
  readonly label: string;
  /** Told what came of it, once; what it throws, building throws. */
  readonly done: (result: string | EleventhError) => Promise<void>;
}

/** A chart to render. */
export interface ChartJob extends Pick<Job, 'label' | 'done'> {
  readonly chart: Chart;
}

const MINUTE = 60_000;

/** Builds folders of one snapshot in a temporary folder, as many at once as there are lanes. */
export class Builder {
  readonly #world: World;
  readonly #snapshot: Snapshot;
  readonly #place: Workplace;
  readonly #lanes: Lanes;

  constructor(world: World, snapshot: Snapshot, place: Workplace, lanes: Lanes) {
    this.#world = world;
    this.#snapshot = snapshot;
    this.#place = place;
    this.#lanes = lanes;
  }

  /** Builds folders in batches, and those that have to be apart alone. Those of a batch must not depend on each other. */
  async build(tool: Tool, jobs: readonly Job[]): Promise<void> {
    const together = jobs.filter(({ isApart }) => !isApart);
    const size = Math.max(1, Math.min(BATCH, Math.ceil(together.length / this.#lanes.count)));
    const batches: Job[][] = [];
    for (let at = 0; at < together.length; at += size) batches.push(together.slice(at, at + size));
    const alone = jobs.filter(({ isApart }) => isApart);
    await Promise.all([...batches, ...alone.map((job) => [job])].map((batch) => this.#batch(tool, batch)));
  }

  async #batch(tool: Tool, jobs: readonly Job[]): Promise<void> {
    const [first] = jobs;
    if (first === undefined) return;
    if (jobs.length === 1) return this.#alone(tool, first);
    const found = await this.#lanes.run(() => this.#together(tool, jobs));
    if (found === null) {
      // Something in it cannot be built, or not beside another: what that is the halves tell.
      const half = Math.ceil(jobs.length / 2);
      await Promise.all([jobs.slice(0, half), jobs.slice(half)].map((part) => this.#batch(tool, part)));
      return;
    }
    const doubtful = entangled(found);
    await Promise.all(
      jobs.map(async (job, index) => {
        if (doubtful.has(index)) await this.#alone(tool, job);
        else await job.done(inOrder(found[index] ?? []));
      }),
    );
  }

  async #together(tool: Tool, jobs: readonly Job[]): Promise<ReturnType<typeof parts>> {
    await this.#materialise(jobs);
    const folders = jobs.map(({ folder }) => `../files/${folder}`);
    const mark = `eleventh-${sha256(JSON.stringify(jobs.map(({ folder, sources }) => [folder, sources]))).slice(0, 24)}`;
    const batch = batchOf(folders, mark);
    const folder = await this.#place.folder(mark, batch.files);
    const said = await this.#run(tool, [folder], 2 * MINUTE);
    return said.exitCode === 0 ? parts(said.stdout, batch) : null;
  }

  async #alone(tool: Tool, job: Job): Promise<void> {
    const said = await this.#lanes.run(async () => {
      await this.#materialise([job]);
      return this.#run(tool, [job.folder], 10 * MINUTE);
    });
    await job.done(this.#result(tool, [job.folder], job.label, said));
  }

  /** Renders charts. */
  async charts(tool: Tool, jobs: readonly ChartJob[]): Promise<void> {
    await Promise.all(
      jobs.map(async ({ chart, label, done }) => {
        const { name, folder, values, namespace } = chart;
        const options = values.flatMap((file) => ['--values', file]);
        const place = namespace === undefined ? [] : ['--namespace', namespace];
        const args = [name, `./${folder}`, ...options, ...place];
        const said = await this.#lanes.run(async () => {
          await this.#place.materialise(this.#snapshot, chart.sources);
          return this.#run(tool, args, 2 * MINUTE);
        });
        await done(this.#result(tool, args, label, said));
      }),
    );
  }

  async #materialise(jobs: readonly Job[]): Promise<void> {
    await Promise.all(jobs.map(({ sources }) => this.#place.materialise(this.#snapshot, sources)));
  }

  #run(tool: Tool, args: readonly string[], timeout: number): Promise<Said> {
    const env = bareEnvironment(this.#world.env, this.#place.home);
    return runChild(tool.path, [...tool.args, ...args], { env, cwd: this.#place.files, timeout });
  }

  #result(
    tool: Tool,
    args: readonly string[],
    label: string,
    { stdout, stderr, exitCode }: Said,
  ): string | EleventhError {
    if (exitCode === 0) return stdout;
    const said = complaint(this.#place.cleaned(stderr));
    const reason = said === '' ? `exit code ${exitCode}` : said.slice(0, 2000);
    return new EleventhError('RENDER_FAILED', `${tool.name} ${tool.version} cannot render ${label}: ${reason}.`, {
      hint: `In a checkout: ${[tool.name.replace(/ .*/, ''), ...tool.args, ...args].join(' ')}`,
      details: { renderer: tool.name, version: tool.version },
    });
  }
}

/** Returns what a program complained of, without what it says around that: warnings, and how kubectl logs. */
function complaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('# Warning:'));
  const text = lines.join('\n').trim();
  const said = unlogged(text);
  return (
    said
      .replace(/^error: /i, '')
      // Kustomize takes every folder for a file first, and every file that it cannot read for a folder.
      .replace(
        /accumulating resources: |accumulation err='accumulating resources from '[^']*': '[^']*' must resolve to a file': /g,
        '',
      )
      .replace(/accumulation err='(.*)': must build at directory: '[^']*': file is not directory$/s, '$1')
      .trim()
      .replace(/\.$/, '')
  );
}

const LOGGED = /^E\d{4} \S+ +\d+ \S+\] "command failed" err=(?:"(?<line>(?:[^"\\]|\\.)*)"|<\n(?<lines>.*?)\n >)$/ms;

/** Returns what kubectl logged, without when and by whom; a text of several lines it indents. */
function unlogged(text: string): string {
  const { line, lines } = LOGGED.exec(text)?.groups ?? {};
  return line?.replaceAll('\\n', '\n').replaceAll('\\"', '"') ?? lines?.replace(/^\t/gm, '') ?? text;
}
