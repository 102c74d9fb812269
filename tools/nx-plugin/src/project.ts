import { type ExternalCheckers, WORKSPACE_FILE } from '@eleventh/core';
import type { ProjectConfiguration } from '@nx/devkit';
import type { EnvironmentFacts, ServiceFacts } from './descriptions.ts';
import type { Found } from './layout.ts';
import { everythingIn, type Inputs, patternOf, targetsOf } from './targets.ts';

/** What all projects of a workspace have in common. */
export interface Surroundings {
  /** Folders that overlays may share. */
  readonly shared: readonly string[];
  /** The branch or commit that changes are seen against. */
  readonly base: string;
  /** The environments that have an overlay of a service, by its id. */
  readonly environmentsOf: ReadonlyMap<string, readonly string[]>;
  /** The environments that each one takes recipes from, by its name. */
  readonly from: ReadonlyMap<string, readonly string[]>;
  /** The checkers of others that the workspace asks for. */
  readonly checkers: ExternalCheckers;
  /** What stands for the heads of environments where those decide what is checked. */
  readonly heads: Inputs;
}

/** Returns the files that everything is judged by. What a checker reads may be a file or a folder. */
function judges({ checkers: { conftest, 'kube-linter': linter, kubeconform }, heads }: Surroundings): Inputs {
  const read = [conftest?.policy, linter?.config, kubeconform?.schemas].flatMap((path) => path ?? []);
  return [
    `{workspaceRoot}/${WORKSPACE_FILE}`,
    everythingIn('environments/crds'),
    ...read.flatMap((path) => [patternOf(path), everythingIn(path)]),
    ...heads,
  ];
}

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
      judged: ['{workspaceRoot}/environments/*/environment.yaml', ...judges(around), '^pin'],
      checkers: Object.keys(around.checkers),
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
  const after = [...around.from].filter(([, others]) => others.includes(id)).map(([name]) => name);
  const neighbours = [...new Set([...from, ...after])];
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
      // A service that its neighbours have and it lacks: which has which is what the list says.
      judged: [
        ...judges(around),
        ...neighbours.map((name) => `{workspaceRoot}/environments/${name}/{environment,kustomization}.yaml`),
      ],
      checkers: Object.keys(around.checkers),
      renderings: [{ environment: id, folder: '' }],
      base: around.base,
    }),
  };
}
