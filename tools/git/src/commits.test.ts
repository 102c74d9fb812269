import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_TREE } from '@eleventh/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import { draftObjects } from './commits.ts';
import { ObjectReader } from './object-reader.ts';
import { encodePack, writeObjects } from './object-store.ts';
import { Objects } from './objects.ts';
import { editTree } from './tree-edit.ts';

let scratch: Scratch;
let repository: string;
let objects: Objects;
beforeAll(() => {
  scratch = createScratch();
  repository = scratch.bare('r.git');
  objects = new Objects(new ObjectReader(repository, scratch.env));
});
afterAll(async () => {
  await objects.close();
  scratch.remove();
});

const who = { author: PERSON, committer: { ...PERSON, name: 'CI', email: 'ci@example.com' } };

describe('draftObjects and writeObjects', () => {
  it('make a chain with a tag that Git finds sound, and leave no ref', async () => {
    const first = await editTree(objects, EMPTY_TREE, [{ path: 'apps/a/x', put: { file: 'one\n' } }]);
    objects.add(first.objects);
    const second = await editTree(objects, first.tree, [{ path: 'apps/b/y', put: { file: 'two\n' } }]);
    const {
      commits,
      tags,
      objects: all,
    } = draftObjects(
      [
        { parent: null, tree: EMPTY_TREE, message: 'root', ...who },
        { parent: { draft: 0 }, tree: first, message: 'first', ...who },
        { parent: { draft: 1 }, tree: second, message: 'second', ...who },
      ],
      [{ name: 'v1.0.0', object: { draft: 2 }, tagger: PERSON, message: 'notes' }],
    );
    writeObjects(repository, all);
    scratch.git('r.git', 'update-ref', 'refs/tags/v1.0.0', tags[0]!);
    expect(scratch.git('r.git', 'fsck', '--strict', '--full', '--no-progress', '--no-dangling')).toBe('');
    expect(scratch.git('r.git', 'for-each-ref', '--format=%(refname)')).toBe('refs/tags/v1.0.0');
    expect(
      scratch.git('r.git', 'log', '--format=%H %s|%an <%ae>|%cn <%ce>|%ad', '--date=raw', 'v1.0.0').split('\n'),
    ).toEqual(
      ['second', 'first', 'root'].map(
        (subject, index) =>
          `${commits[2 - index]} ${subject}|Ada Example <ada@example.com>|CI <ci@example.com>|${PERSON.time} ${PERSON.zone}`,
      ),
    );
    expect(scratch.git('r.git', 'show', 'v1.0.0:apps/b/y')).toBe('two');
    expect(scratch.git('r.git', 'rev-parse', 'v1.0.0^^{tree}')).toBe(first.tree);
  });

  it('writes nothing twice, nothing for nothing, and what is there already again without harm', async () => {
    const tree = await editTree(objects, EMPTY_TREE, [
      { path: 'x', put: { file: 'same' } },
      { path: 'y', put: { file: 'same' } },
    ]);
    const drafts = draftObjects([
      { parent: null, tree, message: 'a', ...who },
      { parent: { draft: 0 }, tree, message: 'b', ...who },
    ]);
    expect(drafts.objects.map(({ type }) => type)).toEqual(['blob', 'tree', 'commit', 'commit']);
    writeObjects(repository, drafts.objects);
    writeObjects(repository, drafts.objects);
    writeObjects(repository, []);
    expect(scratch.git('r.git', 'cat-file', '-t', drafts.commits[1]!)).toBe('commit');
  });

  it('make a pack that Git reads, whatever the sizes', async () => {
    const sizes = [0, 1, 15, 16, 17, 2047, 2048, 2049, 262_143, 262_144, 300_000];
    const files = sizes.map((size) => ({ path: `size/${size}`, put: { file: 'x'.repeat(size) } }));
    const tree = await editTree(objects, EMPTY_TREE, files);
    const {
      commits,
      tags,
      objects: all,
    } = draftObjects(
      [{ parent: null, tree, message: 'sizes', ...who }],
      [{ name: 'v2.0.0', object: { draft: 0 }, tagger: PERSON, message: 'notes' }],
    );
    const pack = join(repository, 'objects/pack/pack-sizes.pack');
    writeFileSync(pack, encodePack(all));
    scratch.git('r.git', 'index-pack', '--strict', pack);
    expect(scratch.git('r.git', 'rev-parse', `${tags[0]}^{commit}`)).toBe(commits[0]);
    const written = scratch.git('r.git', 'ls-tree', '-r', '--format=%(objectsize) %(path)', commits[0]!).split('\n');
    expect(written.sort()).toEqual(sizes.map((size) => `${size} size/${size}`).sort());
  });

  it('refuses a parent that was not drafted before', () => {
    expect(() => draftObjects([{ parent: { draft: 0 }, tree: EMPTY_TREE, message: 'a', ...who }])).toThrow(RangeError);
  });
});
