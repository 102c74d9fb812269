import { describe, expect, it } from 'vitest';
import { isReplayed } from './request.ts';
import type { Commit } from './snapshot.ts';

function commit(...trailers: string[]): Commit {
  const someone = { name: 'Ada', email: 'ada@example.com', time: 1_700_000_000, zone: '+0000' };
  const message = `Pin payments 3\n\n${['Service: payments', 'Commit: 3', ...trailers].join('\n')}\n`;
  return { oid: 'c'.repeat(40), tree: 'd'.repeat(40), parents: [], author: someone, committer: someone, message };
}

const asked = commit('Replaces: 1', 'Change: 3 Mend it', 'Change-Author: Ada <ada@example.com>', 'Request-To: staging');

describe('isReplayed', () => {
  it.each([
    [
      'as it was asked for',
      '1',
      ['Replaces: 1', 'Change: 3 Mend it', 'Change-Author: Ada <ada@example.com>', 'Recipe: 9'],
    ],
    ['of another build, of which nothing is known', '2', ['Replaces: 2', 'Recipe: 9']],
    ['after the service was removed', undefined, []],
  ])('holds for a pin %s', (_what, replaced, trailers) => {
    expect(isReplayed(asked, commit(...trailers), replaced)).toBe(true);
  });

  it.each([
    ['what changed left out', '1', ['Replaces: 1']],
    ['what changed since another build', '2', ['Replaces: 2', 'Change: 3 Mend it']],
    ['a build that it does not replace', '2', ['Replaces: 1']],
    ['no build, though it replaces one', '2', []],
    ['a ticket that nobody named', '2', ['Replaces: 2', 'Ticket: CHG1']],
    ['another commit', '2', ['Replaces: 2', 'Commit: 4']],
    ['leave to go back', '2', ['Replaces: 2', 'Allowed-Downgrade: payments']],
  ])('does not hold with %s', (_what, replaced, trailers) => {
    expect(isReplayed(asked, commit(...trailers), replaced)).toBe(false);
  });

  it('lets nothing go back that was allowed to from another build', () => {
    const back = commit('Replaces: 5', 'Allowed-Downgrade: payments');
    expect(isReplayed(back, commit('Replaces: 5', 'Allowed-Downgrade: payments'), '5')).toBe(true);
    expect(isReplayed(back, commit('Replaces: 9', 'Allowed-Downgrade: payments'), '9')).toBe(false);
    expect(isReplayed(back, commit('Replaces: 9'), '9')).toBe(false);
  });
});
