import { describe, expect, test } from 'vitest';
import { createDependencies } from './dependencies.ts';

type Context = Parameters<typeof createDependencies>[1];

const context = {
  projects: {
    web: { root: 'apps/web', tags: ['type:service'], metadata: { requires: ['ledger', 'gone', 'web', 'tools'] } },
    ledger: { root: 'apps/ledger', tags: ['type:service'], metadata: { requires: [] } },
    'env:prod': { root: 'environments/prod', tags: ['type:environment'] },
    tools: { root: 'tools', tags: [] },
  },
  fileMap: {
    projectFileMap: {
      'env:prod': ['web/kustomization.yaml', 'web/patch.yaml', 'gone/kustomization.yaml', 'kustomization.yaml'].map(
        (path) => ({ file: `environments/prod/${path}`, hash: '' }),
      ),
    },
    nonProjectFiles: [],
  },
  externalNodes: {},
} as unknown as Context;

describe('createDependencies', () => {
  test('knows overlays and requirements of services that are here, and nothing else', async () => {
    expect(await createDependencies(undefined, context)).toEqual([
      { source: 'web', target: 'ledger', type: 'static', sourceFile: 'apps/web/service.yaml' },
      { source: 'env:prod', target: 'web', type: 'static', sourceFile: 'environments/prod/web/kustomization.yaml' },
    ]);
  });

  test('lets a new version of the command line affect everything, where a lock file names it', async () => {
    const externalNodes = { 'npm:@eleventh/cli': { name: 'npm:@eleventh/cli' } } as unknown as Context['externalNodes'];
    const edges = await createDependencies(undefined, { ...context, externalNodes });
    const users = edges.filter(({ target }) => target === 'npm:@eleventh/cli').map(({ source }) => source);
    expect(users).toEqual(['web', 'ledger', 'env:prod']);
  });
});
