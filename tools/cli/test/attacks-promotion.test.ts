import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, overtake, type Put, plumb, revertByHand } from './by-hand.ts';
import { deliver, deliveredWorld, pin, pinning, refused, running, SERVICES, statusOf } from './delivery.ts';
import { sha, World } from './world.ts';

const POLICY = 'environments/prod/environment.yaml';
const strict = (policy: string) => policy.replace('  policy:\n', '  policy:\n    digests: required\n');

describe('policy', () => {
  it('that main gained after staging forked holds at once, and no promotion deletes it', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    commitByHand(world, 'main', { [POLICY]: strict(fileAt(world, 'main', POLICY)) });
    const { exit, code, message } = await refused(world, 'promote', 'preprod', '--to', 'prod');
    expect([exit, code]).toEqual([3, 'POLICY_REFUSED']);
    expect(message).toContain('payments');
    expect(fileAt(world, 'main', POLICY)).toContain('digests: required');
    // Loosened on the branch that CI writes, it holds just as well.
    commitByHand(world, 'env/preprod', {
      [POLICY]: fileAt(world, 'main', POLICY).replace('    digests: required\n', ''),
    });
    expect((await refused(world, 'promote', 'preprod', '--to', 'prod')).exit).toBe(3);
  });

  it('that main gained holds in the classic layout, where production is a tag on the branch that CI pins', async () => {
    const world = await World.begun('--layout', 'classic');
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/bank/payments');
    await world.ok(...pinning('payments', 1, '--to', 'preprod'));
    await world.ok(...pinning('payments', 2, '--branch', 'feature', '--to', 'staging'));
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('NOT_PROMOTED_HERE');
    expect((await refused(world, 'promote', 'staging', '--to', 'prod')).code).toBe('NOT_FROM');
    commitByHand(world, 'workspace', { [POLICY]: strict(fileAt(world, 'workspace', POLICY)) });
    expect((await refused(world, 'promote', 'preprod', '--to', 'prod')).code).toBe('POLICY_REFUSED');
    expect(fileAt(world, 'workspace', POLICY)).toContain('digests: required');
  });

  it('is not read from a branch that a CI key may write', async () => {
    const world = await deliveredWorld();
    await world.ok(...pinning('payments', 2, '--branch', 'feature'));
    const path = 'environments/preprod/environment.yaml';
    commitByHand(world, 'env/staging', { [path]: fileAt(world, 'main', path).replace('["main"]', '["**"]') });
    const { exit, details } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect(exit).toBe(3);
    expect(details.files).toEqual([path]);
  });
});

describe('an old workspace', () => {
  it('without a NetworkPolicy is not reinstated over the one the target has; the refusal names the file', async () => {
    const world = await deliveredWorld();
    const file = 'environments/preprod/payments/network-policy.yaml';
    commitByHand(world, 'main', { [file]: 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n' });
    await world.ok('update', 'preprod');
    await pin(world, 2, 'payments');
    const { exit, code, details, hint } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect({ exit, code, files: details.files, hint }).toEqual({
      exit: 3,
      code: 'WORKSPACE_OLDER',
      files: ['environments/preprod/payments/network-policy.yaml'],
      hint: 'eleventh update staging',
    });
    await refused(world, 'promote', 'staging', '--to', 'preprod', '--only', 'payments');
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await running(world, 'preprod', 'payments')).toBe(sha(2).slice(0, 7));
  });

  it('is not let through by a trailer that names a newer one', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', { 'environments/preprod/payments/quota.yaml': 'a: 1\n' });
    await world.ok('update', 'preprod');
    await pin(world, 2, 'payments');
    const newest = plumb(world, ['rev-parse', 'main']);
    const message = `Forged\n\nWorkspace: ${newest}\nPolicy: ${newest}\nRecipe: ${sha(9)}\n`;
    commitByHand(world, 'env/staging', {}, { message });
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('WORKSPACE_OLDER');
  });

  it('is not let through for the target having been damaged by hand', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', { 'environments/preprod/payments/quota.yaml': 'a: 1\n' });
    await world.ok('update', 'preprod');
    commitByHand(world, 'env/preprod', { 'by-hand.txt': 'oops' });
    await pin(world, 2, 'payments');
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('WORKSPACE_OLDER');
  });
});

describe("a pull request's work in progress", () => {
  it('is reachable from main, but on no first-parent line, so its loosened policy goes nowhere', async () => {
    const world = await deliveredWorld();
    const base = plumb(world, ['rev-parse', 'main']);
    const loose = { [POLICY]: fileAt(world, 'main', POLICY).replace('["main"]', '["**"]') };
    const progress = craft(world, loose, { parents: [base] });
    const ready = craft(world, { 'docs.md': 'reviewed\n' }, { parents: [progress], base });
    commitByHand(world, 'main', {}, { parents: [base, ready], base: ready, message: 'Merge the pull request\n' });
    await world.ok('update', 'staging');
    await pin(world, 2, 'payments');
    const message = `Update staging\n\nWorkspace: ${progress}\nRecipe: ${sha(9)}\n`;
    commitByHand(world, 'env/staging', { ...loose, 'docs.md': null }, { message });
    const { code, details } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect([code, details.files]).toEqual(['WORKSPACE_DIFFERS', expect.arrayContaining([POLICY])]);
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
  });
});

describe('a CI key that may write staging', () => {
  const remote = 'resources:\n  - https://evil.example/all.yaml\n';
  const link = (content: string): Put => ({ mode: '120000', content });
  const derived = 'environments/prod/kustomization.yaml';
  const smuggled: readonly [what: string, path: string, put: Put | ((world: World) => Put)][] = [
    ['an overlay of production', 'environments/prod/payments/patch.yaml', 'a: 1\n'],
    ['a workflow', '.github/workflows/deploy.yaml', 'on: push\n'],
    ['a policy', POLICY, 'spec: {}\n'],
    ['an executable bit', POLICY, (world) => ({ mode: '100755', content: fileAt(world, 'main', POLICY) })],
    ['a new environment', 'environments/evil/environment.yaml', 'kind: Environment\n'],
    ['a file beside apps/', 'APPS/payments/kustomization.yaml', remote],
    ['attributes', '.gitattributes', '* text eol=crlf\n'],
    ['an overlay that is a link', 'environments/prod/payments', link('../staging/payments')],
    ['environments that are a link', 'environments', link('apps/payments/manifests')],
    ['a submodule', 'charts', { commit: sha(1) }],
    ['a derived file with a resource of its own', derived, remote],
    ['a derived file that is a link', derived, link('payments/kustomization.yaml')],
    ['a derived file where there is no environment', 'environments/evil/kustomization.yaml', remote],
    ['the absence of a derived file', derived, null],
  ];

  it.each(smuggled)('cannot smuggle %s into the next environment; the refusal names it', async (_what, path, put) => {
    const world = await deliveredWorld();
    commitByHand(world, 'env/staging', { [path]: typeof put === 'function' ? put(world) : put });
    const { exit, code, details, hint } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect({ exit, code, hint }).toEqual({ exit: 3, code: 'WORKSPACE_DIFFERS', hint: 'eleventh update staging' });
    expect((details.files as string[]).map((file) => `${file}/`)).toContainEqual(expect.stringContaining(`${path}/`));
  });

  it('cannot smuggle anything in one service alone, in a candidate or under a later pin; an update ends it', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    commitByHand(world, 'env/staging', { 'environments/prod/payments/patch.yaml': 'a: 1\n' });
    await refused(world, 'promote', 'staging', '--to', 'preprod', '--only', 'payments');
    await world.ok(...pinning('ledger', 2));
    await refused(world, 'promote', 'staging', '--to', 'preprod');
    const { tag } = await world.json<{ tag: string }>('compose', '--without', 'ledger');
    expect((await refused(world, 'promote', tag, '--to', 'preprod')).code).toBe('WORKSPACE_DIFFERS');
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(plumb(world, ['ls-tree', 'env/preprod', 'environments/prod/payments/patch.yaml'])).toBe('');
  });
});

describe('two promotions that race', () => {
  it('never put production back: the loser is told, and its retry is refused', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    const older = plumb(world, ['rev-parse', 'env/preprod']);
    await pin(world, 3, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    overtake(world, ['promote', 'preprod', '--to', 'prod']);
    const lost = await world.run(['promote', older, '--to', 'prod', '--json']);
    expect(lost.code).toBeGreaterThan(0);
    expect(lost.stderr).toMatch(/\[(?:OVERTAKEN|BACKWARDS)\]/);
    expect(await running(world, 'prod', 'payments')).toBe(sha(3).slice(0, 7));
    expect((await refused(world, 'promote', older, '--to', 'prod')).code).toBe('BACKWARDS');
    expect(await world.ask('tag', '--list')).toBe('v1.0.0\nv1.0.1');
  });

  it('end in one order when both run at the same moment, with one tag for each commit', async () => {
    const world = await deliveredWorld();
    const sources: string[] = [];
    for (const number of [2, 3, 4, 5]) {
      await pin(world, number, 'payments');
      await world.ok('promote', 'staging', '--to', 'preprod');
      sources.push(plumb(world, ['rev-parse', 'env/preprod']));
    }
    const results = await Promise.all(sources.map((source) => world.run(['promote', source, '--to', 'prod'])));
    for (const { code, stderr } of results) if (code !== 0) expect(stderr).toMatch(/\[(?:OVERTAKEN|BACKWARDS)\]/);
    const done = results.filter(({ code }) => code === 0).length;
    expect(done).toBeGreaterThanOrEqual(1);
    const builds = plumb(world, ['log', '--format=%H', 'env/prod']).split('\n').slice(0, done);
    const numbers = builds.map(
      (commit) =>
        /eleventh.dev\/commit: "0*(\d+)a/.exec(fileAt(world, commit, 'apps/payments/kustomization.yaml'))?.[1],
    );
    expect(numbers).toEqual([...numbers].sort().reverse());
    expect(plumb(world, ['tag', '--points-at', 'env/prod']).split('\n')).toHaveLength(1);
    expect(plumb(world, ['tag', '--list']).split('\n')).toHaveLength(1 + done);
  });

  it('tell the loser even when it brings the newer recipe, which it does at the second try', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    const older = plumb(world, ['rev-parse', 'env/preprod']);
    await pin(world, 3, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    overtake(world, ['promote', older, '--to', 'prod']);
    const lost = await world.run(['promote', 'preprod', '--to', 'prod', '--json']);
    expect(lost.code).toBe(1);
    expect(JSON.parse(lost.stdout)).toMatchObject({ error: { code: 'OVERTAKEN', details: { branch: 'env/prod' } } });
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ changed: true, tag: 'v1.0.2' });
  });
});

describe('--only', () => {
  it('refuses a service that the target never had, instead of rendering nothing', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await pin(world, 2, 'cards', 'payments');
    const { exit, code, hint } = await refused(world, 'promote', 'staging', '--to', 'preprod', '--only', 'cards');
    expect({ exit, code, hint }).toEqual({
      exit: 3,
      code: 'ONLY_UNLIKE',
      hint: 'eleventh promote staging --to preprod',
    });
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod', '--only', 'nothing')).exit).toBe(2);
    await world.ok('promote', 'staging', '--to', 'preprod', '--only', 'payments');
    expect(await running(world, 'preprod', 'cards')).toBeNull();
  });

  it('refuses a service whose overlay changed, and one that the source does not have any more', async () => {
    const world = await deliveredWorld();
    const overlay = 'environments/preprod/payments/kustomization.yaml';
    commitByHand(world, 'main', { [overlay]: `${fileAt(world, 'main', overlay)}namePrefix: x-\n` });
    await world.ok('service', 'remove', 'ledger');
    await world.ok('update', 'staging');
    await pin(world, 2, 'payments', 'risk/fraud');
    for (const id of ['payments', 'ledger']) {
      expect((await refused(world, 'promote', 'staging', '--to', 'preprod', '--only', id)).code).toBe('ONLY_UNLIKE');
    }
    await world.ok('promote', 'staging', '--to', 'preprod', '--only', 'risk/fraud');
  });

  it('does not release what was damaged by hand outside apps/ of the target', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    commitByHand(world, 'env/prod', { 'environments/prod/ledger/patch.yaml': 'a: 1\n' });
    const { exit, details } = await refused(world, 'promote', 'preprod', '--to', 'prod', '--only', 'payments');
    expect(exit).toBe(3);
    expect(details.files).toEqual(['environments/prod/ledger/patch.yaml']);
  });
});

describe('a hand-made git revert on production', () => {
  it('does not make every reverted service a hotfix: the next promotion rolls forward', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, ...SERVICES);
    await deliver(world);
    await revertByHand(world, 'env/prod', 'HEAD');
    await world.ok('release');
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
    const again = await world.json('promote', 'preprod', '--to', 'prod');
    expect(again).toMatchObject({ changed: true, tag: 'v1.0.3' });
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
    await pin(world, 3, 'payments');
    await deliver(world);
    expect((await statusOf(world, 'prod')).release).toBe('v1.0.4');
  });

  it('of one service lets the others roll forward, and names a real hotfix', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, ...SERVICES);
    await deliver(world);
    const path = 'apps/ledger/manifests/deployment.yaml';
    commitByHand(world, 'env/prod', { [path]: fileAt(world, 'env/prod', path).replace('cpu: 50m', 'cpu: 90m') });
    await pin(world, 3, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    const { code, details, hint } = await refused(world, 'promote', 'preprod', '--to', 'prod');
    expect({ code, hotfixes: details.hotfixes }).toEqual({ code: 'BACKWARDS', hotfixes: ['ledger'] });
    expect(hint).toContain('--allow-downgrade ledger');
    await refused(world, 'promote', 'preprod', '--to', 'prod', '--allow-downgrade', 'payments');
    await world.ok('promote', 'preprod', '--to', 'prod', '--allow-downgrade', 'ledger');
    expect(plumb(world, ['log', '-1', '--format=%(trailers:key=Allowed-Downgrade,valueonly)', 'env/prod'])).toBe(
      'ledger',
    );
  });
});
