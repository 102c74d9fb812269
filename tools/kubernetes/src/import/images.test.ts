import { describe, expect, it } from 'vitest';
import { afterDirectives } from './images.ts';
import { valuesOf } from './repository-files.ts';

describe('what somebody else wrote', () => {
  it('is the name of an image, and no pattern that could take for ever', () => {
    const name = '(a+)+';
    expect(afterDirectives(`${'a'.repeat(60)}!`, [{ name, newTag: '2' } as never])).toBe(`${'a'.repeat(60)}!`);
    expect(afterDirectives('ghcr.io/acme/web:1', [{ name: 'ghcr.io/acme/web', newTag: '2' } as never])).toBe(
      'ghcr.io/acme/web:2',
    );
  });

  it('is no YAML where it comes to more than anybody writes, or to itself', () => {
    expect(valuesOf('a: &a {again: *a}\n')).toBeNull();
    const levels = Array.from(
      { length: 9 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`,
    );
    expect(valuesOf(`l0: &l0 [x]\n${levels.join('\n')}\n`)).toBeNull();
    expect(valuesOf('a: &a {b: 1}\nc: *a\n')).toEqual([{ a: { b: 1 }, c: { b: 1 } }]);
  });
});
