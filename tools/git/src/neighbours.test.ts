import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Neighbours, type Processes } from './neighbours.ts';

const everybody: Processes = { own: 1, isRunning: () => true };

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'eleventh-neighbours-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const files = () => readdirSync(join(cache, 'writers')).map((name) => join(cache, 'writers', name));

it('sees another writer of the same branch until it leaves', () => {
  const [first, second] = [new Neighbours(cache, everybody), new Neighbours(cache, everybody)];
  expect(first.join('env/staging')).toBe(false);
  expect(second.join('env/preprod')).toBe(false);
  expect(second.join('env/staging')).toBe(true);
  expect(first.join('env/staging')).toBe(true);
  second.leave();
  expect(first.join('env/staging')).toBe(false);
  first.leave();
  expect(files()).toEqual([]);
});

it('forgets a writer that was killed', () => {
  new Neighbours(cache, everybody).join('env/staging');
  const others: Processes = { own: 2, isRunning: (id) => id !== everybody.own };
  expect(new Neighbours(cache, others).join('env/staging')).toBe(false);
  expect(files()).toHaveLength(1);
});

it('forgets a writer whose file is old, whoever has its number by now', () => {
  new Neighbours(cache, everybody).join('env/staging');
  const [left = ''] = files();
  const before = Date.now() / 1000 - 11;
  utimesSync(left, before, before);
  expect(new Neighbours(cache, everybody).join('env/staging')).toBe(false);
  expect(files()).not.toContain(left);
});

it('is alone where nothing can be written', () => {
  expect(new Neighbours(join(cache, 'not/a\0folder'), everybody).join('env/staging')).toBe(false);
});
