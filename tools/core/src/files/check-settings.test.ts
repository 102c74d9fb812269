import { expect, it } from 'vitest';
import { parseEnvironment } from './environment.ts';
import { compileObjectRule } from './object-rule.ts';
import { parseService } from './service.ts';
import { parseWorkspaceFile } from './workspace-file.ts';

function workspace(check: string) {
  return parseWorkspaceFile(
    `apiVersion: eleventh.dev/v1alpha1\nkind: Workspace\nmetadata: {name: bank}\nspec: {check: ${check}}\n`,
  ).check;
}

it('says what rules count for, who the platform is, and what else is asked', () => {
  const custom = `{id: owner-label, match: {kinds: [Deployment]}, expression: "'owner' in object.metadata.labels", message: m}`;
  expect(
    workspace(
      `{rules: {image-latest: off}, platform: {services: [infra/**]}, custom: [${custom}], external: {conftest: {policy: environments/policy, timeout: 90s}}}`,
    ),
  ).toEqual({
    rules: { 'image-latest': 'off' },
    platform: { services: ['infra/**'] },
    custom: [
      {
        id: 'owner-label',
        match: { kinds: ['Deployment'] },
        expression: "'owner' in object.metadata.labels",
        message: 'm',
        severity: 'error',
      },
    ],
    external: { conftest: { policy: 'environments/policy', timeout: 90 } },
  });
});

it.each([
  ['{rules: {image-latest: fatal}}', 'spec.check.rules.image-latest is not valid'],
  ['{rule: {}}', 'spec.check.rule is not a known field'],
  ['{external: {conftest: {policy: ../policy}}}', 'not a path within the workspace'],
  ['{external: {conftest: {policy: -p}}}', 'not a path within the workspace'],
  ['{external: {kubeconform: {timeout: soon}}}', 'not a time such as 90s or 5m'],
  ['{custom: [{id: A, expression: "true", message: m}]}', 'not lower-case words with hyphens'],
])('refuses %s', (check, problem) => {
  expect(() => workspace(check)).toThrow(problem);
});

it('takes exceptions with a reason from a service, and the cluster from an environment', () => {
  const head = 'apiVersion: eleventh.dev/v1alpha1\nmetadata: {name: x}\n';
  const service = (ignore: string) => parseService('x', `${head}kind: Service\nspec: {check: {ignore: [${ignore}]}}\n`);
  expect(service('{rule: image-latest, reason: built here}').ignore).toEqual([
    { rule: 'image-latest', reason: 'built here' },
  ]);
  expect(() => service('{rule: image-latest, reason: " "}')).toThrow('a reason has to say something');
  const environment = (spec: string) =>
    parseEnvironment('x', `${head}kind: Environment\nspec: {branch: env/x, ${spec}}\n`);
  expect(environment('kubernetes: "1.34", namespaces: [bank-*]')).toMatchObject({
    kubernetes: '1.34',
    namespaces: ['bank-*'],
  });
  expect(() => environment('kubernetes: v1.34')).toThrow('a minor version in quotes, such as "1.34"');
  expect(() => environment('kubernetes: 1.34')).toThrow('spec.kubernetes is not valid');
});

it('asks an object in CEL, in which a field need not be there', async () => {
  const rule = await compileObjectRule("object.kind != 'Deployment' || has(object.metadata.labels.owner)");
  const deployment = { kind: 'Deployment', metadata: { name: 'x', labels: {} } };
  expect(rule(deployment, 'x', 'prod')).toBe(false);
  expect(rule({ ...deployment, metadata: { labels: { owner: 'a' } } }, 'x', 'prod')).toBe(true);
  expect(rule({ kind: 'Service' }, 'x', 'prod')).toBe(true);
  const place = await compileObjectRule("environment == 'prod' && service.startsWith('risk/')");
  expect(place({}, 'risk/fraud', 'prod')).toBe(true);
});

it.each([
  ["object.kind.matches('(a+)+')", 'it uses matches()'],
  ['object.kind', undefined],
  ['service', 'it is a string, not a bool'],
  ['objekt.kind', 'objekt'],
  ['true', undefined],
])('judges the condition %s before anything is asked', async (source, problem) => {
  const made = compileObjectRule(source);
  if (problem === undefined) await expect(made).resolves.toBeTypeOf('function');
  else await expect(made).rejects.toThrow(problem);
});
