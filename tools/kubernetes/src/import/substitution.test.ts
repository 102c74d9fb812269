import { describe, expect, it } from 'vitest';
import { substituted, substitutionOf } from './substitution.ts';

/** Returns a variable as a text has it. */
const variable = (name: string) => `$\{${name}}`;

describe('substituted', () => {
  const values = { NAME: 'photos' };
  const text = `name: ${variable('NAME')}\nsize: ${variable('SIZE:=5Gi')}\nzone: ${variable('ZONE')}\nkept: $${variable('X')}\n`;

  it('puts what is known in place, and what is not known as Flux does', () => {
    expect(substituted(text, { values, isOpen: false })).toBe(
      `name: photos\nsize: 5Gi\nzone: \nkept: ${variable('X')}\n`,
    );
  });

  it('leaves what the cluster may know', () => {
    expect(substituted(text, { values, isOpen: true })).toBe(text.replace(variable('NAME'), 'photos'));
  });

  it('leaves objects that opt out', () => {
    const object = `metadata:\n  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\nx: ${variable('NAME')}\n`;
    expect(substituted(object, { values, isOpen: false })).toBe(object);
  });

  it('reads postBuild', () => {
    expect(substitutionOf({ substitute: { A: 1 }, substituteFrom: [{ kind: 'ConfigMap' }] })).toEqual({
      values: { A: '1' },
      isOpen: true,
    });
    expect(substitutionOf(undefined)).toBeUndefined();
  });
});
