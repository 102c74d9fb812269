import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_TREE } from '@eleventh/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import { Drafts } from './commits.ts';
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

describe('drafts and writeObjects', () => {
  it('make a chain with a tag that Git finds sound, and leave no ref', async () => {
    const first = await editTree(objects, EMPTY_TREE, [{ path: 'apps/a/x', put: { file: 'one\n' } }]);
    objects.add(first.objects);
    const second = await editTree(objects, first.tree, [{ path: 'apps/b/y', put: { file: 'two\n' } }]);
    const drafts = new Drafts();
    const commits: string[] = [];
    for (const [tree, message] of [
      [EMPTY_TREE, 'root'] as const,
      [first, 'first'] as const,
      [second, 'second'] as const,
    ])
      commits.push(await drafts.commit({ parent: commits.at(-1) ?? null, tree, message, ...who }));
    const tag = await drafts.tag({ name: 'v1.0.0', object: commits[2]!, tagger: PERSON, message: 'notes' });
    writeObjects(repository, drafts.objects);
    scratch.git('r.git', 'update-ref', 'refs/tags/v1.0.0', tag);
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
    const drafts = new Drafts();
    const parent = await drafts.commit({ parent: null, tree, message: 'a', ...who });
    const child = await drafts.commit({ parent, tree, message: 'b', ...who });
    expect(drafts.objects.map(({ type }) => type)).toEqual(['blob', 'tree', 'commit', 'commit']);
    writeObjects(repository, drafts.objects);
    writeObjects(repository, drafts.objects);
    writeObjects(repository, []);
    expect(scratch.git('r.git', 'cat-file', '-t', child)).toBe('commit');
  });

  it('make a pack that Git reads, whatever the sizes', async () => {
    const sizes = [0, 1, 15, 16, 17, 2047, 2048, 2049, 262_143, 262_144, 300_000];
    const files = sizes.map((size) => ({ path: `size/${size}`, put: { file: 'x'.repeat(size) } }));
    const tree = await editTree(objects, EMPTY_TREE, files);
    const drafts = new Drafts();
    const commit = await drafts.commit({ parent: null, tree, message: 'sizes', ...who });
    const tag = await drafts.tag({ name: 'v2.0.0', object: commit, tagger: PERSON, message: 'notes' });
    const pack = join(repository, 'objects/pack/pack-sizes.pack');
    writeFileSync(pack, encodePack(drafts.objects));
    scratch.git('r.git', 'index-pack', '--strict', pack);
    expect(scratch.git('r.git', 'rev-parse', `${tag}^{commit}`)).toBe(commit);
    const written = scratch.git('r.git', 'ls-tree', '-r', '--format=%(objectsize) %(path)', commit).split('\n');
    expect(written.sort()).toEqual(sizes.map((size) => `${size} size/${size}`).sort());
  });
});
