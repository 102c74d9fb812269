import { describe, expect, it } from 'vitest';
import { parseAllowedSigners } from '../files/allowed-signers.ts';
import { newSigners } from './new-signers.ts';

const [ONE, OTHER] = ['A', 'B'].map((letter) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${letter.repeat(48)}`);
const read = (...lines: string[]) => {
  const signers = parseAllowedSigners(lines.join('\n'));
  expect(signers.problem).toBeNull();
  return signers;
};
const ADA = `ada@example.com ${ONE}`;

describe('keys sign', () => {
  it.each([
    ['as before', [ADA], [ADA]],
    ['for fewer people', [ADA, `bob@example.com ${OTHER}`], [ADA]],
    ['for fewer of several', [`ada@example.com,bob@example.com ${ONE}`], [ADA]],
    ['for fewer by a pattern', [`*@example.com ${ONE}`], [`*@example.com,!eve@example.com ${ONE}`]],
    ['for less', [ADA], [`ada@example.com namespaces="git" ${ONE}`]],
    ['for shorter', [ADA], [`ada@example.com valid-after="20260101",valid-before="20270101" ${ONE}`]],
  ])('%s', (_, before, after) => {
    expect(newSigners(read(...before), read(...after))).toEqual([]);
  });

  it.each([
    ['that were not listed', [ADA], [ADA, `ada@example.com ${OTHER}`], ['ada@example.com']],
    ['for somebody else', [ADA], [`eve@example.com ${ONE}`], ['eve@example.com']],
    ['for more people', [ADA], [`ada@example.com,eve@example.com ${ONE}`], ['ada@example.com,eve@example.com']],
    ['for more by a pattern', [`*@example.com,!eve@example.com ${ONE}`], [`*@example.com ${ONE}`], ['*@example.com']],
    ['for more', [`ada@example.com namespaces="file" ${ONE}`], [ADA], ['ada@example.com']],
    ['for longer', [`ada@example.com valid-before="20260101" ${ONE}`], [ADA], ['ada@example.com']],
    ['again', [], [ADA], ['ada@example.com']],
  ])('%s', (_, before, after, expected) => {
    expect(newSigners(read(...before), read(...after))).toEqual(expected);
  });
});
