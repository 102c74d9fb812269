import { describe, expect, test } from 'vitest';
import { build, pinned, withServices } from './screen.ts';
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
    expect(await world.json('status')).toMatchInlineSnapshot(`
      {
        "environments": [
          {
            "branch": "env/staging",
            "commit": "cfebb85c1cf0f763b3047428845624436d2a2ad5",
            "deployed": {
              "commit": "cfebb85c1cf0f763b3047428845624436d2a2ad5",
              "tag": null,
            },
            "findings": [],
            "from": [],
            "name": "staging",
            "recipe": "a6394b5e06428f5e9ad8ff0770acdae2a65eac2c",
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
                "tree": "eb2dbd5deb2c2d227f3ab7be9cfa7b1cc92cbeda",
                "version": "1.1.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "1178b4a1276f22075a086f050932069008f8e029",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
            },
          },
          {
            "branch": "env/preprod",
            "commit": "0bd8ecf7499f677ecbafe630ad49ef3d65fa958a",
            "deployed": {
              "commit": "0bd8ecf7499f677ecbafe630ad49ef3d65fa958a",
              "tag": null,
            },
            "findings": [],
            "from": [
              "staging",
            ],
            "name": "preprod",
            "recipe": "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
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
                "tree": "b38a165e668e7755eab3c1c13a4c3b705bc34484",
                "version": "1.0.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "1178b4a1276f22075a086f050932069008f8e029",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
            },
          },
          {
            "branch": "env/prod",
            "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
            "deployed": {
              "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
              "tag": "v1.0.0",
            },
            "findings": [],
            "from": [
              "preprod",
            ],
            "name": "prod",
            "recipe": "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
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
                "tree": "b38a165e668e7755eab3c1c13a4c3b705bc34484",
                "version": "1.0.0",
              },
              {
                "branch": "main",
                "built": "2026-11-01T02:00:00Z",
                "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "id": "topics",
                "images": [],
                "tree": "1178b4a1276f22075a086f050932069008f8e029",
                "version": null,
              },
            ],
            "time": "2026-11-20T12:00:00Z",
            "workspace": {
              "behind": 0,
              "commit": "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
            },
          },
        ],
        "schemaVersion": 1,
        "workspace": {
          "branch": "main",
          "commit": "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
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
    expect(await world.json('log', 'prod', '--limit', '1')).toMatchInlineSnapshot(`
      {
        "branch": "env/prod",
        "deployments": [
          {
            "author": {
              "email": "author@example.com",
              "name": "Test Author",
            },
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
            "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
            "kind": "promotion",
            "promotedFrom": "0bd8ecf7499f677ecbafe630ad49ef3d65fa958a",
            "recipe": "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
            "release": "v1.0.0",
            "rolledBackTo": null,
            "strays": [],
            "subject": "Release v1.0.0: preprod 0bd8ecf to prod",
            "time": "2026-11-20T12:00:00Z",
          },
        ],
        "environment": "prod",
        "schemaVersion": 1,
      }
    `);
    expect(await world.json('diff', 'prod', 'staging')).toMatchInlineSnapshot(`
      {
        "from": {
          "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
          "name": "prod 2bbe39b",
          "recipe": "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
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
          "commit": "cfebb85c1cf0f763b3047428845624436d2a2ad5",
          "name": "staging cfebb85",
          "recipe": "a6394b5e06428f5e9ad8ff0770acdae2a65eac2c",
        },
      }
    `);
    expect(await world.json('show', 'v1.0.0')).toMatchInlineSnapshot(`
      {
        "author": {
          "email": "author@example.com",
          "name": "Test Author",
        },
        "body": "payments: added at 1.0.0 (0000001)
      topics: added at 0000002",
        "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
        "kind": "promotion",
        "name": "v1.0.0",
        "recipe": "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
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
            "tree": "b38a165e668e7755eab3c1c13a4c3b705bc34484",
            "version": "1.0.0",
          },
          {
            "branch": "main",
            "built": "2026-11-01T02:00:00Z",
            "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id": "topics",
            "images": [],
            "tree": "1178b4a1276f22075a086f050932069008f8e029",
            "version": null,
          },
        ],
        "subject": "Release v1.0.0: preprod 0bd8ecf to prod",
        "tags": [
          "v1.0.0",
        ],
        "time": "2026-11-20T12:00:00Z",
        "trailers": [
          [
            "Promoted-From",
            "0bd8ecf7499f677ecbafe630ad49ef3d65fa958a",
          ],
          [
            "Release",
            "v1.0.0",
          ],
          [
            "Workspace",
            "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
          ],
          [
            "Policy",
            "4fb1c51911c6b4fa45989b6d28153d90fdee3942",
          ],
          [
            "Recipe",
            "1dac782d3d52ca784d5fbffad9d6b36ecdad9044",
          ],
        ],
      }
    `);
  });

  test('service list and env list', async () => {
    const world = await withRelease();
    expect(await world.json('service', 'list')).toMatchInlineSnapshot(`
      {
        "schemaVersion": 1,
        "services": [
          {
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
    expect(await world.json('env', 'list')).toMatchInlineSnapshot(`
      {
        "environments": [
          {
            "branch": "env/staging",
            "commit": "cfebb85c1cf0f763b3047428845624436d2a2ad5",
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
            "commit": "0bd8ecf7499f677ecbafe630ad49ef3d65fa958a",
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
            "commit": "2bbe39b2633ed4e40f3b6d85f1a867dbec859ddb",
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
