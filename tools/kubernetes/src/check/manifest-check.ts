import { type Rendering, type ServiceId, servicePath, servicesIn } from '@eleventh/core';
import { rememberingReader } from '../sources/source-index.ts';
import type { About, AboutService, CheckedState } from './checked-state.ts';
import { externalCheck } from './external-check.ts';
import { type Finding, ordered } from './finding.ts';
import { asked, requireKnown } from './settings.ts';
import { type Checking, StateCheck, type StateReport } from './state-check.ts';

export interface ManifestCheckOptions extends Omit<Checking, 'asked' | 'read'> {
  /** All environments, in promotion order. */
  readonly states: readonly CheckedState[];
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

/** Returns what is wrong with the manifests of environments; throws as `asked` and the renderer do. */
export async function checkManifests(options: ManifestCheckOptions): Promise<ManifestReport> {
  const { states, only = {} } = options;
  const checking = await ready(options);
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
    wanted.map((state) => checking<StateReport>(state, (check) => check.run(neighbours))),
  );
  await options.kept?.save();
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
  options: Omit<ManifestCheckOptions, 'states' | 'only' | 'broken' | 'kept' | 'version'>,
  state: CheckedState,
  service: ServiceId,
): Promise<readonly Finding[]> {
  const checking = await ready({ ...options, broken: async () => [], kept: null, version: '' });
  return checking(state, (check) => check.alone(service));
}

/** Returns what looks at a state, with the checkers of others beside it for as long as that takes. */
async function ready(options: Omit<ManifestCheckOptions, 'states'>) {
  const { settings, env, renderer } = options;
  const checking = { ...options, about: knowing(options), asked: await asked(settings), read: rememberingReader() };
  return async <T>(state: CheckedState, look: (check: StateCheck) => Promise<T>): Promise<T> => {
    const external = await externalCheck(settings.external, state.snapshot, env, renderer.temporary);
    try {
      return await look(new StateCheck(checking, state, external));
    } finally {
      external?.close();
    }
  };
}

/** Returns what tells of a service, asked once for each; throws `UNKNOWN_RULE` for an exception from no rule. */
function knowing({ about, settings }: Pick<ManifestCheckOptions, 'about' | 'settings'>): About {
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
