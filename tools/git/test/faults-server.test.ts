import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DeploymentRace } from './deployment-race.ts';
import type { RequestKind } from './git-server.ts';
import type { Fault } from './http-server.ts';
import { build, manifests } from './race-workspace.ts';
import { startHttpServer } from './servers.ts';

/** Returns build 11 of a service with manifests. */
const pin = (id: string) => ({ ...build(id, 11), manifests: manifests('11') });
const HOUR = 60 * 60 * 1000;

/** Serves the repository of a race over HTTP, where the n-th request of a kind may go wrong. */
async function serve(race: DeploymentRace, fault: (kind: RequestKind, count: number) => Fault | undefined) {
  const counts = new Map<RequestKind, number>();
  const beforeReply = (kind: RequestKind) => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return fault(kind, counts.get(kind) ?? 0);
  };
  const server = await startHttpServer(race.scratch.path, { beforeReply });
  onTestFinished(() => server.close());
  return { server, url: `${server.url}/deploy.git` };
}

/** A hook that takes no commit of one person on any branch. */
const NOT_BY_MALLORY =
  'while read old new ref; do case $ref in refs/heads/*)\n  git rev-list $old..$new | while read c; do git show -s --format=%an $c; done | grep -q Mallory && { echo "not by Mallory" >&2; exit 1; };; esac; done; exit 0';

/** Writes a hook of the repository. */
function hook(race: DeploymentRace, name: string, script: string): void {
  mkdirSync(join(race.directory, 'hooks'), { recursive: true });
  writeFileSync(join(race.directory, 'hooks', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(race.directory, 'hooks', name), 0o755);
}

const FAULTS: Record<string, Fault> = {
  'is accepted and the connection is cut before that is heard': { cut: 'result' },
  'is accepted in silence, and sent once more by a library': { cut: 'all' },
  'kills the server half-way': { kill: 'receiving' },
  'kills the server when the refs have moved': { kill: 'committed' },
  'is answered with 503': { status: 503 },
};

describe.each([
  ['the push of the request', 1],
  ['the push that commits all requests', 2],
])('%s', (_push, nth) => {
  test.each(Object.entries(FAULTS))('%s: both pins are on the branch, once', async (_what, fault) => {
    const race = new DeploymentRace();
    await race.leaveRequest('Grace', build('payments', 11));
    const kind = 'status' in fault ? 'pushConnections' : 'pushRequests';
    const { url } = await serve(race, (asked, count) => (asked === kind && count === nth ? fault : undefined));
    const ended = await race.pin('Ada', build('risk/fraud', 11), { url });
    expect(ended).toMatchObject({ code: '', written: { changed: true } });
    expect(race.authors()).toEqual(['Ada', 'Grace']);
    expect(ended.written?.commits.get('env/staging')).toEqual([
      race.git('log', '-1', '--author=Ada', '--format=%H', 'env/staging'),
    ]);
    expect(race.queue()).toEqual([]);
  });
});

test('a direct push that is accepted in silence and sent again is known to have landed', async () => {
  const race = new DeploymentRace();
  const { url } = await serve(race, (kind, count) =>
    kind === 'pushRequests' && count === 1 ? { cut: 'all' } : undefined,
  );
  const ended = await race.pin('Ada', build('payments', 11), { url });
  expect(ended).toMatchObject({ code: '', written: { changed: true } });
  expect(race.landed()).toHaveLength(1);
});

test('a writer that waits outlives a server that is away for a moment', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11));
  let isAway = false;
  const { url } = await serve(race, (kind) => (kind === 'readConnections' && isAway ? { status: 503 } : undefined));
  const waiting = race.pin('Ada', build('risk/fraud', 11), { url });
  while (race.queue().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  isAway = true;
  setTimeout(() => {
    isAway = false;
  }, 1500);
  expect(await waiting).toMatchObject({ code: '', written: { changed: true } });
  expect(race.landed().map(({ author }) => author)).toEqual(['Ada', 'Grace']);
});

test('a branch that a person forces back takes every pin of the queue once', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11));
  const { url } = await serve(race, (kind, count) => {
    // Between the look at the branch and the push that commits all.
    if (kind === 'pushConnections' && count === 2) race.git('update-ref', 'refs/heads/env/staging', 'env/staging~1');
    return undefined;
  });
  expect(await race.pin('Ada', build('risk/fraud', 11), { url })).toMatchObject({
    code: '',
    written: { changed: true },
  });
  const authors = race.git('log', '--format=%an', `${race.before}~1..env/staging`).split('\n');
  expect(authors.sort()).toEqual(['Ada', 'Grace']);
  expect(race.queue()).toEqual([]);
});

test('clocks that are an hour wrong change nothing but who goes first', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11));
  const pins = [build('payments', 12), build('risk/fraud', 11), pin('new')];
  const clocks = [-HOUR, 0, HOUR];
  const ended = await Promise.all(
    pins.map((pin, index) => race.pin(`W${index}`, pin, { clockAhead: clocks[index] ?? 0 })),
  );
  expect(ended.map(({ code }) => code)).toEqual(['', '', '']);
  const names = race.landed().map(({ author }) => author);
  expect(names.filter((name) => name !== 'Grace').sort()).toEqual(['W0', 'W1', 'W2']);
  expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
});

describe('a host', () => {
  const three = (race: DeploymentRace, options = {}) =>
    Promise.all(
      ['payments', 'risk/fraud', 'unknown'].map((id, index) =>
        race.pin(`W${index}`, pin(id), { patience: 3000, ...options }),
      ),
    );
  const W = ['W0', 'W1', 'W2'];

  test.each([
    ['that takes no refs but branches and tags', 'receive.hideRefs', 'refs/eleventh'],
    ['that cannot move several refs at once', 'receive.advertiseAtomic', 'false'],
    ['that lets nobody delete a ref', 'receive.denyDeletes', 'true'],
    ['that checks every object', 'receive.fsckObjects', 'true'],
  ])('%s takes every pin', async (_what, key, value) => {
    const race = new DeploymentRace();
    race.git('config', key, value);
    expect((await three(race)).map(({ code, message }) => code + message)).toEqual(['', '', '']);
    expect(race.authors()).toEqual(W);
  });

  test('that speaks only the first protocol takes every pin', async () => {
    const race = new DeploymentRace();
    const { url } = await serve(race, () => undefined);
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' };
    expect((await three(race, { url, env })).map(({ code, message }) => code + message)).toEqual(['', '', '']);
    expect(race.authors()).toEqual(W);
  });

  test('that does not want the commit of one writer lets the others through, and it says why', async () => {
    const race = new DeploymentRace();
    hook(race, 'pre-receive', NOT_BY_MALLORY);
    const bad = race.pin('Mallory', build('payments', 11), { patience: 4000 });
    while (race.queue().length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    const others = await Promise.all(
      ['risk/fraud', 'unknown'].map((id, index) => race.pin(`W${index}`, pin(id), { patience: 4000 })),
    );
    expect(others.map(({ code, message }) => code + message)).toEqual(['', '']);
    expect(await bad).toMatchObject({ code: 'PUSH_REFUSED', message: expect.stringContaining('not by Mallory') });
    expect(race.authors()).toEqual(['W0', 'W1']);
    expect(race.queue()).toEqual([]);
  });
});

describe('a host whose own rules refuse', () => {
  const told = (results: Awaited<ReturnType<DeploymentRace['drain']>>) =>
    results.map(({ request, refusal }) => `${request.service}: ${refusal?.code ?? 'landed'}`).sort();

  test('one request of many: a drain lands the others in few pushes, and tells its owner why', async () => {
    const race = new DeploymentRace();
    hook(race, 'pre-receive', NOT_BY_MALLORY);
    await race.leaveRequest('Mallory', build('payments', 11));
    await race.leaveRequest('Ada', pin('risk/fraud'));
    await race.leaveRequest('Grace', pin('unknown'));
    const results = await race.drain();
    expect(told(results)).toEqual(['payments: PUSH_REFUSED', 'risk/fraud: landed', 'unknown: landed']);
    expect(results.find(({ refusal }) => refusal !== null)?.refusal?.message).toContain('not by Mallory');
    expect(race.authors()).toEqual(['Ada', 'Grace']);
    expect(race.queue()).toEqual([expect.stringContaining('refs/eleventh/answers/env/staging/payments/')]);
    // Where nothing else lands, a job cannot know whom the server refuses.
    await race.leaveRequest('Mallory', build('payments', 12));
    await expect(race.drain()).rejects.toMatchObject({ code: 'PUSH_REFUSED' });
    expect(race.queue().filter((ref) => ref.includes('/requests/'))).toHaveLength(1);
  });

  test('everything for the branch: a drain fails, and answers none of them', async () => {
    const race = new DeploymentRace();
    const frozen =
      'while read old new ref; do case $ref in refs/heads/*) echo "frozen" >&2; exit 1; esac; done; exit 0';
    await race.pin('Ada', pin('unknown'));
    hook(race, 'pre-receive', frozen);
    // There already, so it goes without a move of the branch.
    await race.leaveRequest('Ada', pin('unknown'));
    await race.leaveRequest('Grace', pin('risk/fraud'));
    await race.leaveRequest('Eve', build('payments', 11));
    await expect(race.drain()).rejects.toMatchObject({
      code: 'PUSH_REFUSED',
      message: expect.stringContaining('frozen'),
    });
    expect(
      race
        .queue()
        .map((ref) => ref.split('/env/staging/')[1]?.split('/')[0])
        .sort(),
    ).toEqual(['payments', 'risk']);
    expect(race.queue().filter((ref) => ref.includes('/answers/'))).toEqual([]);
  });

  test('a request whose owner waits: it hears the words of the server at once', async () => {
    const race = new DeploymentRace();
    const guarded = `[ -n "$TRUSTED" ] || { while read old new ref; do case $ref in refs/heads/*) echo "only the job" >&2; exit 1; esac; done; exit 0; }\n${NOT_BY_MALLORY}`;
    hook(race, 'pre-receive', guarded);
    const waiting = race.pin('Mallory', build('payments', 11));
    while (race.queue().length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    await race.leaveRequest('Ada', pin('risk/fraud'));
    expect(told(await race.drain({ env: { TRUSTED: '1' } }))).toEqual(['payments: PUSH_REFUSED', 'risk/fraud: landed']);
    expect(await waiting).toMatchObject({ code: 'PUSH_REFUSED', message: expect.stringContaining('not by Mallory') });
    expect(race.queue()).toEqual([]);
  });

  test('a request that nobody waits for: the next pin has it out of the way', async () => {
    const race = new DeploymentRace();
    hook(race, 'pre-receive', NOT_BY_MALLORY);
    await race.leaveRequest('Mallory', build('payments', 11));
    const ended = await race.pin('Ada', pin('risk/fraud'));
    expect(ended).toMatchObject({ code: '', written: { changed: true } });
    expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
    expect(race.landed().map(({ author }) => author)).toEqual(['Ada']);
  });
});

test('a drain that is accepted and not told so reports what it committed', async () => {
  const race = new DeploymentRace();
  await race.leaveRequest('Grace', build('payments', 11));
  const { url } = await serve(race, (kind, count) =>
    kind === 'pushRequests' && count === 1 ? { cut: 'result' } : undefined,
  );
  const results = await race.drain({ url });
  expect(results).toMatchObject([{ commit: race.git('rev-parse', 'env/staging'), refusal: null }]);
});
