import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type External, externalFindings, externals, runExternal, runner } from './external.ts';

const folder = mkdtempSync(join(tmpdir(), 'eleventh-external-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program of that name which prints what it is told to, after reading its input. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const run = runner(folder, { PATH: `${folder}:${process.env.PATH}` });

function external(name: External['name'], timeout = 30): External {
  return { ...externals({ [name]: name === 'conftest' ? { policy: 'policy' } : {} }, '1.34')[0]!, timeout };
}

it('starts what the workspace asks for, with names that are no options', () => {
  expect(externals({}, '1.34')).toEqual([]);
  expect(externals({ conftest: { policy: 'environments/policy', timeout: 5 }, kubeconform: {} }, '1.34')).toEqual([
    {
      name: 'conftest',
      argv: ['test', '--output', 'json', '--no-color', '--all-namespaces', '--policy', 'environments/policy', '-'],
      version: ['--version'],
      timeout: 5,
    },
    {
      name: 'kubeconform',
      argv: ['-strict', '-output', 'json', '-kubernetes-version', '1.34.0', '-'],
      version: ['-v'],
      timeout: 60,
    },
  ]);
});

it('reads what conftest and kube-linter found, though they exit with 1', async () => {
  const conftest = [
    {
      filename: '-',
      namespace: 'main',
      successes: 3,
      failures: [{ msg: 'no owner', metadata: { kind: 'Deployment', name: 'api' } }],
    },
    { filename: '-', namespace: 'soft', successes: 0, warnings: [{ msg: 'Old.' }] },
  ];
  program('conftest', `cat >/dev/null; echo '${JSON.stringify(conftest)}'; exit 1`);
  expect(await runExternal(run, external('conftest'), 'x'.repeat(1e6))).toEqual([
    { rule: 'conftest/main', severity: 'error', message: 'no owner.', kind: 'Deployment', name: 'api' },
    { rule: 'conftest/soft', severity: 'warning', message: 'Old.' },
  ]);
  const object = {
    K8sObject: {
      Namespace: 'bank',
      Name: 'api',
      GroupVersionKind: { Group: 'apps', Version: 'v1', Kind: 'Deployment' },
    },
  };
  const linter = {
    Checks: [],
    Reports: [
      { Check: 'run-as-non-root', Diagnostic: { Message: 'runs as root' }, Remediation: 'Set it.', Object: object },
    ],
  };
  program('kube-linter', `echo '${JSON.stringify(linter)}'; exit 1`);
  const problems = await runExternal(run, external('kube-linter'), 'x');
  const find = () => ({ file: 'apps/api/manifests/api.yaml', line: 1, column: 1, object: 'apps/Deployment/bank/api' });
  expect(externalFindings(problems, { environment: 'prod', service: 'api', find })).toEqual([
    {
      rule: 'kube-linter/run-as-non-root',
      severity: 'warning',
      message: 'runs as root.',
      hint: 'Set it.',
      file: 'apps/api/manifests/api.yaml',
      line: 1,
      column: 1,
      object: 'apps/Deployment/bank/api',
      environment: 'prod',
      service: 'api',
    },
  ]);
});

it('says what is wrong with a checker that is missing, hangs, or says something else', async () => {
  program('kubeconform', 'echo "unknown flag -x" >&2; exit 2');
  await expect(runExternal(run, external('kubeconform'), '')).rejects.toMatchObject({
    code: 'CHECKER_FAILED',
    message: 'kubeconform gave no report that is understood. It said: unknown flag -x',
  });
  const msg = 'failed downloading schema at https://schemas.example.com/pod.json: no route';
  const unread = { resources: [{ status: 'statusError', kind: 'Pod', name: 'api', msg }] };
  program('kubeconform', `echo '${JSON.stringify(unread)}'; exit 1`);
  await expect(runExternal(run, external('kubeconform'), '')).rejects.toMatchObject({
    code: 'CHECKER_FAILED',
    message: `kubeconform could not look: ${msg}.`,
  });
  program('conftest', 'exec sleep 30');
  await expect(runExternal(run, external('conftest', 0.2), '')).rejects.toMatchObject({ code: 'CHECKER_TIMEOUT' });
  const nowhere = runner(folder, { PATH: join(folder, 'nowhere') });
  await expect(runExternal(nowhere, external('kube-linter'), '')).rejects.toMatchObject({ code: 'NO_CHECKER' });
});

const KUBECONFORM = process.env.KUBECONFORM ?? 'kubeconform';

describe.skipIf(spawnSync(KUBECONFORM, ['-v']).status !== 0)('the real kubeconform (set KUBECONFORM)', () => {
  it('is understood', async () => {
    program('kubeconform', `exec ${KUBECONFORM} "$@"`);
    writeFileSync(join(folder, 'schema.json'), '{"type": "object", "properties": {"spec": {"type": "string"}}}');
    const settings = externals({ kubeconform: { schemas: 'schema.json' } }, '1.34')[0]!;
    const problems = await runExternal(run, settings, 'apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec: 1\n');
    expect(problems).toMatchObject([{ rule: 'kubeconform/invalid', severity: 'error', kind: 'Pod', name: 'api' }]);
  });
});
