import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import {
  deriveChanges,
  derivedPath,
  deriveNewService,
  environmentFolders,
  formatDerived,
  servicesIn,
} from './derived-list.ts';

const IDS = ['123', 'accounts', 'cards', 'no', 'payments', 'risk/fraud', 'risk/score', 'web'];
const PLAIN = 'resources: []\n';

/** Returns a state with some services in `apps/` and some overlays in two environments. */
function state(
  services: readonly string[],
  overlays: readonly string[],
  others: readonly string[] = overlays,
): MemorySnapshot {
  const files = new Map<string, string>([
    ['README.md', ''],
    ['environments/workspace.yaml', ''],
    ['environments/staging/environment.yaml', ''],
    ['environments/prod/environment.yaml', ''],
  ]);
  for (const id of services) files.set(`apps/${id}/kustomization.yaml`, PLAIN);
  for (const id of overlays) files.set(`environments/staging/${id}/kustomization.yaml`, PLAIN);
  for (const id of others) files.set(`environments/prod/${id}/kustomization.yaml`, PLAIN);
  return new MemorySnapshot(files);
}

describe('formatDerived', () => {
  it('lists the services that are present, each after its comment', () => {
    expect(
      formatDerived('staging', ['accounts', 'risk/fraud', 'web'], (id) => id !== 'web'),
    ).toBe(`# Derived from the overlays of the services present in apps/: never edited by hand.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata:
  name: staging
resources:
  # accounts
  - accounts
  # end of accounts
  # risk/fraud
  - risk/fraud
  # end of risk/fraud
  # web
  # end of web
`);
  });

  it('lists them as texts, whatever their names', () => {
    fc.assert(
      fc.property(fc.subarray(IDS), fc.subarray(IDS), (overlays, present) => {
        const file = formatDerived('staging', overlays, (id) => present.includes(id));
        for (const version of ['1.1', '1.2'] as const)
          expect(parse(file, { version }).resources ?? []).toEqual(overlays.filter((id) => present.includes(id)));
      }),
    );
  });
});

describe('a bare revert of a first pin', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eleventh-derived-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Returns what Git makes of the file when it undoes a change that others came after. */
  function merged(now: string, undone: string, before: string): string | null {
    for (const [name, text] of Object.entries({ now, undone, before })) writeFileSync(join(folder, name), text);
    const { stdout, status } = spawnSync('git', ['merge-file', '-p', 'now', 'undone', 'before'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return status === 0 ? stdout : null;
  }

  const format = (present: readonly string[]) => formatDerived('staging', IDS, (id) => present.includes(id));

  it('takes out its own line alone, however many were pinned since', () => {
    fc.assert(
      fc.property(fc.subarray(IDS, { minLength: 2 }), fc.nat(), fc.nat(), (present, first, second) => {
        const undone = present[first % present.length]!;
        const before = present.filter((id) => id !== undone).slice(0, second % present.length);
        const result = merged(format(present), format([...before, undone]), format(before));
        expect(result).toBe(format(present.filter((id) => id !== undone)));
      }),
      { numRuns: 150 },
    );
  });
});

describe('servicesIn', () => {
  it('are the folders with a kustomization.yaml, in groups too', async () => {
    const snapshot = new MemorySnapshot({
      'apps/payments/kustomization.yaml': '',
      'apps/payments/manifests/kustomization.yaml': '',
      'apps/risk/fraud/kustomization.yaml': '',
      'apps/risk/deep/er/kustomization.yaml': '',
      'apps/risk/README.md': '',
      'apps/empty/service.yaml': '',
      'apps/README.md': '',
      'apps/link': { link: 'payments' },
    });
    expect(await servicesIn(snapshot, 'apps')).toEqual(['payments', 'risk/fraud']);
    expect(await servicesIn(snapshot, 'nowhere')).toEqual([]);
  });
});

describe('deriveChanges', () => {
  it('brings every environment in step, once', async () => {
    const before = state(['accounts', 'risk/fraud'], ['accounts', 'risk/fraud', 'web'], ['web']);
    expect(await environmentFolders(before)).toEqual(['prod', 'staging']);
    const changes = await deriveChanges(before);
    expect(changes.map(({ path }) => path).sort()).toEqual([derivedPath('prod'), derivedPath('staging')]);
    const after = await before.with(changes);
    expect(await deriveChanges(after)).toEqual([]);
    const bytes = await after.read(derivedPath('staging'));
    expect(new TextDecoder().decode(bytes!)).toBe(
      formatDerived('staging', ['accounts', 'risk/fraud', 'web'], (id) => id !== 'web'),
    );
  });

  it('heals what was edited by hand', async () => {
    const before = state(['accounts'], ['accounts']);
    const right = await before.with(await deriveChanges(before));
    const wrong = await right.with([{ path: derivedPath('prod'), put: { file: 'resources: [evil]\n' } }]);
    expect((await wrong.with(await deriveChanges(wrong))).tree).toBe(right.tree);
  });
});

describe('deriveNewService', () => {
  it('makes what deriveChanges would', async () => {
    const some = fc.subarray(IDS);
    await fc.assert(
      fc.asyncProperty(some, some, some, fc.constantFrom(...IDS), async (services, overlays, others, id) => {
        const without = state(
          services.filter((one) => one !== id),
          overlays,
          others,
        );
        const before = await without.with(await deriveChanges(without));
        const after = await before.with([{ path: `apps/${id}/kustomization.yaml`, put: { file: PLAIN } }]);
        expect(await deriveNewService(after, id)).toEqual(await deriveChanges(after));
      }),
    );
  });

  it('brings in step what was not', async () => {
    const files = state(['accounts', 'payments'], ['accounts', 'payments']);
    const wrong = await files.with([{ path: derivedPath('staging'), put: { file: 'resources: []\n' } }]);
    expect(await deriveNewService(wrong, 'payments')).toEqual(await deriveChanges(wrong));
  });
});
