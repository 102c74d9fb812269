import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KustomizationText } from './kustomization-text.ts';

const TEXT = `# Ours.
resources:
  - ../../base   # common
  - pdb.yaml

images:
  - name: web
    newTag: "1"
  # of the sidecar
  - {name: proxy, newTag: 2}
patches:
- path: a.yaml
- path: b.yaml   # last
`;

describe('KustomizationText', () => {
  it('takes fields away, and leaves every other byte', () => {
    expect(new KustomizationText(TEXT).without(['images'])).toBe(
      '# Ours.\nresources:\n  - ../../base   # common\n  - pdb.yaml\n\npatches:\n- path: a.yaml\n- path: b.yaml   # last\n',
    );
  });

  it('keeps some items of a list', () => {
    expect(new KustomizationText(TEXT).keeping('resources', (item) => item !== 'pdb.yaml')).toBe(
      TEXT.replace('  - pdb.yaml\n', ''),
    );
    expect(new KustomizationText('resources: [a, b, c]\n').keeping('resources', (item) => item !== 'b')).toBe(
      'resources: [a, c]\n',
    );
    expect(new KustomizationText(TEXT).keeping('patches', () => false)).toBe(TEXT.slice(0, TEXT.indexOf('patches')));
  });

  it('renames what a list names', () => {
    const renamed = new KustomizationText(TEXT).renamed(['resources'], (text) =>
      text === '../../base' ? '../web' : null,
    );
    expect(renamed).toBe(TEXT.replace('../../base', '../web'));
  });

  it('adds an item where the others are, or a list of its own', () => {
    const item = { target: { kind: 'Deployment' }, patch: 'x' };
    expect(new KustomizationText(TEXT).adding('patches', item)).toBe(
      `${TEXT}- target:\n    kind: Deployment\n  patch: x\n`,
    );
    expect(new KustomizationText('resources: []\n').adding('patches', item)).toBe(
      'resources: []\npatches:\n  - target:\n      kind: Deployment\n    patch: x\n',
    );
  });

  it('does the same to the value as to the text', () => {
    const name = fc.stringMatching(/^[a-z][a-z/.-]{0,8}[a-z]$/);
    const lists = fc.record({
      resources: fc.array(name, { minLength: 1 }),
      images: fc.array(fc.record({ name }), { minLength: 1 }),
      labels: fc.array(name),
    });
    fc.assert(
      fc.property(
        lists,
        fc.constantFrom(' ', '    '),
        fc.func(fc.boolean()),
        ({ resources, images, labels }, indent, isWanted) => {
          const block = (items: readonly string[]) =>
            items.map((item) => `${indent}- ${JSON.stringify(item)} # kept\n`).join('');
          const text = `images:\n${images.map((image) => `${indent}- name: ${JSON.stringify(image.name)}\n`).join('')}resources:\n${block(resources)}${labels.length > 0 ? `labels:\n${block(labels)}` : ''}`;
          const rest = labels.length > 0 ? { labels } : {};
          expect(parse(new KustomizationText(text).without(['images']))).toEqual({ resources, ...rest });
          const kept = resources.filter((item) => isWanted(item));
          const narrowed = new KustomizationText(text).keeping('resources', (item) => isWanted(String(item)));
          expect(parse(narrowed)).toEqual({ images, ...(kept.length > 0 && { resources: kept }), ...rest });
          expect(parse(new KustomizationText(text).adding('resources', 'more'))).toEqual({
            images,
            resources: [...resources, 'more'],
            ...rest,
          });
        },
      ),
    );
  });
});
