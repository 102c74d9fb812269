import type { ProjectConfiguration } from '@nx/devkit';
import type { EnvironmentFacts, ServiceFacts } from './descriptions.ts';
import type { Found } from './layout.ts';
import { everythingIn, targetsOf } from './targets.ts';

/** What all projects of a workspace have in common. */
export interface Surroundings {
  /** Folders that overlays may share. */
  readonly shared: readonly string[];
  /** The branch or commit that changes are seen against. */
  readonly base: string;
  /** The environments that have an overlay of a service, by its id. */
  readonly environmentsOf: ReadonlyMap<string, readonly string[]>;
}

/** What everything is judged by. */
const JUDGES = ['{workspaceRoot}/environments/workspace.yaml', everythingIn('environments/crds')];

/** Returns the name that an environment has among the projects; no service's id holds a colon. */
export function environmentProject(name: string): string {
  return `env:${name}`;
}

/** Returns the project of a service; it is called as the service is. */
export function serviceProject({ id, root }: Found, facts: ServiceFacts, around: Surroundings): ProjectConfiguration {
  const { owner, source, requires = [], problem } = facts;
  const said = [owner && ` of ${owner}`, source && `, built from ${source}`].filter(Boolean).join('');
  return {
    name: id,
    root,
    projectType: 'application',
    tags: ['type:service', ...(owner === undefined ? [] : [`owner:${owner}`])],
    metadata: {
      description: problem ?? `The service ${id}${said}`,
      ...(owner === undefined ? {} : { owners: { [owner]: { ownedFiles: [{ files: ['*'] }] } } }),
      requires,
    },
    namedInputs: { recipe: ['{projectRoot}/**/*'], pin: ['{projectRoot}/kustomization.yaml'] },
    targets: targetsOf({
      called: id,
      words: `--service ${id}`,
      root,
      rendered: ['{projectRoot}/**/*', `{workspaceRoot}/environments/*/${id}/**/*`, ...around.shared.map(everythingIn)],
      // A version that another service requires is that service's pin.
      judged: ['{workspaceRoot}/environments/*/environment.yaml', ...JUDGES, '^pin'],
      renderings: (around.environmentsOf.get(id) ?? []).map((environment) => ({
        environment,
        folder: `/${environment}`,
        service: id,
      })),
      base: around.base,
    }),
  };
}

/** Returns the project of an environment. */
export function environmentProjectOf(
  { id, root }: Found,
  facts: EnvironmentFacts,
  around: Surroundings,
): ProjectConfiguration {
  const { branch, tag, from = [], problem } = facts;
  const deploys = tag === undefined ? `the branch ${branch}` : `tags ${tag} on the branch ${branch}`;
  return {
    name: environmentProject(id),
    root,
    projectType: 'application',
    tags: ['type:environment'],
    metadata: {
      description: problem ?? `The environment ${id}: deploys ${deploys}, from ${from.join(' and ') || 'service CI'}`,
    },
    namedInputs: { pin: [], recipe: [] },
    targets: targetsOf({
      called: id,
      words: `--environment ${id}`,
      root,
      rendered: ['{projectRoot}/**/*', '^recipe', ...around.shared.map(everythingIn)],
      // A service that one environment has and the next lacks: which has which is what the list says.
      judged: [
        ...JUDGES,
        ...from.map((name) => `{workspaceRoot}/environments/${name}/{environment,kustomization}.yaml`),
      ],
      renderings: [{ environment: id, folder: '' }],
      base: around.base,
    }),
  };
}
