import { describe, expect, it } from 'vitest';
import { parseExamples } from './policy-examples.ts';

const EXAMPLE = `
    - name: enters
      given:
        way: promotion
        at: 2026-11-20T12:00:00Z
        services: [{name: risk/fraud}]
      expect: enters`;

function parse(examples: string) {
  return parseExamples(
    'prod',
    `apiVersion: eleventh.dev/v1alpha1\nkind: PolicyExamples\nmetadata: {name: prod}\nspec:\n  examples:${examples}\n`,
  );
}

describe('examples of a policy', () => {
  it('have nothing that they do not say', () => {
    expect(parse(EXAMPLE)).toEqual([
      {
        name: 'enters',
        given: {
          way: 'promotion',
          at: '2026-11-20T12:00:00Z',
          services: [{ name: 'risk/fraud', branch: '', digest: false, authors: [], tests: {}, blocked: false }],
          tests: {},
          approvals: [],
          blocked: false,
          signed: false,
          breakGlass: false,
        },
        refused: [],
      },
    ]);
  });

  it('name the rules that keep something out, in any order and once each', () => {
    const [example] = parse(EXAMPLE.replace('expect: enters', 'expect: {refused: [soak, tests, soak]}'));
    expect(example?.refused).toEqual(['tests', 'soak']);
  });

  it.each([
    ['way: promotion', 'way: push', /given\.way is not valid: .*Expected \("promotion" \| "partial"/],
    ['way: promotion', 'way: promotion\n        aproved: []', /given\.aproved is not a known field/],
    ['        way: promotion\n', '', /given\.way is missing/],
    ['        at: 2026-11-20T12:00:00Z\n', '', /given\.at is missing/],
    ['2026-11-20T12:00:00Z', '2026-11-20', /given\.at is not valid: not a time such as 2026-11-20T12:00:00Z/],
    ['2026-11-20T12:00:00Z', '2026-13-20T12:00:00Z', /given\.at is not valid: not a time that there is/],
    ['name: risk/fraud', 'name: Risk', /services\.0\.name is not valid: not a service id/],
    ['name: risk/fraud', 'name: a, version: v2', /services\.0\.version is not valid: not a SemVer version/],
    ['name: risk/fraud', 'name: a, before: "2"', /services\.0\.before is not valid: not a SemVer version/],
    ['name: risk/fraud', 'name: a, authors: [bob]', /services\.0\.authors\.0 is not valid: not an e-mail address/],
    ['name: risk/fraud', 'name: a, tests: {unit: ok}', /services\.0\.tests\.unit is not valid/],
    ['name: risk/fraud', 'name: a, owner: me', /services\.0\.owner is not a known field/],
    ['[{name: risk/fraud}]', '[]', /given\.services is not valid: nothing would enter/],
    [
      '[{name: risk/fraud}]',
      '[{name: a}, {name: a}]',
      /given\.services is not valid: two services stand in one folder/,
    ],
    ['[{name: risk/fraud}]', '[{name: a/b}, {name: a}]', /given\.services is not valid: two services stand in one/],
    ['[{name: risk/fraud}]', '[{name: a}]\n        soaked: long', /given\.soaked is not valid: not a time such as 2h/],
    ['[{name: risk/fraud}]', '[{name: a}]\n        approvals: ada', /given\.approvals is not valid/],
    ['expect: enters', 'expect: passes', /expect is not valid: .*"enters"/],
    ['expect: enters', 'expect: {refused: []}', /expect\.refused is not valid: what no rule keeps out enters/],
    ['expect: enters', 'expect: {refused: [signature]}', /expect\.refused\.0 is not valid: .*"serviceBranches"/],
    ['expect: enters', 'expect: {refuse: [soak]}', /expect\.refuse is not a known field/],
    ['\n      expect: enters', '', /examples\.0\.expect is missing/],
    ['name: enters', 'name: ""', /examples\.0\.name is not valid: empty/],
  ])('refuse %j as %j, naming the field', (from, to, problem) => {
    expect(EXAMPLE).toContain(from);
    expect(() => parse(EXAMPLE.replace(from, to))).toThrow(
      expect.objectContaining({
        code: 'INVALID_FILE',
        exitCode: 3,
        message: expect.stringMatching(problem),
        hint: expect.stringMatching(/See environments\/prod\/examples\.yaml:\d+$/),
      }),
    );
  });
});
