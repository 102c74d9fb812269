import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { Memory } from './memory.ts';

let scratch: Scratch;
let made: string[];

beforeEach(() => {
  scratch = createScratch();
  made = [];
});
afterEach(() => scratch.remove());

/** Returns what a memory says of some things, noting which of them had to be made. */
async function recall(memory: Memory, ...things: string[]): Promise<unknown[]> {
  return Promise.all(
    things.map((of) =>
      memory.recall('sizes', of, async () => {
        made.push(of);
        return { size: of.length };
      }),
    ),
  );
}

/** What one command does: it recalls, and saves. */
async function command(...things: string[]): Promise<unknown[]> {
  const memory = new Memory(scratch.path);
  const found = await recall(memory, ...things);
  await memory.save();
  return found;
}

describe('what was made of things', () => {
  it('is made once, by whichever command comes first', async () => {
    expect(await command('one', 'three', 'one')).toEqual([{ size: 3 }, { size: 5 }, { size: 3 }]);
    expect(await command('three', 'seven')).toEqual([{ size: 5 }, { size: 5 }]);
    expect(made).toEqual(['one', 'three', 'seven']);
  });

  it('is not written again by who made nothing new, and leaves nothing beside it', async () => {
    await command('one');
    const [file = ''] = readdirSync(scratch.path);
    const text = readFileSync(join(scratch.path, file), 'utf8');
    writeFileSync(join(scratch.path, file), `${text}\n`);
    await command('one');
    expect(readFileSync(join(scratch.path, file), 'utf8')).toBe(`${text}\n`);
    expect(readdirSync(scratch.path)).toEqual([file]);
  });

  it('is forgotten when commands that use more of other things come', async () => {
    await command('old');
    const file = join(scratch.path, readdirSync(scratch.path)[0] ?? '');
    for (let round = 0; round < 50; round += 1) await command(`${round} a`, `${round} b`);
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(6);
    made = [];
    await command('old', '49 a', '49 b');
    expect(made).toEqual(['old']);
  });

  it.each(['', '{"one":', 'null', '7', '[]'])('is made again where the file holds %j', async (garbage) => {
    await command('one');
    for (const name of readdirSync(scratch.path)) writeFileSync(join(scratch.path, name), garbage);
    expect(await command('one')).toEqual([{ size: 3 }]);
    expect(made).toEqual(['one', 'one']);
  });

  it('is tried again after a failure', async () => {
    const memory = new Memory();
    await expect(memory.recall('sizes', 'one', () => Promise.reject(new Error('not yet')))).rejects.toThrow('not yet');
    expect(await recall(memory, 'one')).toEqual([{ size: 3 }]);
  });

  it('is returned all the same where nothing can be written', async () => {
    const memory = new Memory(join(scratch.path, 'not', 'there'));
    expect(await recall(memory, 'one')).toEqual([{ size: 3 }]);
    await memory.save();
    expect(readdirSync(scratch.path)).toEqual([]);
  });
});
