import { describe, expect, it } from 'vitest';
import type { Environment } from '../files/environment.ts';
import { formatPin, type Pin, pinPath } from '../files/pin.ts';
import { recipeOf } from '../history/deployment.ts';
import { MemoryRepository } from '../history/memory-repository.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Entry } from './gate.ts';
import { requiresGate } from './requires.ts';

const service = (requires: string) =>
  `apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata: {name: some}\nspec: {requires: ${requires}}\n`;

/** What each service requires: topics of nobody that is there, mail of one without a version. */
const REQUIRES = {
  'apps/payments/service.yaml': service('{ledger: ">=2.1 <3"}'),
  'apps/topics/service.yaml': service('{cards: "1"}'),
  'apps/mail/service.yaml': service('{web: "*"}'),
};

function pin(version?: string): Pin {
  return { commit: 'a'.repeat(40), branch: 'main', version, resources: [], images: [] };
}

/** Returns the gate of a recipe of some versions, as somebody asks it who brings some services. */
async function asked(
  versions: Readonly<Record<string, string | undefined>>,
  more: Partial<Entry> = {},
  ...ids: string[]
) {
  const repository = new MemoryRepository();
  const snapshot = repository.snapshot(repository.treeOf(new Map(Object.entries(REQUIRES))));
  const files = Object.entries(versions).map(([id, version]) => [pinPath(id), formatPin(pin(version))] as const);
  const recipe = await recipeOf(repository.snapshot(repository.treeOf(new Map(files))));
  const staging = { name: 'staging' } as Environment;
  const workspace = { snapshot, first: staging } as Partial<Workspace> as Workspace;
  const entry: Partial<Entry> = {
    ...{ view: repository.view, workspace, recipe, way: 'promotion', environment: { name: 'prod' } as Environment },
    source: { name: 'preprod', from: { name: 'preprod' } as Environment, commit: 'c'.repeat(40) },
    changes: ids.map((id) => ({ id, before: null, after: null })),
    ...more,
  };
  return requiresGate(entry as Entry);
}

const services = (gate: Awaited<ReturnType<typeof asked>>) => gate?.refused.map((one) => one.service);

describe('requiresGate', () => {
  it('is there where somebody requires something, and open where it holds', async () => {
    expect(await asked({ ledger: '3.0.0' })).toBeNull();
    expect(await asked({ payments: '1.0.0', ledger: '2.1.0' })).toMatchObject({
      rule: 'requires',
      passes: true,
      remedy: null,
    });
  });

  it('says what helps: a pin with a version, or builds that go together', async () => {
    const remedy = async (...args: Parameters<typeof asked>) => (await asked(...args))?.remedy?.command;
    expect(await remedy({ topics: '1.0.0' })).toBe('eleventh pin cards --to staging --version <version>');
    expect(await remedy({ mail: '1.0.0', web: undefined })).toBe('eleventh pin web --to staging --version <version>');
    const outside = { payments: '1.0.0', ledger: '3.0.0' };
    expect(await remedy(outside)).toBe('eleventh compose --from preprod --newest-compatible');
    expect(await remedy(outside, { way: 'rollback' }, 'ledger')).toBe('eleventh rollback prod');
  });

  it('asks of some services alone what they take part in, on either side', async () => {
    const broken = { payments: '1.0.0', ledger: '3.0.0', topics: '1.0.0', web: '1.0.0' };
    expect(services(await asked(broken))).toEqual(['payments', 'topics']);
    expect(services(await asked(broken, { way: 'partial' }, 'ledger'))).toEqual(['payments']);
    expect(services(await asked(broken, { way: 'partial' }, 'payments'))).toEqual(['payments']);
    expect(services(await asked(broken, { way: 'rollback' }, 'web'))).toEqual([]);
  });

  it('is not asked of builds one by one, or of what ran there together', async () => {
    const broken = { payments: '1.0.0', ledger: '3.0.0' };
    expect(await asked(broken, { source: undefined }, 'ledger')).toBeNull();
    expect(await asked(broken, { way: 'rollback', asksRequires: false })).toBeNull();
  });
});
