import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand, plumb } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { build, pinned } from './screen.ts';
import { sha } from './world.ts';

const ADA = 'Ada <ada@example.com>';
const BOB = 'Bob <bob@example.com>';

/** Lets the next build through to preprod. */
async function next(gated: Gated, number: number): Promise<void> {
  await pinned(gated.world, build('payments', number));
  await gated.ok('promote', 'staging', '--to', 'preprod');
}

describe('a block is not evaded', () => {
  test('by a head that waits for its tag', async () => {
    const gated = await Gated.with('{}');
    await gated.passes('--no-tag');
    await gated.ok('block', `payments@${sha(1).slice(0, 7)}`, '--why', 'loses orders');
    await gated.refused('blocks');
    await pinned(gated.world, build('topics', 1));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.refused('blocks');
  });

  test('by going back to it with plain Git and releasing that', async () => {
    const gated = await Gated.with('{}');
    await gated.passes();
    await next(gated, 2);
    await gated.passes();
    await gated.ok('block', `payments@${sha(1)}`, '--why', 'loses orders');
    commitByHand(gated.world, 'env/prod', {}, { base: 'v1.0.0' });
    const release = await gated.run(['release', 'prod']);
    expect(release).toMatchObject({ code: 3, stderr: expect.stringContaining('loses orders') });
  });

  test('by a candidate without it: a blocked service stays at what runs', async () => {
    const gated = await Gated.with('{}');
    await pinned(gated.world, build('payments', 2), build('topics', 1));
    await gated.ok('block', 'payments', '--why', 'migration');
    const composed = await gated.ok('compose', '--from', 'staging');
    expect(composed).toMatch(/~ {2}payments .*may not enter/);
    const [, tag = ''] = /^Composed (\S+)/.exec(composed) ?? [];
    const { stdout } = await gated.run(['promote', tag, '--to', 'preprod', '--dry-run']);
    expect(stdout).toContain('+  topics');
    expect(stdout).not.toContain('payments');
  });

  test('by pinning back to the recipe that is blocked', async () => {
    const gated = await Gated.with('{}');
    await gated.ok('block', 'staging', '--why', 'leaks');
    await pinned(gated.world, build('payments', 2));
    const back = JSON.stringify({ ...build('payments', 1), allowDowngrade: true });
    const run = await gated.world.run(['pin', '--batch', '-'], { input: `${back}\n` });
    expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining('recipe blocked by Test Author: leaks') });
  });

  test('by being lifted and set again within a second', async () => {
    const gated = await Gated.with('{}');
    for (const verb of ['block', 'unblock', 'block', 'unblock', 'block'])
      await gated.ok(verb, 'payments', '--why', 'audit');
    await gated.refused('blocks');
  });

  test('of a build that no environment has seen yet', async () => {
    const gated = await Gated.with('{}');
    await gated.ok('block', `payments@${sha(2)}`, '--why', 'loses orders');
    const pin = await gated.run(['pin', 'payments', '--commit', sha(2), '--branch', 'main']);
    expect(pin).toMatchObject({ code: 3, stderr: expect.stringContaining(`unblock payments@${sha(2)}`) });
    expect(await gated.run(['block', 'payments@ffff', '--why', 'x'])).toMatchObject({ code: 2 });
  });
});

describe('nobody approves a change of their own', () => {
  test('that a rollback brought back', async () => {
    const gated = await Gated.with('{approvals: {count: 1, from: [release-engineers]}}');
    await gated.as(BOB, 'approve', 'preprod', '--to', 'prod');
    await gated.passes();
    const mal = ['pin', 'payments', '--commit', sha(2), '--branch', 'main', '--built', '2026-11-20T02:00:00Z'];
    await gated.as(ADA, ...mal);
    await gated.as(BOB, 'rollback', 'staging');
    await gated.as(BOB, 'rollback', 'staging', '--to', await gated.world.ask('rev-parse', 'env/staging~1'));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain('Ada wrote one of the changes');
  });

  test('by the trailers of a promotion that carried something else', async () => {
    const gated = await Gated.with('{approvals: {count: 1, from: [release-engineers]}}');
    await gated.as(BOB, 'approve', 'preprod', '--to', 'prod');
    await gated.passes();
    const from = await gated.world.ask('rev-parse', 'env/staging');
    const recipe = await gated.world.ask('rev-parse', 'env/staging:apps');
    const pin = await gated.world.ask('show', 'env/preprod:apps/payments/kustomization.yaml');
    const message = `Promote staging to preprod\n\nPromoted-From: ${from}\nRecipe: ${recipe}\n`;
    const puts = { 'apps/payments/kustomization.yaml': `${pin.replaceAll(sha(1), sha(9))}\n` };
    const env = { ...gated.world.env, GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' };
    const world = Object.assign(Object.create(gated.world), { env });
    commitByHand(world, 'env/preprod', puts, { message });
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain('Ada wrote one of the changes');
  });

  test('but whoever pinned long ago may approve that it comes back', async () => {
    const gated = await Gated.with('{rollback: {approvals: {count: 1, from: [release-engineers]}}}');
    await gated.passes();
    await next(gated, 2);
    await gated.passes();
    const back = ['rollback', 'prod', '--to', 'v1.0.0'];
    expect(await gated.run(back)).toMatchObject({ code: 3, stderr: expect.stringContaining('1 more approval') });
    await gated.as(ADA, 'approve', 'v1.0.0', '--to', 'prod');
    expect(await gated.run(back)).toMatchObject({ code: 0 });
  });
});

describe('a statement', () => {
  test('of the future does not count, and of two in one second the worse one does', async () => {
    const gated = await Gated.with('{tests: [smoke]}');
    gated.now += HOUR;
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    gated.now -= HOUR;
    expect(await gated.refused('tests')).toContain('in the future');
    gated.now += HOUR + MINUTE;
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    await gated.ok('test', 'preprod', 'smoke', '--result', 'failed');
    expect(await gated.refused('tests')).toContain('smoke failed');
  });

  test('that was put under another recipe shuts the gate', async () => {
    const gated = await Gated.with('{tests: [smoke]}');
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    const path = await gated.world.ask('ls-tree', '-r', '--name-only', 'attestations');
    const content = await gated.world.ask('show', `attestations:${path}`);
    await next(gated, 2);
    const recipe = await gated.world.ask('rev-parse', 'env/preprod:apps');
    const other = `recipes/${recipe.slice(0, 2)}/${recipe}/${path.split('/').at(-1)}`;
    commitByHand(gated.world, 'attestations', { [other]: content });
    const { code, stderr } = await gated.promote();
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('[BAD_STATEMENT]') });
  });
});

describe('the gates of the environment that takes pins', () => {
  test('can ask for a test of the build, and for who pins it', async () => {
    const gated = await Gated.with('{}');
    const rules = '[{name: people, holds: \'plan.author.email != "ci@example.com"\'}]';
    await gated.policy(`{tests: [{suite: unit, of: builds}], rules: ${rules}}`, 'staging');
    const pin = ['pin', 'payments', '--commit', sha(2), '--branch', 'main', '--built', '2026-11-20T02:00:00Z'];
    expect(await gated.run(pin)).toMatchObject({ code: 3, stderr: expect.stringContaining('unit has not run') });
    await gated.ok('test', `payments@${sha(2)}`, 'unit', '--result', 'passed');
    expect(await gated.run(pin, 'CI <ci@example.com>')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('people'),
    });
    await gated.ok(...pin);
  });
});

describe('a ticket', () => {
  test('of a release stands in its tag', async () => {
    const gated = await Gated.with('{tickets: [CHG]}');
    await gated.passes('--no-tag', '--ticket', 'CHG');
    await gated.ok('release', 'prod', '--ticket', 'CHG');
    expect(await gated.world.ask('tag', '--list', '--format=%(contents)', 'v1.0.0')).toContain('ticket CHG');
  });
});

describe('a suite', () => {
  test('gets no file outside its folder', async () => {
    const gated = await Gated.with('{}');
    const { world } = gated;
    const blob = plumb(world, ['hash-object', '-w', '--stdin'], 'owned\n');
    const mktree = (line: string) => plumb(world, ['mktree'], `${line}\n`);
    const climb = mktree(`040000 tree ${mktree(`100644 blob ${blob}\televenth-owned`)}\t..`);
    const entries = plumb(world, ['ls-tree', 'env/staging']).split('\n');
    const inner = plumb(world, ['ls-tree', 'env/staging:environments']);
    const environments = plumb(world, ['mktree'], `${inner}\n040000 tree ${climb}\t..\n`);
    const tree = plumb(
      world,
      ['mktree'],
      `${entries.map((line) => (line.endsWith('\tenvironments') ? `040000 tree ${environments}\tenvironments` : line)).join('\n')}\n`,
    );
    const commit = plumb(world, ['commit-tree', tree, '-p', 'env/staging', '-m', 'climb']);
    plumb(world, ['update-ref', 'refs/heads/env/staging', commit]);
    const run = await gated.run(['test', 'staging', 'smoke', '--', 'true']);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('[BAD_OBJECT]') });
    expect(existsSync(join(tmpdir(), 'eleventh-owned'))).toBe(false);
  });

  test('needs a command', async () => {
    const gated = await Gated.with('{}');
    const run = await gated.run(['test', 'staging', 'smoke', '--', '']);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('[SUITE_NOT_STARTED]') });
  });
});

describe('a team', () => {
  test('that has the name of something in every object has nobody', async () => {
    const gated = await Gated.with('{approvals: {count: 1, from: [constructor]}}');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain('names nobody in constructor');
  });
});
