import { describe, expect, it } from 'vitest';
import { compileRule, type PlanValue } from './plan-rule.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const plan: PlanValue = {
  way: 'promotion',
  environment: 'prod',
  from: 'preprod',
  recipe: 'a'.repeat(40),
  ticket: 'CHG1',
  author: { name: 'Ada', email: 'ada@example.com' },
  services: [
    {
      name: 'payments',
      owner: 'team-payments',
      commit: 'c'.repeat(40),
      branch: 'main',
      version: '2.3.1',
      built: new Date('2026-11-20T09:00:00Z'),
      images: [{ repository: 'ghcr.io/acme/payments', tag: '1', digest: 'sha256:0' }],
      before: { commit: '', version: '' },
    },
  ],
};

describe('a rule', () => {
  it.each([
    ['plan.environment == "prod" && plan.from == "preprod"', true],
    ['plan.services.all(s, s.owner == "team-payments")', true],
    ['plan.services.exists(s, s.images.exists(i, i.digest == ""))', false],
    ['plan.services.all(s, now - s.built < duration("2h"))', false],
    ['plan.services.all(s, now - s.built > duration("2h"))', true],
    ['plan.services.filter(s, s.before.commit == "").size() == 1', true],
    ['plan.author.email.endsWith("@example.com") && plan.ticket.startsWith("CHG")', true],
  ])('%s is %s', async (text, expected) => expect((await compileRule(text))(plan, NOW)).toBe(expected));

  it.each([
    ['plan.servces.size() == 1', /servces/],
    ['plam.way == "pin"', /plam/],
    ['plan.services', /bool/],
    ['plan.way', /bool/],
    ['plan.way == 1', /overload|==/],
    ['plan.services.all(s, ', /./],
    ['plan.way.matches("(a+)+$")', /matches/],
    ['has(plan.way)', /has/],
    ['plan.services.all(a, plan.services.all(b, plan.services.all(c, true)))', /loops/],
    [`"${'x'.repeat(2000)}" == ""`, /longer/],
  ])('%s is refused before it is asked', async (text, problem) => {
    await expect(compileRule(text)).rejects.toThrow(problem);
  });

  it('throws where it cannot be told, which its gate takes for a no', async () => {
    const rule = await compileRule('plan.services[7].name == "payments"');
    expect(() => rule(plan, NOW)).toThrow();
  });
});
