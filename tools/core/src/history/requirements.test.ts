import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import { isAnythingRequired, requirementsOf } from './requirements.ts';
import type { Workspace } from './workspace.ts';

const service = (spec: string) =>
  `apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata: {name: some}\nspec: ${spec}\n`;

/** A state whose memory outlives it, as that of a repository does; notes the files that are read. */
class Remembering extends MemorySnapshot {
  static memory = new Map<string, unknown>();
  readonly reads: string[] = [];

  override async read(path: string): Promise<Uint8Array | null> {
    this.reads.push(path);
    return super.read(path);
  }

  override async remembered<T>(kind: string, of: string, make: () => Promise<T>): Promise<T> {
    const { memory } = Remembering;
    const key = `${kind} ${of}`;
    if (!memory.has(key)) memory.set(key, JSON.parse(JSON.stringify(await make())));
    return memory.get(key) as T;
  }
}

const FILES = {
  'apps/web/service.yaml': service('{requires: {ledger: ">=2.1 <3", risk/fraud: "*"}}'),
  'apps/web/kustomization.yaml': '',
  'apps/web/manifests/service.yaml': 'kind: Service\n',
  'apps/web/inner/service.yaml': service('{requires: {nothing: "1"}}'),
  'apps/ledger/service.yaml': service('{}'),
  'apps/risk/fraud/service.yaml': service('{requires: {ledger: "2"}}'),
  'apps/risk/manifests/service.yaml': service('{requires: {nothing: "1"}}'),
  'apps/odd/service.yaml': service('{requires: {ledger: soon}}'),
};
const ALL = ['web', 'ledger', 'risk/fraud'];

function workspaceOf(files: Readonly<Record<string, string>>) {
  const snapshot = new Remembering(files);
  return { workspace: { snapshot } as Partial<Workspace> as Workspace, snapshot };
}

describe('requirementsOf', () => {
  it('returns what those services require that are asked about, of groups too', async () => {
    const { workspace } = workspaceOf(FILES);
    expect(await requirementsOf(workspace, ALL)).toEqual(
      new Map([
        ['risk/fraud', { ledger: '2' }],
        ['web', { ledger: '>=2.1 <3', 'risk/fraud': '*' }],
      ]),
    );
    expect(await requirementsOf(workspace, ['ledger', 'unknown'])).toEqual(new Map());
  });

  it('refuses a service.yaml that cannot be read, of a service that is asked about', async () => {
    const { workspace } = workspaceOf(FILES);
    await expect(requirementsOf(workspace, [...ALL, 'odd'])).rejects.toMatchObject({ code: 'INVALID_FILE' });
  });

  it('reads again only what changed', async () => {
    Remembering.memory.clear();
    await requirementsOf(workspaceOf(FILES).workspace, ALL);
    const same = workspaceOf(FILES);
    await requirementsOf(same.workspace, ALL);
    expect(same.snapshot.reads).toEqual([]);
    const changed = workspaceOf({ ...FILES, 'apps/ledger/service.yaml': service('{requires: {web: "1"}}') });
    expect((await requirementsOf(changed.workspace, ALL)).get('ledger')).toEqual({ web: '1' });
    expect(new Set(changed.snapshot.reads)).toEqual(new Set(['apps/ledger/service.yaml']));
  });

  it('tells whether there is anything to ask', async () => {
    const files = { 'apps/ledger/service.yaml': service('{owner: ledger, requires: {}}') };
    expect(await isAnythingRequired(workspaceOf(files).workspace)).toBe(false);
    expect(await isAnythingRequired(workspaceOf({}).workspace)).toBe(false);
    expect(await isAnythingRequired(workspaceOf({ 'apps/a/service.yaml': 'kind: Odd\n' }).workspace)).toBe(false);
    expect(
      await isAnythingRequired(workspaceOf({ 'apps/a/service.yaml': service('{"requir\\x65s": {b: "1"}}') }).workspace),
    ).toBe(true);
  });
});
