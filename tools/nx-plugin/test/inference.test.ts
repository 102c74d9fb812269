import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { Workspace } from './workspace.ts';

const SERVICES = [
  'accounts',
  'cards',
  'customers',
  'gateway',
  'ledger',
  'notifications',
  'payments',
  'risk/fraud',
  'statements',
  'topics',
  'web',
];
const ENVIRONMENTS = ['env:preprod', 'env:prod', 'env:staging'];

let workspace: Workspace;
beforeAll(async () => {
  workspace = await Workspace.begun('--examples');
});
afterAll(() => workspace.remove());

describe('the projects of a workspace', () => {
  test('are one for each service and each environment', async () => {
    expect(await workspace.projects()).toEqual([...SERVICES, ...ENVIRONMENTS].sort());
    expect(await workspace.projects('--projects=tag:type:environment')).toEqual(ENVIRONMENTS);
    expect(await workspace.projects('--projects=tag:owner:team-risk')).toEqual(['risk/fraud']);
    expect(await workspace.projects('--projects=env:prod')).toEqual(['env:prod']);
  });

  test('have targets that run the command line, with what they depend on', async () => {
    const show = async (name: string) => JSON.parse(await workspace.nx('show', 'project', name, '--json'));
    const { targets, metadata, tags, root } = await show('risk/fraud');
    expect({ tags, metadata, root, targets }).toMatchInlineSnapshot(`
      {
        "metadata": {
          "description": "The service risk/fraud of team-risk, built from https://github.com/example-bank/fraud",
          "owners": {
            "team-risk": {
              "ownedFiles": [
                {
                  "files": [
                    "*",
                  ],
                },
              ],
            },
          },
          "requires": [],
        },
        "root": "apps/risk/fraud",
        "tags": [
          "type:service",
          "owner:team-risk",
        ],
        "targets": {
          "check": {
            "cache": true,
            "configurations": {},
            "executor": "nx:run-commands",
            "inputs": [
              "{projectRoot}/**/*",
              "{workspaceRoot}/environments/*/risk/fraud/**/*",
              "{workspaceRoot}/environments/*/environment.yaml",
              "{workspaceRoot}/environments/workspace.yaml",
              "{workspaceRoot}/environments/crds/**/*",
              {
                "runtime": "git for-each-ref "--format=%(objectname)" refs/heads/env/preprod refs/heads/env/prod refs/heads/env/staging refs/remotes/origin/env/preprod refs/remotes/origin/env/prod refs/remotes/origin/env/staging",
              },
              "^pin",
              {
                "runtime": "node --require @eleventh/nx/versions --eval 0",
              },
              {
                "externalDependencies": [],
              },
            ],
            "metadata": {
              "description": "Checks what the manifests of risk/fraud come to.",
            },
            "options": {
              "command": "eleventh check --worktree --service risk/fraud",
            },
            "outputs": [],
            "parallelism": true,
          },
          "diff": {
            "cache": false,
            "configurations": {},
            "executor": "nx:run-commands",
            "metadata": {
              "description": "Shows what differs from main in what the clusters see of risk/fraud.",
            },
            "options": {
              "commands": [
                "eleventh diff main --worktree --rendered --in preprod risk/fraud",
                "eleventh diff main --worktree --rendered --in prod risk/fraud",
                "eleventh diff main --worktree --rendered --in staging risk/fraud",
              ],
              "parallel": false,
            },
            "parallelism": true,
          },
          "render": {
            "cache": true,
            "configurations": {},
            "executor": "nx:run-commands",
            "inputs": [
              "{projectRoot}/**/*",
              "{workspaceRoot}/environments/*/risk/fraud/**/*",
              {
                "runtime": "node --require @eleventh/nx/versions --eval 0",
              },
              {
                "externalDependencies": [],
              },
            ],
            "metadata": {
              "description": "Writes what the clusters see of risk/fraud below dist/apps/risk/fraud.",
            },
            "options": {
              "commands": [
                "eleventh render --worktree --to preprod risk/fraud --output dist/apps/risk/fraud/preprod",
                "eleventh render --worktree --to prod risk/fraud --output dist/apps/risk/fraud/prod",
                "eleventh render --worktree --to staging risk/fraud --output dist/apps/risk/fraud/staging",
              ],
              "parallel": false,
            },
            "outputs": [
              "{workspaceRoot}/dist/apps/risk/fraud",
            ],
            "parallelism": true,
          },
        },
      }
    `);
    expect((await show('env:prod')).targets).toMatchInlineSnapshot(`
      {
        "check": {
          "cache": true,
          "configurations": {},
          "executor": "nx:run-commands",
          "inputs": [
            "{projectRoot}/**/*",
            "^recipe",
            "{workspaceRoot}/environments/workspace.yaml",
            "{workspaceRoot}/environments/crds/**/*",
            {
              "runtime": "git for-each-ref "--format=%(objectname)" refs/heads/env/preprod refs/heads/env/prod refs/heads/env/staging refs/remotes/origin/env/preprod refs/remotes/origin/env/prod refs/remotes/origin/env/staging",
            },
            "{workspaceRoot}/environments/preprod/{environment,kustomization}.yaml",
            {
              "runtime": "node --require @eleventh/nx/versions --eval 0",
            },
            {
              "externalDependencies": [],
            },
          ],
          "metadata": {
            "description": "Checks what the manifests of prod come to.",
          },
          "options": {
            "command": "eleventh check --worktree --environment prod",
          },
          "outputs": [],
          "parallelism": true,
        },
        "diff": {
          "cache": false,
          "configurations": {},
          "executor": "nx:run-commands",
          "metadata": {
            "description": "Shows what differs from main in what the clusters see of prod.",
          },
          "options": {
            "commands": [
              "eleventh diff main --worktree --rendered --in prod",
            ],
            "parallel": false,
          },
          "parallelism": true,
        },
        "render": {
          "cache": true,
          "configurations": {},
          "executor": "nx:run-commands",
          "inputs": [
            "{projectRoot}/**/*",
            "^recipe",
            {
              "runtime": "node --require @eleventh/nx/versions --eval 0",
            },
            {
              "externalDependencies": [],
            },
          ],
          "metadata": {
            "description": "Writes what the clusters see of prod below dist/environments/prod.",
          },
          "options": {
            "commands": [
              "eleventh render --worktree --to prod --output dist/environments/prod",
            ],
            "parallel": false,
          },
          "outputs": [
            "{workspaceRoot}/dist/environments/prod",
          ],
          "parallelism": true,
        },
      }
    `);
  });

  test('depend on each other as overlays and requirements say, in nx graph too', async () => {
    const { dependencies, nodes } = await workspace.graph();
    const targets = (name: string) => dependencies[name]?.map(({ target }) => target).sort();
    for (const name of ENVIRONMENTS) expect(targets(name)).toEqual(SERVICES);
    expect(targets('topics')).toEqual([]);
    expect(nodes['env:prod']?.data.metadata.description).toContain(
      'tags v{version} on the branch env/prod, from preprod',
    );
  });

  test('are the same where Nx keeps plugins in processes of their own, as it does by default', async () => {
    const { output } = await workspace.run(['show', 'projects', '--json'], { NX_ISOLATE_PLUGINS: 'true' });
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '').sort()).toEqual([...SERVICES, ...ENVIRONMENTS].sort());
  });
});

test('a workspace begins with the version of Nx that the plugin was tried with', () => {
  const { devDependencies } = JSON.parse(workspace.read('package.json'));
  expect(devDependencies.nx).toBe(manifest.dependencies['@nx/devkit']);
});

describe('names', () => {
  test('of services and environments never clash, whatever they are', async () => {
    const names = ['prod', 'env/prod', 'check'];
    for (const name of names) {
      workspace.write({ [`apps/${name}/kustomization.yaml`]: workspace.read('apps/topics/kustomization.yaml') });
    }
    expect(await workspace.projects()).toEqual([...SERVICES, ...ENVIRONMENTS, ...names].sort());
    const { tasks } = JSON.parse(await workspace.nx('run', 'env:prod:check', '--graph=stdout'));
    expect(Object.keys(tasks.tasks)).toEqual(['env:prod:check']);
    await workspace.git('clean', '--quiet', '-d', '--force', '--', 'apps');
  });
});

describe('what cannot be read', () => {
  test('is a project all the same, which says why: its check finds it again', async () => {
    workspace.append('apps/web/service.yaml', 'kind: [');
    workspace.append('environments/prod/environment.yaml', '  brunch: nothing\n');
    const { nodes, dependencies } = await workspace.graph();
    const said = (name: string) => nodes[name]?.data.metadata.description;
    expect([said('web'), said('env:prod')]).toMatchInlineSnapshot(`
      [
        "apps/web/service.yaml is not valid YAML: Map keys must be unique.",
        "environments/prod/environment.yaml: spec.brunch is not a known field.",
      ]
    `);
    expect(nodes.web?.data.tags).toEqual(['type:service']);
    expect(dependencies['env:prod']?.map(({ target }) => target)).toContain('web');
    await workspace.git('checkout', '--quiet', '.');
  });
});
