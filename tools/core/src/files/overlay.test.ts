import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Content, MemorySnapshot } from '../../test/memory-snapshot.ts';
import { changedOverlays, formatOverlay, overlayFolder } from './overlay.ts';
import { checkOverlay } from './overlay-check.ts';

const FILES: Readonly<Record<string, Content>> = {
  'README.md': '',
  'apps/payments/kustomization.yaml': 'a',
  'apps/risk/fraud/kustomization.yaml': 'a',
  'apps/risk/score/kustomization.yaml': 'a',
  'environments/workspace.yaml': '',
  'environments/components/debug/kustomization.yaml': '',
  'environments/prod/environment.yaml': '',
  'environments/prod/kustomization.yaml': 'derived',
  'environments/prod/payments/kustomization.yaml': 'a',
  'environments/prod/risk/fraud/kustomization.yaml': 'a',
  'environments/prod/risk/score/kustomization.yaml': 'a',
  'environments/prod/web/kustomization.yaml': 'a',
  'environments/staging/payments/kustomization.yaml': 'a',
};
const ALL = ['payments', 'risk/fraud', 'risk/score'];

describe('formatOverlay', () => {
  it('puts a service into a namespace', () => {
    expect(formatOverlay('payments', 'bank-prod')).toBe(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: bank-prod
resources:
  - ../../../apps/payments
`);
  });

  it.each([
    ['risk/fraud', 'bank-prod', '../../../../apps/risk/fraud'],
    ['no', 'on', '../../../apps/no'],
    ['123', '1e3', '../../../apps/123'],
  ])('finds %s from its folder, in the namespace %s, and passes the check', async (id, namespace, resource) => {
    const text = formatOverlay(id, namespace);
    for (const version of ['1.1', '1.2'] as const)
      expect(parse(text, { version })).toMatchObject({ namespace, resources: [resource] });
    const snapshot = new MemorySnapshot({ [`${overlayFolder('prod', id)}/kustomization.yaml`]: text });
    await expect(checkOverlay(snapshot, 'prod', id)).resolves.toBeUndefined();
  });
});

describe('changedOverlays', () => {
  /** Returns the services whose overlays in prod may build otherwise after some files changed (null: are gone). */
  function changedBy(changes: Readonly<Record<string, string | null>>): Promise<readonly string[]> {
    const after = Object.entries({ ...FILES, ...changes }).filter(
      (entry): entry is [string, Content] => entry[1] !== null,
    );
    return changedOverlays(new MemorySnapshot(FILES), new MemorySnapshot(Object.fromEntries(after)), 'prod');
  }

  it.each<[string, Record<string, string | null>, readonly string[]]>([
    ['nothing', {}, []],
    ['what runs', { 'apps/payments/kustomization.yaml': 'b' }, []],
    ['the derived file', { 'environments/prod/kustomization.yaml': 'b' }, []],
    ['an overlay', { 'environments/prod/payments/kustomization.yaml': 'b' }, ['payments']],
    ['a patch of an overlay', { 'environments/prod/payments/patch.yaml': 'b' }, ['payments']],
    [
      'an overlay in a group, whose others could share it',
      { 'environments/prod/risk/fraud/kustomization.yaml': 'b' },
      ['risk/fraud', 'risk/score'],
    ],
    [
      'a file that a group shares',
      { 'environments/prod/risk/shared/kustomization.yaml': 'b' },
      ['risk/fraud', 'risk/score'],
    ],
    [
      'two overlays',
      { 'environments/prod/payments/kustomization.yaml': null, 'environments/prod/risk/score/kustomization.yaml': 'b' },
      ALL,
    ],
    ['a component that all could share', { 'environments/components/debug/kustomization.yaml': 'b' }, ALL],
    ['a new folder that all could share', { 'bases/kustomization.yaml': 'b' }, ALL],
    [
      'an overlay and a component',
      { 'environments/prod/payments/kustomization.yaml': 'b', 'environments/components/debug/kustomization.yaml': 'b' },
      ALL,
    ],
    ['a folder of the environment that is no service', { 'environments/prod/shared/kustomization.yaml': 'b' }, ALL],
    [
      'another environment, on which this one could build',
      { 'environments/staging/payments/kustomization.yaml': 'b' },
      ALL,
    ],
  ])('after a change of %s', async (_, changes, services) => {
    expect(await changedBy(changes)).toEqual(services);
  });

  it('are all of them in a new branch, and none of services that do not run', async () => {
    expect(await changedOverlays(new MemorySnapshot({}), new MemorySnapshot(FILES), 'prod')).toEqual(ALL);
  });
});
