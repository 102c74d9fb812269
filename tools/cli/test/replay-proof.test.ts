import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitByHand, fileAt } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { sections } from './page.ts';
import { FOLDER, isThere, ownImages, type Release, Replay, releases } from './releases.ts';
import { World } from './world.ts';

const CI = 'Boutique CI <ci@example.com>';
const TESTER = 'Bob <bob@example.com>';
const APPROVER = 'Ada <ada@example.com>';
const RELEASER = 'Carol <carol@example.com>';
const TEAM = 'ada@example.com, carol@example.com';

/** What is known of a release by whoever made it. */
interface Known {
  readonly release: Release;
  readonly before: Release | undefined;
  readonly source: string;
  readonly policy: string;
  readonly ticket: string;
  readonly times: Readonly<Record<'pinned' | 'tested' | 'approved' | 'promoted', string>>;
}

/** Returns a world in which preprod takes builds of main alone, as at the beginning of every workspace, and prod is gated. */
async function gatedWorld(): Promise<Gated> {
  const world = await World.begun();
  const path = 'environments/prod/environment.yaml';
  const gates = 'tests: [integration]\n    approvals: {count: 1, from: [release-engineers]}\n    soak: {time: 2h}';
  commitByHand(world, 'main', {
    [path]: fileAt(world, 'main', path).replace('policy:', `policy:\n    ${gates}`),
    'environments/workspace.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Workspace
metadata: {name: boutique}
spec: {defaults: {environment: staging}, teams: {release-engineers: [${TEAM}]}}
`,
  });
  await world.ok('update', 'staging');
  return Gated.around(world);
}

/** Brings a release all the way to prod, each step by whom it is for, and returns what is known of it. */
async function deliver(gated: Gated, replay: Replay, release: Release, before: Release | undefined): Promise<Known> {
  const { world } = gated;
  const time = () => new Date(gated.now).toISOString().replace('.000Z', 'Z');
  const url = `https://ci.example.com/${release.version}`;
  gated.now += HOUR;
  const pinned = time();
  await replay.pin(release);
  gated.now += MINUTE;
  await gated.as(CI, 'promote', 'staging', '--to', 'preprod');
  gated.now += HOUR;
  const tested = time();
  await gated.as(TESTER, 'test', 'preprod', 'integration', '--result', 'passed', '--url', url);
  const promote = [
    'promote',
    'preprod',
    '--to',
    'prod',
    '--version',
    release.version,
    '--ticket',
    `CHG-${release.version}`,
  ];
  // Neither without an approval, nor with that of whoever promotes, nor before the time is up.
  await gated.as(RELEASER, 'approve', 'preprod', '--to', 'prod');
  const early = await gated.run(promote, RELEASER);
  expect(early).toMatchObject({ code: 3, stderr: expect.stringMatching(/✗ {2}approvals[\s\S]*✗ {2}soak/) });
  gated.now += HOUR;
  const approved = time();
  await gated.as(APPROVER, 'approve', 'preprod', '--to', 'prod', '--note', `read the plan of ${release.version}`);
  gated.now += MINUTE;
  const [source, policy] = await Promise.all(['env/preprod', 'main'].map((name) => world.ask('rev-parse', name)));
  const promoted = time();
  await gated.as(RELEASER, ...promote);
  const times = { pinned, tested, approved, promoted };
  return { release, before, source: source ?? '', policy: policy ?? '', ticket: `CHG-${release.version}`, times };
}

describe.skipIf(!isThere)(`with gates on, releases of ${isThere ? FOLDER : `${FOLDER}, which is not there`}`, () => {
  it('leave a history that is in order, and a page for each that answers eight questions', async () => {
    const gated = await gatedWorld();
    const { world } = gated;
    const replay = new Replay(world, (args, input) => gated.run(args, CI, input));
    const known: Known[] = [];
    for (const [index, release] of releases.entries())
      known.push(await deliver(gated, replay, release, releases[index - 1]));
    gated.now += HOUR;
    await gated.as(RELEASER, 'rollback', 'prod', '--ticket', 'INC-7');
    gated.now += HOUR;
    const verified = await gated.run(['verify', '--repo', world.remote, '--json']);
    expect(JSON.parse(verified.stdout).findings).toEqual([]);
    expect(verified.code).toBe(0);
    const rollback = (await world.ask('tag', '--list', '--points-at', 'env/prod')).trim();
    expect(await world.ask('rev-parse', `${rollback}:apps`)).toBe(
      await world.ask('rev-parse', `${releases.at(-2)?.version}:apps`),
    );

    for (const each of known.filter((_, index) => index % 6 === 1)) await expectAnswers(gated, each);
    const back = sections(await gated.ok('report', 'release', rollback, '--output', '-'));
    expect(back.get('5 Who promoted it, and when')).toMatch(/Carol .*INC-7/);
  });
});

/** Checks what a reader finds who has the page of a release and nothing else. */
async function expectAnswers(gated: Gated, known: Known): Promise<void> {
  const { release, before, source, policy, ticket, times } = known;
  const tag = release.version;
  await gated.ok('report', 'release', tag, '--output', `${tag}.html`);
  const page = sections(readFileSync(join(gated.world.empty, `${tag}.html`), 'utf8'));
  const services = release.services.length;
  const [commit, object] = await Promise.all([`${tag}^0`, tag].map((name) => gated.world.ask('rev-parse', name)));
  const added = release.services.filter((id) => before?.services.includes(id) !== true);
  const removed = (before?.services ?? []).filter((id) => !release.services.includes(id));
  const answers: Record<string, readonly string[]> = {
    '1 What changed': [
      ...release.services.flatMap((id) => ownImages(release, id)),
      ...release.services.map((id) => `${id} ${added.includes(id) ? 'added' : 'changed'}`),
      ...removed.map((id) => `${id} removed`),
      `of ${services} services`,
    ],
    '2 Who wrote it': ['ci@example.com'],
    '3 Who tested it': [`integration recipe PASSED ${times.tested}`, 'Bob', `https://ci.example.com/${tag}`],
    '4 Who approved it': [
      `Carol &lt;carol@example.com&gt; who released it ${times.tested}`,
      `Ada &lt;ada@example.com&gt; ${times.approved} read the plan of ${tag}`,
    ],
    '5 Who promoted it, and when': ['Carol', times.promoted, commit ?? '', object ?? '', ticket],
    '6 Where it ran before, and how long': [source, 'staging', 'preprod 2h'],
    '7 Under which policy': [
      policy,
      'time: 2h',
      'suite: integration',
      '✓ passed approvals',
      '✓ passed tests',
      '✓ passed soak',
    ],
    '8 What was known to be missing': [
      ...release.services.flatMap((id) => ownImages(release, id)).map((image) => `${image} has no digest`),
      ...[...release.services, ...removed].map((id) => `change ${id} No pin recorded which commits are in it`),
      'Not all of this had to be signed',
    ],
  };
  for (const [title, expected] of Object.entries(answers))
    for (const answer of expected) expect(page.get(title), `${tag}: ${title}`).toContain(answer);
}
