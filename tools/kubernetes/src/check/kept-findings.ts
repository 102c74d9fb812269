import { posix } from 'node:path';
import { overlayFolder, type ServiceId } from '@eleventh/core';
import type { Source } from '../render/hermetic.ts';
import { type PackCache, sha256 } from '../render/pack-cache.ts';
import type { Renderer } from '../render/render.ts';
import type { Tool } from '../render/renderer.ts';
import type { ServiceSummary } from '../summary/summary.ts';
import type { CheckedState } from './checked-state.ts';
import type { Finding } from './finding.ts';
import type { OpenedService } from './opened-services.ts';

/** The version of what is kept: it rises when the same files would be summarized, or checked, otherwise. */
const FORMAT = 2;

/** What is known of a service in an environment, whatever it is measured by, and what it depends on beyond the two folders that it begins with. */
export interface KnownService {
  readonly summary: ServiceSummary;
  /** The folders elsewhere with files that it is made from: a new file in one can change what is built, too. */
  readonly elsewhere: readonly Source[];
  /** The name and version of what rendered it. */
  readonly tool: string;
}

/**
 * What was found in the services of a state before. A service is known by the folders that it begins with, what was found
 * in it by what it was measured by as well: another rule or a cluster of another version needs no rendering of what is
 * summarized, and finds anew.
 */
export class KeptFindings {
  readonly #kept: PackCache | null;
  readonly #state: CheckedState;
  readonly #renderer: Renderer;
  readonly #beginnings = new Map<ServiceId, string>();

  /** @param kept null keeps nothing */
  constructor(kept: PackCache | null, state: CheckedState, renderer: Renderer) {
    this.#kept = kept;
    this.#state = state;
    this.#renderer = renderer;
  }

  /** Returns what is known of those services that are as they were when they were looked at. */
  async known(ids: readonly ServiceId[]): Promise<Map<ServiceId, KnownService>> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const text = this.#kept?.get(sha256(await this.#beginning(id)));
        const known = text === undefined ? undefined : (JSON.parse(text) as KnownService);
        return known !== undefined && (await this.#isCurrent(known)) ? [[id, known] as const] : [];
      }),
    );
    return new Map(found.flat());
  }

  /** Returns what was found in a known service by the same measure, or undefined. */
  async findings(id: ServiceId, known: KnownService, measure: string): Promise<readonly Finding[] | undefined> {
    const kept = this.#kept?.get(await this.#key(id, known, measure));
    return kept === undefined ? undefined : (JSON.parse(kept) as readonly Finding[]);
  }

  /** Keeps what was found in a service, for the same files and the same measure; of one that cannot be rendered nothing. */
  async keep({ id, made, summary }: OpenedService, measure: string, found: readonly Finding[]): Promise<void> {
    if (this.#kept === null || made === null) return;
    const known = { summary, elsewhere: await this.#elsewhere(id, made.sources), tool: nameOf(made.tool) };
    this.#kept.add(sha256(await this.#beginning(id)), JSON.stringify(known));
    this.#kept.add(await this.#key(id, known, measure), JSON.stringify(found));
  }

  async #isCurrent({ elsewhere, tool }: KnownService): Promise<boolean> {
    if (tool !== nameOf(this.#renderer.tool) && tool !== (await this.#helm())) return false;
    const now = await Promise.all(elsewhere.map(({ path }) => this.#oid(path)));
    return elsewhere.every(({ oid }, index) => oid === now[index]);
  }

  /** Returns the Helm that is here now, or null: whoever needs one is told when it renders. */
  async #helm(): Promise<string | null> {
    try {
      return nameOf(await this.#renderer.helm());
    } catch {
      return null;
    }
  }

  async #elsewhere(id: ServiceId, sources: readonly Source[]): Promise<Source[]> {
    const own = this.#folders(id);
    const others = sources.filter(({ path }) => !own.some((folder) => path.startsWith(`${folder}/`)));
    const folders = [...new Set(others.map(({ path }) => posix.dirname(path)))];
    return Promise.all(folders.map(async (path) => ({ path, oid: await this.#oid(path) })));
  }

  async #oid(path: string): Promise<string> {
    const { snapshot } = this.#state;
    return path === '.' ? snapshot.tree : ((await snapshot.entry(path))?.oid ?? '');
  }

  async #key(id: ServiceId, { elsewhere, tool }: KnownService, measure: string): Promise<string> {
    return sha256(JSON.stringify([await this.#beginning(id), elsewhere, tool, measure]));
  }

  async #beginning(id: ServiceId): Promise<string> {
    const known = this.#beginnings.get(id);
    if (known !== undefined) return known;
    const ids = await Promise.all(this.#folders(id).map((path) => this.#oid(path)));
    const beginning = ['check', FORMAT, this.#state.environment.name, id, ...ids].join(' ');
    this.#beginnings.set(id, beginning);
    return beginning;
  }

  #folders(id: ServiceId): string[] {
    return [overlayFolder(this.#state.environment.name, id), `apps/${id}`];
  }
}

function nameOf({ name, version }: Tool): string {
  return `${name} ${version}`;
}
