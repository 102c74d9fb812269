import { setImmediate as turn } from 'node:timers/promises';
import {
  type CheckSettings,
  filesBelow,
  type Rendering,
  type ServiceId,
  type Snapshot,
  servicePath,
} from '@eleventh/core';
import { parseObjects } from '../objects/object.ts';
import { type PackCache, sha256 } from '../render/pack-cache.ts';
import type { Renderer } from '../render/render.ts';
import { requiresBroken } from '../rules/requires-broken.ts';
import type { EnvironmentRequest, Neighbours } from '../rules/rule.ts';
import { type CustomKinds, customKind, customKinds } from '../schemas/custom-schemas.ts';
import type { KubernetesSchemas, VersionSchemas } from '../schemas/kubernetes-schemas.ts';
import type { Reader } from '../sources/source-index.ts';
import type { ServiceSummary } from '../summary/summary.ts';
import { checkEnvironment, checkService } from './check.ts';
import type { About, CheckedState } from './checked-state.ts';
import { isExcepted } from './exceptions.ts';
import { alongside, type ExternalCheck } from './external-check.ts';
import type { Finding } from './finding.ts';
import { KeptFindings } from './kept-findings.ts';
import { type OpenedService, OpenedServices } from './opened-services.ts';
import type { Asked } from './settings.ts';

/** What is asked of the services of every state. */
export interface Checking {
  readonly settings: CheckSettings;
  /** The same, ready to be asked. */
  readonly asked: Asked;
  readonly about: About;
  /** Returns what services of a state require and do not have there, half a sentence each. */
  readonly broken: (snapshot: Snapshot) => Promise<readonly { readonly service: ServiceId; readonly reason: string }[]>;
  readonly schemas: KubernetesSchemas;
  readonly renderer: Renderer;
  /** What was found before, by what it was found in; null keeps nothing. */
  readonly kept: PackCache | null;
  readonly read: Reader;
  /** The version of who checks: another one may find other things. */
  readonly version: string;
}

/** What is found in one state. */
export interface StateReport {
  readonly findings: readonly Finding[];
  readonly checked: readonly Rendering[];
  /** How many of these were known. */
  readonly known: number;
}

/** The check of one environment in one state. */
export class StateCheck {
  readonly #options: Checking;
  readonly #state: CheckedState;
  readonly #external: ExternalCheck | null;
  readonly #request: EnvironmentRequest;
  readonly #schemas: VersionSchemas;
  readonly #services: OpenedServices;
  /** What all services are measured by. */
  readonly #common: string;

  constructor(options: Checking, state: CheckedState, external: ExternalCheck | null) {
    this.#options = options;
    this.#state = state;
    this.#external = external;
    const { name, namespaces, policy, kubernetes } = state.environment;
    this.#request = { name, namespaces, digests: policy.digests === 'required' };
    this.#schemas = options.schemas.version(kubernetes);
    this.#services = new OpenedServices(options.renderer, state, options.about);
    const { rules, platform, custom } = options.settings;
    const common = [options.version, this.#schemas.name, this.#request, { rules, platform, custom }];
    this.#common = sha256(JSON.stringify([...common, external?.measure ?? null]));
  }

  /** Returns what is found in one service, as if it were the only one. */
  async alone(id: ServiceId): Promise<readonly Finding[]> {
    const service = await this.#services.get(id);
    return this.#find(service, await this.#customKinds([service.summary]));
  }

  /** Returns what is found in every service, between them and between environments. */
  async run(neighbours: Neighbours): Promise<StateReport> {
    const own = neighbours.find(({ name }) => name === this.#request.name);
    const present = new Set(own?.present);
    const ids = (own?.overlays ?? []).filter((id) => present.has(id));
    const kept = new KeptFindings(this.#options.kept, this.#state, this.#options.renderer);
    const known = await kept.known(ids);
    await this.#services.open(ids.filter((id) => !known.has(id)));
    const summaries = new Map<ServiceId, ServiceSummary>();
    for (const id of ids) summaries.set(id, known.get(id)?.summary ?? (await this.#services.get(id)).summary);
    const custom = await this.#customKinds(summaries.values());
    const before = new Map<ServiceId, readonly Finding[]>();
    const measures = new Map<ServiceId, string>();
    for (const id of ids) {
      const measure = await this.#measure(id, summaries.get(id), custom);
      measures.set(id, measure);
      const service = known.get(id);
      const found = service && (await kept.findings(id, service, measure));
      if (found !== undefined) before.set(id, found);
    }
    const stale = ids.filter((id) => !before.has(id));
    await this.#services.open(stale);
    const found = [...before.values()].flat();
    for (const id of stale) {
      const service = await this.#services.get(id);
      const own = await this.#find(service, custom);
      found.push(...own);
      await kept.keep(service, measures.get(id) ?? '', own);
      // The next environment is rendered meanwhile: whoever waits for a renderer gets a turn.
      await turn();
    }
    const between = await checkEnvironment({
      ...{ environment: this.#request, asked: this.#options.asked, services: summaries, neighbours },
      ...{ read: this.#options.read, open: (id) => this.#services.get(id) },
    });
    return {
      findings: [...found, ...between, ...(await this.#requirements(present))],
      checked: ids.map((service) => ({ environment: this.#request.name, service })),
      known: ids.length - stale.length,
    };
  }

  async #find(service: OpenedService, custom: CustomKinds): Promise<Finding[]> {
    const { asked, read } = this.#options;
    const measure = { environment: this.#request, asked, schemas: this.#schemas, custom, read };
    const found = await checkService(service, measure);
    if (this.#external === null || service.made === null) return found;
    return [...found, ...(await alongside(this.#external, service, service.made.yaml, measure))];
  }

  async #requirements(present: ReadonlySet<ServiceId>): Promise<Finding[]> {
    const { asked, broken, about } = this.#options;
    const { id: rule } = requiresBroken;
    const severity = asked.severity(rule, requiresBroken.severity);
    if (severity === 'off') return [];
    const found: Finding[] = [];
    for (const { service, reason } of await broken(this.#state.snapshot)) {
      if (!present.has(service) || isExcepted(rule, severity, undefined, (await about(service)).ignore)) continue;
      const place = { file: servicePath(service), line: 1, column: 1 };
      found.push({ rule, severity, message: `${reason}.`, service, ...place, environment: this.#request.name });
    }
    return found;
  }

  /** Returns the custom kinds that the environment knows: what its services define, and what stands in `environments/crds/`. */
  async #customKinds(summaries: Iterable<ServiceSummary>): Promise<CustomKinds> {
    const files = await filesBelow(this.#state.snapshot, 'environments/crds');
    const objects = [...files.values()].flatMap((bytes) => parseObjects(new TextDecoder().decode(bytes)));
    return customKinds([
      ...objects.flatMap((object) => customKind(object) ?? []),
      ...[...summaries].flatMap(({ definitions }) => definitions),
    ]);
  }

  /** Returns what, besides its files, decides what is found in a service. */
  async #measure(id: ServiceId, summary: ServiceSummary | undefined, custom: CustomKinds): Promise<string> {
    const kinds = (summary?.kinds ?? []).map((kind) => custom.get(kind) ?? null);
    const about = await this.#options.about(id);
    return sha256(JSON.stringify([this.#common, about, kinds]));
  }
}
