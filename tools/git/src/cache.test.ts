import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { leaveCache, leaveIfCrowded, openCache } from './cache.ts';

let scratch: Scratch;
let caches: string;
beforeAll(() => {
  scratch = createScratch();
  caches = join(scratch.path, 'deep/caches');
});
afterAll(() => scratch.remove());

const isRepository = (directory: string) =>
  execFileSync('git', ['--git-dir', directory, 'rev-parse', '--is-bare-repository'], { env: scratch.env })
    .toString()
    .trim();

describe('openCache', () => {
  it('makes one bare repository, however many ask at once, and leaves nothing else behind', async () => {
    const opened = await Promise.all(Array.from({ length: 30 }, () => openCache('/srv/many.git', caches)));
    expect(new Set(opened.map(({ directory }) => directory)).size).toBe(1);
    const { directory } = opened[0]!;
    expect(isRepository(directory)).toBe('true');
    expect(readdirSync(directory).sort()).toEqual(['HEAD', 'config', 'objects', 'refs']);
    expect(readdirSync(caches)).toHaveLength(1);
    expect(scratch.git('', '--git-dir', directory, 'fsck')).toBe('');
  });

  it.each(['HEAD', 'config', 'refs', 'objects'])('repairs a cache without %s', async (part) => {
    const { directory } = await openCache('/srv/broken.git', caches);
    rmSync(join(directory, part), { recursive: true });
    await openCache('/srv/broken.git', caches);
    expect(isRepository(directory)).toBe('true');
    expect(existsSync(join(directory, part))).toBe(true);
  });

  it.each(['HEAD', 'config'])('repairs a cache whose %s is garbage', async (part) => {
    const { directory } = await openCache('/srv/broken.git', caches);
    writeFileSync(join(directory, part), '\0\0');
    await openCache('/srv/broken.git', caches);
    expect(isRepository(directory)).toBe('true');
  });

  it('keeps what is in it', async () => {
    const { directory } = await openCache('/srv/kept.git', caches);
    writeFileSync(join(directory, 'packed-refs'), '# nothing\n');
    rmSync(join(directory, 'config'));
    await openCache('/srv/kept.git', caches);
    expect(readFileSync(join(directory, 'packed-refs'), 'utf8')).toBe('# nothing\n');
  });

  it.each(['a file', '/dev/null/x', '/proc/nothing/here'])('throws CACHE_UNWRITABLE for %s', async (where) => {
    const file = join(scratch.path, 'file');
    writeFileSync(file, '');
    const folder = where === 'a file' ? file : where;
    await expect(openCache('/srv/x.git', folder)).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      exitCode: 1,
      message: expect.stringContaining(folder),
      hint: expect.stringContaining('ELEVENTH_CACHE'),
    });
  });
});

describe('a cache that was left', () => {
  it('is not opened again, serves those who have it on, and goes when nobody has used it for an hour', async () => {
    const old = await openCache('/srv/left.git', caches);
    await leaveCache(old);
    const [next, same] = await Promise.all([openCache('/srv/left.git', caches), openCache('/srv/left.git', caches)]);
    expect(next.directory).not.toBe(old.directory);
    expect(same.directory).toBe(next.directory);
    expect([old, next].map(({ directory }) => isRepository(directory))).toEqual(['true', 'true']);
    await leaveCache(next);
    const longAgo = statSync(old.directory).mtimeMs / 1000 - 3700;
    utimesSync(old.directory, longAgo, longAgo);
    const last = await openCache('/srv/left.git', caches);
    expect([old, next, last].map(({ directory }) => existsSync(directory))).toEqual([false, true, true]);
  });

  it.each([
    ['holds hundreds of packs', 'objects/pack', 501, '.pack'],
    ['holds thousands of loose objects', 'objects/17', 61, ''],
  ])('is one that %s', async (name, path, count, ending) => {
    const cache = await openCache(`/srv/${name}.git`, caches);
    await leaveIfCrowded(cache);
    expect((await openCache(`/srv/${name}.git`, caches)).directory).toBe(cache.directory);
    mkdirSync(join(cache.directory, path), { recursive: true });
    for (let index = 0; index < count; index += 1) writeFileSync(join(cache.directory, path, `${index}${ending}`), '');
    await leaveIfCrowded(cache);
    expect((await openCache(`/srv/${name}.git`, caches)).directory).not.toBe(cache.directory);
  });
});
