import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clashingService, environmentName, isDeviceName, quoted, serviceId } from './names.ts';

const BAD = [
  '',
  ' ',
  '.',
  '..',
  '../x',
  '-x',
  'x-',
  'a b',
  'A',
  'a_b',
  'a.b',
  'é',
  'a\0b',
  'a\n',
  'con',
  'nul',
  'com1',
  'lpt9',
];

describe('serviceId', () => {
  it.each(['a', '0', 'payments', 'risk/fraud', 'a-b/c-d', 'no', '1e3', 'a'.repeat(63), 'manifests/x', 'com', 'lpt10'])(
    'takes %s',
    (id) => {
      expect(serviceId(id)).toBe(id);
    },
  );

  it.each([
    ...BAD,
    ...BAD.map((part) => `risk/${part}`),
    '/',
    '/a',
    'a/',
    'a//b',
    'a/b/c',
    'refs/heads/x',
    'a'.repeat(64),
  ])('refuses %j', (id) => {
    expect(() => serviceId(id)).toThrowError(expect.objectContaining({ code: 'BAD_SERVICE_ID', exitCode: 2 }));
  });

  it.each(['manifests', 'risk/manifests'])('keeps %s for the folder of that name', (id) => {
    expect(() => serviceId(id)).toThrowError(expect.objectContaining({ code: 'BAD_SERVICE_ID' }));
  });

  it('says what an id is, and never more than a line of what it was given', () => {
    expect(() => serviceId('a'.repeat(300))).toThrowErrorMatchingInlineSnapshot(
      `[EleventhError: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).]`,
    );
    expect(() => serviceId('a\u001b[31m\u202eb')).toThrowErrorMatchingInlineSnapshot(
      `[EleventhError: "a\\u001b[31m\\u202eb" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).]`,
    );
  });
});

describe('environmentName', () => {
  it.each(['staging', 'prod-eu', '0', 'a'.repeat(63)])('takes %s', (name) => {
    expect(environmentName(name)).toBe(name);
  });

  it.each([...BAD, 'prod/eu', 'refs/heads/x', 'a'.repeat(64)])('refuses %j', (name) => {
    expect(() => environmentName(name)).toThrowError(
      expect.objectContaining({ code: 'BAD_ENVIRONMENT_NAME', exitCode: 2, hint: 'eleventh env list' }),
    );
  });
});

describe('isDeviceName', () => {
  it.each(['con', 'CON', 'Nul.yaml', 'com1.tar.gz', 'LPT0', 'aux.'])('knows %s', (name) => {
    expect(isDeviceName(name)).toBe(true);
  });

  it.each(['', 'icon', 'console', 'com', 'com10', 'my.con', 'null'])('lets %j be', (name) => {
    expect(isDeviceName(name)).toBe(false);
  });
});

describe('quoted', () => {
  it('is JSON for plain text', () => {
    expect(quoted('a "b" \\ é')).toBe('"a \\"b\\" \\\\ é"');
  });

  it('is one bounded line that no terminal acts on, and JSON that says the same, whatever it is given', () => {
    const hidden = fc.constantFrom(
      ...'\0\n\u001b\u007f\u0085\u009f\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069"\\',
    );
    const unit = fc.oneof(hidden, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    const text = fc.string({ unit, maxLength: 120 });
    fc.assert(
      fc.property(text, (given) => {
        const shown = quoted(given);
        expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
        const whole: string = JSON.parse(shown);
        if (given.length <= 80) expect(whole).toBe(given);
        else expect(whole).toBe(`${given.slice(0, 77)}...`);
      }),
    );
  });
});

describe('clashingService', () => {
  it('finds the service whose folder would be a group, both ways', () => {
    expect(clashingService('risk', ['payments', 'risk/fraud'])).toBe('risk/fraud');
    expect(clashingService('risk/fraud', ['risk'])).toBe('risk');
  });

  it('lets names be that only begin alike, and the service itself', () => {
    expect(clashingService('risk', ['risk-fraud', 'risky', 'risk'])).toBeUndefined();
    expect(clashingService('risk/fraud', ['risk/fraud', 'risk/score', 'risk-x/fraud'])).toBeUndefined();
  });
});
