import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseEnvironment } from '../files/environment.ts';
import { looserIn } from './looser.ts';

const environment = (policy: string, more = 'from: [preprod], release: {tag: "v{version}"}') =>
  parseEnvironment(
    'prod',
    `apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {branch: env/prod, ${more}, policy: ${policy}}\n`,
  );

const FULL = `{
  serviceBranches: [main, "release/*"], digests: required, tests: [smoke, {suite: unit, of: builds}],
  approvals: {count: 2, from: [desk]}, soak: {time: 2h}, freeze: [{name: eve, window: "DTSTART:20261224T000000Z\\nDURATION:P2D"}],
  tickets: ['CHG\\d{7}'], rules: [{name: few, holds: 'plan.services.size() <= 20'}], signed: required,
  partial: {tests: [quick]}, rollback: {approvals: {count: 1}}}`.replace(/\n/g, ' ');

describe('a policy becomes looser', () => {
  it.each([
    ['serviceBranches', 'serviceBranches: [main, "release/*"]', 'serviceBranches: [main, "release/*", "feature/*"]'],
    ['serviceBranches', 'serviceBranches: [main, "release/*"], ', ''],
    ['digests', 'digests: required', 'digests: optional'],
    ['tests', 'tests: [smoke, ', 'tests: ['],
    ['tests', '{suite: unit, of: builds}', 'unit'],
    ['approvals', 'count: 2', 'count: 1'],
    ['approvals', 'from: [desk]', 'from: [desk, everybody]'],
    ['approvals', 'count: 2, from: [desk]', 'count: 2, from: [desk], notAuthor: false'],
    ['soak', 'time: 2h', 'time: 90m'],
    ['freeze', 'P2D', 'P1D'],
    ['tickets', "['CHG\\d{7}']", "['CHG\\d{7}', '\\d{3}']"],
    ['rules', '<= 20', '<= 200'],
    ['signed', 'signed: required', 'signed: optional'],
    ['tests of a partial', 'partial: {tests: [quick]}', 'partial: {tests: none}'],
    ['approvals of a rollback', 'rollback: {approvals: {count: 1}}', 'rollback: {approvals: 0}'],
  ])('in %s', (rule, from, to) => {
    expect(FULL).toContain(from);
    const looser = looserIn(environment(FULL), environment(FULL.replace(from, () => to)));
    expect(looser).toContain(rule);
  });

  it('where recipes may come from, or releases are not needed', () => {
    const after = environment(FULL, 'from: [preprod, staging]');
    expect(looserIn(environment(FULL), after)).toEqual([
      'it takes recipes from staging too',
      'it deploys without a release',
    ]);
  });

  it('where the glass can be broken for what is asked', () => {
    const breaking = (rules: string) => FULL.replace('{', () => `{breakGlass: [${rules}],`);
    expect(looserIn(environment('{}'), environment('{breakGlass: [requires, soak]}'))).toEqual([
      'breaking the glass passes requires',
    ]);
    expect(looserIn(environment(FULL), environment(breaking('soak')))).toEqual(['breaking the glass passes soak']);
    expect(looserIn(environment(breaking('soak')), environment(breaking('soak')))).toEqual([]);
  });

  it('not by asking for the same, or for more', () => {
    const rules = Object.entries(parse(FULL) as Record<string, unknown>);
    fc.assert(
      fc.property(fc.subarray(rules), fc.subarray(rules), (some, more) => {
        const less = Object.fromEntries(some);
        const all = { ...less, ...Object.fromEntries(more) };
        const [before, after] = [environment(JSON.stringify(less)), environment(JSON.stringify(all))];
        expect(looserIn(before, before)).toEqual([]);
        const ways = new Set(['partial', 'rollback']);
        const isDifferent = more.some(([rule]) => ways.has(rule) && !(rule in less));
        if (!isDifferent) expect(looserIn(before, after)).toEqual([]);
      }),
    );
  });

  it('by asking for anything less', () => {
    const rules = Object.entries(parse(FULL) as Record<string, unknown>).filter(
      ([rule]) => rule !== 'partial' && rule !== 'rollback',
    );
    fc.assert(
      fc.property(fc.subarray(rules, { minLength: 1 }), fc.nat(), (some, at) => {
        const gone = some[at % some.length]?.[0] ?? '';
        const rest = some.filter(([rule]) => rule !== gone);
        const [before, after] = [Object.fromEntries(some), Object.fromEntries(rest)].map((policy) =>
          environment(JSON.stringify(policy)),
        );
        if (before && after) expect(looserIn(before, after)).toContain(gone);
      }),
    );
  });
});
