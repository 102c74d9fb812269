import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { runHere } from './in-process.ts';
import { screen, stable, stableJson, withServices } from './screen.ts';
import { World } from './world.ts';

const FREEZE = 'DTSTART;TZID=Europe/Zurich:20261218T170000\\nDURATION:P14D\\nRRULE:FREQ=YEARLY';
const POLICY = String.raw`{
  serviceBranches: [main],
  digests: required,
  tests: [integration, {suite: unit, of: builds}],
  approvals: {count: 1, from: [release-engineers]},
  soak: {time: 2h},
  freeze: [{name: year end, window: "${FREEZE}"}],
  tickets: ['CHG\d{7}'],
  rules: [{name: few, holds: plan.services.size() <= 2}],
  partial: {tests: [smoke]},
  rollback: {approvals: {count: 1, notAuthor: false}, freeze: ignore},
}`.replace(/\n/g, ' ');

/** A promotion of which every rule of the policy is met, as YAML in flow style. */
const SERVICE = {
  name: 'payments',
  branch: 'main',
  digest: true,
  version: '2.0.0',
  authors: ['bob@example.com'],
  tests: { unit: 'passed' },
};
const MET = {
  way: 'promotion',
  at: '2026-11-20T12:00:00Z',
  who: 'author@example.com',
  ticket: 'CHG1234567',
  services: [SERVICE] as readonly object[],
  tests: { integration: 'passed' } as object,
  approvals: ['ada@example.com'],
  soaked: '3h',
};

interface Example {
  readonly name: string;
  readonly given: object;
  readonly expect: 'enters' | { readonly refused: readonly string[] };
}

function environmentFile(policy: string, name = 'prod'): string {
  return `apiVersion: eleventh.dev/v1alpha1
kind: Environment
metadata: {name: ${name}}
spec:
  branch: env/${name}
${name === 'prod' ? '  release: {tag: "v{version}"}\n  from: [preprod]\n' : ''}  policy: ${policy}
`;
}

function examplesFile(examples: readonly Example[]): string {
  return `apiVersion: eleventh.dev/v1alpha1
kind: PolicyExamples
metadata: {name: prod}
spec:
  examples: ${JSON.stringify(examples, null, 2).replace(/\n/g, '\n    ')}
`;
}

const WORKSPACE = `apiVersion: eleventh.dev/v1alpha1
kind: Workspace
metadata: {name: test}
spec: {defaults: {environment: staging}, teams: {release-engineers: [ada@example.com, bob@example.com, carol@example.com]}}
`;

function files(policy: string, examples: readonly Example[]): Record<string, string> {
  return {
    'environments/workspace.yaml': WORKSPACE,
    'environments/prod/environment.yaml': environmentFile(policy),
    'environments/prod/examples.yaml': examplesFile(examples),
  };
}

/** Returns a world whose main holds a policy of prod and examples of it. */
async function withExamples(policy: string, ...examples: readonly Example[]): Promise<World> {
  const world = await withServices();
  commitByHand(world, 'main', files(policy, examples));
  return world;
}

describe('check --policy', () => {
  test('shows what holds for each way into each environment, and nothing of examples where there are none', async () => {
    const world = await withServices();
    commitByHand(world, 'main', {
      'environments/workspace.yaml': WORKSPACE,
      'environments/prod/environment.yaml': environmentFile(POLICY),
    });
    const before = await world.refs();
    expect(await screen(world, ['check', '--policy'])).toMatchInlineSnapshot(`
      "$ eleventh check --policy
      staging, from service CI
                         pin       rollback
        serviceBranches  any       any
        digests          optional  optional
        tests            -         -
        approvals        -         -
        soak             -         -
        freeze           -         -
        tickets          -         -
        rules            -         -
        signed           optional  optional
        requires         -         --only
        blocks           always    always

      preprod, from staging
                         promotion  partial   rollback
        serviceBranches  main       main      any
        digests          optional   optional  optional
        tests            -          -         -
        approvals        -          -         -
        soak             -          -         -
        freeze           -          -         -
        tickets          -          -         -
        rules            -          -         -
        signed           optional   optional  optional
        requires         always     always    --only
        blocks           always     always    always

      prod, from preprod
                         promotion                          partial                            rollback
        serviceBranches  main                               main                               any
        digests          required                           required                           optional
        tests            integration, unit of each build    smoke                              -
        approvals        1 of release-engineers, no author  1 of release-engineers, no author  1 of release-engineers
        soak             2h                                 2h                                 -
        freeze           year end                           year end                           -
        tickets          CHG\\d{7}                           CHG\\d{7}                           -
        rules            few                                few                                -
        signed           optional                           optional                           optional
        requires         always                             always                             --only
        blocks           always                             always                             always

      No examples: main id-0001
      "
    `);
    expect(await world.refs()).toBe(before);
  });

  test('asks the gates with just what each example gives', async () => {
    const without = (field: keyof typeof MET) =>
      Object.fromEntries(Object.entries(MET).filter(([name]) => name !== field));
    const service = (more: object) => ({ ...MET, services: [{ ...SERVICE, ...more }] });
    const shut: readonly (readonly [name: string, given: object, rule: string])[] = [
      ['another branch', service({ branch: 'feature/x' }), 'serviceBranches'],
      ['no digest', service({ digest: false }), 'digests'],
      ['no integration', without('tests'), 'tests'],
      ['a failed integration', { ...MET, tests: { integration: 'failed' } }, 'tests'],
      ['a build without unit', service({ tests: {} }), 'tests'],
      ['no approval', without('approvals'), 'approvals'],
      ['the approval of a stranger', { ...MET, approvals: ['eve@example.com'] }, 'approvals'],
      ['the approval of an author', { ...MET, approvals: ['bob@example.com'] }, 'approvals'],
      ['the approval of who promotes', { ...MET, who: 'ada@example.com' }, 'approvals'],
      ['too fresh', { ...MET, soaked: '1h59m' }, 'soak'],
      ['just deployed', without('soaked'), 'soak'],
      ['in the freeze', { ...MET, at: '2026-12-24T12:00:00+01:00' }, 'freeze'],
      ['no ticket', without('ticket'), 'tickets'],
      ['another ticket', { ...MET, ticket: 'CHG1' }, 'tickets'],
      ['too many', { ...MET, services: ['a', 'b', 'c'].map((name) => ({ ...SERVICE, name })) }, 'rules'],
      ['a blocked recipe', { ...MET, blocked: true }, 'blocks'],
      ['a blocked build', service({ blocked: true }), 'blocks'],
    ];
    const world = await withExamples(
      POLICY,
      { name: 'all is met', given: MET, expect: 'enters' },
      {
        name: 'at the very second',
        given: { ...MET, soaked: '2h', at: '2026-12-18T15:59:59Z' },
        expect: 'enters',
      },
      {
        name: 'some services alone',
        given: { ...MET, way: 'partial', tests: { smoke: 'passed' }, services: [{ ...SERVICE, tests: {} }] },
        expect: 'enters',
      },
      {
        name: 'back',
        given: { way: 'rollback', at: '2026-12-24T12:00:00Z', services: [SERVICE], approvals: ['bob@example.com'] },
        expect: 'enters',
      },
      ...shut.map(([name, given, rule]): Example => ({ name, given, expect: { refused: [rule] } })),
    );
    const { code, stdout } = await world.run(['check', '--policy']);
    expect(stdout.split('\n').filter((line) => line.includes('✗'))).toEqual([]);
    expect(stdout.match(/✓/g)).toHaveLength(shut.length + 4);
    expect(stdout).toContain(`${shut.length + 4} examples, as expected`);
    expect(code).toBe(0);
    // Each is shut by that rule alone, and open without it: what none of them expects fails them all.
    commitByHand(world, 'main', {
      'environments/prod/examples.yaml': examplesFile(
        shut.map(([name, given]) => ({ name, given, expect: 'enters' as const })),
      ),
    });
    const failed = await world.run(['check', '--policy', '--json']);
    expect(failed.code).toBe(1);
    const [, , { examples }] = JSON.parse(failed.stdout).policies;
    expect(examples.map(({ passes, refused }: { passes: boolean; refused: string[] }) => [passes, refused])).toEqual(
      shut.map(([, , rule]) => [false, [rule]]),
    );
  });

  test('says of an example that fails which rules differ, and with what words', async () => {
    const world = await withExamples(
      '{tests: [integration], approvals: {count: 2, from: [release-engineers]}}',
      { name: 'tested is enough', given: { ...MET, approvals: [] }, expect: 'enters' },
      {
        name: 'no ticket',
        given: { ...MET, approvals: ['ada@example.com', 'carol@example.com'] },
        expect: { refused: ['tickets', 'tests'] },
      },
      {
        name: 'a failed build stays out',
        given: { ...MET, tests: { integration: 'failed' } },
        expect: { refused: ['approvals', 'tests'] },
      },
    );
    expect(await screen(world, ['check', '--policy'])).toMatchInlineSnapshot(`
      "$ eleventh check --policy
      staging, from service CI
                         pin       rollback
        serviceBranches  any       any
        digests          optional  optional
        tests            -         -
        approvals        -         -
        soak             -         -
        freeze           -         -
        tickets          -         -
        rules            -         -
        signed           optional  optional
        requires         -         --only
        blocks           always    always

      preprod, from staging
                         promotion  partial   rollback
        serviceBranches  main       main      any
        digests          optional   optional  optional
        tests            -          -         -
        approvals        -          -         -
        soak             -          -         -
        freeze           -          -         -
        tickets          -          -         -
        rules            -          -         -
        signed           optional   optional  optional
        requires         always     always    --only
        blocks           always     always    always

      prod, from preprod
                         promotion                          partial                            rollback
        serviceBranches  any                                any                                any
        digests          optional                           optional                           optional
        tests            integration                        integration                        -
        approvals        2 of release-engineers, no author  2 of release-engineers, no author  -
        soak             -                                  -                                  -
        freeze           -                                  -                                  -
        tickets          -                                  -                                  -
        rules            -                                  -                                  -
        signed           optional                           optional                           optional
        requires         always                             always                             --only
        blocks           always                             always                             always
        ✗ tested is enough
            expected   enters
            actual     refused by approvals
            approvals  takes what 2 of release-engineers approved: 2 more approvals are missing
        ✗ no ticket
            expected  refused by tests, tickets
            actual    enters
            tests     passes: takes recipes that passed integration
            tickets   asks for nothing
        ✓ a failed build stays out

      2 of 3 examples did not come as it says: main id-0001
      [exit 1]
      "
    `);
    const json = (await stableJson(world, ['check', '--policy'])) as {
      policies: readonly { examples: readonly object[] }[];
    };
    expect({
      ...json,
      policies: json.policies.map((policy) => ({ ...policy, examples: policy.examples.slice(0, 1) })),
    }).toMatchInlineSnapshot(`
      {
        "passes": false,
        "policies": [
          {
            "breakGlass": [],
            "environment": "staging",
            "examples": [],
            "from": [],
            "problems": [],
            "ways": {
              "pin": {
                "digests": "optional",
              },
              "rollback": {
                "digests": "optional",
              },
            },
          },
          {
            "breakGlass": [],
            "environment": "preprod",
            "examples": [],
            "from": [
              "staging",
            ],
            "problems": [],
            "ways": {
              "partial": {
                "digests": "optional",
                "serviceBranches": [
                  "main",
                ],
              },
              "promotion": {
                "digests": "optional",
                "serviceBranches": [
                  "main",
                ],
              },
              "rollback": {
                "digests": "optional",
              },
            },
          },
          {
            "breakGlass": [],
            "environment": "prod",
            "examples": [
              {
                "expected": [],
                "gates": [
                  {
                    "asks": "takes recipes that passed integration",
                    "passes": true,
                    "refused": [],
                    "remedy": null,
                    "rule": "tests",
                  },
                  {
                    "asks": "takes what 2 of release-engineers approved",
                    "passes": false,
                    "refused": [
                      {
                        "reason": "2 more approvals are missing",
                        "service": null,
                      },
                    ],
                    "remedy": {
                      "command": "eleventh approve preprod --to prod",
                      "who": "release-engineers",
                    },
                    "rule": "approvals",
                  },
                ],
                "name": "tested is enough",
                "passes": false,
                "refused": [
                  "approvals",
                ],
              },
            ],
            "from": [
              "preprod",
            ],
            "problems": [],
            "ways": {
              "partial": {
                "approvals": {
                  "count": 2,
                  "from": [
                    "release-engineers",
                  ],
                  "notAuthor": true,
                },
                "digests": "optional",
                "tests": [
                  {
                    "of": "recipe",
                    "suite": "integration",
                  },
                ],
              },
              "promotion": {
                "approvals": {
                  "count": 2,
                  "from": [
                    "release-engineers",
                  ],
                  "notAuthor": true,
                },
                "digests": "optional",
                "tests": [
                  {
                    "of": "recipe",
                    "suite": "integration",
                  },
                ],
              },
              "rollback": {
                "digests": "optional",
              },
            },
          },
        ],
        "schemaVersion": 1,
        "workspace": {
          "commit": "id-0001.................................",
          "name": "main",
        },
      }
    `);
  });

  test('holds a policy of pins against pins', async () => {
    const world = await withServices();
    commitByHand(world, 'main', {
      'environments/workspace.yaml': WORKSPACE,
      'environments/staging/environment.yaml': environmentFile(
        '{serviceBranches: [main], rules: [{name: pins, holds: plan.way == "pin"}]}',
        'staging',
      ),
      'environments/staging/examples.yaml': examplesFile([
        { name: 'a build of main', given: { way: 'pin', at: MET.at, services: [SERVICE] }, expect: 'enters' },
        {
          name: 'no other',
          given: { way: 'pin', at: MET.at, services: [{ ...SERVICE, branch: 'x' }] },
          expect: { refused: ['serviceBranches'] },
        },
        {
          name: 'what ran',
          given: { way: 'rollback', at: MET.at, services: [{ ...SERVICE, branch: 'x' }] },
          expect: 'enters',
        },
      ]),
    });
    const { code, stdout } = await world.run(['check', '--policy']);
    expect(stdout).toContain('3 examples, as expected');
    expect(code).toBe(0);
  });

  test('lets rules see the owners, images and versions of what would enter', async () => {
    const rule =
      'plan.services.all(s, s.owner == "team-payments" && s.images.all(i, i.repository.startsWith("ghcr.io/")) && s.version != s.before.version && s.built > timestamp("2026-11-01T00:00:00Z")) && plan.from == "preprod" && plan.author.email == "ada@example.com"';
    const given = {
      ...MET,
      who: 'ada@example.com',
      services: [{ ...SERVICE, before: '1.9.0', built: '2026-11-19T08:00:00Z' }],
    };
    const world = await withExamples(
      `{rules: [{name: all, holds: ${JSON.stringify(rule)}}]}`,
      { name: 'as the rule says', given, expect: 'enters' },
      {
        name: 'another owner',
        given: { ...given, services: [{ ...given.services[0], name: 'topics' }] },
        expect: { refused: ['rules'] },
      },
      {
        name: 'the same version',
        given: { ...given, services: [{ ...given.services[0], before: '2.0.0' }] },
        expect: { refused: ['rules'] },
      },
    );
    commitByHand(world, 'main', {
      'apps/payments/service.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Service
metadata: {name: payments}
spec: {owner: team-payments, images: [ghcr.io/acme/payments]}
`,
    });
    const { code, stdout } = await world.run(['check', '--policy']);
    expect(stdout).toContain('3 examples, as expected');
    expect(code).toBe(0);
  });

  test('shows a window and a rule that cannot be understood, and fails', async () => {
    const world = await withExamples(
      '{freeze: [{name: year end, window: "DTSTART:20261218"}], partial: {rules: [{name: few, holds: plan.service.size() <= 2}]}}',
      { name: 'shut meanwhile', given: MET, expect: { refused: ['freeze'] } },
    );
    expect(await screen(world, ['check', '--policy'])).toMatchInlineSnapshot(`
      "$ eleventh check --policy
      staging, from service CI
                         pin       rollback
        serviceBranches  any       any
        digests          optional  optional
        tests            -         -
        approvals        -         -
        soak             -         -
        freeze           -         -
        tickets          -         -
        rules            -         -
        signed           optional  optional
        requires         -         --only
        blocks           always    always

      preprod, from staging
                         promotion  partial   rollback
        serviceBranches  main       main      any
        digests          optional   optional  optional
        tests            -          -         -
        approvals        -          -         -
        soak             -          -         -
        freeze           -          -         -
        tickets          -          -         -
        rules            -          -         -
        signed           optional   optional  optional
        requires         always     always    --only
        blocks           always     always    always

      prod, from preprod
                         promotion  partial   rollback
        serviceBranches  any        any       any
        digests          optional   optional  optional
        tests            -          -         -
        approvals        -          -         -
        soak             -          -         -
        freeze           year end   year end  -
        tickets          -          -         -
        rules            -          few       -
        signed           optional   optional  optional
        requires         always     always    --only
        blocks           always     always    always
        ! spec.policy.freeze.0 cannot be understood: the first line is not DTSTART;TZID=Europe/Zurich:20261218T170000 or its like
        ! spec.policy.partial.rules.0 cannot be understood: No such key: service
        ✓ shut meanwhile

      2 problems in what is written: main id-0001
      [exit 1]
      "
    `);
  });

  test.each([
    ['an unknown field', [{ name: 'a', given: { ...MET, soak: '3h' }, expect: 'enters' }]],
    ['an unknown rule', [{ name: 'a', given: MET, expect: { refused: ['approval'] } }]],
    ['no rule', [{ name: 'a', given: MET, expect: { refused: [] } }]],
    ['another word', [{ name: 'a', given: MET, expect: 'passes' }]],
    ['a way that prod does not have', [{ name: 'a', given: { ...MET, way: 'pin' }, expect: 'enters' }]],
    ['a source that prod does not have', [{ name: 'a', given: { ...MET, from: 'staging' }, expect: 'enters' }]],
  ])('refuses examples with %s, and says where', async (_, examples) => {
    const world = await withExamples('{}');
    commitByHand(world, 'main', { 'environments/prod/examples.yaml': examplesFile(examples as Example[]) });
    const { code, stderr } = await runHere(world, ['check', '--policy']);
    expect(code).toBe(3);
    expect(stderr).toContain('[INVALID_FILE] environments/prod/examples.yaml: ');
    expect(stderr.split('\n')[1]).toMatch(/^hint: .*See environments\/prod\/examples.yaml/);
  });
});

describe('check --worktree', () => {
  test('reads the files on disk of this checkout, committed or not, whatever ELEVENTH_REPO names', async () => {
    const world = await World.begun();
    const checkout = await world.checkout('main');
    const here = () => world.run(['check', '--policy', '--worktree'], { cwd: join(checkout, 'environments') });
    expect(await here()).toMatchObject({ code: 0 });
    const edited = files('{}', [{ name: 'in', given: MET, expect: { refused: ['tests'] } }]);
    for (const [path, text] of Object.entries(edited)) writeFileSync(join(checkout, path), text);
    const { code, stdout } = await here();
    expect(code).toBe(1);
    expect(stdout.split('\n').at(-2)).toMatch(/^1 of 1 example did not come as it says: files on disk [0-9a-f]{7}$/);
    expect(await world.run(['check', '--policy', '--repo', checkout, '--ref', 'HEAD'])).toMatchObject({ code: 0 });
    const nowhere = await world.run(['check', '--policy', '--worktree']);
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toContain('NO_CHECKOUT');
  });
});

describe('check --ref', () => {
  const enters = { name: 'all is met', given: MET, expect: 'enters' } as const;

  test('reads a checkout at any revision of it, whether it was pushed or not', async () => {
    const world = await withExamples(POLICY, enters);
    const checkout = await world.checkout('main');
    const here = (...args: string[]) =>
      world.run(['check', '--policy', ...args], { cwd: checkout, env: { ELEVENTH_REPO: '' } });
    await world.git(checkout, 'checkout', '--quiet', '-b', 'stricter');
    world.files(checkout.slice(world.root.length + 1), {
      'environments/prod/environment.yaml': environmentFile('{approvals: {count: 2}}'),
    });
    await world.git(checkout, 'commit', '--quiet', '--all', '--message', 'Two approvals');
    const [pushed, ...refs] = await Promise.all([
      here(),
      ...['HEAD', 'stricter', await world.git(checkout, 'rev-parse', '--short', 'HEAD')].map((ref) =>
        here('--ref', ref),
      ),
    ]);
    expect(pushed).toMatchObject({ code: 0 });
    for (const { code, stdout } of refs) {
      expect(code).toBe(1);
      expect(stdout).toContain('1 of 1 example did not come as it says');
    }
    expect(await here('--ref', 'HEAD~1')).toMatchObject({ code: 0 });
    expect(await world.run(['check', '--policy', '--repo', checkout, '--ref', 'HEAD'])).toMatchObject({ code: 1 });
    expect(await world.git(checkout, 'status', '--porcelain')).toBe('');
  });

  test('reads what CI checks out: one commit deep, on no branch', async () => {
    const world = await withExamples(POLICY, enters);
    const folder = join(world.root, 'ci');
    await world.git(world.root, 'init', '--quiet', folder);
    await world.git(folder, 'fetch', '--quiet', '--depth=1', `file://${world.remote}`, 'main');
    await world.git(folder, 'checkout', '--quiet', '--detach', 'FETCH_HEAD');
    const { code, stdout, stderr } = await world.run(['check', '--policy', '--repo', '.', '--ref', 'HEAD'], {
      cwd: folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 example, as expected');
  });

  test('reads a branch, a tag or a commit of a repository that is not here', async () => {
    const world = await withExamples(POLICY, enters);
    const main = await world.ask('rev-parse', 'main');
    await world.ask('branch', 'review', 'main');
    commitByHand(world, 'review', { 'environments/prod/environment.yaml': environmentFile('{approvals: {count: 2}}') });
    const url = `file://${world.remote}`;
    const check = (ref: string) => runHere(world, ['check', '--policy', '--repo', url, '--ref', ref]);
    expect(await check('review')).toMatchObject({ code: 1 });
    expect(await check(main)).toMatchObject({ code: 0 });
    expect(await check('main')).toMatchObject({ code: 0 });
    for (const repository of [url, world.remote]) {
      const { code, stderr } = await runHere(world, ['check', '--policy', '--repo', repository, '--ref', '--nonsense']);
      expect(code).toBe(2);
      expect(stable(world, stderr)).toMatch(/^error \[UNKNOWN_REF\] No branch, tag or commit is called "--nonsense"\./);
    }
    // A commit that holds no workspace.
    await world.ok('update', 'staging');
    expect(await check('env/staging')).toMatchObject({ code: 0 });
  });
});
