import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf } from './layout.ts';

const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

describe('layoutOf', () => {
  test('finds services by what describes them, and without that by their pins', () => {
    const { services } = layoutOf([
      'apps/payments/kustomization.yaml',
      'apps/payments/service.yaml',
      'apps/payments/manifests/kustomization.yaml',
      'apps/risk/fraud/kustomization.yaml',
      'apps/new/service.yaml',
    ]);
    expect(services).toEqual([
      { id: 'new', root: 'apps/new', file: 'apps/new/service.yaml', isDescribed: true },
      { id: 'payments', root: 'apps/payments', file: 'apps/payments/service.yaml', isDescribed: true },
      { id: 'risk/fraud', root: 'apps/risk/fraud', file: 'apps/risk/fraud/kustomization.yaml', isDescribed: false },
    ]);
  });

  test('takes no folder inside of a service for another one', () => {
    const inside = ['base', 'manifests', 'a-very/deep'].map((folder) => `apps/web/${folder}/kustomization.yaml`);
    expect(layoutOf(['apps/web/kustomization.yaml', ...inside])).toMatchObject({
      services: [{ id: 'web' }],
      shared: [],
    });
  });

  test('knows services by the names that they may have', () => {
    const names = ['Web', '-web', 'web-', 'w eb', 'a/b/c', 'x/manifests', 'ok', 'a/b'];
    expect(ids(layoutOf(names.map((name) => `apps/${name}/kustomization.yaml`)).services)).toEqual(['a/b', 'ok']);
  });

  test('tells environments, overlays and what overlays share apart', () => {
    const layout = layoutOf([
      'apps/web/kustomization.yaml',
      'components/ha/kustomization.yaml',
      'environments/base/kustomization.yml',
      'environments/prod/environment.yaml',
      'environments/prod/kustomization.yaml',
      'environments/prod/later/kustomization.yaml',
      'environments/prod/web/kustomization.yaml',
      'environments/prod/web/patches/kustomization.yaml',
      'environments/workspace.yaml',
      'kustomization.yaml',
    ]);
    expect(ids(layout.environments)).toEqual(['prod']);
    expect(layout.shared).toEqual(['components/ha', 'environments/base']);
    expect(layout.unowned).toEqual([
      {
        environment: 'prod',
        id: 'later',
        folder: 'environments/prod/later',
        file: 'environments/prod/later/kustomization.yaml',
      },
    ]);
  });

  test('depends on no order', () => {
    const name = fc.constantFrom('a', 'b', 'a/b', 'manifests', 'a/manifests');
    const path = fc.oneof(
      fc.tuple(name, fc.constantFrom('service', 'kustomization')).map(([id, kind]) => `apps/${id}/${kind}.yaml`),
      name.map((id) => `environments/prod/${id}/kustomization.yaml`),
      fc.constantFrom('environments/prod/environment.yaml', 'x/kustomization.yaml'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        expect(layoutOf([...paths].reverse())).toEqual(layoutOf(paths));
        // A service or a group, never both: Nx could not tell whose files are whose.
        const roots = layoutOf(paths).services.map(({ root }) => root);
        expect(roots.filter((root) => roots.some((other) => root.startsWith(`${other}/`)))).toEqual([]);
      }),
    );
  });
});
