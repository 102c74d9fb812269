import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleManifests, Workspace } from './workspace.ts';

const ENVIRONMENTS = ['env:preprod', 'env:prod', 'env:staging'];

let workspace: Workspace;
beforeAll(async () => {
  workspace = await Workspace.begun('--examples');
  // What matters here is which tasks run and when, not what they do, so each is over soon.
  const nx = JSON.parse(workspace.read('nx.json'));
  const options = { command: 'git --version' };
  workspace.write({ 'nx.json': JSON.stringify({ ...nx, targetDefaults: { check: { options } } }) });
  workspace.append('apps/payments/service.yaml', '  requires: {ledger: ">=2.1 <3", elsewhere: ">=1"}\n');
  workspace.write({ 'components/ha/kustomization.yaml': 'kind: Component\n' });
  await workspace.commit();
  const first = await workspace.run(['run-many', '--target=check']);
  expect(first.code, first.output).toBe(0);
});
afterAll(() => workspace.remove());

const checks = (...projects: string[]) => projects.map((name) => `${name}:check`).sort();

describe('on the default branch', () => {
  /** Returns what is affected by changes on disk, and what has to run because of them: what is committed ran before. */
  async function reached(change: () => void, env: Record<string, string> = {}) {
    change();
    const affected = await workspace.projects('--affected', '--base=HEAD');
    const { ran } = await workspace.run(['run-many', '--target=check'], env);
    await workspace.git('checkout', '--quiet', '.');
    await workspace.git('clean', '--quiet', '-d', '--force');
    return { affected, ran };
  }

  test('a service is checked with its environments', async () => {
    expect(await reached(() => workspace.append('apps/topics/manifests/payments.events.yaml', '# edited\n'))).toEqual({
      affected: [...ENVIRONMENTS, 'topics'],
      ran: checks('topics', ...ENVIRONMENTS),
    });
  });

  test('and with the services that require it', async () => {
    expect(await reached(() => workspace.append('apps/ledger/kustomization.yaml', '# edited\n'))).toEqual({
      affected: [...ENVIRONMENTS, 'ledger', 'payments'],
      ran: checks('ledger', 'payments', ...ENVIRONMENTS),
    });
    const { dependencies } = await workspace.graph();
    expect(dependencies.payments?.map(({ target }) => target)).toEqual(['ledger']);
  });

  test('an overlay runs its own service and environment alone', async () => {
    const { affected, ran } = await reached(() =>
      workspace.append('environments/prod/risk/fraud/kustomization.yaml', '# edited\n'),
    );
    // Nx knows no finer: the others depend on the service. Their outcome comes from the cache.
    expect(affected).toEqual([...ENVIRONMENTS, 'risk/fraud']);
    expect(ran).toEqual(checks('env:prod', 'risk/fraud'));
  });

  test('an overlay that goes takes the checks of its service with it', async () => {
    const path = 'environments/prod/web/kustomization.yaml';
    const { affected } = await reached(() => workspace.git('rm', '--quiet', path) as unknown);
    expect(affected).toContain('web');
    await workspace.git('reset', '--quiet', '--hard');
  });

  test('what overlays share, and what all are judged by, runs everything', async () => {
    const all = checks(...(await workspace.projects()));
    for (const path of [
      'components/ha/kustomization.yaml',
      'environments/workspace.yaml',
      'environments/crds/topic.yaml',
    ]) {
      const { ran } = await reached(() => workspace.write({ [path]: '# edited\n' }));
      expect([path, ran]).toEqual([path, all]);
    }
  });

  test('a new version of what renders runs everything, and a file that nothing depends on nothing', async () => {
    const kubectl = join(workspace.folder, '../kubectl');
    const stub = () => {
      workspace.write({ '../kubectl': '#!/bin/sh\necho v9.9.9\n' });
      chmodSync(kubectl, 0o755);
    };
    const all = checks(...(await workspace.projects()));
    expect((await reached(stub, { KUBECTL: kubectl })).ran).toEqual(all);
    expect(await reached(() => workspace.append('README.md', 'edited\n'))).toEqual({ affected: [], ran: [] });
  });
});

describe('what npm installs', () => {
  /** The least that Nx takes for a lock file, with the versions of the command line and of something else. */
  const lockFile = (cli: string, other: string) => {
    const resolved = (name: string, version: string) => {
      const integrity = `sha512-${Buffer.from(`${name}${version}`).toString('base64')}`;
      return {
        [`node_modules/${name}`]: { version, resolved: `https://example.com/${name}-${version}.tgz`, integrity },
      };
    };
    const packages = { '': {}, ...resolved('@eleventh/cli', cli), ...resolved('other', other) };
    return { 'package-lock.json': JSON.stringify({ lockfileVersion: 3, requires: true, packages }) };
  };

  test('counts where it is the command line, and not otherwise', async () => {
    workspace.write(lockFile('1.0.0', '1.0.0'));
    await workspace.commit();
    const everything = await workspace.projects();
    const outcome = async () => ({
      affected: await workspace.projects('--affected', '--base=HEAD'),
      ran: (await workspace.run(['run-many', '--target=check'])).ran,
    });
    await outcome();
    workspace.write(lockFile('1.0.0', '1.0.1'));
    expect(await outcome()).toEqual({ affected: [], ran: [] });
    workspace.write(lockFile('1.0.1', '1.0.1'));
    expect(await outcome()).toEqual({ affected: everything, ran: checks(...everything) });
    await workspace.git('checkout', '--quiet', '.');
  });
});

describe('on an environment branch', () => {
  const pin = (service: string, ...more: string[]) =>
    workspace.eleventh('pin', service, '--repo', workspace.folder, '--branch=main', ...more);
  const commit = (digit: string) => [`--commit=${digit.repeat(40)}`, `--built=2026-11-20T09:0${digit}:00Z`];

  test('one pin runs the check of its service and of its environments, and the second run is all cache hits', async () => {
    await workspace.eleventh('update', 'staging', '--repo', workspace.folder);
    for (const name of ['accounts', 'topics', 'ledger']) {
      await pin(name, ...commit('1'), '--manifests', exampleManifests(name));
    }
    await workspace.git('checkout', '--quiet', 'env/staging');
    expect(await workspace.projects()).toEqual(['accounts', ...ENVIRONMENTS, 'ledger', 'topics']);
    await workspace.run(['run-many', '--target=check']);
    await pin('topics', ...commit('2'));
    await workspace.git('checkout', '--quiet', '--force', 'env/staging');

    const affected = ['affected', '--target=check', '--base=HEAD~1', '--head=HEAD'];
    const expected = checks('topics', ...ENVIRONMENTS);
    expect(await workspace.run(affected)).toMatchObject({ code: 0, ran: expected, cached: [] });
    expect(await workspace.run(affected)).toMatchObject({ code: 0, ran: [], cached: expected });
    const everything = await workspace.run(['run-many', '--target=check']);
    expect(everything).toMatchObject({ ran: [], cached: checks('accounts', 'ledger', 'topics', ...ENVIRONMENTS) });
  });

  test('the first pin of a service runs no check of others', async () => {
    await pin('cards', ...commit('1'), '--manifests', exampleManifests('cards'));
    await workspace.git('checkout', '--quiet', '--force', 'env/staging');
    const { ran, code } = await workspace.run(['run-many', '--target=check']);
    expect([code, ran]).toEqual([0, checks('cards', ...ENVIRONMENTS)]);
  });
});

describe('three hundred services', () => {
  test('are affected by one pin no more than eleven are', async () => {
    await workspace.git('checkout', '--quiet', '--force', 'main');
    const [service, overlay] = ['apps/topics/service.yaml', 'environments/prod/topics/kustomization.yaml'].map((path) =>
      workspace.read(path),
    );
    const names = Array.from({ length: 300 }, (_, index) => `service-${index}`);
    for (const name of names) {
      workspace.write({
        [`apps/${name}/service.yaml`]: (service ?? '').replace('topics', name),
        [`apps/${name}/kustomization.yaml`]: workspace.read('apps/topics/kustomization.yaml'),
        [`apps/${name}/manifests/topic.yaml`]: workspace.read('apps/topics/manifests/payments.events.yaml'),
        [`environments/prod/${name}/kustomization.yaml`]: (overlay ?? '').replace('apps/topics', `apps/${name}`),
      });
    }
    await workspace.commit();
    const { dependencies } = await workspace.graph();
    expect(dependencies['env:prod']).toHaveLength(311);
    workspace.append('apps/service-123/kustomization.yaml', '# edited\n');
    expect(await workspace.projects('--affected', '--base=HEAD')).toEqual(['env:prod', 'service-123']);
  });
});
