import { describe, expect, test } from 'vitest';
import { hasHelm, hasKubectl, renderer } from '../../test/renderers.ts';
import { type Contents, TestSnapshot } from '../../test/snapshot.ts';
import { isFailure, renderEnvironment } from './environment.ts';
import type { Outcome } from './render.ts';

const OVERLAY = 'environments/prod/shop/cart/kustomization.yaml';
const CHART: Contents = {
  'apps/shop/cart/kustomization.yaml':
    'kind: Kustomization\nresources: []\ncommonAnnotations: {eleventh.dev/commit: "1"}\n',
  'apps/shop/cart/manifests/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'apps/shop/cart/manifests/values.yaml': 'image: none\nreplicas: 1\nhost: none\n',
  'apps/shop/cart/manifests/templates/_name.tpl': '{{ define "name" }}{{ .Release.Name }}{{ end }}\n',
  'apps/shop/cart/manifests/templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "name" . }}
  namespace: {{ .Release.Namespace }}
data:
  image: {{ .Values.image }}
  replicas: {{ .Values.replicas | quote }}
  host: {{ .Values.host }}
`,
  'apps/shop/cart/values.yaml': 'image: ghcr.io/acme/cart:1\nhost: pinned\n',
  'apps/web/kustomization.yaml': 'resources: [manifests/service.yaml]\n',
  'apps/web/manifests/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
  [OVERLAY]: 'kind: Kustomization\nnamespace: bank\nresources: [../../../../apps/shop/cart]\n',
  'environments/prod/shop/cart/values.yaml': 'host: prod.example.com\n',
  'environments/prod/web/kustomization.yaml': 'resources: [../../../apps/web]\n',
  'environments/prod/kustomization.yaml': 'kind: Kustomization\nresources: [shop/cart, web]\n',
};
const CART = [{ environment: 'prod', service: 'shop/cart' }];
const MAP = `---
# Source: cart/templates/all.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: cart
  namespace: bank
data:
  image: ghcr.io/acme/cart:1
  replicas: "1"
  host: prod.example.com
`;

function said([outcome]: readonly Outcome[]): string {
  if (outcome === undefined) return 'nothing';
  return isFailure(outcome) ? `[${outcome.error.code}] ${outcome.error.message}` : outcome.yaml;
}

describe.skipIf(!hasKubectl || !hasHelm)('a chart', () => {
  test('is rendered with what the pin and then the environment say, in its namespace', async () => {
    const charts = await renderer();
    expect(said(await charts.render(new TestSnapshot(CHART), CART))).toBe(MAP);
    const [again] = await charts.render(new TestSnapshot(CHART), CART);
    expect(again).toMatchObject({ isCached: true, isChart: true });
  });

  test('comes after what kustomize builds of its environment', async () => {
    const { yaml } = await renderEnvironment(await renderer(), new TestSnapshot(CHART), 'prod');
    expect(yaml).toBe(`apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n${MAP}`);
  });

  test.each([
    ['a link among its files', { 'apps/shop/cart/manifests/templates/b.yaml': { link: '/etc/passwd' } }, 'RENDER_LINK'],
    ['values that are a link', { 'apps/shop/cart/values.yaml': { link: '/etc/passwd' } }, 'RENDER_LINK'],
    [
      'an overlay that patches',
      { [OVERLAY]: 'namePrefix: a-\nresources: [../../../../apps/shop/cart]\n' },
      'RENDER_CHART',
    ],
    ['an overlay with more', { [OVERLAY]: 'resources: [../../../../apps/shop/cart, ../../web]\n' }, 'RENDER_CHART'],
    [
      'another chart that would have to be fetched',
      {
        'apps/shop/cart/manifests/Chart.yaml':
          'apiVersion: v2\nname: cart\nversion: 1.0.0\ndependencies: [{name: redis, version: 1.0.0, repository: "https://charts.example.com"}]\n',
      },
      'RENDER_FAILED',
    ],
    ['a namespace that is an option', { [OVERLAY]: 'namespace: --debug\n' }, 'RENDER_CHART'],
  ] as [string, Contents, string][])('is refused with %s', async (_, files, code) => {
    const snapshot = new TestSnapshot({ ...CHART, ...files });
    expect(said(await (await renderer()).render(snapshot, CART))).toContain(`[${code}] `);
  });
});
