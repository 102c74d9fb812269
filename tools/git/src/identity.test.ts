import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { gitIdentity } from './identity.ts';

let scratch: Scratch;
let bare: Record<string, string | undefined>;
beforeAll(() => {
  scratch = createScratch();
  scratch.checkout('r');
  const { PATH, HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM } = scratch.env;
  bare = { PATH, HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, TZ: 'UTC' };
});
afterAll(() => scratch.remove());

describe('gitIdentity', () => {
  it('is null when nobody is named, however the machine is called', async () => {
    expect(await gitIdentity('author', { env: bare, cwd: scratch.path, now: 1_700_000_000 })).toBeNull();
  });

  it("takes the folder's configuration, the given time and the user's zone", async () => {
    scratch.git('r', 'config', 'user.name', 'Grace Example');
    scratch.git('r', 'config', 'user.email', 'grace@example.com');
    const options = { cwd: `${scratch.path}/r`, now: 1_700_000_000 };
    const grace = { name: 'Grace Example', email: 'grace@example.com', time: 1_700_000_000 };
    expect(await gitIdentity('author', { ...options, env: bare })).toEqual({ ...grace, zone: '+0000' });
    expect(await gitIdentity('committer', { ...options, env: { ...bare, TZ: 'Asia/Kolkata' } })).toEqual({
      ...grace,
      zone: '+0530',
    });
  });

  it('lets variables win, each role its own', async () => {
    const env = { ...bare, GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@x', GIT_AUTHOR_DATE: '1600000000 +0200' };
    const options = { env, cwd: `${scratch.path}/r`, now: 1_700_000_000 };
    expect(await gitIdentity('author', options)).toEqual({
      name: 'A',
      email: 'a@x',
      time: 1_600_000_000,
      zone: '+0200',
    });
    expect(await gitIdentity('committer', options)).toMatchObject({ name: 'Grace Example', time: 1_700_000_000 });
  });
});
