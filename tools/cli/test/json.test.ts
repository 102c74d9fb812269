import { describe, expect, test } from 'vitest';
import { build, pinned, stableJson, withServices } from './screen.ts';
import type { World } from './world.ts';

/** Returns a world whose production runs `v1.0.0`, with one build waiting in staging. */
async function withRelease(): Promise<World> {
  const world = await withServices();
  await pinned(world, build('payments', 1, { version: '1.0.0' }), build('topics', 2));
  await world.ok('promote', 'staging', '--to', 'preprod');
  await world.ok('promote', 'preprod', '--to', 'prod');
  await pinned(world, build('payments', 3, { version: '1.1.0' }));
  return world;
}

describe('--json of what only reads', () => {
  test('status says all that draws the matrix', async () => {
    const world = await withRelease();
    expect(await stableJson(world, ['status'])).toMatchInlineSnapshot(`
      {
        "environments": [
          {
            "branch": "env/staging",
            "commit": "id-0002.................................",
            "deployed": {
              "commit": "id-0002.................................",
              "tag": null,
            },
            "findings": [],
            "from": [],
            "name": "staging",
            "recipe": "id-0003.................................",
            "release": null,
            "services": [
              {
                "branch": "main",
                "built": "2026-11-01T03:00:00Z",
                "commit": "0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "payments",
                "images": [
                  "ghcr.io/acme/payments:0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ],
                "tree": "id-0004.................................",
                "version": "1.1.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "id-0005.................................",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "id-0001.................................",
            },
          },
          {
            "branch": "env/preprod",
            "commit": "id-0006.................................",
            "deployed": {
              "commit": "id-0006.................................",
              "tag": null,
            },
            "findings": [],
            "from": [
              "staging",
            ],
            "name": "preprod",
            "recipe": "id-0007.................................",
            "release": null,
            "services": [
              {
                "branch": "main",
                "built": "2026-11-01T01:00:00Z",
                "commit": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "payments",
                "images": [
                  "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ],
                "tree": "id-0008.................................",
                "version": "1.0.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "id-0005.................................",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "id-0001.................................",
            },
          },
          {
            "branch": "env/prod",
            "commit": "id-0009.................................",
            "deployed": {
              "commit": "id-0009.................................",
              "tag": "v1.0.0",
            },
            "findings": [],
            "from": [
              "preprod",
            ],
            "name": "prod",
            "recipe": "id-0007.................................",
            "release": "v1.0.0",
            "services": [
              {
                "branch": "main",
                "built": "2026-11-01T01:00:00Z",
                "commit": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "payments",
                "images": [
                  "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ],
                "tree": "id-0008.................................",
                "version": "1.0.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "id-0005.................................",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "id-0001.................................",
            },
          },
        ],
        "schemaVersion": 1,
        "workspace": {
          "branch": "main",
          "commit": "id-0001.................................",
        },
      }
    `);
    const { environments } = await world.json<{ environments: Record<string, string>[] }>('status');
    for (const { branch = '', commit, recipe } of environments) {
      expect([commit, recipe]).toEqual((await world.ask('rev-parse', branch, `${branch}:apps`)).split('\n'));
    }
  });

  test('log, diff and show', async () => {
    const world = await withRelease();
    expect(await stableJson(world, ['log', 'prod', '--limit', '1'])).toMatchInlineSnapshot(`
      {
        "branch": "env/prod",
        "deployments": [
          {
            "author": {
              "email": "author@example.com",
              "name": "Test Author",
            },
            "breakGlass": null,
            "changes": [
              {
                "from": null,
                "id": "payments",
                "label": "added at 1.0.0 (0000001)",
                "to": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
              },
              {
                "from": null,
                "id": "topics",
                "label": "added at 0000002",
                "to": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
              },
            ],
            "commit": "id-0001.................................",
            "kind": "promotion",
            "landed": null,
            "promotedFrom": "id-0002.................................",
            "recipe": "id-0003.................................",
            "release": "v1.0.0",
            "rolledBackTo": null,
            "strays": [],
            "subject": "Release v1.0.0: preprod id-0002 to prod",
            "time": "2026-11-20T12:00:00Z",
          },
        ],
        "environment": "prod",
        "schemaVersion": 1,
      }
    `);
    expect(await stableJson(world, ['diff', 'prod', 'staging'])).toMatchInlineSnapshot(`
      {
        "from": {
          "commit": "id-0001.................................",
          "name": "prod id-0001",
          "recipe": "id-0003.................................",
        },
        "outside": [],
        "schemaVersion": 1,
        "services": [
          {
            "compare": "https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "from": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id": "payments",
            "kind": "changed",
            "label": "1.0.0 (0000001) -> 1.1.0 (0000003)",
            "to": "0000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          },
        ],
        "to": {
          "commit": "id-0004.................................",
          "name": "staging id-0004",
          "recipe": "id-0005.................................",
        },
      }
    `);
    expect(await stableJson(world, ['show', 'v1.0.0'])).toMatchInlineSnapshot(`
      {
        "author": {
          "email": "author@example.com",
          "name": "Test Author",
        },
        "body": "payments: added at 1.0.0 (0000001)
      topics: added at 0000002",
        "commit": "id-0001.................................",
        "kind": "promotion",
        "name": "v1.0.0",
        "recipe": "id-0003.................................",
        "runsIn": [
          "preprod",
          "prod",
        ],
        "schemaVersion": 1,
        "services": [
          {
            "branch": "main",
            "built": "2026-11-01T01:00:00Z",
            "commit": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id": "payments",
            "images": [
              "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ],
            "tree": "id-0007.................................",
            "version": "1.0.0",
          },
          {
            "branch": "main",
            "built": "2026-11-01T02:00:00Z",
            "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id": "topics",
            "images": [],
            "tree": "id-0008.................................",
            "version": null,
          },
        ],
        "subject": "Release v1.0.0: preprod id-0002 to prod",
        "tags": [
          "v1.0.0",
        ],
        "time": "2026-11-20T12:00:00Z",
        "trailers": [
          [
            "Promoted-From",
            "id-0002.................................",
          ],
          [
            "Release",
            "v1.0.0",
          ],
          [
            "Workspace",
            "id-0006.................................",
          ],
          [
            "Policy",
            "id-0006.................................",
          ],
          [
            "Recipe",
            "id-0003.................................",
          ],
        ],
      }
    `);
  });

  test('service list and env list', async () => {
    const world = await withRelease();
    expect(await stableJson(world, ['service', 'list'])).toMatchInlineSnapshot(`
      {
        "schemaVersion": 1,
        "services": [
          {
            "fields": [],
            "id": "payments",
            "images": [
              "ghcr.io/acme/payments",
            ],
            "manifests": "ci",
            "owner": null,
            "requires": {},
            "runsIn": [
              "staging",
              "preprod",
              "prod",
            ],
            "source": "https://github.com/acme/payments",
          },
          {
            "fields": [],
            "id": "risk/fraud",
            "images": [
              "ghcr.io/acme/fraud",
            ],
            "manifests": "ci",
            "owner": null,
            "requires": {},
            "runsIn": [],
            "source": null,
          },
          {
            "fields": [],
            "id": "topics",
            "images": [],
            "manifests": "ci",
            "owner": null,
            "requires": {},
            "runsIn": [
              "staging",
              "preprod",
              "prod",
            ],
            "source": null,
          },
        ],
      }
    `);
    expect(await stableJson(world, ['env', 'list'])).toMatchInlineSnapshot(`
      {
        "environments": [
          {
            "branch": "env/staging",
            "commit": "id-0001.................................",
            "from": [],
            "name": "staging",
            "policy": {
              "digests": "optional",
              "serviceBranches": null,
            },
            "release": null,
          },
          {
            "branch": "env/preprod",
            "commit": "id-0002.................................",
            "from": [
              "staging",
            ],
            "name": "preprod",
            "policy": {
              "digests": "optional",
              "serviceBranches": [
                "main",
              ],
            },
            "release": null,
          },
          {
            "branch": "env/prod",
            "commit": "id-0003.................................",
            "from": [
              "preprod",
            ],
            "name": "prod",
            "policy": {
              "digests": "optional",
              "serviceBranches": [
                "main",
              ],
            },
            "release": {
              "tag": "v{version}",
            },
          },
        ],
        "schemaVersion": 1,
      }
    `);
  });
});
