import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, plumb } from './by-hand.ts';
import { guard, guarded, identity, POLICY, person, pushedAs as pushed } from './guarded.ts';
import { runHere } from './in-process.ts';
import { build, hour, pinned, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

describe('a guarded remote', () => {
  /** What a key does through the command line. */
  const as = (world: World, key: string, ...args: string[]) => runHere(world, args, { env: identity(key) });
  const does = async (world: World, key: string, ...args: string[]) => {
    const { code, stderr } = await as(world, key, ...args);
    expect({ key, args, code, stderr }).toEqual({ key, args, code: 0, stderr: '' });
  };

  it('lets a key of service CI pin its service where it may, and nothing else', async () => {
    const world = await guarded();
    const pin = (id: string, ...more: string[]) => [
      'pin',
      id,
      '--commit',
      sha(2),
      '--branch',
      'main',
      '--built',
      hour(2),
      ...more,
    ];
    await does(world, 'payments-ci', ...pin('payments'));
    const refs = await world.refs();
    const other = await as(world, 'payments-ci', ...pin('risk/fraud'));
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toContain('payments-ci may not pin risk/fraud in staging');
    for (const args of [
      ['promote', 'staging', '--to', 'preprod'],
      ['promote', 'preprod', '--to', 'prod'],
      ['compose'],
      ['approve', 'preprod', '--to', 'prod'],
      ['test', 'preprod', 'smoke', '--result', 'passed'],
      ['block', 'payments', '--why', 'x'],
      ['service', 'add', 'new'],
    ]) {
      const { code, stderr } = await as(world, 'payments-ci', ...args);
      expect({ args, isRefused: code !== 0 && /may not|POLICY_REFUSED/.test(stderr) }, stderr).toEqual({
        args,
        isRefused: true,
      });
    }
    expect(await world.refs()).toBe(refs);
  });

  it('lets nobody promote what only they approved', async () => {
    const world = await guarded();
    await does(world, 'erin', 'approve', 'preprod', '--to', 'prod');
    // Around the client: plain Git with the words of a promotion.
    const source = plumb(world, ['rev-parse', 'env/preprod']);
    const forged = `Promote preprod\n\nPromoted-From: ${source}\nPolicy: ${plumb(world, ['rev-parse', 'main'])}\nRecipe: ${plumb(world, ['rev-parse', `${source}:apps`])}\n`;
    const push = async (key: string) => {
      const env = { ...world.env, ...identity(key) };
      const made = craft(
        { ...world, env, remote: world.remote, root: world.root },
        {},
        { parents: [], base: source, message: forged },
      );
      return pushed(world, world.remote, key, `+${made}:refs/heads/env/prod`);
    };
    expect(await push('erin')).toContain('prod takes what 1 of release-engineers approved');
    await does(world, 'ada', 'approve', 'preprod', '--to', 'prod');
    const hers = await as(world, 'ada', 'promote', 'preprod', '--to', 'prod');
    expect(hers.stderr).toContain('ada may not');
    await does(world, 'erin', 'promote', 'preprod', '--to', 'prod');
  });

  it('lets those go back who may promote, and nobody else', async () => {
    const world = await guarded();
    const release = async () => {
      await does(world, 'ada', 'approve', 'preprod', '--to', 'prod');
      await does(world, 'erin', 'promote', 'preprod', '--to', 'prod');
      return plumb(world, ['rev-parse', 'env/prod:apps']);
    };
    const first = await release();
    await does(world, 'topics-ci', 'pin', 'topics', '--commit', sha(2), '--branch', 'main', '--built', hour(2));
    await does(world, 'erin', 'promote', 'staging', '--to', 'preprod');
    const second = await release();
    for (const key of ['ada', 'payments-ci', 'drainer'])
      expect((await as(world, key, 'rollback', 'prod')).stderr).toContain(`${key} may not`);
    expect(plumb(world, ['rev-parse', 'env/prod:apps'])).toBe(second);
    await does(world, 'erin', 'rollback', 'prod');
    expect(plumb(world, ['rev-parse', 'env/prod:apps'])).toBe(first);
  });

  it('takes broken glass with its statement by who may promote, and its review by who may approve', async () => {
    const world = await guarded();
    const policy = fileAt(world, 'main', POLICY).replace('approvals:', 'breakGlass: [approvals]\n    approvals:');
    commitByHand(world, 'main', { [POLICY]: policy });
    const breaking = ['promote', 'preprod', '--to', 'prod', '--break-glass', '--why', 'down'];
    expect((await as(world, 'ada', ...breaking)).stderr).toContain('ada may not');
    await does(world, 'erin', ...breaking);
    expect(await as(world, 'erin', 'approve', '--break-glass', 'prod')).toMatchObject({ code: 3 });
    const refused = await as(world, 'payments-ci', 'approve', '--break-glass', 'prod');
    expect(refused.stderr).toContain('payments-ci may not record statements');
    await does(world, 'bob', 'approve', '--break-glass', 'prod');
    expect((await as(world, 'bob', 'status')).stdout).not.toContain('glass');
  });

  it('takes nothing that says of itself that glass was broken', async () => {
    const world = await guarded();
    const policy = fileAt(world, 'main', POLICY).replace('approvals:', 'breakGlass: [approvals]\n    approvals:');
    commitByHand(world, 'main', { [POLICY]: policy });
    const source = plumb(world, ['rev-parse', 'env/preprod']);
    const said = `Promoted-From: ${source}\nBreak-Glass: approvals\nWhy: down\nPolicy: ${plumb(world, ['rev-parse', 'main'])}\nRecipe: ${plumb(world, ['rev-parse', `${source}:apps`])}\n`;
    const made = craft(
      { env: { ...world.env, ...identity('erin') }, remote: world.remote, root: world.root },
      {},
      { parents: [plumb(world, ['rev-parse', 'env/prod'])], base: source, message: `Promote preprod\n\n${said}` },
    );
    expect(await pushed(world, world.remote, 'erin', `${made}:refs/heads/env/prod`)).toContain(
      'prod takes what 1 of release-engineers approved',
    );
  });

  it('takes no release back, and no statement', async () => {
    const world = await guarded();
    await as(world, 'ada', 'approve', 'preprod', '--to', 'prod');
    await does(world, 'erin', 'promote', 'preprod', '--to', 'prod');
    const checkout = await world.checkout('env/prod');
    await world.git(checkout, 'fetch', '--quiet', '--tags', 'origin');
    const [tag = ''] = (await world.git(checkout, 'tag')).split('\n');
    for (const [key, ...refs] of [
      ['erin', `:refs/tags/${tag}`],
      ['erin', `+origin/env/preprod:refs/tags/${tag}`],
      ['erin', '+origin/env/preprod:refs/heads/env/prod'],
      ['erin', ':refs/heads/env/prod'],
      ['ada', ':refs/heads/attestations'],
      ['ada', '+origin/main:refs/heads/attestations'],
      ['ada', '+origin/env/prod:refs/heads/main'],
      ['ada', ':refs/heads/main'],
      ['ada', 'origin/main:refs/heads/elsewhere'],
      ['ada', 'origin/main:refs/notes/commits'],
      ['auditor', 'origin/main:refs/heads/change/x'],
      ['nobody', 'origin/main:refs/heads/change/x'],
    ] as const) {
      const before = await world.refs();
      expect({ refs, said: await pushed(world, checkout, key, ...refs) }).toEqual({
        refs,
        said: expect.stringContaining('pre-receive hook declined'),
      });
      expect(await world.refs()).toBe(before);
    }
    expect(await pushed(world, checkout, 'ada', 'origin/main:refs/heads/change/x')).toBe('');
    await world.git(checkout, 'fetch', '--quiet', 'origin');
  });

  it('takes another policy only with its own approval, by somebody else', async () => {
    const world = await guarded();
    const loosened = fileAt(world, 'main', POLICY).replace(/ +approvals:.*\n/, '');
    const edit = (key: string) => {
      const remote = { remote: world.remote, root: world.root, env: { ...world.env, ...identity(key) } };
      return craft(remote, { [POLICY]: loosened }, { parents: [plumb(world, ['rev-parse', 'main'])] });
    };
    const made = edit('ada');
    const checkout = await world.checkout('main');
    expect(await pushed(world, checkout, 'ada', `${made}:refs/heads/change/loose`)).toBe('');
    const refused = await pushed(world, checkout, 'ada', `${made}:refs/heads/main`);
    expect(refused).toContain('somebody else has to approve first');
    await does(world, 'ada', 'approve', '--policy', 'change/loose');
    expect(await pushed(world, checkout, 'ada', `${made}:refs/heads/main`)).toContain('somebody else');
    await does(world, 'bob', 'approve', '--policy', 'change/loose');
    expect(await pushed(world, checkout, 'ada', `${made}:refs/heads/main`)).toBe('');
    const verified = await world.run(['verify', '--repo', world.remote]);
    expect(verified.stdout).toContain('Nothing is wrong');
  });

  it('takes a pin of somebody else only as its request asks', async () => {
    const world = await guarded();
    const pins = Array.from({ length: 6 }, (_, index) => build(index % 2 === 0 ? 'payments' : 'risk/fraud', index + 2));
    const results = await Promise.all(
      pins.map(({ id, commit, built }, index) =>
        world.run(['pin', id, '--commit', commit, '--branch', 'main', '--built', String(built)], {
          env: {
            ...identity(id === 'payments' ? 'payments-ci' : 'fraud-ci'),
            ELEVENTH_CACHE: join(world.root, `cache-${index}`),
          },
        }),
      ),
    );
    for (const { code, stderr } of results) expect([0, 3], stderr).toContain(code);
    const running = await world.json<{ environments: { services: { id: string; commit: string }[] }[] }>('status');
    const services = new Map(running.environments[0]?.services.map(({ id, commit }) => [id, commit]));
    expect(services.get('payments')).toBe(sha(6));
    expect(services.get('risk/fraud')).toBe(sha(7));
    expect((await world.run(['verify', '--repo', world.remote])).stdout).toContain('Nothing is wrong');
  });

  it('takes the first push, whatever that brings', async () => {
    const world = await guarded();
    const fresh = { env: world.env, remote: join(world.root, 'fresh.git') };
    await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=main', fresh.remote);
    guard(fresh);
    const all = ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'];
    expect(await pushed(fresh, world.remote, 'auditor', ...all)).toBe('');
    expect(await world.git(fresh.remote, 'rev-parse', 'env/preprod')).toBe(await world.ask('rev-parse', 'env/preprod'));
    const more = ['env/preprod:refs/heads/change/x'];
    expect(await pushed(fresh, world.remote, 'auditor', ...more)).toContain('auditor may only read');
  });

  it('tells nobody apart where no key is named, and objects to what verify would', async () => {
    const world = await withServices();
    guard(world);
    await pinned(world, build('payments', 1));
    await world.ok('promote', 'staging', '--to', 'preprod');
    const approved = await runHere(world, ['approve', 'preprod', '--to', 'prod'], { env: person('whoever') });
    expect(approved).toMatchObject({ code: 0, stderr: '' });
    const checkout = await world.checkout('env/staging');
    expect(await pushed(world, checkout, 'whoever', 'HEAD:refs/heads/somewhere')).toBe('');
    await world.git(checkout, 'commit', '--quiet', '--allow-empty', '-m', 'By hand');
    expect(await pushed(world, checkout, 'whoever', 'HEAD:env/staging')).toContain('It is no pin, update, promotion');
  });

  it('says what it is for when nobody tells it of a push', async () => {
    const world = await withServices();
    expect(await world.run(['hook', 'pre-receive'], { input: 'hello\n' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NO_PUSH'),
    });
  });
});
