import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { exampleManifests, Workspace } from './workspace.ts';

const kubectl = process.env.KUBECTL ?? 'kubectl';
const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
if (!hasKubectl) console.log('No kubectl: what the tasks of Nx do is not looked at.');

const workspaces: Workspace[] = [];
afterAll(() => {
  for (const workspace of workspaces) workspace.remove();
});

describe.skipIf(!hasKubectl)('the tasks of a checkout', () => {
  const env = { KUBECTL: kubectl };
  const environments = ['env:preprod', 'env:prod', 'env:staging'];
  const checks = (...projects: string[]) => projects.map((name) => `${name}:check`).sort();

  test('check, render and show the changes of what a pin touches, once', async () => {
    const workspace = await Workspace.begun('--examples');
    workspaces.push(workspace);
    const pin = (service: string, digit: string) =>
      workspace.eleventh(
        ...['pin', service, '--repo', workspace.folder, '--branch=main', `--commit=${digit.repeat(40)}`],
        ...[`--built=2026-11-20T09:0${digit}:00Z`, '--manifests', exampleManifests(service)],
      );
    await workspace.eleventh('update', 'staging', '--repo', workspace.folder);
    await pin('accounts', '1');
    // On the default branch counts what runs, which its files do not say.
    const check = ['accounts:check'];
    expect(await workspace.run(['run', 'accounts:check'], env)).toMatchObject({ code: 0, ran: check, cached: [] });
    expect(await workspace.run(['run', 'accounts:check'], env)).toMatchObject({ code: 0, ran: [], cached: check });
    await pin('topics', '1');
    expect(await workspace.run(['run', 'accounts:check'], env)).toMatchObject({ code: 0, ran: check, cached: [] });
    await workspace.git('checkout', '--quiet', 'env/staging');
    const first = await workspace.run(['run-many', '--target=check'], env);
    expect(first, first.output).toMatchObject({ code: 0, ran: checks('accounts', 'topics', ...environments) });
    await pin('topics', '2');
    await workspace.git('checkout', '--quiet', '--force', 'env/staging');
    const affected = ['affected', '--target=check', '--base=HEAD~1', '--head=HEAD'];
    const touched = checks('topics', ...environments);
    expect(await workspace.run(affected, env)).toMatchObject({ code: 0, ran: touched, cached: [] });
    expect(await workspace.run(affected, env)).toMatchObject({ code: 0, ran: [], cached: touched });

    const rendered = await workspace.run(['run', 'accounts:render'], env);
    expect(rendered.code, rendered.output).toBe(0);
    expect(workspace.read('dist/apps/accounts/staging/accounts.yaml')).toContain('namespace: bank-staging\n');

    const broken = workspace.read('apps/topics/manifests/payments.events.yaml').replace('metadata:', 'metadat:');
    workspace.write({ 'apps/topics/manifests/payments.events.yaml': broken });
    const failed = await workspace.run(['run', 'topics:check'], env);
    expect([failed.code, failed.output]).toEqual([1, expect.stringContaining('does-not-render')]);
  });
});
