import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import { type Environment, parseEnvironment } from '../files/environment.ts';
import { type Policy, RULES, type Rule } from '../files/policy.ts';
import { parseExamples } from '../files/policy-examples.ts';
import type { Workspace } from '../history/workspace.ts';
import { exampleEntry } from './example.ts';
import { gatesOf } from './gates.ts';

const PEOPLE = ['ada', 'bob', 'carol', 'dan', 'erin'].map((name) => `${name}@example.com`);
const [ADA = '', BOB = ''] = PEOPLE;
const YEAR_END = 'DTSTART;TZID=Europe/Zurich:20261218T170000\nDURATION:P14D\nRRULE:FREQ=YEARLY';

function workspaceOf(...environments: Environment[]): Workspace {
  const [first] = environments as [Environment];
  const snapshot = new MemorySnapshot({});
  const teams = { 'release-engineers': PEOPLE };
  return {
    branch: 'main',
    commit: '1'.repeat(40),
    snapshot,
    environments,
    first,
    attestations: 'attestations',
    teams,
    logins: {},
    keys: null,
    check: { rules: {}, platform: null, custom: [], external: {} },
    signers: { lines: [], problem: null },
  };
}

/** Returns the rules that keep out what is given, as YAML holds both. */
async function shut(policy: object, given: object, branch = 'env/prod'): Promise<Rule[]> {
  const head = { apiVersion: 'eleventh.dev/v1alpha1', metadata: { name: 'prod' } };
  const file = { ...head, kind: 'Environment', spec: { branch, from: ['preprod'], policy } };
  const prod = parseEnvironment('prod', JSON.stringify(file));
  const preprod: Environment = { name: 'preprod', branch: 'env/preprod', from: [], policy: {} };
  const examples = [{ name: 'one', given, expect: 'enters' }];
  const [example] = parseExamples('prod', JSON.stringify({ ...head, kind: 'PolicyExamples', spec: { examples } }));
  if (example === undefined) throw new Error('no example');
  const gates = await gatesOf(await exampleEntry(workspaceOf(preprod, prod), prod, example.given));
  return RULES.filter((rule) => gates.some((gate) => gate.rule === rule && !gate.passes));
}

const suites = fc.uniqueArray(fc.constantFrom('unit', 'smoke', 'integration'), { maxLength: 3 });
/** A rule, what is given so that it holds, and what is not given so that it does not. */
const policies = fc.record(
  {
    serviceBranches: fc.constantFrom(['main'], ['release/*', 'm*'], ['**']),
    digests: fc.constantFrom('required', 'optional'),
    tests: suites.chain((names) =>
      fc.tuple(
        ...names.map((suite) => fc.record({ suite: fc.constant(suite), of: fc.constantFrom('recipe', 'builds') })),
      ),
    ),
    approvals: fc.record({
      count: fc.integer({ min: 1, max: 3 }),
      from: fc.constantFrom([], ['release-engineers']),
      notAuthor: fc.boolean(),
    }),
    soak: fc.record({ time: fc.constantFrom('2h', '90m', '3d', '1s'), of: fc.constantFrom('recipe', 'builds') }),
    freeze: fc.constantFrom([], [{ name: 'year end', window: YEAR_END }]),
    tickets: fc.constantFrom([], [String.raw`CHG\d{7}`], ['INC-[0-9]+', String.raw`CHG\d{7}`]),
    rules: fc.constantFrom([], [{ name: 'few', holds: 'plan.services.size() <= 4 && plan.ticket != "none"' }]),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Policy>;
const services = fc.uniqueArray(fc.constantFrom('payments', 'ledger', 'risk/fraud', 'risk/limits'), { minLength: 1 });
const ways = fc.constantFrom('promotion', 'partial', 'rollback');
const isUpgrade = fc.boolean();

/** Returns a policy in which some rules hold for one way alone. */
function written(way: string, { serviceBranches, digests, ...others }: Policy): object {
  return way === 'promotion'
    ? { serviceBranches, digests, ...others }
    : { serviceBranches, digests, approvals: { count: 3 }, [way]: { approvals: 0, ...others } };
}

/** Returns what is given when every rule of a policy is met, and no more than that. */
function met(
  way: string,
  { tests = [], approvals, soak, ...policy }: Policy,
  names: readonly string[],
  upgrade: boolean,
) {
  const passed = (of: 'recipe' | 'builds') =>
    Object.fromEntries(tests.filter((rule) => rule.of === of).map(({ suite }) => [suite, 'passed']));
  const needsOthers = approvals?.notAuthor !== false;
  return {
    way,
    at: '2026-11-20T12:00:00Z',
    who: ADA,
    ...(policy.tickets === undefined || policy.tickets.length === 0 ? {} : { ticket: 'CHG0000001' }),
    services: names.map((name) => ({
      name,
      branch: 'main',
      digest: policy.digests === 'required',
      version: '2.0.0',
      ...(upgrade ? { before: '1.0.0' } : {}),
      authors: [BOB],
      tests: passed('builds'),
    })),
    tests: passed('recipe'),
    approvals: PEOPLE.slice(needsOthers ? 2 : 0).slice(0, approvals?.count ?? 0),
    ...(soak === undefined ? {} : { soaked: soak.time }),
  };
}

describe('an example', () => {
  it('of which every rule is met enters, whatever the policy', async () => {
    await fc.assert(
      fc.asyncProperty(policies, ways, services, isUpgrade, async (policy, way, names, upgrade) => {
        expect(await shut(written(way, policy), met(way, policy, names, upgrade))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('that lacks one thing is kept out by the rules that ask for it, and by no other', async () => {
    type Given = ReturnType<typeof met>;
    const lacking: readonly (readonly [Rule, (policy: Policy) => boolean, (given: Given) => object])[] = [
      ['approvals', ({ approvals }) => approvals !== undefined, (given) => ({ approvals: given.approvals.slice(1) })],
      ['soak', ({ soak }) => soak !== undefined, () => ({ soaked: undefined })],
      ['tickets', ({ tickets = [] }) => tickets.length > 0, () => ({ ticket: 'none at all' })],
      ['freeze', ({ freeze = [] }) => freeze.length > 0, () => ({ at: '2026-12-31T23:00:00+01:00' })],
      ['tests', ({ tests = [] }) => tests.some(({ of }) => of === 'recipe'), () => ({ tests: {} })],
      ['blocks', () => true, () => ({ blocked: true })],
      [
        'tests',
        ({ tests = [] }) => tests.some(({ of }) => of === 'builds'),
        ({ services: all }) => ({ services: all.map((one, index) => (index === 0 ? { ...one, tests: {} } : one)) }),
      ],
    ];
    await fc.assert(
      fc.asyncProperty(policies, ways, services, fc.constantFrom(...lacking), async (policy, way, names, lack) => {
        const [rule, isAsked, change] = lack;
        const given = met(way, policy, names, true);
        expect(await shut(written(way, policy), { ...given, ...change(given) })).toEqual(isAsked(policy) ? [rule] : []);
      }),
      { numRuns: 300 },
    );
  });

  it('whose source deploys from the same branch soaks there', async () => {
    const given = met('promotion', { soak: { time: '2h', of: 'recipe' } }, ['payments'], false);
    expect(await shut({ soak: { time: '2h' } }, given, 'env/preprod')).toEqual([]);
    expect(await shut({ soak: { time: '2h' } }, { ...given, soaked: '1h' }, 'env/preprod')).toEqual(['soak']);
  });

  it('knows the authors of what would enter alone', async () => {
    const policy = { approvals: { count: 1, from: ['release-engineers'] } };
    const given = { ...met('promotion', {}, ['payments', 'ledger'], true), approvals: [BOB] };
    expect(await shut(policy, given)).toEqual(['approvals']);
    const others = given.services.map((service) => ({ ...service, authors: ['someone@example.com'] }));
    expect(await shut(policy, { ...given, services: others })).toEqual([]);
  });
});
