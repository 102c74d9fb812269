import { expect, test } from 'vitest';
import { environmentProjectOf, type Surroundings, serviceProject } from './project.ts';

const around: Surroundings = {
  shared: [],
  base: 'main',
  environmentsOf: new Map(),
  from: new Map([
    ['staging', []],
    ['preprod', ['staging']],
    ['prod', ['preprod']],
  ]),
  checkers: {},
  heads: [],
};

const web = { id: 'web', root: 'apps/web', file: 'apps/web/service.yaml', isDescribed: true };
const preprod = {
  id: 'preprod',
  root: 'environments/preprod',
  file: 'environments/preprod/environment.yaml',
  isDescribed: true,
};

test('an environment is judged by its neighbours on both sides, as parity compares them', () => {
  const { targets } = environmentProjectOf(preprod, { from: ['staging'] }, around);
  expect(targets?.check?.inputs).toEqual(
    expect.arrayContaining([
      '{workspaceRoot}/environments/staging/{environment,kustomization}.yaml',
      '{workspaceRoot}/environments/prod/{environment,kustomization}.yaml',
    ]),
  );
});

test('what the checkers of others read, and their versions, are inputs of checks alone', () => {
  const checkers = {
    conftest: { policy: 'policies/k8s' },
    'kube-linter': { config: 'lint [1].yaml' },
    kubeconform: {},
  };
  const given = { ...around, checkers, environmentsOf: new Map([['web', ['prod']]]) };
  const runtime = 'node --require @eleventh/nx/versions --eval 0';
  for (const { targets } of [
    serviceProject(web, {}, given),
    environmentProjectOf(preprod, { from: ['staging'] }, given),
  ]) {
    expect(targets?.check?.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/policies/k8s',
        '{workspaceRoot}/policies/k8s/**/*',
        '{workspaceRoot}/lint ?1?.yaml',
        { runtime: `${runtime} conftest kube-linter kubeconform` },
      ]),
    );
    expect(targets?.render?.inputs).toContainEqual({ runtime });
    expect(JSON.stringify(targets?.render?.inputs)).not.toContain('policies');
  }
});
