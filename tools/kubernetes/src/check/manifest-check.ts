import {
  type CheckException,
  type CheckSettings,
  type Environment,
  filesBelow,
  overlayFolder,
  type Rendering,
  type ServiceId,
  type Snapshot,
  servicePath,
  servicesIn,
} from '@eleventh/core';
import { objectKey, parseObjects } from '../objects/object.ts';
import { isFailure } from '../render/environment.ts';
import type { Source } from '../render/hermetic.ts';
import { type PackCache, sha256 } from '../render/pack-cache.ts';
import type { Outcome, Renderer } from '../render/render.ts';
import { requiresBroken } from '../rules/requires-broken.ts';
import type { EnvironmentRequest, Neighbours } from '../rules/rule.ts';
import { type CustomKinds, customKind, customKinds } from '../schemas/custom-schemas.ts';
import type { KubernetesSchemas } from '../schemas/kubernetes-schemas.ts';
import { type Reader, rememberingReader, SourceIndex } from '../sources/source-index.ts';
import { type ServiceSummary, summarize } from '../summary/summary.ts';
import { areSame, beginningOf, elsewhere } from './beginning.ts';
import { type CheckedService, checkEnvironment, checkService } from './check.ts';
import { isExcepted } from './exceptions.ts';
import { type ExternalCheck, externalCheck, placesOf } from './external-check.ts';
import { type Finding, ordered } from './finding.ts';
import { type Asked, asked, requireKnown } from './settings.ts';

/** An environment in a state: what its branch holds, or would. */
export interface CheckedState {
  readonly environment: Environment;
  readonly snapshot: Snapshot;
}

/** What the default branch says of a service, as far as manifests are concerned. */
interface AboutService {
  readonly images: readonly string[];
  readonly ignore: readonly CheckException[];
}

export interface ManifestCheckOptions {
  /** All environments, in promotion order. */
  readonly states: readonly CheckedState[];
  readonly settings: CheckSettings;
  readonly about: (id: ServiceId) => Promise<AboutService>;
  /** Returns what services of a state require and do not have there, half a sentence each. */
  readonly broken: (snapshot: Snapshot) => Promise<readonly { readonly service: ServiceId; readonly reason: string }[]>;
  readonly schemas: KubernetesSchemas;
  readonly renderer: Renderer;
  /** What was found before, by what it was found in. */
  readonly kept: PackCache;
  /** The environment, in whose PATH the checkers of others are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Environments and services to speak of; absent: all. */
  readonly only?: { readonly environments?: readonly string[]; readonly services?: readonly ServiceId[] };
}

export interface ManifestReport {
  readonly findings: readonly Finding[];
  /** What was looked at. */
  readonly checked: readonly Rendering[];
  /** How many of these were known. */
  readonly known: number;
}

/** The version of what is kept: it rises when the same files would be summarized, or checked, otherwise. */
const FORMAT = 1;

/** What is known of a service in an environment, whatever it is measured by: its summary, and the files elsewhere that decide it. */
interface Known {
  readonly elsewhere: readonly Source[];
  readonly summary: ServiceSummary;
}

/** Returns what is wrong with the manifests of environments; throws as `asked` and the renderer do. */
export async function checkManifests(asking: ManifestCheckOptions): Promise<ManifestReport> {
  const options = { ...asking, about: knowing(asking) };
  const { states, only = {} } = options;
  const rules = await asked(options.settings);
  const read = rememberingReader();
  const neighbours = await Promise.all(
    states.map(async ({ environment: { name, from }, snapshot }) => {
      const [overlays, present] = await Promise.all([
        servicesIn(snapshot, `environments/${name}`),
        servicesIn(snapshot, 'apps'),
      ]);
      return { name, from, overlays, present };
    }),
  );
  const wanted = states.filter(({ environment }) => only.environments?.includes(environment.name) !== false);
  // While one environment is looked at, the next is rendered.
  const reports = await Promise.all(
    wanted.map(async (state) => {
      const external = await externalCheck(options.settings.external, state.snapshot, options.env);
      try {
        return await new StateCheck(options, state, rules, read, external).run(neighbours);
      } finally {
        external?.close();
      }
    }),
  );
  await options.kept.save();
  const isWanted = ({ service }: Pick<Finding, 'service'>) =>
    only.services === undefined || (service !== undefined && only.services.includes(service));
  return {
    findings: ordered(reports.flatMap(({ findings }) => findings).filter(isWanted)),
    checked: reports.flatMap(({ checked }) => checked).filter(isWanted),
    known: reports.reduce((all, { known }) => all + known, 0),
  };
}

/** Returns what is wrong with a service of a state, looked at alone; throws as `checkManifests` does. */
export async function checkServiceAlone(
  asking: Omit<ManifestCheckOptions, 'states' | 'only' | 'broken' | 'kept'>,
  state: CheckedState,
  service: ServiceId,
): Promise<readonly Finding[]> {
  const options = { ...asking, states: [state], about: knowing(asking), broken: async () => [], kept: null };
  const external = await externalCheck(options.settings.external, state.snapshot, options.env);
  try {
    const check = new StateCheck(options, state, await asked(options.settings), rememberingReader(), external);
    return await check.alone(service);
  } finally {
    external?.close();
  }
}

/** Returns what tells of a service, asked once for each; throws `UNKNOWN_RULE` for an exception from no rule. */
function knowing({ about, settings }: Pick<ManifestCheckOptions, 'about' | 'settings'>): ManifestCheckOptions['about'] {
  const known = new Map<ServiceId, Promise<AboutService>>();
  return (id) => {
    const told = known.get(id) ?? about(id);
    known.set(id, told);
    return told.then((service) => {
      requireKnown(service.ignore, settings, servicePath(id));
      return service;
    });
  };
}

type Checking = Omit<ManifestCheckOptions, 'kept'> & { readonly kept: PackCache | null };

/** The check of one environment. */
class StateCheck {
  readonly #options: Checking;
  readonly #state: CheckedState;
  readonly #asked: Asked;
  readonly #read: Reader;
  readonly #external: ExternalCheck | null;
  readonly #request: EnvironmentRequest;

  constructor(options: Checking, state: CheckedState, rules: Asked, read: Reader, external: ExternalCheck | null) {
    this.#external = external;
    this.#options = options;
    this.#state = state;
    this.#asked = rules;
    this.#read = read;
    const { name, namespaces, policy } = state.environment;
    this.#request = { name, namespaces, digests: policy.digests === 'required' };
  }

  /** Returns what is found in one service, as if it were the only one. */
  async alone(id: ServiceId): Promise<readonly Finding[]> {
    const opened = new Map<ServiceId, Promise<Opened>>();
    await this.#open([id], opened);
    const found = (await opened.get(id)) as Opened;
    const { rendered } = found.service;
    const summary = 'problem' in rendered ? undefined : summarize(rendered);
    const custom = await this.#customKinds(summary === undefined ? [] : [summary]);
    return this.#find(found, custom);
  }

  async run(neighbours: Neighbours): Promise<ManifestReport> {
    const { snapshot, environment } = this.#state;
    const own = neighbours.find(({ name }) => name === environment.name);
    const present = new Set(own?.present);
    const ids = (own?.overlays ?? []).filter((id) => present.has(id));
    const starts = new Map<ServiceId, string>();
    const known = new Map<ServiceId, Known>();
    const { name, version } = this.#options.renderer.tool;
    await Promise.all(
      ids.map(async (id) => {
        const start = `check ${FORMAT} ${name} ${version} ${await beginningOf(snapshot, this.#rendering(id))}`;
        starts.set(id, start);
        const kept = this.#options.kept?.get(sha256(start));
        const told = kept === undefined ? null : (JSON.parse(kept) as Known);
        if (told !== null && (await areSame(snapshot, told.elsewhere))) known.set(id, told);
      }),
    );
    const opened = new Map<ServiceId, Promise<Opened>>();
    const strangers = ids.filter((id) => !known.has(id));
    await this.#open(strangers, opened);
    const summaries = new Map<ServiceId, ServiceSummary>();
    for (const id of ids) {
      const { rendered } = (await opened.get(id))?.service ?? {};
      const made = rendered === undefined || 'problem' in rendered ? [] : rendered;
      summaries.set(id, known.get(id)?.summary ?? summarize(made));
    }
    const custom = await this.#customKinds(summaries.values());
    const schemas = this.#options.schemas.version(environment.kubernetes);
    const measures = new Map(
      await Promise.all(
        ids.map(async (id) => [id, await this.#measure(id, schemas.name, summaries.get(id), custom)] as const),
      ),
    );
    const keyOf = (id: ServiceId, others: readonly Source[]) =>
      sha256(JSON.stringify([starts.get(id), others, measures.get(id)]));
    const before = new Map(
      [...known].flatMap(([id, { elsewhere }]) => {
        const kept = this.#options.kept?.get(keyOf(id, elsewhere));
        return kept === undefined ? [] : [[id, JSON.parse(kept) as readonly Finding[]] as const];
      }),
    );
    const stale = ids.filter((id) => !before.has(id));
    await this.#open(
      stale.filter((id) => !opened.has(id)),
      opened,
    );
    const findings: Finding[] = [];
    for (const id of ids) {
      const kept = before.get(id);
      if (kept !== undefined) {
        findings.push(...kept);
        continue;
      }
      const open = (await opened.get(id)) as Opened;
      const found = await this.#find(open, custom);
      findings.push(...found);
      if (open.elsewhere === null) continue;
      const about = { elsewhere: open.elsewhere, summary: summaries.get(id) };
      this.#options.kept?.add(sha256(starts.get(id) ?? ''), JSON.stringify(about));
      this.#options.kept?.add(keyOf(id, open.elsewhere), JSON.stringify(found));
    }
    const between = await checkEnvironment({
      ...{ environment: this.#request, asked: this.#asked, services: summaries, neighbours, read: this.#read },
      open: async (id) => {
        if (!opened.has(id)) await this.#open([id], opened);
        return ((await opened.get(id)) as Opened).service;
      },
    });
    const checked = ids.map((id) => this.#rendering(id));
    return {
      findings: [...findings, ...between, ...(await this.#requirements(present))],
      checked,
      known: ids.length - stale.length,
    };
  }

  async #find({ service, yaml }: Opened, custom: CustomKinds): Promise<Finding[]> {
    const schemas = this.#options.schemas.version(this.#state.environment.kubernetes);
    const found = await checkService(service, {
      ...{ environment: this.#request, asked: this.#asked, schemas, custom, read: this.#read },
    });
    if (this.#external === null || yaml === null) return found;
    return [...found, ...(await this.#alongside(this.#external, service, yaml, schemas.name))];
  }

  #rendering(service: ServiceId): Rendering {
    return { environment: this.#state.environment.name, service };
  }

  /** Renders services and reads their files. */
  async #open(ids: readonly ServiceId[], opened: Map<ServiceId, Promise<Opened>>): Promise<void> {
    if (ids.length === 0) return;
    const { snapshot } = this.#state;
    const made = await this.#options.renderer.render(
      snapshot,
      ids.map((id) => this.#rendering(id)),
    );
    for (const [index, id] of ids.entries()) {
      const outcome = made[index];
      if (outcome !== undefined) opened.set(id, this.#opened(id, outcome));
    }
    await Promise.all(ids.map((id) => opened.get(id)));
  }

  async #opened(id: ServiceId, outcome: Outcome): Promise<Opened> {
    const { snapshot, environment } = this.#state;
    const folders = [`apps/${id}`, overlayFolder(environment.name, id)];
    const files = new Map<string, string>();
    for (const folder of folders)
      for (const [inside, bytes] of await filesBelow(snapshot, folder))
        files.set(`${folder}/${inside}`, new TextDecoder().decode(bytes));
    const { images, ignore } = await this.#options.about(id);
    if (isFailure(outcome)) {
      const rendered = { problem: outcome.error.message };
      return { service: { id, files, rendered, images, ignore }, yaml: null, elsewhere: null };
    }
    const rendered = parseObjects(outcome.yaml);
    const others = elsewhere(this.#rendering(id), outcome.sources);
    return { service: { id, files, rendered, images, ignore }, yaml: outcome.yaml, elsewhere: others };
  }

  async #requirements(present: ReadonlySet<ServiceId>): Promise<Finding[]> {
    const severity = this.#asked.severity(requiresBroken.id, requiresBroken.severity);
    if (severity === 'off') return [];
    const broken = await this.#options.broken(this.#state.snapshot);
    const found = broken.filter(({ service }) => present.has(service));
    const about = await Promise.all(found.map(({ service }) => this.#options.about(service)));
    return found.flatMap(({ service, reason }, index) =>
      isExcepted(requiresBroken.id, severity, undefined, about[index]?.ignore ?? [])
        ? []
        : [
            {
              ...{ rule: requiresBroken.id, severity, message: `${reason}.`, service },
              ...{ file: servicePath(service), line: 1, column: 1, environment: this.#request.name },
            },
          ],
    );
  }

  /** Returns what the checkers of others find in a service, as far as the workspace counts it. */
  async #alongside(
    external: ExternalCheck,
    service: CheckedService,
    yaml: string,
    kubernetes: string,
  ): Promise<Finding[]> {
    const { id, files, rendered, ignore } = service;
    const objects = 'problem' in rendered ? [] : rendered;
    const index = new SourceIndex(files, overlayFolder(this.#request.name, id), this.#read);
    const find = placesOf(index, objects);
    const found = await external.check(yaml, kubernetes, { environment: this.#request.name, service: id, find });
    return found.flatMap((finding) => {
      const severity = this.#asked.severity(finding.rule, finding.severity);
      const object = objects.find((one) => objectKey(one) === finding.object);
      const isLeftOut = severity === 'off' || isExcepted(finding.rule, severity, object, ignore);
      return isLeftOut ? [] : [{ ...finding, severity }];
    });
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
  async #measure(
    id: ServiceId,
    kubernetes: string,
    summary: ServiceSummary | undefined,
    custom: CustomKinds,
  ): Promise<string> {
    const kinds = (summary?.kinds ?? []).map((kind) => custom.get(kind) ?? null);
    const { rules, platform, custom: own } = this.#options.settings;
    const about = await this.#options.about(id);
    return sha256(
      JSON.stringify([
        FORMAT,
        kubernetes,
        this.#request,
        { rules, platform, own },
        about,
        kinds,
        this.#external?.measure ?? null,
      ]),
    );
  }
}

interface Opened {
  readonly service: CheckedService;
  readonly yaml: string | null;
  /** The files elsewhere that it depends on; null where it cannot be rendered. */
  readonly elsewhere: readonly Source[] | null;
}
