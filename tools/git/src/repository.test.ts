import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_TREE, Line, type Plan, type View } from '@eleventh/core';
import { expect, onTestFinished, test } from 'vitest';
import { Repository } from './repository.ts';

const who = { name: 'Test Author', email: 'author@example.com', time: 1_700_000_000, zone: '+0000' };
const people = { author: who, committer: who };

function world() {
  const root = mkdtempSync(join(tmpdir(), 'eleventh-repository-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const url = join(root, 'remote.git');
  const env = { PATH: process.env.PATH, HOME: root, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', ['init', '--quiet', '--bare', url], { env });
  const waits: number[] = [];
  const sleep = async (milliseconds: number) => {
    waits.push(milliseconds);
  };
  const open = () =>
    Repository.open({ url, cacheDirectory: join(root, 'cache'), env, sleep, random: () => 0.5, now: Date.now });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: url, env, encoding: 'utf8' }).trim();
  return { root, url, open, git, waits };
}

/** Returns the edit that puts a file on a branch. */
function put(name: string, onRace: Plan['onRace'] = 'again') {
  return async (view: View): Promise<Plan> => {
    const head = view.refs.branches.get('main');
    const commit = head === undefined ? null : await view.commit(head);
    const line = Line.on('main', commit, await view.snapshot(commit?.tree ?? EMPTY_TREE));
    await line.add([{ path: name, put: { file: `${name}\n` } }], `Put ${name}`);
    return { branches: [line.plan], onRace };
  };
}

test('an edit is committed once, and a second time is nothing to do', async () => {
  const { open, git } = world();
  expect((await (await open()).write(put('a'), people)).changed).toBe(true);
  expect((await (await open()).write(put('a'), people)).changed).toBe(false);
  expect(git('rev-list', '--count', 'main')).toBe('1');
});

test('a lost race applies the same edit to the new head', async () => {
  const { open, git } = world();
  await (await open()).write(put('a'), people);
  const rival = await open();
  let isFirst = true;
  const written = await (await open()).write(async (view) => {
    const plan = await put('b')(view);
    if (isFirst) await rival.write(put('c'), people);
    isFirst = false;
    return plan;
  }, people);
  expect(written.pushes).toBe(2);
  expect(git('ls-tree', '--name-only', 'main').split('\n')).toEqual(['a', 'b', 'c']);
});

test('a lost race is reported where going on could undo what the other did', async () => {
  const { open, git } = world();
  await (await open()).write(put('a'), people);
  const rival = await open();
  let isFirst = true;
  const edit = async (view: View) => {
    const plan = await put('b', 'report')(view);
    if (isFirst) await rival.write(put('c'), people);
    isFirst = false;
    return plan;
  };
  await expect((await open()).write(edit, people)).rejects.toMatchObject({ code: 'OVERTAKEN' });
  expect(git('ls-tree', '--name-only', 'main').split('\n')).toEqual(['a', 'c']);
});

test('a lock that nobody holds any more on the server ends in an error, not in endless attempts', async () => {
  const { url, open, git, waits } = world();
  await (await open()).write(put('a'), people);
  writeFileSync(join(url, 'refs/heads/main.lock'), '');
  await expect((await open()).write(put('b'), people)).rejects.toMatchObject({ code: 'PUSH_FAILED' });
  expect(waits.length).toBeLessThan(10);
  expect(git('ls-tree', '--name-only', 'main')).toBe('a');
  expect(existsSync(join(url, 'refs/heads/main.lock'))).toBe(true);
});
