import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/renderers.ts';
import { TestSnapshot } from '../../test/snapshot.ts';
import { Workplace } from './workplace.ts';

test('files stand at their paths, and none outside its folder', async () => {
  const temporary = scratch();
  const place = await Workplace.open(temporary);
  const write = (path: string) =>
    place.materialise(new TestSnapshot({ [path]: 'text' }), [{ path, oid: '0'.repeat(40) }]);
  await write('apps/a/..b/c.yaml');
  expect(readFileSync(join(place.files, 'apps/a/..b/c.yaml'), 'utf8')).toBe('text');
  for (const path of ['../../out', 'apps/../../../out', 'apps/../out', './out', '../home/out']) {
    await expect(write(path)).rejects.toMatchObject({ code: 'FOREIGN_FILE' });
  }
  expect(readdirSync(place.home)).toEqual([]);
  await place.close();
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(join(temporary, '../out'))).toBe(false);
});
