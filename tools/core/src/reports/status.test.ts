import { expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { formatPin } from '../files/pin.ts';
import type { View } from '../history/snapshot.ts';
import { findService, readWorkspace } from '../history/workspace.ts';
import { serviceStatuses } from './service-status.ts';

/** A state that notes what is to be remembered of it. */
class Noting extends MemorySnapshot {
  readonly notes: Record<string, unknown> = {};

  override async remembered<T>(kind: string, of: string, make: () => Promise<T>): Promise<T> {
    const made = await make();
    this.notes[kind] = made;
    expect(of).not.toContain('undefined');
    expect(JSON.parse(JSON.stringify(made)), `${kind} has to survive JSON`).toEqual(made);
    return made;
  }
}

it('what is remembered has the form that its kind stands for: raise the number when it changes', async () => {
  const images = [
    { name: 'web', repository: 'registry.example.com/web', tag: '1', digest: `sha256:${'d'.repeat(64)}` },
  ];
  const pin = { commit: 'c'.repeat(40), branch: 'main', version: '1.2.3', resources: ['manifests'], images };
  const state = new Noting({
    'apps/shop/web/kustomization.yaml': formatPin({ ...pin, built: '2026-01-02T03:04:05Z' }),
    'apps/shop/broken/kustomization.yaml': 'kind: Other\n',
    'apps/shop/web/service.yaml':
      'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata: {name: web}\nspec: {owner: shop, source: "https://example.com/web", images: [registry.example.com/web], manifests: ci, requires: {ledger: ">=2"}}\n',
    'environments/workspace.yaml':
      'apiVersion: eleventh.dev/v1alpha1\nkind: Workspace\nmetadata: {name: shop}\nspec: {defaults: {environment: prod}}\n',
    'environments/prod/environment.yaml':
      'apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {branch: env/prod, release: {tag: "v{version}"}, policy: {serviceBranches: [main], digests: required}}\n',
    'environments/prod/kustomization.yaml': 'resources: []\n',
  });
  await serviceStatuses(state);
  await deriveChanges(state);
  const refs = { head: 'main', branches: new Map([['main', 'a'.repeat(40)]]), tags: new Map() };
  const view = { refs, commit: () => ({ tree: '' }), snapshot: () => state } as unknown as View;
  await findService(await readWorkspace(view), 'shop/web');
  const tree = expect.stringMatching(/^[0-9a-f]{40}$/);
  const nothing = { commit: null, branch: null, version: null, built: null, images: [] };
  expect(state.notes).toEqual({
    'running-1': [
      {
        status: { ...nothing, id: 'shop/broken', tree },
        finding: expect.stringMatching(/^apps\/shop\/broken\/kustomization.yaml is not a pin: /),
      },
      {
        status: {
          id: 'shop/web',
          tree,
          commit: 'c'.repeat(40),
          branch: 'main',
          version: '1.2.3',
          built: '2026-01-02T03:04:05Z',
          images: [`registry.example.com/web:1@sha256:${'d'.repeat(64)}`],
        },
      },
    ],
    'environments-7': {
      environments: [
        {
          name: 'prod',
          branch: 'env/prod',
          release: { tag: 'v{version}' },
          from: [],
          policy: { serviceBranches: ['main'], digests: 'required' },
        },
      ],
      defaultEnvironment: 'prod',
      attestations: 'attestations',
      teams: {},
      logins: {},
      keys: null,
      check: { rules: {}, platform: null, custom: [], external: {} },
      signers: { lines: [], problem: null },
    },
    'service-3': {
      id: 'shop/web',
      owner: 'shop',
      source: 'https://example.com/web',
      images: ['registry.example.com/web'],
      manifests: 'ci',
      requires: { ledger: '>=2' },
      fields: [],
    },
    'services-1': [],
    'services-at-1': ['shop/broken', 'shop/web'],
    'derived-1': [
      { path: 'environments/prod/kustomization.yaml', put: { file: expect.stringContaining('resources:') } },
    ],
  });
});
