import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/renderers.ts';
import { LIMITS, PackCache } from './pack-cache.ts';

const packs = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.pack'));

async function keep(folder: string, ...entries: [string, string][]): Promise<void> {
  const cache = await PackCache.open(folder);
  for (const [key, text] of entries) cache.add(key, text);
  await cache.save();
}

test('keeps what was added for whoever comes later', async () => {
  const folder = join(scratch(), 'rendered');
  const first = await PackCache.open(folder);
  first.add('a', 'größer: ja\n');
  expect(first.get('a')).toBe('größer: ja\n');
  await first.save();
  first.add('b', '');
  await first.save();
  const second = await PackCache.open(folder);
  expect([second.get('a'), second.get('b'), second.get('c')]).toEqual(['größer: ja\n', '', undefined]);
  expect(packs(folder)).toHaveLength(2);
});

test('takes nothing from a pack that is damaged, however it is', async () => {
  for (const damage of [
    (pack: Buffer) => pack.subarray(1),
    (pack: Buffer) => Buffer.from(`${pack}`.replace('yes', 'no!')),
    () => Buffer.alloc(0),
  ]) {
    const folder = scratch();
    await keep(folder, ['a', 'yes']);
    const [name = ''] = packs(folder);
    writeFileSync(join(folder, name), damage(readFileSync(join(folder, name))));
    expect((await PackCache.open(folder)).get('a')).toBeUndefined();
    await keep(folder, ['a', 'yes']);
    expect((await PackCache.open(folder)).get('a')).toBe('yes');
  }
});

test('makes one pack of many, with what was of use', async () => {
  const folder = scratch();
  for (let count = 0; count < LIMITS.packs; count += 1) await keep(folder, [`key-${count}`, `text ${count}`]);
  expect(packs(folder)).toHaveLength(LIMITS.packs);
  await keep(folder, ['last', 'text']);
  expect(packs(folder)).toHaveLength(1);
  const cache = await PackCache.open(folder);
  expect([cache.get('key-0'), cache.get('key-23'), cache.get('last')]).toEqual(['text 0', 'text 23', 'text']);
});

test('renders again where nothing can be kept', async () => {
  const folder = join(scratch(), 'file');
  writeFileSync(folder, '');
  await keep(folder, ['a', 'yes']);
  expect((await PackCache.open(folder)).get('a')).toBeUndefined();
});
