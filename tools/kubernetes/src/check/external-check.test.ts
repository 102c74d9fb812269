import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/renderers.ts';
import { TestSnapshot } from '../../test/snapshot.ts';
import { externalCheck } from './external-check.ts';

test('policies are written to their folder, and nothing outside it', async () => {
  const [temporary, bin] = [scratch(), scratch()];
  writeFileSync(join(bin, 'conftest'), '#!/bin/sh\n', { mode: 0o755 });
  const check = (files: Record<string, string>) =>
    externalCheck({ conftest: { policy: 'policy' } }, new TestSnapshot(files), { PATH: bin }, temporary);
  const fine = await check({ 'policy/rules/a.rego': 'package main\n' });
  expect(readdirSync(temporary)).toHaveLength(1);
  fine?.close();
  expect(readdirSync(temporary)).toEqual([]);
  await expect(check({ 'policy/../../out.rego': '' })).rejects.toMatchObject({ code: 'FOREIGN_FILE' });
  expect(readdirSync(temporary).filter((name) => !name.startsWith('check-'))).toEqual([]);
});
