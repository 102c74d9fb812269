import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { batch, build, hour, pinned, stable, stableJson, withServices } from './screen.ts';
import { sha, World } from './world.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const OID = /^[0-9a-f]{40}$/;

/** The fields that every writing command prints. */
interface Written {
  readonly schemaVersion: number;
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly branch: string;
  readonly commit: string | null;
  readonly recipe: string | null;
  readonly tag: string | null;
}

describe('--json of what writes', () => {
  test('says under the same names what moved, what would, and that nothing had to', async () => {
    const world = await withServices();
    const lines: readonly (readonly [line: string[], branch: string, tag?: string])[] = [
      [['service', 'add', 'cards'], 'main'],
      [['service', 'remove', 'cards'], 'main'],
      [['env', 'add', 'uat', '--from', 'staging', '--branch', 'add-uat'], 'add-uat'],
      [['pin', 'payments', '--commit', sha(1), '--built', hour(1)], 'env/staging'],
      [['update', 'preprod'], 'env/preprod'],
      [['promote', 'staging', '--to', 'preprod'], 'env/preprod'],
      [['promote', 'preprod', '--to', 'prod', '--no-tag'], 'env/prod'],
      [['release'], 'env/prod', 'v1.0.0'],
      [['compose', '--from', 'preprod'], 'env/preprod', 'v1.0.1-rc.1'],
      [['pin', 'payments', '--commit', sha(2), '--built', hour(2)], 'env/staging'],
      [['promote', 'staging', '--to', 'preprod', '--only', 'payments'], 'env/preprod'],
      [['promote', 'preprod', '--to', 'prod'], 'env/prod', 'v1.0.1'],
      [['rollback', 'prod'], 'env/prod', 'v1.0.2'],
    ];
    for (const [line, branch, tag = null] of lines) {
      const planned = await world.json<Written>(...line, '--dry-run');
      const same = { schemaVersion: 1, changed: true, branch, tag };
      expect(planned, line.join(' ')).toMatchObject({ ...same, dryRun: true });
      const before = await world.refs();
      const done = await world.json<Written>(...line);
      expect(done, line.join(' ')).toMatchObject({ ...same, dryRun: false, commit: expect.stringMatching(OID) });
      expect(await world.refs()).not.toBe(before);
      expect([null, done.commit], line.join(' ')).toContain(planned.commit);
      const object = tag === null ? `refs/heads/${branch}` : `refs/tags/${tag}^{commit}`;
      expect(done.commit, line.join(' ')).toBe(await world.ask('rev-parse', object));
      if (done.recipe !== null) {
        const recipe = await world.ask('rev-parse', `${done.commit}:apps`).catch(() => EMPTY_TREE);
        expect(done.recipe, line.join(' ')).toBe(recipe);
        expect(planned.recipe, line.join(' ')).toBe(done.recipe);
      }
      if (['service', 'env'].includes(line[0] ?? '')) continue;
      const again = await world.json<Written>(...line);
      expect(again, line.join(' ')).toMatchObject({ changed: false, branch, commit: done.commit, recipe: done.recipe });
    }
  });

  test('a batch tells of each pin', async () => {
    const world = await withServices();
    const input = batch(build('payments', 1, { version: '1.0.0' }), build('topics', 2, { branch: 'try' }));
    expect(await stableJson(world, ['pin', '--batch', '-'], { input })).toMatchInlineSnapshot(`
      {
        "branch": "env/staging",
        "breaks": [],
        "changed": true,
        "commit": "id-0001.................................",
        "dryRun": false,
        "environment": "staging",
        "pins": [
          {
            "branch": "main",
            "built": "2026-11-01T01:00:00Z",
            "changed": true,
            "commit": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "environment": "staging",
            "id": "payments",
            "images": [
              "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ],
            "replaces": null,
            "version": "1.0.0",
          },
          {
            "branch": "try",
            "built": "2026-11-01T02:00:00Z",
            "changed": true,
            "commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "environment": "staging",
            "id": "topics",
            "images": [],
            "replaces": null,
            "version": null,
          },
        ],
        "recipe": "id-0002.................................",
        "schemaVersion": 1,
        "tag": null,
      }
    `);
  });

  test('init', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', world.remote);
    const line = ['init', join(world.root, 'bank'), '--remote', world.remote];
    expect(await stableJson(world, line)).toMatchInlineSnapshot(`
      {
        "advice": null,
        "branch": "main",
        "branches": {
          "env/preprod": "id-0003.................................",
          "env/prod": "id-0004.................................",
          "env/staging": "id-0002.................................",
          "main": "id-0001.................................",
        },
        "changed": true,
        "commit": "id-0001.................................",
        "dryRun": false,
        "folder": "~/bank",
        "recipe": null,
        "remote": "~/deploy.git",
        "schemaVersion": 1,
        "tag": null,
      }
    `);
  });
});

describe('--json of a failure', () => {
  test('is one line on standard output beside the words on standard error', async () => {
    const world = await withServices();
    const lines: readonly (readonly string[])[] = [
      ['pin', 'paymets', '--commit', sha(1)],
      ['promote', 'staging', '--to', 'preprod'],
      ['rollback', 'prod'],
      ['status', '--unknown'],
      ['promote'],
      ['unknown'],
      ['status', '--repo', join(world.root, 'nowhere.git')],
    ];
    const shown: unknown[] = [];
    for (const line of lines) {
      const { code, stdout, stderr } = await world.run([...line, '--json']);
      expect(stdout).toMatch(/^\{.*\}\n$/);
      const { schemaVersion, error } = JSON.parse(stable(world, stdout));
      expect({ schemaVersion, exitCode: error.exitCode }).toEqual({ schemaVersion: 1, exitCode: code });
      expect(stable(world, stderr)).toBe(`error [${error.code}] ${error.message}\nhint: ${error.hint}\n`);
      shown.push(error);
    }
    expect(shown).toMatchInlineSnapshot(`
      [
        {
          "code": "UNKNOWN_SERVICE",
          "details": {},
          "exitCode": 2,
          "hint": "Did you mean payments ?",
          "message": "There is no service "paymets" on main.",
        },
        {
          "code": "NOTHING_TO_PROMOTE",
          "details": {},
          "exitCode": 3,
          "hint": "eleventh status",
          "message": "staging id-0001 runs nothing: there is no recipe to promote.",
        },
        {
          "code": "NOTHING_EARLIER",
          "details": {},
          "exitCode": 2,
          "hint": "eleventh log prod",
          "message": "prod has no earlier deployment to go back to.",
        },
        {
          "code": "USAGE",
          "details": {},
          "exitCode": 2,
          "hint": "eleventh status --help",
          "message": "Unknown option '--unknown'.",
        },
        {
          "code": "USAGE",
          "details": {},
          "exitCode": 2,
          "hint": "eleventh promote --help",
          "message": "Required option '--to <env>' not specified.",
        },
        {
          "code": "USAGE",
          "details": {},
          "exitCode": 2,
          "hint": "eleventh --help",
          "message": "Unknown command 'unknown'.",
        },
        {
          "code": "REPOSITORY_NOT_FOUND",
          "details": {
            "repository": "~/nowhere.git",
          },
          "exitCode": 1,
          "hint": "git ls-remote ~/nowhere.git",
          "message": "There is no Git repository at ~/nowhere.git that you may read.",
        },
      ]
    `);
  });

  test('names the details that a program needs', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 2), build('topics', 3, { branch: 'try' }));
    const detailsOf = async (...line: string[]): Promise<unknown> =>
      JSON.parse(stable(world, (await world.run([...line, '--json'])).stdout)).error.details;
    expect(await detailsOf('pin', 'payments', '--commit', sha(1), '--built', hour(1))).toMatchInlineSnapshot(`
      {
        "refused": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "runs": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "service": "payments",
      }
    `);
    expect(await detailsOf('promote', 'staging', '--to', 'preprod')).toMatchInlineSnapshot(`
      {
        "environment": "preprod",
        "gates": [
          {
            "asks": "takes builds of main only",
            "passes": false,
            "refused": [
              {
                "reason": "0000003 was built from try",
                "service": "topics",
              },
            ],
            "remedy": null,
            "rule": "serviceBranches",
          },
        ],
        "newestPassing": "id-0001.................................",
      }
    `);
    expect(await detailsOf('promote', 'staging', '--to', 'prod')).toMatchInlineSnapshot(`
      {
        "from": [
          "preprod",
        ],
        "source": "id-0002.................................",
        "target": "prod",
      }
    `);
    expect(await detailsOf('promote', 'staging', '--to', 'preprod', '--only', 'payments')).toMatchInlineSnapshot(`
      {
        "service": "payments",
      }
    `);
  });
});
