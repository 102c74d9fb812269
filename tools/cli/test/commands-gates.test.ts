import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { build, pinned } from './screen.ts';
import { sha } from './world.ts';

const ADA = 'Ada <ada@example.com>';
const BOB = 'Bob <bob@example.com>';
const EVE = 'Eve <eve@example.com>';

describe('the gate of tests', () => {
  test('opens when the suite has passed on this very recipe', async () => {
    const gated = await Gated.with('{tests: [integration]}');
    expect(await gated.refused('tests')).toContain('integration has not run');
    await gated.ok('test', 'preprod', 'other', '--result', 'passed');
    await gated.refused('tests');
    await gated.ok('test', 'preprod', 'integration', '--result', 'failed', '--url', 'https://ci.example.com/1');
    gated.now += MINUTE;
    expect(await gated.refused('tests')).toContain('integration failed');
    await gated.ok('test', 'preprod', 'integration', '--result', 'passed');
    await gated.passes();
  });

  test('of builds opens when the suite has passed on each', async () => {
    const gated = await Gated.with('{tests: [{suite: unit, of: builds}]}');
    expect(await gated.refused('tests')).toContain('payments: unit has not run');
    await gated.ok('test', `payments@${sha(1).slice(0, 7)}`, 'unit', '--result', 'passed');
    await gated.passes();
  });

  test('of builds is asked of a candidate, too', async () => {
    const gated = await Gated.with('{tests: [{suite: unit, of: builds}]}');
    await pinned(gated.world, build('topics', 1));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.ok('test', `payments@${sha(1)}`, 'unit', '--result', 'passed');
    gated.now += MINUTE;
    const composed = await gated.ok('compose', '--from', 'preprod');
    expect(composed).toMatch(/~ {2}topics .*may not enter/);
    expect(composed).not.toContain('payments');
  });

  test('of builds is asked of what stays when some services go back before the release', async () => {
    const gated = await Gated.with('{tests: [{suite: unit, of: builds}]}');
    await gated.ok('test', `payments@${sha(1)}`, 'unit', '--result', 'passed');
    await gated.passes();
    await pinned(gated.world, build('payments', 2), build('topics', 1));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.ok('test', `payments@${sha(2)}`, 'unit', '--result', 'passed');
    await gated.ok('test', `topics@${sha(1)}`, 'unit', '--result', 'passed');
    await gated.passes('--no-tag');
    gated.now += MINUTE;
    await gated.ok('rollback', 'prod', '--only', 'payments', '--to', 'v1.0.0');
  });
});

describe('the gate of approvals', () => {
  test('opens when enough of the team have approved, none of whom wrote a change or promotes it', async () => {
    const gated = await Gated.with('{approvals: {count: 2, from: [release-engineers], notAuthor: true}}');
    expect(await gated.refused('approvals')).toContain('2 more approvals are missing');
    await gated.as(EVE, 'approve', 'preprod');
    expect(await gated.refused('approvals')).toContain('Eve is not one of release-engineers');
    await gated.as('Test Author <author@example.com>', 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain('Test Author wrote one of the changes');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    gated.now += MINUTE;
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod', '--note', 'once more');
    expect(await gated.refused('approvals')).toContain('1 more approval is missing');
    await gated.as('Bob <BOB@example.com>', 'approve', 'preprod', '--to', 'prod');
    expect(await gated.run(['promote', 'preprod', '--to', 'prod'], BOB)).toMatchObject({ code: 3 });
    await gated.passes();
  });

  test('stays shut for a recipe that differs, and for another environment', async () => {
    const gated = await Gated.with('{approvals: {count: 1, from: [release-engineers]}}');
    await gated.as(ADA, 'approve', 'staging', '--to', 'preprod');
    await gated.refused('approvals');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.refused('approvals');
  });

  test('stays shut where the team has nobody', async () => {
    const gated = await Gated.with('{approvals: {count: 1, from: [strangers]}}');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain('workspace.yaml names nobody in strangers');
  });
});

describe('the gate of soak', () => {
  test.each(['recipe', 'builds'])('of the %s opens with time, and for no date that somebody made up', async (of) => {
    const gated = await Gated.with(`{soak: {time: 2h, of: ${of}}}`);
    gated.now += HOUR;
    expect(await gated.refused('soak')).toContain('1h less than 2h');
    gated.now += HOUR;
    await gated.passes();
  });

  test('counts a commit that was dated back from the time of the one before it', async () => {
    const gated = await Gated.with('{soak: {time: 2h}}');
    gated.now += 3 * HOUR;
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await pinned(gated.world, build('payments', 3));
    gated.now -= 3 * HOUR;
    await gated.ok('promote', 'staging', '--to', 'preprod');
    expect(await gated.world.ask('log', '-1', '--format=%cI', 'env/preprod')).toBe('2026-11-20T12:00:00+00:00');
    gated.now += 4 * HOUR;
    expect(await gated.refused('soak')).toContain('ran 1h in preprod');
  });

  test('stays shut while the branch holds a commit of the future', async () => {
    const gated = await Gated.with('{soak: {time: 2h}}');
    gated.now -= HOUR;
    expect(await gated.refused('soak')).toContain('dated in the future');
  });
});

describe('the gate of freeze', () => {
  test('is shut in the window, by the clock of its place', async () => {
    const lines = ['DTSTART;TZID=Europe/Zurich:20261120T120000', 'DURATION:PT4H', 'RRULE:FREQ=WEEKLY;BYDAY=FR'];
    const gated = await Gated.with(`{freeze: [{name: Friday, window: ${JSON.stringify(lines.join('\n'))}}]}`);
    expect(await gated.refused('freeze')).toContain('Friday lasts until 2026-11-20T15:00:00Z');
    gated.now += 3 * HOUR;
    await gated.passes();
  });
});

describe('the gate of tickets', () => {
  test('opens for a ticket of the pattern, which is recorded', async () => {
    const gated = await Gated.with(String.raw`{tickets: ["CHG\\d{7}"]}`);
    expect(await gated.refused('tickets')).toContain('none is named');
    expect(await gated.refused('tickets', '--ticket', 'CHG12')).toContain('CHG12 is none');
    await gated.passes('--ticket', 'CHG0012345');
    expect(await gated.world.ask('log', '-1', '--format=%(trailers:key=Ticket,valueonly)', 'env/prod')).toBe(
      'CHG0012345\n',
    );
  });
});

describe('the gate of rules', () => {
  test('opens when the condition on the plan holds', async () => {
    const rule = (holds: string) => `{rules: [{name: few, holds: ${JSON.stringify(holds)}}]}`;
    const gated = await Gated.with(rule('plan.services.all(s, s.branch == "release")'));
    expect(await gated.refused('rules')).toContain('does not hold');
    await gated.policy(
      rule('plan.services.size() <= 1 && plan.way == "promotion" && now > timestamp("2026-01-01T00:00:00Z")'),
    );
    await gated.passes();
  });
});

describe('a newest state without its evidence', () => {
  test('is refused with the name of the one before it that may enter, and --newest-passing takes that', async () => {
    const gated = await Gated.with('{tests: [integration]}');
    await gated.ok('test', 'preprod', 'integration', '--result', 'passed');
    const tested = await gated.world.ask('rev-parse', 'env/preprod');
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    expect(await gated.refused('tests')).toContain(`${tested.slice(0, 7)} may enter`);
    await gated.passes('--newest-passing');
    const trailer = '--format=%(trailers:key=Promoted-From,valueonly,separator=)';
    expect(await gated.world.ask('log', '-1', trailer, 'env/prod')).toBe(tested);
    // What prod runs already is no older state to go to.
    expect(await gated.refused('tests', '--newest-passing')).not.toContain('may enter');
  });
});

describe('a suite', () => {
  test('gets the recipe on disk, and ends as it ends', async () => {
    const gated = await Gated.with('{tests: [smoke]}');
    const script =
      'cat "$ELEVENTH_MANIFESTS"/apps/payments/kustomization.yaml | grep -c newTag; echo $ELEVENTH_ENVIRONMENT >&2; exit 4';
    const failed = await gated.run(['test', 'preprod', 'smoke', '--', 'sh', '-c', script]);
    expect(failed).toMatchObject({
      code: 4,
      stderr: 'preprod\n',
      stdout: expect.stringMatching(/^1\nsmoke failed in 0 s/),
    });
    expect(await gated.refused('tests')).toContain('smoke failed');
    gated.now += MINUTE;
    const passed = await gated.run(['test', 'preprod', 'smoke', '--json', '--', 'echo', 'fine']);
    expect(passed).toMatchObject({ code: 0, stderr: 'fine\n' });
    const [path] = JSON.parse(passed.stdout).statements;
    const statement = JSON.parse(await gated.world.ask('show', `attestations:${path}`));
    const recipe = await gated.world.ask('rev-parse', 'env/preprod:apps');
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'apps', digest: { gitTree: recipe } }, { name: '.' }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: { result: 'PASSED', configuration: [{ name: 'smoke' }] },
    });
    // What an auditor computes with plain coreutils.
    const checkout = await gated.world.checkout('env/preprod');
    const lines =
      '(cd apps && find . -type f | sed s,^./,, | LC_ALL=C sort | xargs sha256sum) | sha256sum | cut -c1-64';
    expect(execFileSync('sh', ['-c', lines], { cwd: checkout, encoding: 'utf8' }).trim()).toBe(
      statement.subject[0].digest.dirHash1,
    );
    await gated.passes();
  });

  test('that ran while its environment moved says so, and does not count', async () => {
    const gated = await Gated.with('{tests: [smoke]}');
    await pinned(gated.world, build('payments', 2));
    const bin = join(import.meta.dirname, '../bin/eleventh.cjs');
    const move = `GIT_AUTHOR_DATE= node ${bin} promote staging --to preprod > /dev/null`;
    expect(await gated.run(['test', 'preprod', 'smoke', '--', 'sh', '-c', move])).toMatchObject({ code: 0 });
    await gated.ok('rollback', 'preprod');
    expect(await gated.refused('tests')).toContain('preprod moved while smoke ran');
  });

  test('that cannot be started records nothing', async () => {
    const gated = await Gated.with('{}');
    const before = await gated.world.refs();
    const run = await gated.run(['test', 'preprod', 'smoke', '--', 'no-such-command-here']);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('SUITE_NOT_STARTED') });
    expect(await gated.run(['test', 'preprod', 'smoke'])).toMatchObject({ code: 2 });
    expect(await gated.world.refs()).toBe(before);
  });
});

describe('a block', () => {
  test.each([
    ['recipe', 'preprod'],
    ['service', 'payments'],
    ['build', `payments@${sha(1).slice(0, 8)}`],
  ])('of a %s keeps it out until it is lifted', async (_, what) => {
    const gated = await Gated.with('{}');
    await gated.ok('block', what, '--why', 'loses orders');
    expect(await gated.ok('status')).toContain('is blocked by Test Author: loses orders');
    expect(await gated.refused('blocks')).toContain('blocked by Test Author: loses orders');
    await gated.ok('unblock', what, '--why', 'fixed');
    expect(await gated.ok('status')).not.toContain('blocked');
    await gated.passes();
  });

  test('of a service is refused by pin, until it is lifted, once', async () => {
    const gated = await Gated.with('{}');
    await gated.ok('block', 'payments', '--why', 'migration');
    const again = await gated.run(['pin', 'payments', '--commit', sha(2), '--branch', 'main']);
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('blocked by Test Author: migration') });
    await gated.ok('unblock', 'payments', '--why', 'done');
    expect(await gated.run(['unblock', 'payments', '--why', 'done'])).toMatchObject({ code: 3 });
  });

  test('of a service keeps it from going, too', async () => {
    const gated = await Gated.with('{}');
    await pinned(gated.world, build('topics', 1));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.ok('block', 'payments', '--why', 'audit');
    const before = await gated.run(['promote', 'preprod', '--to', 'prod']);
    expect(before).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
    await gated.ok('service', 'remove', 'payments');
    await gated.ok('update', 'staging');
    expect(await gated.run(['promote', 'staging', '--to', 'preprod'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('blocked by Test Author: audit'),
    });
    // Though main knows it no more.
    await gated.ok('unblock', 'payments', '--why', 'done');
    await gated.ok('promote', 'staging', '--to', 'preprod');
    expect(await gated.run(['unblock', 'payments', '--why', 'done'])).toMatchObject({ code: 2 });
  });

  test('of a recipe is refused by rollback', async () => {
    const gated = await Gated.with('{}');
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.ok('block', 'v1.0.0', '--why', 'leaks');
    const back = await gated.run(['rollback', 'prod', '--to', 'v1.0.0']);
    expect(back).toMatchObject({ code: 3, stderr: expect.stringContaining('leaks') });
    // Nor does it come back by hand.
    commitByHand(gated.world, 'env/prod', {}, { base: 'v1.0.0' });
    const release = await gated.run(['release', 'prod']);
    expect(release).toMatchObject({ code: 3, stderr: expect.stringContaining('leaks') });
    await gated.ok('unblock', 'v1.0.0', '--why', 'it does not');
    await gated.ok('release', 'prod');
  });
});

describe('the branch of attestations', () => {
  test.each(['env/prod', 'main'])('cannot be %s', async (branch) => {
    const gated = await Gated.with('{}');
    gated.workspace(`{attestations: {branch: ${branch}}}`);
    expect(await gated.promote()).toMatchObject({ code: 3, stderr: expect.stringContaining('[INVALID_FILE]') });
  });

  test('may have another name, and cannot stand where Git has no room', async () => {
    const gated = await Gated.with('{tests: [smoke]}');
    gated.workspace('{attestations: {branch: env}}');
    expect(await gated.run(['test', 'preprod', 'smoke', '--result', 'passed'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[BRANCH_CLASHES]'),
    });
    gated.workspace('{attestations: {branch: proof/of/tests}}');
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    expect(await gated.world.ask('ls-tree', '--name-only', 'proof/of/tests')).toBe('recipes');
    await gated.passes();
  });
});

describe('a policy that cannot be understood', () => {
  test('in a window or a rule shuts its own environment alone, and status says so', async () => {
    const gated = await Gated.with('{}');
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.policy('{rules: [{name: x, holds: "plan.nothing"}]}');
    expect(await gated.ok('status')).toContain('spec.policy.rules.0 cannot be understood: No such key: nothing');
    await pinned(gated.world, build('payments', 3));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.refused('rules');
    await gated.ok('rollback', 'prod');
  });

  test.each([
    ['{approvals: {count: 0}}', 'spec.policy.approvals.count'],
    ['{soak: {time: soon}}', 'not a time'],
    ['{tickets: ["(a+)+"]}', 'not a pattern'],
    ['{freeze: [{name: x, window: "every day"}]}', 'x cannot be told: the first line'],
    ['{rules: [{name: x, holds: "plan.servces.size() > 1"}]}', 'it cannot be told: No such key: servces'],
    ['{rules: [{name: x, holds: "1 + 1"}]}', 'not a bool'],
    ['{aprovals: {count: 1}}', 'Did you mean approvals'],
    ['{signed: always}', 'spec.policy.signed'],
    ['{signatures: required}', 'spec.policy.signatures'],
  ])('shuts everything: %s', async (policy, problem) => {
    const gated = await Gated.with('{}');
    const before = await gated.world.refs();
    commitByHand(gated.world, 'main', {
      'environments/prod/environment.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec: {branch: env/prod, release: {tag: "v{version}"}, from: [preprod], policy: ${policy}}
`,
    });
    const { code, stderr } = await gated.promote();
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(problem) });
    expect((await gated.world.refs()).replace(/.*main.*\n?/, '')).toBe(before.replace(/.*main.*\n?/, ''));
  });
});
