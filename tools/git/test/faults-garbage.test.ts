import { isOid } from '@eleventh/core';
import { describe, expect, test } from 'vitest';
import { writeObjects } from '../src/object-store.ts';
import { encodeTree, FILE_MODE, FOLDER_MODE } from '../src/tree.ts';
import { DeploymentRace } from './deployment-race.ts';
import { build } from './race-workspace.ts';

const PIN = build('payments', 11);

/** Returns what makes a request that somebody falsified. */
function falsified(falsify: (text: string) => string) {
  return (race: DeploymentRace) => race.requestOf('Grace', PIN, falsify);
}

/** Returns a request whose tree gives a folder out for a file, as a server takes it that does not check what it is sent. */
function withFolderForFile(race: DeploymentRace): Promise<string> {
  const folder = race.git('rev-parse', 'main:apps/payments');
  const service = encodeTree([{ mode: FILE_MODE, name: 'kustomization.yaml', oid: folder }]);
  const apps = encodeTree([{ mode: FOLDER_MODE, name: 'payments', oid: service.oid }]);
  const root = encodeTree([{ mode: FOLDER_MODE, name: 'apps', oid: apps.oid }]);
  writeObjects(race.directory, [service, apps, root]);
  return race.requestOf('Grace', PIN, (text) => text.replace(/^tree .*/, `tree ${root.oid}`));
}

/** Returns a request whose manifests climb out of their folder, as a server takes it that does not check what it is sent. */
function withFileOutside(race: DeploymentRace): Promise<string> {
  const file = race.git('rev-parse', 'main:README.md');
  const manifests = encodeTree([{ mode: FILE_MODE, name: '..', oid: file }]);
  const service = encodeTree([{ mode: FOLDER_MODE, name: 'manifests', oid: manifests.oid }]);
  const apps = encodeTree([{ mode: FOLDER_MODE, name: 'payments', oid: service.oid }]);
  const root = encodeTree([{ mode: FOLDER_MODE, name: 'apps', oid: apps.oid }]);
  writeObjects(race.directory, [manifests, service, apps, root]);
  return race.requestOf('Grace', PIN, (text) => text.replace(/^tree .*/, `tree ${root.oid}`));
}

type Garbage = (race: DeploymentRace) => string | Promise<string>;
const MESSAGE = falsified((text) => text);

/** What is no request, each below a name: what it is, where it stands, and what makes it. */
const GARBAGE: readonly (readonly [what: string, name: string, make: Garbage])[] = [
  ['a file', 'payments/z1', (race) => race.git('rev-parse', 'main:README.md')],
  ['a folder', 'payments/z2', (race) => race.git('rev-parse', 'main^{tree}')],
  ['an annotated tag', 'payments/z3', (race) => race.git('rev-parse', 'garbage')],
  ['a commit of the branch', 'payments/z4', (race) => race.git('rev-parse', 'env/staging')],
  ['a commit of the default branch', 'payments/z5', (race) => race.git('rev-parse', 'main')],
  ['a request without a service in its name', 'z', MESSAGE],
  ['a request below the name of another service', 'risk/fraud/z', MESSAGE],
  ['a request with a name of many parts', 'payments/z/y/x', MESSAGE],
  ['a request in a form before the first', 'payments/z6', falsified((text) => text.replace('Format: 1', 'Format: 0'))],
  ['a request in no form', 'payments/z7', falsified((text) => text.replace('Request-Format: 1\n', ''))],
  ['a request for a later environment', 'payments/z8', falsified((text) => text.replace('To: staging', 'To: prod'))],
  ['a request for no environment', 'payments/z9', falsified((text) => text.replace('To: staging', 'To: nowhere'))],
  [
    'a request by nobody',
    'payments/za',
    falsified((text) => text.replace('author Grace <ada@example.com>', 'author  <>')),
  ],
  ['a request without an author', 'payments/zb', falsified((text) => text.replace(/^author .*\n/m, ''))],
  ['a request with a folder for a file', 'payments/zc', withFolderForFile],
  ['a request with a file that climbs out', 'payments/zd', withFileOutside],
];

async function litter(race: DeploymentRace): Promise<void> {
  race.git('tag', '-m', 'A tag', 'garbage', 'main');
  for (const [, name, make] of GARBAGE) race.leave(name, await make(race));
}

describe('in the queue', () => {
  test('what is no request is answered, and keeps nobody from anything', async () => {
    const race = new DeploymentRace();
    await litter(race);
    const ended = await race.pin('Ada', build('risk/fraud', 11));
    expect(ended).toMatchObject({ code: '', written: { changed: true } });
    expect(race.landed()).toEqual([{ author: 'Ada', service: 'risk/fraud', build: PIN.build.commit }]);
    const answers = race.queue();
    expect(answers).toEqual(GARBAGE.map(([, name]) => `refs/eleventh/answers/env/staging/${name}`).sort());
    for (const answer of answers) expect(race.git('log', '-1', '--format=%s', answer)).toMatch(/^Not committed: /);
  });

  test('what is no request is taken away by a drain, which says of each why', async () => {
    const race = new DeploymentRace();
    await litter(race);
    const results = await race.drain();
    const reasons = new Map(
      results.map(({ request, refusal }) => [request.ref.split('/env/staging/')[1], refusal?.code]),
    );
    expect(GARBAGE.map(([what, name]) => `${what}: ${reasons.get(name)}`)).toMatchInlineSnapshot(`
      [
        "a file: BAD_REQUEST",
        "a folder: BAD_REQUEST",
        "an annotated tag: BAD_REQUEST",
        "a commit of the branch: BAD_REQUEST",
        "a commit of the default branch: BAD_REQUEST",
        "a request without a service in its name: BAD_REQUEST",
        "a request below the name of another service: BAD_REQUEST",
        "a request with a name of many parts: BAD_REQUEST",
        "a request in a form before the first: BAD_REQUEST",
        "a request in no form: BAD_REQUEST",
        "a request for a later environment: NOT_PINNED_HERE",
        "a request for no environment: UNKNOWN_ENVIRONMENT",
        "a request by nobody: BAD_SIGNATURE",
        "a request without an author: BAD_SIGNATURE",
        "a request with a folder for a file: BAD_OBJECT",
        "a request with a file that climbs out: BAD_OBJECT",
      ]
    `);
    expect(race.landed()).toEqual([]);
    expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
  });

  test('a request with a name that no shell would like is one all the same', async () => {
    const race = new DeploymentRace();
    race.leave(`payments/-$(touch)'"&;é`, await MESSAGE(race));
    expect(await race.drain()).toMatchObject([{ commit: race.git('rev-parse', 'env/staging'), refusal: null }]);
    expect(race.landed().map(({ author }) => author)).toEqual(['Grace']);
    expect(race.queue()).toEqual([]);
  });

  test('a request in a form of the future stays for whoever understands it', async () => {
    const race = new DeploymentRace();
    race.leave('payments/z', await falsified((text) => text.replace('Format: 1', 'Format: 2'))(race));
    const waiting = race.queue();
    expect(await race.pin('Ada', build('risk/fraud', 11))).toMatchObject({ code: '', written: { changed: true } });
    expect(await race.drain()).toEqual([]);
    expect(race.queue()).toEqual(waiting);
  });

  test('what stands where a request of the service has to go is cleared away', async () => {
    const race = new DeploymentRace();
    race.leave('payments', await MESSAGE(race));
    expect(await race.pin('Ada', build('payments', 12))).toMatchObject({ code: '', written: { changed: true } });
    expect(race.landed().map(({ author }) => author)).toEqual(['Ada']);
  });

  test('an answer that stands there already does not keep the queue from moving', async () => {
    const race = new DeploymentRace();
    await race.leaveRequest('Grace', {
      ...PIN,
      build: { ...PIN.build, built: '2020-01-01T00:00:00Z' },
      allowDowngrade: true,
    });
    const [request = ''] = race.queue();
    race.git('update-ref', request.replace('/requests/', '/answers/'), 'main');
    race.leave('payments/z', race.git('rev-parse', 'main'));
    race.git('update-ref', 'refs/eleventh/answers/env/staging/payments/z', 'main');
    expect(await race.pin('Ada', build('risk/fraud', 11))).toMatchObject({ code: '', written: { changed: true } });
    expect(race.authors()).toEqual(['Ada', 'Grace']);
    expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
  });

  test('what stands where an answer has to go does not keep the queue from moving', async () => {
    const race = new DeploymentRace();
    race.leave('payments/z', race.git('rev-parse', 'main'));
    race.git('update-ref', 'refs/eleventh/answers/env/staging/payments', 'main');
    expect(await race.pin('Ada', build('risk/fraud', 11))).toMatchObject({ code: '', written: { changed: true } });
    expect(race.landed().map(({ author }) => author)).toEqual(['Ada']);
  });

  test('a request of a writer that died is committed under its name by the next one', async () => {
    const race = new DeploymentRace();
    const request = await race.leaveRequest('Grace', PIN);
    expect(await race.pin('Ada', build('risk/fraud', 11))).toMatchObject({ code: '', written: { changed: true } });
    expect(race.landed().map(({ author }) => author)).toEqual(['Ada', 'Grace']);
    expect(isOid(request)).toBe(true);
    expect(race.git('log', '-1', '--format=%(trailers:key=Request,valueonly)', 'env/staging')).toBe(request);
    expect(race.queue()).toEqual([]);
  });
});
