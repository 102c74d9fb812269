import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quotedScalar, scalar } from './scalar.ts';

describe('scalar', () => {
  it.each([
    'payments',
    'risk/fraud',
    'ghcr.io/acme/payments',
    'manifests/deployment.yaml',
    'a-b_c',
    'e3',
    'nan',
    'notary',
  ])('leaves %s as it is', (text) => {
    expect(scalar(text)).toBe(text);
  });

  // What YAML 1.1 takes for something else than a string, though YAML 1.2 does not.
  it.each([
    'y',
    'N',
    'yes',
    'No',
    'on',
    'OFF',
    'true',
    'False',
    'null',
    '~',
    '',
    '123',
    '1e3',
    '0x1f',
    '012',
    '1_000',
    '1:20',
    '-1',
    '.5',
    '.inf',
    '2026-11-20',
    'a: b',
    'a #b',
    '- a',
    '*a',
    '&a',
    '!a',
    '@a',
    '[a',
    '{a',
    '"a',
    "'a",
    'a ',
    ' a',
    'a\nb',
    '--- a',
    'localhost:5000/a',
  ])('quotes %j', (text) => {
    expect(scalar(text)).toBe(JSON.stringify(text));
  });

  it('is a string to every reader of YAML, the same as before', () => {
    const words = fc.constantFrom('no', 'on', 'y', '1e3', '0x1f', '1:20', 'null', '~', '2026-11-20', '.nan', '=', '<<');
    const text = fc.oneof(words, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(text, (given) => {
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`- ${scalar(given)}\n`, { version })).toEqual([given]);
          expect(parse(`key: ${quotedScalar(given)}\n`, { version })).toEqual({ key: given });
        }
      }),
    );
  });

  it('holds nothing that the YAML of Go refuses', () => {
    expect(quotedScalar('\u0000\u0007\u007f\u0085\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800')).toBe(
      '"\\u0000\\u0007\\u007f\\u0085\\u009f\\u2028\\u2029\\ufeff\\ufffe\\uffff\\ud800"',
    );
  });
});
