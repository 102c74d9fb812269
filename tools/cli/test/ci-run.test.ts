import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startForge } from '@eleventh/forge/servers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { HOSTS, type HostName } from '../src/ci/host.ts';
import { VERSION } from '../src/version.ts';
import { type Call, install, Machine, unprotect } from './ci-machine.ts';
import { DIGEST, Story } from './ci-story.ts';
import { hasKubectl } from './kubectl.ts';

const repositories = mkdtempSync(join(tmpdir(), 'eleventh-repositories-'));
let machine: Machine;

beforeAll(async () => {
  machine = await Machine.started(repositories);
  // What Buildkite's agent is asked for in a job.
  const digest = `#!/bin/sh\n[ "$*" = 'meta-data get digest' ] && echo ${DIGEST}\n`;
  install(machine, 'buildkite-agent', digest);
});
afterAll(async () => {
  await machine.stop();
  rmSync(repositories, { recursive: true, force: true });
});

/** How each host is called, and who the author of a pin is there. */
const CALLED: Readonly<Record<Exclude<HostName, 'concourse'>, Partial<Call>>> = {
  github: {
    path: '/api/repos/github/deploy/actions/workflows/eleventh-drain.yml/dispatches',
    body: '{"ref":"main"}',
    headers: expect.objectContaining({ authorization: 'Bearer drain-token' }),
  },
  gitlab: {
    path: '/api/projects/gitlab/deploy/trigger/pipeline',
    body: expect.stringMatching(/name="token"[\s\S]*drain-token[\s\S]*name="variables\[ELEVENTH_PIPELINE\]"\s*drain/),
  },
  jenkins: {
    path: '/api/job/deploy/buildWithParameters',
    headers: expect.objectContaining({ authorization: `Basic ${btoa('ada:drain-token')}` }),
  },
  buildkite: {
    path: '/api/v2/organizations/acme/pipelines/deploy/builds',
    body: '{"commit":"HEAD","branch":"main","env":{"ELEVENTH_PIPELINE":"drain"}}',
    headers: expect.objectContaining({ authorization: 'Bearer drain-token' }),
  },
};
const AUTHOR: Readonly<Record<HostName, string>> = {
  github: 'ada <7+ada@users.noreply.github.com>',
  gitlab: 'Ada <ada@example.com>',
  concourse: 'payments pipeline <payments-pipeline@noreply.invalid>',
  jenkins: 'payments pipeline <payments-pipeline@noreply.invalid>',
  buildkite: 'Ada <ada@example.com>',
};

describe.each(HOSTS)('what is printed for %s does, on a machine that has nothing else', (host) => {
  test('pins a build, tests, drains, promotes, releases and verifies', async () => {
    const story = await new Story(machine, repositories, host).begin();
    const { world } = story;
    const jobs = await story.jobs();
    expect([...jobs.keys()]).toEqual([
      ...['check', 'test-staging', 'drain-staging', 'promote-preprod', 'promote-prod', 'release-prod', 'verify'],
    ]);
    const drain = () => story.job(jobs.get('drain-staging'));

    // A service may only ask: its pin waits until the job that it has called commits it.
    const step = await story.step(host === 'concourse' ? 'direct' : 'notify');
    machine.calls.length = 0;
    let drained = Promise.resolve({ code: null as number | null, output: '' });
    machine.onCall = () => {
      drained = drain();
    };
    const pinning = story.pin(step);
    if (host === 'concourse') {
      while ((await world.ask('for-each-ref', 'refs/eleventh/requests')) === '') await wait(50);
      drained = drain();
    }
    expect(await pinning).toEqual({ code: 0, output: expect.stringContaining('Pinned payments') });
    expect(await drained).toEqual({
      code: 0,
      output: expect.stringContaining('Committed 1 of 1 requests for staging'),
    });
    expect(machine.calls).toEqual(
      host === 'concourse' ? [] : [expect.objectContaining({ method: 'POST', ...CALLED[host] })],
    );
    const commit = await world.git(join(world.root, 'payments'), 'rev-parse', 'HEAD');
    expect(await world.ask('log', '-1', '--format=%an <%ae>', 'env/staging')).toBe(AUTHOR[host]);
    const message = await world.ask('log', '-1', '--format=%B', 'env/staging');
    expect(message).toContain(`Service: payments\nCommit: ${commit}\nBranch: main\n`);
    expect(message).toContain(`@${DIGEST}`);
    expect(await world.ask('for-each-ref', 'refs/eleventh')).toBe('');
    expect(await drain()).toEqual({ code: 0, output: expect.stringContaining('No request waits for staging') });

    const tested = await story.job(jobs.get('test-staging'), { branch: 'env/staging' });
    expect(tested).toEqual({
      code: 0,
      output: expect.stringMatching(/42 checks, all fine\n[\s\S]*integration passed/),
    });
    expect(await world.ask('ls-tree', '-r', '--name-only', 'attestations')).toMatch(/\/test-\w+\.json/);

    const promoted = await story.job(jobs.get('promote-preprod'));
    expect(promoted).toEqual({ code: 0, output: expect.stringContaining('Promoted staging') });
    expect(await world.ask('rev-parse', 'env/preprod^{tree}')).toBe(await world.ask('rev-parse', 'env/staging^{tree}'));
    const released = await story.job(jobs.get('promote-prod'));
    expect(released).toEqual({ code: 0, output: expect.stringMatching(/Promoted preprod \w+ to prod as v\d/) });
    expect(await world.ask('tag', '--points-at', 'env/prod')).toMatch(/^v/);

    // A second build, by a service that may write the branch; kept out of the rest until somebody lets it in.
    await story.commit('Round half to even');
    unprotect(world.remote);
    expect(await story.pin(await story.step('direct'))).toMatchObject({ code: 0 });
    await story.ok('block', 'payments', '--why', 'it rounds down');
    const before = await world.refs();
    const blocked = await story.job(jobs.get('promote-preprod'));
    expect(blocked).toEqual({
      code: 0,
      output: expect.stringMatching(/POLICY_REFUSED[\s\S]*Nothing may enter preprod yet/),
    });
    expect(await world.refs()).toBe(before);
    await story.ok('unblock', 'payments', '--why', 'it does not');
    expect((await story.job(jobs.get('promote-preprod'))).output).toContain('Promoted staging');
    expect((await story.job(jobs.get('promote-prod'))).output).toContain('Promoted preprod');

    // Everything that the job releases was reverted by hand; other commits have their tags already.
    const nothing = await story.job(jobs.get('release-prod'), { branch: 'env/prod' });
    expect(nothing).toEqual({ code: 0, output: expect.stringContaining('No revert') });
    expect((await story.byHand('env/prod', 'git revert --no-edit HEAD')).code).toBe(0);
    expect(await world.ask('tag', '--points-at', 'env/prod')).toBe('');
    const reverted = await story.job(jobs.get('release-prod'), { branch: 'env/prod' });
    expect(reverted).toEqual({ code: 0, output: expect.stringContaining('Released prod') });
    expect(await world.ask('tag', '--points-at', 'env/prod')).toMatch(/^v/);

    const folder = join(world.root, 'kept');
    mkdirSync(folder);
    const verify = () => story.job(jobs.get('verify'), { folder });
    expect(await verify()).toEqual({ code: 0, output: expect.stringContaining('Nothing is wrong') });
    const checkpoint = readFileSync(join(folder, 'checkpoints/last.txt'), 'utf8');
    expect(await verify()).toEqual({ code: 0, output: expect.stringContaining('Nothing is wrong') });
    await world.ask('tag', '-d', await world.ask('tag', '--points-at', 'env/prod'));
    // Night for night: the checkpoint is kept that shows it.
    for (const _ of ['one night', 'the next']) {
      expect(await verify()).toEqual({ code: 1, output: expect.stringContaining('checkpoint-rewritten') });
    }
    expect(readFileSync(join(folder, 'checkpoints/last.txt'), 'utf8')).toBe(checkpoint);
  });

  test('asks for a review of a promotion, and lands it once it is approved', async () => {
    const story = await new Story(machine, repositories, host, `${host}-reviews`).begin();
    const { world } = story;
    unprotect(world.remote);
    const forge = await startForge(host === 'gitlab' ? 'gitlab' : 'github', world.remote);
    onTestFinished(() => forge.close());
    forge.repository.clock = Date.now();
    forge.repository.know('bob', 'Bob', true);
    story.forge = { ...forge, env: { ...forge.env, ELEVENTH_FORGE_URL: forge.apiUrl } };
    await story.byHand(
      'main',
      'printf "  logins: {bob: bob@example.com}\\n" >> environments/workspace.yaml; git commit -qam "Bob"',
    );
    expect(await story.pin(await story.step('direct'))).toMatchObject({ code: 0 });
    const jobs = await story.jobs('--only', 'promote', '--pull-requests');
    const [ask, land] = [jobs.get('promote-preprod'), jobs.get('land-preprod')];
    expect(await story.job(land)).toEqual({ code: 0, output: expect.stringContaining('NO_REVIEW_REQUEST') });
    expect(await story.job(ask)).toEqual({ code: 0, output: expect.stringContaining('request #1') });
    const proposed = await world.ask('rev-parse', 'proposal/promote-staging-to-preprod');
    expect(await story.job(land)).toEqual({ code: 0, output: expect.stringContaining('NOT_APPROVED') });
    forge.review(1, 'bob', 'approved');
    expect(await story.job(land)).toEqual({ code: 0, output: expect.stringContaining('Promoted staging') });
    expect(await world.ask('rev-parse', 'env/preprod')).toBe(proposed);
    expect(forge.violations).toEqual([]);
  });

  test('checks a pull request with a renderer that it fetches', async ({ skip }) => {
    if (!hasKubectl()) skip('kubectl is not installed');
    const story = await new Story(machine, repositories, host, `${host}-check`).begin();
    const check = (await story.jobs('--only', 'check')).get('check');
    expect(await story.job(check, { branch: 'main' })).toMatchObject({ code: 0 });
    const broken =
      'printf "  surprise: [\\n" >> environments/prod/environment.yaml && git checkout -q -b change && git commit -qam "Break it"';
    await story.byHand('main', `${broken}; git push -q origin change; git checkout -q main`);
    const { code, output } = await story.job(check, { branch: 'change' });
    expect(code).not.toBe(0);
    expect(output).toContain('environments/prod/environment.yaml');
  });
});

test('the Action pins what its workflow names, and runs nothing that an expression brings in', async () => {
  const story = await new Story(machine, repositories, 'github', 'action').begin();
  unprotect(story.world.remote);
  const action = await story.action({
    command: `pin payments --image ghcr.io/acme/payments@${DIGEST}`,
    version: VERSION,
  });
  expect(await story.pin(action)).toEqual({ code: 0, output: expect.stringContaining('Pinned payments') });
  const evil = await story.action({
    command: 'pin payments --version 1.0.0;touch evil $(touch evil)',
    version: VERSION,
  });
  const { code, output } = await story.pin(evil);
  expect(code).toBe(2);
  expect(output).toContain('error [');
  expect(existsSync(join(story.world.root, 'payments/evil'))).toBe(false);
});

test('the component pins what its inputs say', async () => {
  const story = await new Story(machine, repositories, 'gitlab', 'component').begin();
  unprotect(story.world.remote);
  const options = `--image ghcr.io/acme/payments@$DIGEST --version 1.2.3`;
  const inputs = {
    service: 'payments',
    repository: 'git@git.example.com:component/deploy.git',
    options,
    version: VERSION,
  };
  expect(await story.pin(await story.component(inputs))).toEqual({
    code: 0,
    output: expect.stringContaining('Pinned payments 1.2.3'),
  });
  expect(await story.world.ask('log', '-1', '--format=%B', 'env/staging')).toContain(`@${DIGEST}`);
});
