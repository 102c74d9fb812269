import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCodeowners, ownerName } from './codeowners.ts';

const services = [
  { id: 'payments', owner: 'team-payments' },
  { id: 'risk/fraud', owner: '@acme/risk' },
  { id: 'hello' },
  { id: 'odd', owner: 'a b\n* @mallory' },
];

describe('the file of code owners', () => {
  it('names who answers for what a service is', () => {
    expect(formatCodeowners('', services, 'acme')).toMatchInlineSnapshot(`
      "# Made of the owners in apps/*/service.yaml by eleventh forge protect: what stands up to the end mark is made anew.
      /apps/payments/ @acme/team-payments
      /environments/*/payments/ @acme/team-payments
      /apps/risk/fraud/ @acme/risk
      /environments/*/risk/fraud/ @acme/risk
      # End of what eleventh makes.
      "
    `);
  });

  it('keeps what others wrote, and stays as it is when nothing changed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const once = `${formatCodeowners(before, services.slice(1), 'acme')}${after}`;
        const again = formatCodeowners(once, services, 'acme');
        expect(again.startsWith(before)).toBe(true);
        expect(again.endsWith(`\n${after}`)).toBe(true);
        expect(formatCodeowners(again, services, 'acme')).toBe(again);
      }),
    );
  });

  it('takes people, teams and addresses', () => {
    const names = ['team-a', '@ada', 'other/team', 'ada@example.com', '*', '', 'a b', '-x', '@a\nb'];
    expect(names.map((name) => ownerName(name, 'acme'))).toEqual([
      ...['@acme/team-a', '@ada', '@other/team', 'ada@example.com'],
      ...[undefined, undefined, undefined, undefined, undefined],
    ]);
  });
});
