import { describe, expect, it } from 'vitest';
import { commitByHand, fileAt, type Put } from './by-hand.ts';
import { deliver, deliveredWorld, pin, refused } from './delivery.ts';

describe('an overlay that sets an image', () => {
  const FOLDER = 'environments/preprod/payments';
  const images = 'images:\n  - name: ghcr.io/bank/payments\n    newTag: evil\n';
  const base =
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../../../apps/payments\n';
  const patch =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  template:\n    spec:\n      containers:\n        - name: payments\n          image: evil\n';
  const ways: readonly [what: string, puts: Record<string, Put>][] = [
    ['by itself', { [`${FOLDER}/kustomization.yaml`]: `${base}${images}` }],
    [
      'by a patch',
      { [`${FOLDER}/kustomization.yaml`]: `${base}patches:\n  - path: p.yaml\n`, [`${FOLDER}/p.yaml`]: patch },
    ],
    [
      'by a patch that is a link',
      {
        [`${FOLDER}/kustomization.yaml`]: `${base}patches:\n  - path: p.yaml\n`,
        [`${FOLDER}/p.yaml`]: { mode: '120000', content: 'q.txt' },
        [`${FOLDER}/q.txt`]: patch,
      },
    ],
    [
      'by being a link',
      {
        [`${FOLDER}/kustomization.yaml`]: { mode: '120000', content: 'real.yaml' },
        [`${FOLDER}/real.yaml`]: `${base}${images}`,
      },
    ],
    [
      'by a component',
      {
        [`${FOLDER}/kustomization.yaml`]: `${base}components:\n  - ../../../components/shared\n`,
        'components/shared/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${images}`,
      },
    ],
    [
      'by a component behind a link',
      {
        [`${FOLDER}/kustomization.yaml`]: `${base}components:\n  - ../../../components/shared\n`,
        'components/shared': { mode: '120000', content: '../hidden' },
        'hidden/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${images}`,
      },
    ],
    [
      'by a JSON patch',
      {
        [`${FOLDER}/kustomization.yaml`]: `${base}patches:\n  - target: {kind: Deployment}\n    patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "evil"}]'\n`,
      },
    ],
    [
      'by a transformer',
      {
        [`${FOLDER}/kustomization.yaml`]: `${base}transformers:\n  - t.yaml\n`,
        [`${FOLDER}/t.yaml`]:
          'apiVersion: builtin\nkind: ImageTagTransformer\nmetadata:\n  name: x\nimageTag:\n  name: ghcr.io/bank/payments\n  newTag: evil\n',
      },
    ],
    [
      'in the old spelling',
      { [`${FOLDER}/kustomization.yaml`]: `${base}imageTags:\n  - name: ghcr.io/bank/payments\n    newTag: evil\n` },
    ],
  ];

  it.each(ways)('%s is refused where it would take effect', async (_what, puts) => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', puts);
    // It is the overlay of preprod, so staging takes it on unharmed.
    await world.ok('update', 'staging');
    await pin(world, 2, 'payments');
    const { exit, code, message } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    // A link is not followed: what stands behind it is unclear, which is refused as well.
    expect({ exit, code }).toEqual({ exit: 3, code: expect.stringMatching(/^OVERLAY_(?:IMAGE|UNCLEAR)$/) });
    expect(message).toContain('payments');
    expect((await refused(world, 'update', 'preprod')).code).toBe(code);
  });

  it('before the service arrives is refused when it does', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    const overlay = 'environments/preprod/cards/kustomization.yaml';
    commitByHand(world, 'main', { [overlay]: `${fileAt(world, 'main', overlay)}${images}` });
    await world.ok('update', 'staging');
    await world.ok('update', 'preprod');
    await pin(world, 2, 'cards');
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('OVERLAY_IMAGE');
  });

  it('in an environment that begins with the first promotion is refused as well', async () => {
    const world = await deliveredWorld();
    await world.ok('env', 'add', 'uat', '--from', 'staging', '--like', 'preprod');
    const overlay = 'environments/uat/payments/kustomization.yaml';
    commitByHand(world, 'main', { [overlay]: `${fileAt(world, 'main', overlay)}${images}` });
    await world.ok('update', 'staging');
    expect((await refused(world, 'promote', 'staging', '--to', 'uat')).code).toBe('OVERLAY_IMAGE');
  });

  it('that only sets other things is none of that', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', {
      [`${FOLDER}/kustomization.yaml`]: `${base}namePrefix: image-\nreplicas:\n  - name: payments\n    count: 3\n`,
    });
    await world.ok('update', 'staging');
    await deliver(world);
  });
});
