import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Environment, formatEnvironment, inPromotionOrder, parseEnvironment } from './environment.ts';
import { policyFor } from './policy.ts';

const HEAD =
  'apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: prod\nspec:\n  branch: env/prod\n';
const PATH = 'environments/prod/environment.yaml';

function environment(name: string, from: readonly string[] = []): Environment {
  return { name, branch: `env/${name}`, from, policy: { digests: 'optional' } };
}

describe('parseEnvironment', () => {
  it('returns where an environment deploys from and what may enter', () => {
    const text = `${HEAD}  release:\n    tag: v{version}\n  from: [preprod]\n  policy:\n    serviceBranches: [main, "release/**"]\n    digests: required\n`;
    expect(parseEnvironment('prod', text)).toEqual({
      name: 'prod',
      branch: 'env/prod',
      release: { tag: 'v{version}' },
      from: ['preprod'],
      policy: { serviceBranches: ['main', 'release/**'], digests: 'required' },
    });
  });

  it('takes pins of any build when nothing more is said', () => {
    expect(parseEnvironment('prod', HEAD)).toEqual({
      name: 'prod',
      branch: 'env/prod',
      release: undefined,
      from: [],
      policy: { serviceBranches: undefined, digests: 'optional' },
    });
  });

  it.each(['[]', '{}', 'null', 'false', 'require'])('refuses policy.signed: %s', (value) => {
    expect(() => parseEnvironment('prod', `${HEAD}  policy:\n    signed: ${value}\n`)).toThrowError(
      expect.objectContaining({ code: 'INVALID_FILE', exitCode: 3 }),
    );
  });

  it('may ask for signatures on one way in, or not', () => {
    const text = `${HEAD}  from: [preprod]\n  policy:\n    signed: required\n    partial: {signed: none}\n`;
    const { policy } = parseEnvironment('prod', text);
    const ways = ['promotion', 'partial', 'rollback'] as const;
    expect(ways.map((way) => policyFor(policy, way).signed)).toEqual(['required', undefined, undefined]);
    expect(policyFor({ rollback: { signed: 'required' } }, 'rollback')).toEqual({ signed: 'required' });
  });

  it('returns every rule, and what differs for each way in', () => {
    const text = `${HEAD}  from: [preprod]
  policy:
    tests: [integration, {suite: unit, of: builds}]
    approvals: {count: 2, from: [desk]}
    soak: {time: 2h}
    freeze: [{name: year end, window: lines}]
    tickets: ['CHG\\d{7}']
    rules: [{name: few, holds: plan.services.size() < 20}]
    partial: {tests: [smoke], soak: none}
    rollback: {approvals: {notAuthor: false}}
`;
    const { policy } = parseEnvironment('prod', text);
    const rules = {
      digests: 'optional',
      approvals: { count: 2, from: ['desk'], notAuthor: true },
      freeze: [{ name: 'year end', window: 'lines' }],
      tickets: [String.raw`CHG\d{7}`],
      rules: [{ name: 'few', holds: 'plan.services.size() < 20' }],
    };
    const tests = [
      { suite: 'integration', of: 'recipe' },
      { suite: 'unit', of: 'builds' },
    ];
    expect(policyFor(policy, 'promotion')).toEqual({ ...rules, tests, soak: { time: '2h', of: 'recipe' } });
    expect(policyFor(policy, 'partial')).toEqual({ ...rules, tests: [{ suite: 'smoke', of: 'recipe' }] });
    expect(policyFor(policy, 'rollback')).toEqual({ approvals: { count: 2, from: ['desk'], notAuthor: false } });
    // It is remembered as JSON.
    expect(policyFor(JSON.parse(JSON.stringify(policy)), 'partial')).toEqual(policyFor(policy, 'partial'));
  });

  it.each(['tests: [integration]', 'approvals: {count: 1}', 'soak: {time: 2h}'])(
    'refuses to ask about recipes where builds enter one by one: %s',
    (rule) => {
      expect(() => parseEnvironment('prod', `${HEAD}  policy:\n    ${rule}\n`)).toThrowError(
        expect.objectContaining({ code: 'INVALID_FILE', message: expect.stringContaining('builds enter one by one') }),
      );
    },
  );

  it.each([
    ['policy: {approval: 1}', 'spec.policy.approval is not a known field', 'Did you mean approvals ? '],
    [
      'policy: {servicebranches: [main]}',
      'spec.policy.servicebranches is not a known field',
      'Did you mean serviceBranches ? ',
    ],
    [
      'policy: {serviceBranches: main}',
      'spec.policy.serviceBranches is not valid: Expected Array but received "main"',
      '',
    ],
    [
      'policy: {serviceBranches: ["[a-z]*"]}',
      'spec.policy.serviceBranches.0 is not valid: not a pattern of *, ** and ?',
      '',
    ],
    ['policy: {serviceBranches: [""]}', 'spec.policy.serviceBranches.0 is not valid: not a pattern of *, ** and ?', ''],
    [
      'policy: {digests: sometimes}',
      'spec.policy.digests is not valid: Expected ("required" | "optional") but received "sometimes"',
      '',
    ],
    ['policy: ', 'spec.policy is not valid: Expected Object but received null', ''],
    ['polcy: {}', 'spec.polcy is not a known field', 'Did you mean policy ? '],
    ['from: preprod', 'spec.from is not valid: Expected Array but received "preprod"', ''],
    ['from: [1]', 'spec.from.0 is not valid: Expected string but received 1', ''],
    ['release: {}', 'spec.release.tag is missing', ''],
    ['release: {tag: v1}', 'spec.release.tag is not valid: a tag pattern holds {version} once, such as v{version}', ''],
    [
      'release: {tag: "v {version}"}',
      'spec.release.tag is not valid: a tag pattern holds {version} once, such as v{version}',
      '',
    ],
    ['release: {tag: v{version}}', null, ''],
  ])('refuses %s', (line, problem, question) => {
    const error = expect.objectContaining(
      problem === null
        ? { code: 'BAD_YAML', exitCode: 3 }
        : { code: 'INVALID_FILE', exitCode: 3, message: `${PATH}: ${problem}.`, hint: `${question}See ${PATH}:7` },
    );
    expect(() => parseEnvironment('prod', `${HEAD}  ${line}\n`)).toThrowError(error);
  });

  it.each(['-x', '../x', 'refs/heads/x', 'a b', 'HEAD', ''])('refuses the branch %j', (branch) => {
    const text = HEAD.replace('env/prod', JSON.stringify(branch));
    expect(() => parseEnvironment('prod', text)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_FILE',
        message: `${PATH}: spec.branch is not valid: not a branch name.`,
        hint: `See ${PATH}:6`,
      }),
    );
  });

  it('refuses an environment without a branch', () => {
    expect(() => parseEnvironment('prod', HEAD.replace('branch:', 'brnch:'))).toThrowError(
      expect.objectContaining({
        message: `${PATH}: spec.brnch is not a known field.`,
        hint: `Did you mean branch ? See ${PATH}:6`,
      }),
    );
    expect(() => parseEnvironment('prod', HEAD.replace('  branch: env/prod', '  from: []'))).toThrowError(
      expect.objectContaining({ message: `${PATH}: spec.branch is missing.` }),
    );
  });
});

describe('formatEnvironment', () => {
  it('writes the file that people go on from', () => {
    const prod: Environment = {
      ...environment('prod', ['preprod']),
      release: { tag: 'v{version}' },
      policy: { serviceBranches: ['main'], digests: 'required' },
    };
    expect(formatEnvironment(prod)).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Environment
      metadata:
        name: prod
      spec:
        branch: "env/prod"
        release:
          tag: "v{version}"
        from: [preprod]
        policy:
          serviceBranches: ["main"]
          digests: required
      "
    `);
  });

  it('writes what is read back', () => {
    const name = fc.constantFrom('staging', 'no', 'on', 'y', '123', '1e3', 'null', 'true');
    const given = fc.record<Environment>({
      name,
      branch: fc.constantFrom('env/x', 'no', '1e3', '{a}', "it's", '!x', 'a#b', 'a,b'),
      release: fc.option(fc.record({ tag: fc.constantFrom('v{version}', '{version}', '!{version}') }), {
        nil: undefined,
      }),
      from: fc.uniqueArray(name),
      policy: fc.record({
        serviceBranches: fc.option(fc.array(fc.constantFrom('main', '**', '*', 'no', '1', '@#=,')), { nil: undefined }),
        digests: fc.constantFrom('required', 'optional'),
      }),
    });
    fc.assert(
      fc.property(given, (one) => {
        expect(parseEnvironment(one.name, formatEnvironment(one))).toEqual(one);
      }),
    );
  });
});

describe('inPromotionOrder', () => {
  const names = (environments: readonly Environment[]) => environments.map(({ name }) => name);

  it('puts each after those it takes from, and the first before its equals', () => {
    const all = [
      environment('prod', ['preprod']),
      environment('qa', ['dev']),
      environment('preprod', ['staging']),
      environment('staging'),
      environment('dev'),
    ];
    expect(names(inPromotionOrder(all))).toEqual(['dev', 'qa', 'staging', 'preprod', 'prod']);
    expect(names(inPromotionOrder(all, 'staging'))).toEqual(['staging', 'dev', 'preprod', 'prod', 'qa']);
  });

  it('does not depend on the order that it is given', () => {
    const all = [
      environment('a'),
      environment('b', ['a']),
      environment('c', ['a', 'b']),
      environment('d'),
      environment('e', ['d', 'c']),
    ];
    const expected = names(inPromotionOrder(all));
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(names(inPromotionOrder(shuffled))).toEqual(expected);
      }),
    );
  });

  it('refuses a source that is no environment', () => {
    expect(() => inPromotionOrder([environment('prod', ['preprd'])])).toThrowError(
      expect.objectContaining({
        code: 'INVALID_FILE',
        exitCode: 3,
        message: 'environments/prod/environment.yaml: spec.from takes from preprd, which is not an environment.',
        hint: 'eleventh env list',
      }),
    );
  });

  it.each([
    ['prod', [environment('prod', ['prod'])]],
    ['a', [environment('c', ['a']), environment('a', ['b']), environment('b', ['c'])]],
    ['a', [environment('a', ['b']), environment('b', ['c']), environment('c', ['b']), environment('d')]],
  ])('refuses a circle, and names %s as one from which it is reached', (name, all) => {
    expect(() => inPromotionOrder(all)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_FILE',
        message: `environments/${name}/environment.yaml: spec.from leads into a circle.`,
      }),
    );
  });
});
