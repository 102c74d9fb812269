import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DeploymentRace } from './deployment-race.ts';
import { build } from './race-workspace.ts';

const mounted: string[] = [];

/** Makes a folder a small disk of its own; returns whether that is allowed here. */
function mount(folder: string, size: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    mounted.push(folder);
    return true;
  } catch {
    return false;
  }
}

// Before the folder of the race is removed.
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
});

test("a writer's disk that is full, or fills up on the way: it says so, and nothing it asked for lands twice", async ({
  skip,
}) => {
  const race = new DeploymentRace();
  const disk = join(race.scratch.path, 'disk');
  if (!mount(disk, '1m')) skip('only root can mount a small file system');
  const codes: string[] = [];
  for (const [index, kibibytes] of [1024, 880, 800, 776, 752, 736, 500].entries()) {
    rmSync(join(disk, 'cache'), { recursive: true, force: true });
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(kibibytes * 1024));
    await race.leaveRequest('Grace', build('risk/fraud', 31 + index));
    const name = `W${index}`;
    const ended = await race.pin(name, build('payments', 11 + index), { cacheDirectory: join(disk, 'cache') });
    if (ended.code !== '')
      expect(`${ended.code}: ${ended.message}`).toMatch(/^CACHE_UNWRITABLE: .* cannot be written: /);
    const landed = () => race.landed().filter(({ author }) => author === name).length;
    expect(landed()).toBe(ended.code === '' ? 1 : 0);
    await race.drain();
    expect(landed()).toBeLessThanOrEqual(1);
    expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
    codes.push(ended.code);
  }
  // There was no room at first, and room enough in the end.
  expect([codes[0], codes.at(-1)]).toEqual(['CACHE_UNWRITABLE', '']);
});

test("a server's disk that is full: the writer says so, and lands when there is room again", async ({ skip }) => {
  const race = new DeploymentRace();
  const disk = join(race.scratch.path, 'disk');
  if (!mount(disk, '1m')) skip('only root can mount a small file system');
  const url = join(disk, 'deploy.git');
  execFileSync('cp', ['-r', race.directory, url]);
  const ballast = join(disk, 'ballast');
  try {
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
  } catch {
    // Full, as it should be.
  }
  const ended = await race.pin('Ada', build('payments', 11), { url, patience: 2000 });
  expect(ended.code).toMatch(/^PUSH_(REFUSED|FAILED)$/);
  expect(ended.message).toMatch(/space/i);
  rmSync(ballast);
  expect(await race.pin('Ada', build('payments', 11), { url })).toMatchObject({ code: '', written: { changed: true } });
});
