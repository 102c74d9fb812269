import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImage, type Image, isRepository, lastSegment, parseImage, sameRepository, splitImage } from './image.ts';

const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

describe('parseImage', () => {
  it.each<[string, Image]>([
    ['payments:1', { repository: 'payments', tag: '1' }],
    ['ghcr.io/acme/payments:2.3.1', { repository: 'ghcr.io/acme/payments', tag: '2.3.1' }],
    [`ghcr.io/acme/payments@${SHA256}`, { repository: 'ghcr.io/acme/payments', digest: SHA256 }],
    [`a/b:c@${SHA512}`, { repository: 'a/b', tag: 'c', digest: SHA512 }],
    [`a:latest@${SHA256}`, { repository: 'a', tag: 'latest', digest: SHA256 }],
    ['localhost:5000/payments:x', { repository: 'localhost:5000/payments', tag: 'x' }],
    ['127.0.0.1:5000/a/b:x', { repository: '127.0.0.1:5000/a/b', tag: 'x' }],
    ['Registry.Example.com/a__b/c-----d.e_f:_X', { repository: 'Registry.Example.com/a__b/c-----d.e_f', tag: '_X' }],
    [`a:${'x'.repeat(128)}`, { repository: 'a', tag: 'x'.repeat(128) }],
  ])('takes %s apart', (text, image) => {
    expect(parseImage(text)).toEqual(image);
    expect(formatImage(image)).toBe(text);
  });

  it.each([
    '',
    ':',
    '@',
    ':x',
    'a:',
    'a@',
    'a b:x',
    'a:x y',
    'a:-x',
    'a:.x',
    `a:${'x'.repeat(129)}`,
    'A:x',
    'a/B:x',
    '-a:x',
    'a-:x',
    'a//b:x',
    '/a:x',
    'a/:x',
    'a..b:x',
    'a___b:x',
    'https://ghcr.io/a:x',
    'a:x:y',
    'a:x@',
    'a:x@sha256',
    `a:x@sha256:${'0'.repeat(63)}`,
    `a:x@${SHA256.toUpperCase()}`,
    `a@${SHA256}@${SHA256}`,
    `a@${SHA512}0`,
    `a@md5:${'0'.repeat(32)}`,
    'a\0:x',
    'a:x\n',
    '\na:x',
    `${'a/'.repeat(130)}b:x`,
    '$IMAGE:x',
  ])('refuses %j', (text) => {
    expect(() => parseImage(text)).toThrowError(expect.objectContaining({ code: 'BAD_IMAGE', exitCode: 2 }));
  });

  it('refuses what names no build, and says how to', () => {
    expect(() => parseImage('ghcr.io/acme/payments')).toThrowError(
      expect.objectContaining({
        code: 'IMAGE_NOT_PINNED',
        exitCode: 2,
        message: '"ghcr.io/acme/payments" names no particular build: it has neither tag nor digest.',
        hint: 'Name the build: --image ghcr.io/acme/payments:<commit> or --image ghcr.io/acme/payments@sha256:…',
      }),
    );
    expect(() => parseImage('localhost:5000/a')).toThrowError(expect.objectContaining({ code: 'IMAGE_NOT_PINNED' }));
    expect(() => parseImage('payments:latest')).toThrowError(
      expect.objectContaining({ code: 'IMAGE_NOT_PINNED', message: '"payments:latest" names no particular build.' }),
    );
  });

  it('takes apart what it puts together', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
    const host = fc.stringMatching(/^[a-zA-Z0-9]{1,6}(?:[.-][a-zA-Z0-9]{1,6}){0,2}(?::[0-9]{1,5})?$/);
    const repository = fc
      .tuple(fc.option(host), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([first, parts]) => [...(first === null ? [] : [first]), ...parts].join('/'));
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/).filter((text) => text !== 'latest');
    const digest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
    const image = fc.oneof(
      fc.record({ repository, tag }),
      fc.record({ repository, digest }),
      fc.record({ repository, tag, digest }),
    );
    fc.assert(
      fc.property(image, (given) => {
        expect(isRepository(given.repository)).toBe(true);
        expect(parseImage(formatImage(given))).toEqual(given);
      }),
    );
  });

  it('puts together what it took apart, whatever it was', () => {
    const unit = fc.constantFrom('a', 'B', '0', '/', ':', '@', '.', '-', '_', 'sha256');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(formatImage(splitImage(text))).toBe(text);
      }),
    );
  });
});

describe('isRepository', () => {
  it.each(['payments', 'ghcr.io/acme/payments', 'localhost:5000/a', 'a'.repeat(255)])('takes %s', (text) => {
    expect(isRepository(text)).toBe(true);
  });

  it.each(['', 'a:1', `a@${SHA256}`, 'https://ghcr.io/a', 'a b', 'Payments', 'a'.repeat(256), `${'a_'.repeat(120)}_`])(
    'refuses %j',
    (text) => {
      expect(isRepository(text)).toBe(false);
    },
  );
});

describe('sameRepository', () => {
  const hub = [
    'payments',
    'library/payments',
    'docker.io/payments',
    'docker.io/library/payments',
    'index.docker.io/library/payments',
  ];

  it('knows every short form of a Docker Hub name', () => {
    for (const a of hub) for (const b of hub) expect(sameRepository(a, b), `${a} and ${b}`).toBe(true);
    expect(sameRepository('acme/payments', 'docker.io/acme/payments')).toBe(true);
  });

  it.each([
    ['payments', 'acme/payments'],
    ['payments', 'localhost/payments'],
    ['localhost/payments', 'docker.io/localhost/payments'],
    ['ghcr.io/acme/payments', 'docker.io/ghcr.io/acme/payments'],
    ['payments', 'ghcr.io/payments'],
    ['library/payments', 'ghcr.io/library/payments'],
    ['ghcr.io/acme/payments', 'quay.io/acme/payments'],
    ['localhost:5000/payments', 'localhost/payments'],
    ['docker.io.example.com/payments', 'payments'],
  ])('tells %s from %s', (a, b) => {
    expect(sameRepository(a, b)).toBe(false);
    expect(sameRepository(b, a)).toBe(false);
  });
});

describe('lastSegment', () => {
  it('is what follows the last slash', () => {
    expect(lastSegment('ghcr.io/acme/payments')).toBe('payments');
    expect(lastSegment('payments')).toBe('payments');
  });
});
