import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_TREE } from '@eleventh/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import { gitObject } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { Objects } from './objects.ts';

let scratch: Scratch;
let repository: string;
const ids: Record<'commit' | 'tree' | 'tag' | 'big' | 'small', string> = {
  commit: '',
  tree: '',
  tag: '',
  big: '',
  small: '',
};
const BIG = Buffer.alloc(3_000_000, 'a line\n');

beforeAll(() => {
  scratch = createScratch();
  repository = join(scratch.checkout('r'), '.git');
  writeFileSync(join(scratch.path, 'r/big'), BIG);
  writeFileSync(join(scratch.path, 'r/small'), Uint8Array.from([0, 10, 255]));
  scratch.git('r', 'add', '.');
  scratch.git('r', 'commit', '--quiet', '-m', 'first');
  scratch.git('r', 'tag', '-a', 'v1', '-m', 'notes');
  Object.assign(ids, {
    commit: scratch.git('r', 'rev-parse', 'HEAD'),
    tree: scratch.git('r', 'rev-parse', 'HEAD^{tree}'),
    tag: scratch.git('r', 'rev-parse', 'v1'),
    big: scratch.git('r', 'rev-parse', 'HEAD:big'),
    small: scratch.git('r', 'rev-parse', 'HEAD:small'),
  });
});
afterAll(() => scratch.remove());

describe('Objects', () => {
  it('reads every kind of object', async () => {
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    expect(await objects.commit(ids.commit)).toMatchObject({
      tree: ids.tree,
      parents: [],
      author: PERSON,
      message: 'first\n',
    });
    expect(await objects.tag(ids.tag)).toMatchObject({
      object: ids.commit,
      name: 'v1',
      tagger: PERSON,
      message: 'notes\n',
    });
    expect(await objects.tree(ids.tree)).toEqual([
      { mode: '100644', name: 'big', oid: ids.big },
      { mode: '100644', name: 'small', oid: ids.small },
    ]);
    expect([...(await objects.blob(ids.small))]).toEqual([0, 10, 255]);
    expect(await objects.typeOf(ids.tag)).toBe('tag');
    await objects.close();
  });

  it('answers many questions at once, big and small, each with its own answer', async () => {
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    const names = Array.from({ length: 300 }, (_, index) =>
      index % 40 === 0 ? ids.big : index % 3 === 0 ? 'f'.repeat(40) : ids.small,
    );
    const answers = await Promise.all(
      names.map((oid) =>
        objects.blob(oid).then(
          (blob) => blob.length,
          () => -1,
        ),
      ),
    );
    expect(answers).toEqual(names.map((oid) => (oid === ids.big ? BIG.length : oid === ids.small ? 3 : -1)));
    expect(Buffer.from(await objects.blob(ids.big)).equals(BIG)).toBe(true);
    await objects.close();
  });

  it('knows the empty tree without Git', async () => {
    const objects = new Objects(new ObjectReader('/not/there', { PATH: '/not/there' }));
    expect(await objects.tree(EMPTY_TREE)).toEqual([]);
  });

  it('says what is missing or of another kind', async () => {
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    const missing = 'e'.repeat(40);
    expect(await objects.has(ids.commit)).toBe(true);
    expect([await objects.has(missing), await objects.has('HEAD'), await objects.has(`${missing}\ninfo HEAD`)]).toEqual(
      [false, false, false],
    );
    await expect(objects.commit(missing)).rejects.toMatchObject({ code: 'OBJECT_MISSING', details: { oid: missing } });
    await expect(objects.commit(ids.tag)).rejects.toThrow(`the commit ${ids.tag} is a tag.`);
    await expect(objects.tree('HEAD^{tree}')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    await objects.close();
  });

  it('finds what is written while it runs, and asks again for what was missing', async () => {
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    const later = gitObject('blob', Buffer.from('later'));
    await expect(objects.blob(later.oid)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: repository, env: scratch.env, input: 'later' });
    expect(Buffer.from(await objects.blob(later.oid)).toString()).toBe('later');
    await objects.close();
  });

  it('reads what was added, though it is written nowhere', async () => {
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    const blob = gitObject('blob', Buffer.from('not written'));
    objects.add([blob]);
    expect(Buffer.from(await objects.blob(blob.oid)).toString()).toBe('not written');
    expect(await objects.has(blob.oid)).toBe(false);
    await objects.close();
  });

  it('outlives its process, once for every question', async () => {
    const folder = join(scratch.path, 'dying');
    scratch.git('', 'init', '--quiet', folder);
    const count = join(folder, 'count');
    writeFileSync(
      join(folder, 'git'),
      `#!/bin/sh\necho x >> '${count}'\n[ $(wc -l < '${count}') -gt $LIVES ] && PATH="$REAL" exec git "$@"\nread line; kill -9 $$\n`,
    );
    chmodSync(join(folder, 'git'), 0o755);
    const env = { ...scratch.env, PATH: `${folder}:${scratch.env.PATH}`, REAL: scratch.env.PATH };
    const survivor = new Objects(new ObjectReader(repository, { ...env, LIVES: '1' }));
    const sizes = await Promise.all([survivor.blob(ids.small), survivor.blob(ids.big)]);
    expect(sizes.map((blob) => blob.length)).toEqual([3, BIG.length]);
    await survivor.close();
    expect(readFileSync(count, 'utf8')).toBe('x\nx\n');
    const victim = new Objects(new ObjectReader(repository, { ...env, LIVES: '9' }));
    await expect(victim.blob(ids.small)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  });

  it('says that an object is damaged', async () => {
    const oid = execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: repository,
      env: scratch.env,
      input: 'damaged',
    })
      .toString()
      .trim();
    const path = join(repository, 'objects', oid.slice(0, 2), oid.slice(2));
    chmodSync(path, 0o644);
    writeFileSync(path, 'garbage');
    const objects = new Objects(new ObjectReader(repository, scratch.env));
    await expect(objects.blob(oid)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect((await objects.blob(ids.small)).length).toBe(3);
    await objects.close();
  });

  it('throws GIT_NOT_FOUND without Git', async () => {
    await expect(new Objects(new ObjectReader(repository, { PATH: '/nowhere' })).blob(ids.small)).rejects.toMatchObject(
      {
        code: 'GIT_NOT_FOUND',
      },
    );
  });
});
