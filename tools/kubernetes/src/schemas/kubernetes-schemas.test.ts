import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SCHEMAS } from '../../test/workspace.ts';
import { checkObject } from './object-check.ts';

it('carries eight versions in a file that is small', () => {
  expect(SCHEMAS.versions).toEqual(['1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36', '1.37']);
  expect(statSync(new URL('../../data/schemas.json.br', import.meta.url)).size).toBeLessThan(50_000);
  expect(SCHEMAS.version().name).toBe('1.37');
});

it('refuses a version that it does not carry, and says which it does', () => {
  expect(() => SCHEMAS.version('1.29')).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_KUBERNETES', hint: expect.stringContaining('1.') }),
  );
});

it('knows what a version has, and what lives in no namespace', () => {
  const [old, now] = [SCHEMAS.version('1.30'), SCHEMAS.version('1.34')];
  expect([old, now].map((version) => version.kind('resource.k8s.io/v1', 'ResourceClaim') !== undefined)).toEqual([
    false,
    true,
  ]);
  expect(now.versionsOf('autoscaling', 'HorizontalPodAutoscaler')).toEqual(['autoscaling/v1', 'autoscaling/v2']);
  expect(['ClusterRole', 'Role'].map((kind) => now.isGlobal('rbac.authorization.k8s.io/v1', kind))).toEqual([
    true,
    false,
  ]);
  expect(now.isGlobal('example.com/v1', 'Topic')).toBeUndefined();
});

it.each([
  [
    'extensions/v1beta1',
    'Ingress',
    'Ingress of extensions/v1beta1 is gone since Kubernetes 1.22.',
    'apiVersion: networking.k8s.io/v1',
  ],
  [
    'policy/v1beta1',
    'PodSecurityPolicy',
    'PodSecurityPolicy of policy/v1beta1 is gone since Kubernetes 1.25.',
    undefined,
  ],
  ['apps/v9', 'Deployment', 'Kubernetes 1.37 has no Deployment of apps/v9.', 'apiVersion: apps/v1'],
])('says of %s %s what came of it', (apiVersion, kind, message, hint) => {
  const object = { apiVersion, kind, metadata: { name: 'a' } };
  expect(checkObject(object, SCHEMAS.version(), new Map())).toMatchObject([{ rule: 'removed-api', message, hint }]);
});
