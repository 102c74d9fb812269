import { describe, expect, it } from 'vitest';
import { inTurn } from './push-arguments.ts';

describe('inTurn', () => {
  it('moves the branch that deploys, then its tag, then what is said of it, then the queue', () => {
    const refs = [
      'refs/heads/env/prod',
      'refs/heads/attestations',
      'refs/tags/v1.0.1',
      'refs/eleventh/a',
      'refs/eleventh/b',
    ];
    const turns = inTurn(refs.map((ref) => ({ ref, expected: null, value: null })));
    expect(turns.map((turn) => turn.map(({ ref }) => ref))).toEqual([
      ['refs/heads/env/prod'],
      ['refs/tags/v1.0.1'],
      ['refs/heads/attestations'],
      ['refs/eleventh/a', 'refs/eleventh/b'],
    ]);
  });
});
