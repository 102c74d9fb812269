import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image } from '../names/image.ts';
import { placeImages } from './image-placement.ts';

const image = (repository: string, tag = 'x'): Image & { tag: string } => ({ repository, tag });
const place = (repositories: readonly string[], names: readonly string[]) =>
  placeImages(
    'payments',
    repositories.map((repository) => image(repository)),
    new Set(names),
  ).map(({ name }) => name);

describe('placeImages', () => {
  it.each([
    ['by its repository', 'ghcr.io/acme/payments', ['ghcr.io/acme/payments', 'payments'], 'ghcr.io/acme/payments'],
    ['by another form of its repository', 'docker.io/library/payments', ['payments'], 'payments'],
    ['by its own form before another', 'payments', ['docker.io/library/payments', 'payments'], 'payments'],
    ['by its last segment', 'ghcr.io/acme/payments', ['payments', 'side'], 'payments'],
  ])('places an image %s', (_, repository, names, name) => {
    expect(place([repository], names)).toEqual([name]);
  });

  it('keeps tag and digest', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(
      placeImages('payments', [{ ...image('ghcr.io/acme/payments', '1'), digest }], new Set(['payments'])),
    ).toEqual([{ name: 'payments', repository: 'ghcr.io/acme/payments', tag: '1', digest }]);
  });

  it.each([
    ['ghcr.io/acme/payments', ['side', 'api'], 'they use api, side and no other'],
    ['ghcr.io/acme/payments', ['ghcr.io/other/payments'], 'they use ghcr.io/other/payments and no other'],
    ['ghcr.io/acme/payments', [], 'they use no image'],
  ])('refuses %s where the manifests use %j', (repository, names, used) => {
    expect(() => place([repository], names)).toThrowError(
      expect.objectContaining({
        code: 'IMAGE_UNUSED',
        exitCode: 3,
        message: `The manifests of payments do not use the image ${repository}; ${used}.`,
        hint: 'Bring manifests that do: eleventh pin payments … --manifests <folder>',
        details: { service: 'payments', image: repository, used: [...names].sort() },
      }),
    );
  });

  it.each([
    [
      'two images of one name',
      ['ghcr.io/acme/payments', 'quay.io/acme/payments'],
      ['payments'],
      'quay.io/acme/payments',
      'ghcr.io/acme/payments',
      'payments',
    ],
    ['one image given twice', ['payments', 'payments'], ['payments'], 'payments', 'payments', 'payments'],
    [
      'a name that is a pattern of another',
      ['acme/pay.ments'],
      ['acme/pay.ments', 'acme/pay-ments'],
      'acme/pay.ments',
      'acme/pay-ments',
      'acme/pay.ments',
    ],
  ])('refuses %s', (_, repositories, names, one, other, name) => {
    expect(() => place(repositories, names)).toThrowError(
      expect.objectContaining({
        code: 'IMAGE_AMBIGUOUS',
        exitCode: 3,
        message: `The manifests of payments cannot tell ${one} from ${other}: both are ${name} there.`,
        hint: 'Write the full repository of each image in the manifests.',
      }),
    );
  });

  it('takes any names that manifests may hold', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '.', '(', '[', '*', '+', '?', '\\', '/', ':', '$', '{') });
    fc.assert(
      fc.property(fc.array(name), (names) => {
        expect(place(['ghcr.io/acme/payments'], [...names, 'payments'])).toEqual(['payments']);
      }),
    );
  });
});
