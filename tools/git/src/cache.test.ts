import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { discardCache, openCache } from './cache.ts';

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
    expect(new Set(opened.map(({ directory, inode }) => `${directory} ${inode}`)).size).toBe(1);
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

describe('discardCache', () => {
  it('removes the cache that was seen damaged, and never the one that came after it', async () => {
    const seen = await openCache('/srv/gone.git', caches);
    await discardCache(seen);
    expect(existsSync(seen.directory)).toBe(false);
    // Something holds on to the old directory's number until a new one exists.
    mkdirSync(join(caches, 'placeholder'));
    const fresh = await openCache('/srv/gone.git', caches);
    if (fresh.inode !== seen.inode) await discardCache(seen);
    expect(isRepository(fresh.directory)).toBe('true');
    expect(readdirSync(caches).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
