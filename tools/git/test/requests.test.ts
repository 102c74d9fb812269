import { describe, expect, test } from 'vitest';
import { DeploymentRace } from './deployment-race.ts';
import { build, manifests } from './race-workspace.ts';

const SETTINGS = 'env/staging:apps/payments/manifests/settings.yaml';

describe('a request that brings no manifests', () => {
  test('leaves those alone that somebody else brought after it was planned', async () => {
    const race = new DeploymentRace();
    const request = await race.requestOf('Grace', build('payments', 12));
    await race.pin('Ada', { ...build('payments', 11), manifests: manifests('eleven') });
    race.leave(`payments/${Date.now().toString(36).padStart(9, '0')}-00000000`, request);
    await race.drain();
    expect(race.git('show', SETTINGS)).toContain('eleven');
  });

  test('is carried out for a service that has none', async () => {
    const race = new DeploymentRace();
    await race.leaveRequest('Grace', build('new', 11));
    expect(await race.drain()).toMatchObject([{ refusal: null }]);
    expect(race.landed()).toMatchObject([{ author: 'Grace', service: 'new' }]);
  });
});

test('a request for a service that the branch has not heard of brings it what main has', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', { ...build('unknown', 11), manifests: manifests('11') });
  expect(await race.drain()).toMatchObject([{ refusal: null }]);
  expect(race.landed()).toMatchObject([{ author: 'Grace', service: 'unknown' }]);
  expect(race.queue()).toEqual([]);
});

test('a request for a service of a group is carried out', async () => {
  const race = new DeploymentRace();
  // Two ways lead to the group's folder, so it is fetched together with what is in it.
  await race.leaveRequest('Grace', build('risk/fraud', 11));
  expect(await race.drain()).toMatchObject([{ refusal: null }]);
  expect(race.landed()).toMatchObject([{ author: 'Grace', service: 'risk/fraud' }]);
});

test('a request for a service that main no longer has is answered', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11));
  const index = { GIT_INDEX_FILE: `${race.scratch.path}/index` };
  Object.assign(race.scratch.env, index);
  race.git('read-tree', 'main');
  race.git('rm', '--cached', '-r', '--quiet', 'apps/payments');
  race.git(
    'update-ref',
    'refs/heads/main',
    race.git('commit-tree', '-p', 'main', '-m', 'Gone', race.git('write-tree')),
  );
  expect(await race.drain()).toMatchObject([{ commit: null, refusal: { code: 'UNKNOWN_SERVICE' } }]);
  expect(race.landed()).toEqual([]);
});

test('many who ask for the same build at the same moment get one commit, though each guesses when it was built', async () => {
  const race = new DeploymentRace();
  const ended = await Promise.all(
    [1, 2, 3, 4].map((second) => {
      const pin = build('payments', 11);
      const built = pin.build.built?.replace('00Z', `0${second}Z`);
      return race.pin(`W${second}`, { ...pin, build: { ...pin.build, built: built ?? '' }, isBuiltKnown: false });
    }),
  );
  expect(ended.map(({ code }) => code)).toEqual(['', '', '', '']);
  expect(race.landed()).toHaveLength(1);
});

test('a request is read from a server that gives out nothing but whole refs', async () => {
  const race = new DeploymentRace();
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' };
  await race.leaveRequest('Grace', build('payments', 11));
  expect(await race.drain({ env })).toMatchObject([{ refusal: null }]);
  expect(race.landed()).toMatchObject([{ author: 'Grace', service: 'payments' }]);
});

test('a request that has waited for more than a day is answered, whoever it is from', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11), '000000000-00000000');
  expect(await race.drain()).toMatchObject([{ commit: null, refusal: { code: 'REQUEST_EXPIRED' } }]);
  expect(race.landed()).toEqual([]);
});
