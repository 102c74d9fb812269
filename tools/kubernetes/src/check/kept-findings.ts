import type { ServiceId } from '@eleventh/core';
import type { Source } from '../render/hermetic.ts';
import { type PackCache, sha256 } from '../render/pack-cache.ts';
import type { Tool } from '../render/renderer.ts';
import type { ServiceSummary } from '../summary/summary.ts';
import { areSame, beginningOf } from './beginning.ts';
import type { CheckedState } from './checked-state.ts';
import type { Finding } from './finding.ts';

/** The version of what is kept: it rises when the same files would be summarized, or checked, otherwise. */
const FORMAT = 2;

/** What is known of a service in an environment, whatever it is measured by: its summary, and the files elsewhere that decide it. */
export interface KnownService {
  readonly elsewhere: readonly Source[];
  readonly summary: ServiceSummary;
}

/**
 * What was found in the services of a state before. A service is known by the folders that it begins with, what was found
 * in it by what it was measured by as well: another rule or a cluster of another version needs no rendering of what is
 * summarized, and finds anew.
 */
export class KeptFindings {
  readonly #kept: PackCache | null;
  readonly #state: CheckedState;
  readonly #tool: Tool;
  readonly #beginnings = new Map<ServiceId, string>();

  /** @param kept null keeps nothing */
  constructor(kept: PackCache | null, state: CheckedState, tool: Tool) {
    this.#kept = kept;
    this.#state = state;
    this.#tool = tool;
  }

  /** Returns what is known of those services that are as they were when they were looked at. */
  async known(ids: readonly ServiceId[]): Promise<Map<ServiceId, KnownService>> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const text = this.#kept?.get(sha256(await this.#beginning(id)));
        const known = text === undefined ? undefined : (JSON.parse(text) as KnownService);
        const isSame = known !== undefined && (await areSame(this.#state.snapshot, known.elsewhere));
        return isSame ? [[id, known] as const] : [];
      }),
    );
    return new Map(found.flat());
  }

  /** Returns what was found in a known service by the same measure, or undefined. */
  async findings(id: ServiceId, known: KnownService, measure: string): Promise<readonly Finding[] | undefined> {
    const kept = this.#kept?.get(await this.#key(id, known.elsewhere, measure));
    return kept === undefined ? undefined : (JSON.parse(kept) as readonly Finding[]);
  }

  /** Keeps what was found in a service, for the same files and the same measure. */
  async keep(id: ServiceId, known: KnownService, measure: string, found: readonly Finding[]): Promise<void> {
    this.#kept?.add(sha256(await this.#beginning(id)), JSON.stringify(known));
    this.#kept?.add(await this.#key(id, known.elsewhere, measure), JSON.stringify(found));
  }

  async #key(id: ServiceId, elsewhere: readonly Source[], measure: string): Promise<string> {
    return sha256(JSON.stringify([await this.#beginning(id), elsewhere, measure]));
  }

  async #beginning(id: ServiceId): Promise<string> {
    const { snapshot, environment } = this.#state;
    const { name, version } = this.#tool;
    const beginning =
      this.#beginnings.get(id) ??
      `check ${FORMAT} ${name} ${version} ${await beginningOf(snapshot, { environment: environment.name, service: id })}`;
    this.#beginnings.set(id, beginning);
    return beginning;
  }
}
