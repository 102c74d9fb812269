import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ServiceRepository } from '../src/service-repository.fixture.ts';
import { commitByHand, plumb } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { sections } from './page.ts';
import { stable } from './screen.ts';

const POLICY =
  '{tests: [integration, {suite: unit, of: builds}], approvals: {count: 1, from: [release-engineers]}, soak: {time: 2h}}';
const ADA = 'Ada <ada@example.com>';
const NASTY = `<script>alert("1")</script> & 'more'`;

/** Returns a world whose v1.0.1 went all the way: pinned with what is in it, tested, approved, promoted. */
async function withRelease(): Promise<Gated> {
  const gated = await Gated.with('{}');
  await gated.passes();
  const service = new ServiceRepository(process.env.PATH);
  onTestFinished(() => service.remove());
  const pin = async (subject: string, author: string) => {
    const commit = service.commit(subject, author);
    const image = `ghcr.io/acme/payments:${commit}@sha256:${'a'.repeat(64)}`;
    const { code, stderr } = await gated.world.run(['pin', 'payments', '--image', image], { cwd: service.root });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return commit;
  };
  await pin('Begin', 'Carol <carol@example.com>');
  const commit = await pin(NASTY, 'Dave "D" Doe <dave@example.com>');
  await gated.policy(POLICY);
  await gated.ok('block', 'payments', '--why', 'the schema is being migrated');
  await gated.ok('unblock', 'payments', '--why', 'done');
  await gated.ok('test', `payments@${commit}`, 'unit', '--result', 'passed');
  await gated.ok('promote', 'staging', '--to', 'preprod');
  await gated.ok('test', 'preprod', 'integration', '--result', 'failed', '--url', 'javascript:alert(1)');
  gated.now += HOUR;
  await gated.ok('test', 'preprod', 'integration', '--url', 'https://ci.example.com/2', '--', 'echo', 'fine');
  await gated.as(ADA, 'approve', 'preprod', '--to', 'prod', '--note', 'looks good');
  gated.now += HOUR;
  await gated.passes('--ticket', 'CHG7');
  gated.now += HOUR;
  await gated.as(ADA, 'approve', 'preprod', '--to', 'prod', '--note', 'still good');
  return gated;
}

const report = (gated: Gated, ...options: string[]) => gated.ok('report', 'release', 'v1.0.1', ...options);

describe('report release', () => {
  test('tells a program all that is known', async () => {
    const gated = await withRelease();
    const text = stable(gated.world, await report(gated, '--json')).replace(/[0-9a-f]{64}/g, 'sha256');
    expect(JSON.parse(text)).toMatchInlineSnapshot(`
      {
        "approvals": [
          {
            "by": {
              "email": "ada@example.com",
              "name": "Ada",
            },
            "note": "looks good",
            "time": "2026-11-20T13:00:00Z",
            "url": null,
          },
          {
            "by": {
              "email": "ada@example.com",
              "name": "Ada",
            },
            "note": "still good",
            "time": "2026-11-20T15:00:00Z",
            "url": null,
          },
        ],
        "authors": [
          {
            "email": "author@example.com",
            "name": "Test Author",
          },
          {
            "email": "dave@example.com",
            "name": "Dave "D" Doe",
          },
        ],
        "changes": [
          {
            "compare": "https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...id-0005.................................",
            "from": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id": "payments",
            "images": [
              "ghcr.io/acme/payments:id-0005.................................@sha256:sha256",
            ],
            "imagesBefore": [
              "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ],
            "kind": "changed",
            "label": "0000001 -> id-0005",
            "subjects": [
              "id-0005 <script>alert("1")</script> & 'more'",
            ],
            "to": "id-0005.................................",
          },
        ],
        "commit": "id-0001.................................",
        "deployment": {
          "author": {
            "email": "author@example.com",
            "name": "Test Author",
          },
          "breakGlass": [],
          "committer": {
            "email": "committer@example.com",
            "name": "Test Committer",
          },
          "kind": "promotion",
          "landed": null,
          "promotedFrom": "id-0003.................................",
          "promotedTag": null,
          "reverts": null,
          "reviewed": null,
          "rolledBackTo": null,
          "subject": "Release v1.0.1: preprod id-0003 to prod",
          "ticket": "CHG7",
          "time": "2026-11-20T14:00:00Z",
          "why": null,
        },
        "described": [
          {
            "digest": {
              "dirHash1": "sha256",
              "gitTree": "id-0002.................................",
            },
            "name": "apps",
          },
          {
            "digest": {
              "gitTree": "id-0008.................................",
            },
            "name": ".",
          },
        ],
        "environment": "prod",
        "gates": {
          "gates": [
            {
              "asks": "takes builds that passed unit",
              "passes": true,
              "refused": [],
              "remedy": null,
              "rule": "tests",
            },
            {
              "asks": "takes recipes that passed integration",
              "passes": true,
              "refused": [],
              "remedy": null,
              "rule": "tests",
            },
            {
              "asks": "takes what 1 of release-engineers approved",
              "passes": true,
              "refused": [],
              "remedy": null,
              "rule": "approvals",
            },
            {
              "asks": "takes recipes that ran for 2h in preprod",
              "passes": true,
              "refused": [],
              "remedy": null,
              "rule": "soak",
            },
          ],
          "note": "Asked again with the policy, the evidence and the time that the deployment names.",
        },
        "identities": "claims",
        "missing": [
          {
            "kind": "test",
            "service": null,
            "text": "integration failed at 2026-11-20T12:00:00Z.",
          },
          {
            "kind": "block",
            "service": "payments",
            "text": "The service was blocked until somebody lifted that: by Test Author at 2026-11-20T12:00:00Z, the schema is being migrated.",
          },
          {
            "kind": "identity",
            "service": null,
            "text": "Not all of this had to be signed: who did something, and when, is what they wrote.",
          },
        ],
        "policy": {
          "commit": "id-0007.................................",
          "way": "promotion",
          "yaml": "digests: optional
      tests:
        - suite: integration
          of: recipe
        - suite: unit
          of: builds
      approvals:
        count: 1
        from:
          - release-engineers
        notAuthor: true
      soak:
        time: 2h
        of: recipe
      ",
        },
        "previous": {
          "commit": "id-0009.................................",
          "tag": "v1.0.0",
        },
        "problems": [],
        "ranBefore": [
          {
            "environment": "staging",
            "seconds": 7200,
          },
          {
            "environment": "preprod",
            "seconds": 7200,
          },
        ],
        "recipe": "id-0002.................................",
        "schemaVersion": 1,
        "services": [
          {
            "branch": "main",
            "built": "2026-11-20T09:16:44Z",
            "commit": "id-0005.................................",
            "id": "payments",
            "images": [
              "ghcr.io/acme/payments:id-0005.................................@sha256:sha256",
            ],
            "tree": "id-0006.................................",
            "version": null,
          },
        ],
        "tag": "v1.0.1",
        "tagged": {
          "by": {
            "email": "author@example.com",
            "name": "Test Author",
          },
          "notes": "v1.0.1

      Recipe id-0002................................. in prod, ticket CHG7

      payments: 0000001 -> id-0005
        - id-0005 <script>alert("1")</script> & 'more'
        https://github.com/acme/payments/compare/0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...id-0005.................................
      ",
          "oid": "id-0004.................................",
          "time": "2026-11-20T14:00:00Z",
        },
        "tests": [
          {
            "by": {
              "email": "author@example.com",
              "name": "Test Author",
            },
            "log": null,
            "of": "recipe",
            "result": "FAILED",
            "suite": "integration",
            "time": "2026-11-20T12:00:00Z",
            "url": "javascript:alert(1)",
          },
          {
            "by": {
              "email": "author@example.com",
              "name": "Test Author",
            },
            "log": "sha256",
            "of": "recipe",
            "result": "PASSED",
            "suite": "integration",
            "time": "2026-11-20T13:00:00Z",
            "url": "https://ci.example.com/2",
          },
          {
            "by": {
              "email": "author@example.com",
              "name": "Test Author",
            },
            "log": null,
            "of": "payments",
            "result": "PASSED",
            "suite": "unit",
            "time": "2026-11-20T12:00:00Z",
            "url": null,
          },
        ],
        "verify": [
          {
            "command": "git rev-parse v1.0.1",
            "prints": "id-0004.................................",
          },
          {
            "command": "git rev-parse v1.0.1^0",
            "prints": "id-0001.................................",
          },
          {
            "command": "git rev-parse v1.0.1:apps",
            "prints": "id-0002.................................",
          },
          {
            "command": "git rev-parse id-0003.................................:apps",
            "prints": "id-0002.................................",
          },
          {
            "command": "git -c core.quotePath=false ls-tree -r v1.0.1:apps | grep ^100 | while read -r mode type id path; do echo "$(git cat-file blob "$id" | sha256sum | cut -c1-64)  $path"; done | sha256sum | cut -c1-64",
            "prints": "sha256",
          },
        ],
        "version": "1.0.1",
      }
    `);
  });

  test('answers every question on one page that needs nothing else', async () => {
    const gated = await withRelease();
    const page = await report(gated, '--output', '-');
    const found = sections(page);
    const commit = plumb(gated.world, ['rev-parse', 'v1.0.1^0']);
    const tag = plumb(gated.world, ['rev-parse', 'v1.0.1']);
    const source = plumb(gated.world, ['rev-parse', 'env/preprod']);
    const answers: Record<string, readonly (string | RegExp)[]> = {
      '1 What changed': [
        '1 of 1 services',
        /payments changed 0000001 → \w{7} · compare/,
        '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;',
        `@sha256:${'a'.repeat(64)}`,
      ],
      '2 Who wrote it': ['Dave &quot;D&quot; Doe dave@example.com', 'author@example.com'],
      '3 Who tested it': [
        /unit payments PASSED 2026-11-20T12:00:00Z/,
        /integration recipe FAILED 2026-11-20T12:00:00Z .* javascript:alert\(1\)/,
        /integration recipe PASSED 2026-11-20T13:00:00Z .* https:\/\/ci.example.com\/2 [0-9a-f]{64}/,
      ],
      '4 Who approved it': [
        'Ada &lt;ada@example.com&gt; 2026-11-20T13:00:00Z looks good',
        '2026-11-20T15:00:00Z after the release still good',
      ],
      '5 Who promoted it, and when': [commit, tag, 'Test Author', 'Test Committer', '2026-11-20T14:00:00Z', 'CHG7'],
      '6 Where it ran before, and how long': [source, 'staging 2h', 'preprod 2h'],
      '7 Under which policy': [
        plumb(gated.world, ['rev-parse', 'main']),
        'time: 2h',
        '- release-engineers',
        '✓ passed approvals takes what 1 of release-engineers approved',
        '✓ passed soak',
      ],
      '8 What was known to be missing': [
        'integration failed at 2026-11-20T12:00:00Z',
        'was blocked until somebody lifted that: by Test Author at 2026-11-20T12:00:00Z, the schema is being migrated',
        'Not all of this had to be signed',
      ],
      'How to verify this with plain Git': [
        `git rev-parse v1.0.1:apps ${plumb(gated.world, ['rev-parse', 'v1.0.1:apps'])}`,
      ],
    };
    expect([...found.keys()]).toEqual(Object.keys(answers));
    for (const [title, expected] of Object.entries(answers))
      for (const answer of expected) expect(found.get(title), title).toMatch(answer);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|@import|url\(|\ssrc=|\son\w+=|href="(?!https:)/);
    expect(page).toMatch(/@media print/);
  });

  test('gives commands of plain Git that print what it says', async () => {
    const gated = await withRelease();
    const { verify } = JSON.parse(await report(gated, '--json'));
    expect(verify).toHaveLength(5);
    for (const { command, prints } of verify) {
      const options = { cwd: gated.world.remote, env: gated.world.env, encoding: 'utf8' } as const;
      expect(execFileSync('sh', ['-c', command], options).trim(), command).toBe(prints);
    }
  });

  test('writes a file, and says where', async () => {
    const gated = await withRelease();
    expect(stable(gated.world, await report(gated))).toMatchInlineSnapshot(`
      "Wrote v1.0.1.html: v1.0.1 in prod, commit id-0001
        1 service changed, 2 of 3 tests passed, 2 approvals, 3 things missing
      "
    `);
    const page = readFileSync(join(gated.world.empty, 'v1.0.1.html'), 'utf8');
    expect(page).toBe(await report(gated, '--output', '-'));
    expect(await gated.run(['report', 'release', 'v1.0.1', '--output', 'no/such/folder.html'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[CANNOT_WRITE]'),
    });
  });

  test('tells what is not recorded of a release made by hand, and of one that broke the glass', async () => {
    const gated = await withRelease();
    const { world } = gated;
    commitByHand(world, 'env/prod', { 'apps/payments/manifests/hotfix.txt': 'now\n' });
    plumb(world, ['tag', 'v1.0.2', 'env/prod']);
    const missing = async (tag: string) =>
      JSON.parse(await gated.ok('report', 'release', tag, '--json')).missing.map(
        ({ kind, text }: { kind: string; text: string }) => `${kind}: ${text}`,
      );
    expect(await missing('v1.0.2')).toMatchInlineSnapshot(`
      [
        "gate: Not recorded: the deployment names no policy of the default branch.",
        "approval: Nobody approved this recipe.",
        "test: No suite is recorded to have run on this recipe before it was released.",
        "block: The service was blocked until somebody lifted that: by Test Author at 2026-11-20T12:00:00Z, the schema is being migrated.",
        "origin: It was not promoted from another environment (by hand).",
        "tag: The tag is a lightweight one: it does not say who made it, or when.",
        "policy: Its commit does not say which policy was asked.",
        "identity: Not all of this had to be signed: who did something, and when, is what they wrote.",
      ]
    `);
    const said = plumb(world, ['log', '-1', '--format=%B', 'v1.0.1^0']);
    const broken = `${said}\nBreak-Glass: tests, approvals\nWhy: the bank is down\n`;
    commitByHand(world, 'env/prod', { 'apps/payments/manifests/hotfix.txt': 'again\n' }, { message: broken });
    gated.now += MINUTE;
    plumb(world, ['tag', '-a', '-m', 'v1.0.3', 'v1.0.3', 'env/prod']);
    expect(await missing('v1.0.3')).toMatchInlineSnapshot(`
      [
        "gate: The gate tests was passed by breaking the glass: the bank is down; nobody else has reviewed that.",
        "gate: The gate approvals was passed by breaking the glass: the bank is down; nobody else has reviewed that.",
        "gate: The gate soak, asked again, is shut: ran 0s in preprod, 2h less than 2h.",
        "approval: Nobody approved this recipe.",
        "test: No suite is recorded to have run on this recipe before it was released.",
        "block: The service was blocked until somebody lifted that: by Test Author at 2026-11-20T12:00:00Z, the schema is being migrated.",
        "identity: Not all of this had to be signed: who did something, and when, is what they wrote.",
      ]
    `);
  });

  test('is refused for what is no release', async () => {
    const gated = await withRelease();
    await gated.ok('compose');
    const refused = async (tag: string) => {
      const { code, stdout } = await gated.run(['report', 'release', tag, '--json']);
      const { error } = JSON.parse(stdout);
      return `${code} ${error.code}: ${error.message} ${error.hint}`;
    };
    const candidate = plumb(gated.world, ['tag', '--list', '*-rc*']);
    expect([await refused('v1.0.11'), await refused('v9'), await refused(candidate)]).toMatchInlineSnapshot(`
      [
        "2 UNKNOWN_RELEASE: There is no release "v1.0.11". Did you mean v1.0.1 ?",
        "2 UNKNOWN_RELEASE: There is no release "v9". There are: v1.0.1, v1.0.0",
        "2 NOT_A_RELEASE: The tag "v1.0.2-rc.1" is no release: it stands on no commit of an environment that releases such tags. eleventh show v1.0.2-rc.1",
      ]
    `);
  });
});
