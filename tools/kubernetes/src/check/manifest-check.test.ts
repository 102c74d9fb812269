import { parseEnvironment } from '@eleventh/core';
import { describe, expect, it } from 'vitest';
import { hasKubectl, renderer } from '../../test/renderers.ts';
import { type Contents, TestSnapshot } from '../../test/snapshot.ts';
import { SCHEMAS } from '../../test/workspace.ts';
import { checkServiceAlone } from './manifest-check.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: payments}
spec:
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec:
      containers:
        - {name: payments, image: "payments:1.4.2", resource: {}}
`;
const SERVICE: Contents = {
  'apps/payments/kustomization.yaml': 'resources: [manifests/deployment.yaml]\n',
  'apps/payments/manifests/deployment.yaml': DEPLOYMENT,
  'environments/prod/payments/kustomization.yaml':
    'namePrefix: p-\nresources: [../../../apps/payments, ../../shared]\ncomponents: [../../../components/limits]\n',
};
const ELSEWHERE: Contents = {
  'components/limits/kustomization.yaml':
    'kind: Component\nresources: [settings.yaml]\npatches:\n  - path: patch.yaml\n  - {target: {kind: StatefulSet}, path: patch.yaml}\n',
  'components/limits/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndatum: {}\n',
  'components/limits/patch.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec:\n  replica: 4\n',
  'environments/shared/kustomization.yaml': 'namePrefix: shared-\nresources: [settings.yaml]\n',
  'environments/shared/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\nimmutable: "no"\n',
};

/** Returns what is found in the service, rendered in `prod`. */
async function found(contents: Contents): Promise<string[]> {
  const environment = parseEnvironment(
    'prod',
    'apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {branch: env/prod}\n',
  );
  const findings = await checkServiceAlone(
    {
      settings: { rules: {}, platform: null, custom: [], external: {} },
      about: async () => ({ images: [], ignore: [] }),
      schemas: SCHEMAS,
      renderer: await renderer(),
      env: {},
    },
    { environment, snapshot: new TestSnapshot(contents) },
    'payments',
  );
  return findings.map(({ rule, file, line }) => `${file}:${line} ${rule}`);
}

describe.skipIf(!hasKubectl)('a service that is made of more than its own folders', () => {
  it('has what is wrong told where it stands', async () => {
    expect(await found({ ...SERVICE, ...ELSEWHERE })).toEqual([
      'apps/payments/manifests/deployment.yaml:10 unknown-field',
      'components/limits/patch.yaml:5 unknown-field',
      'components/limits/settings.yaml:4 unknown-field',
      'environments/shared/settings.yaml:4 wrong-type',
    ]);
  });

  it('has an image that is set there found, and nothing where it cannot be rendered for another reason', async () => {
    const images = 'kind: Component\nimages: [{name: payments, newTag: 1.4.3}]\n';
    const setting = await found({ ...SERVICE, ...ELSEWHERE, 'components/limits/kustomization.yaml': images });
    expect(setting).toContain('components/limits/kustomization.yaml:2 overlay-image');
    const { 'apps/payments/manifests/deployment.yaml': _, ...broken } = SERVICE;
    expect(await found({ ...broken, ...ELSEWHERE })).toEqual(['apps/payments/kustomization.yaml:1 does-not-render']);
  });
});
