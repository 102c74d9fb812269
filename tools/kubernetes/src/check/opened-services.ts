import { filesBelow, overlayFolder, type ServiceId } from '@eleventh/core';
import { readObjects } from '../objects/object.ts';
import { isFailure } from '../render/environment.ts';
import type { Source } from '../render/hermetic.ts';
import type { Outcome, Renderer } from '../render/render.ts';
import type { Tool } from '../render/renderer.ts';
import { type ServiceSummary, summarize } from '../summary/summary.ts';
import type { CheckedService } from './check.ts';
import type { About, CheckedState } from './checked-state.ts';

/** A service of a state, rendered and read. */
export interface OpenedService extends CheckedService {
  /** What it renders to, from what and by what; null where it cannot be rendered. */
  readonly made: { readonly yaml: string; readonly sources: readonly Source[]; readonly tool: Tool } | null;
  /** Empty where it cannot be rendered. */
  readonly summary: ServiceSummary;
}

/** The services of a state: each is rendered and read once, when it is asked for. */
export class OpenedServices {
  readonly #renderer: Renderer;
  readonly #state: CheckedState;
  readonly #about: About;
  readonly #opened = new Map<ServiceId, OpenedService>();

  constructor(renderer: Renderer, state: CheckedState, about: About) {
    this.#renderer = renderer;
    this.#state = state;
    this.#about = about;
  }

  /** Opens services together, those that are not yet; each is read while the next are rendered. */
  async open(ids: readonly ServiceId[]): Promise<void> {
    const { snapshot, environment } = this.#state;
    const wanted = ids.filter((id) => !this.#opened.has(id));
    if (wanted.length === 0) return;
    await this.#renderer.render(
      snapshot,
      wanted.map((service) => ({ environment: environment.name, service })),
      async (outcome) => {
        this.#opened.set(outcome.service, await this.#read(outcome));
      },
    );
  }

  /** Returns a service, opened by now. */
  async get(id: ServiceId): Promise<OpenedService> {
    await this.open([id]);
    return this.#opened.get(id) as OpenedService;
  }

  async #read(outcome: Outcome): Promise<OpenedService> {
    const { service: id } = outcome;
    const { snapshot, environment } = this.#state;
    const files = new Map<string, string>();
    const put = (path: string, bytes: Uint8Array) => files.set(path, new TextDecoder().decode(bytes));
    for (const folder of [`apps/${id}`, overlayFolder(environment.name, id)])
      for (const [inside, bytes] of await filesBelow(snapshot, folder)) put(`${folder}/${inside}`, bytes);
    const { images, ignore } = await this.#about(id);
    const known = { id, snapshot, files, images, ignore };
    if (isFailure(outcome))
      return { ...known, rendered: { problem: outcome.error.message }, made: null, summary: summarize([]) };
    for (const { path } of outcome.sources)
      if (!files.has(path)) put(path, (await snapshot.read(path)) ?? new Uint8Array());
    const { objects, misfits } = readObjects(outcome.yaml);
    const tool = outcome.isChart ? await this.#renderer.helm() : this.#renderer.tool;
    return { ...known, rendered: objects, misfits, made: { ...outcome, tool }, summary: summarize(objects) };
  }
}
