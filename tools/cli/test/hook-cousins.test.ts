import { expect, it } from 'vitest';
import { craft, fileAt, plumb } from './by-hand.ts';
import { guard, guarded, identity, pushedAs } from './guarded.ts';
import { build, pinned, withServices } from './screen.ts';

it('a guarded remote keeps requests, statements and names from keys that have nothing to do with them', async () => {
  const world = await guarded();
  const checkout = await world.checkout('env/staging');
  await world.git(checkout, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  const by = { remote: world.remote, root: world.root, env: { ...world.env, ...identity('fraud-ci') } };
  const asked = craft(by, {}, { parents: [], base: plumb(world, ['rev-parse', 'env/staging']) });
  const request = 'refs/eleventh/requests/env/staging/risk/fraud/0m0000000-00000000';
  plumb(world, ['update-ref', request, asked]);
  plumb(world, ['update-ref', 'refs/tags/marked', asked]);
  const own = 'refs/eleventh/requests/env/staging/payments/0m0000000-00000000';
  const blob = plumb(world, ['rev-parse', 'env/staging:apps/payments/kustomization.yaml']);
  const empty = craft(by, {}, { parents: [], base: plumb(world, ['rev-parse', 'main']) });
  for (const [key, ref, why] of [
    ['payments-ci', `:${request}`, 'only with the commit or the answer'],
    ['auditor', `:${request}`, 'auditor may only read'],
    ['payments-ci', `${blob}:${own}`, 'It is no request to pin payments'],
    ['fraud-ci', `${empty}:refs/heads/attestations`, 'fraud-ci may not record statements'],
    ['ada', `${empty}:refs/heads/marked`, 'marked would mean two things'],
    ['ada', `${empty}:refs/heads/refs/heads/main`, 'would mean two things'],
  ] as const) {
    const before = await world.refs();
    const text = await pushedAs(world, world.remote, key, ref);
    expect({ ref, text }).toEqual({ ref, text: expect.stringContaining(why) });
    expect(text).not.toContain('INTERNAL');
    expect(await world.refs()).toBe(before);
  }
  expect(await pushedAs(world, world.remote, 'fraud-ci', `:${request}`)).toBe('');
});

it('a remote that tells no keys apart takes no looser policy either, once something runs under it', async () => {
  const world = await withServices();
  await pinned(world, build('payments', 1));
  await world.ok('promote', 'staging', '--to', 'preprod');
  guard(world);
  const path = 'environments/preprod/environment.yaml';
  const looser = fileAt(world, 'main', path).replace('serviceBranches: ["main"]', 'serviceBranches: ["**"]');
  expect(looser).toContain('"**"');
  const made = craft(world, { [path]: looser }, { parents: [plumb(world, ['rev-parse', 'main'])] });
  const said = await pushedAs(world, world.remote, 'ada', `${made}:refs/heads/main`);
  expect(said).toContain('preprod: serviceBranches');
});
