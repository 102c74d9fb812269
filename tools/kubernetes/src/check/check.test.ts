import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TestSnapshot } from '../../test/snapshot.ts';
import { findingsIn, objectsOf, SCHEMAS, serviceFiles } from '../../test/workspace.ts';
import { customKinds } from '../schemas/custom-schemas.ts';
import { summarize } from '../summary/summary.ts';
import { type CheckedService, checkEnvironment, checkService } from './check.ts';
import { asked } from './settings.ts';

const NOTHING = { rules: {}, platform: null, custom: [], external: {} };
const PROD = { name: 'prod', digests: false };

const MANIFESTS: readonly string[] = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {A: 1}\n',
  'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{port: 80}]}\n',
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: "a:latest", envFrom: [{configMapRef: {name: shared}}]}]}\n',
];

function service(id: string, chosen: readonly number[]): CheckedService {
  const files = serviceFiles(id, Object.fromEntries(chosen.map((at) => [`${at}.yaml`, MANIFESTS[at] ?? ''])));
  const rendered = objectsOf(chosen.map((at) => MANIFESTS[at] ?? ''));
  return { id, snapshot: new TestSnapshot(Object.fromEntries(files)), files, rendered, images: [], ignore: [] };
}

it('finds the same between services from summaries that were kept as JSON, in whichever order they come', async () => {
  const rules = await asked(NOTHING);
  const workspaces = fc.array(fc.uniqueArray(fc.nat({ max: 2 }), { minLength: 1 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(workspaces, async (chosen) => {
      const services = new Map(chosen.map((each, at) => [`s${at}`, service(`s${at}`, each)]));
      const summaries = [...services].map(
        ([id, { rendered }]) => [id, summarize('problem' in rendered ? [] : rendered)] as const,
      );
      const open = async (id: string) => services.get(id) ?? service(id, []);
      const given = { environment: PROD, asked: rules, neighbours: [], open };
      const whole = await checkEnvironment({ ...given, services: new Map(summaries) });
      const kept = JSON.parse(JSON.stringify(summaries.toReversed())) as typeof summaries;
      const again = await checkEnvironment({ ...given, services: new Map(kept) });
      expect(again.map(({ message: _, ...finding }) => finding)).toEqual(
        whole.map(({ message: _, ...finding }) => finding),
      );
    }),
    { numRuns: 40 },
  );
});

it('opens no service in which nothing is found', async () => {
  const opened: string[] = [];
  const services = new Map([
    ['good', summarize(objectsOf(MANIFESTS.slice(0, 1)))],
    ['alone', summarize(objectsOf(MANIFESTS.slice(1, 2)))],
  ]);
  const open = async (id: string) => {
    opened.push(id);
    return service(id, [1]);
  };
  const found = await checkEnvironment({
    environment: PROD,
    asked: await asked(NOTHING),
    services,
    neighbours: [],
    open,
  });
  expect(found).toMatchObject([
    { rule: 'service-without-workload', service: 'alone', file: 'apps/alone/manifests/1.yaml', line: 4 },
  ]);
  expect(opened).toEqual(['alone']);
});

it('says why a service cannot be built, and nothing of what it would be', async () => {
  const given = { ...service('a', [0]), rendered: { problem: 'no matches for Id Deployment.v1.apps/b.' } };
  const measure = {
    environment: PROD,
    asked: await asked(NOTHING),
    schemas: SCHEMAS.version(),
    custom: customKinds([]),
  };
  expect(await checkService(given, measure)).toMatchObject([
    { rule: 'does-not-render', severity: 'error', message: 'no matches for Id Deployment.v1.apps/b.', service: 'a' },
  ]);
  const places = ['no matches for Id', 'patch apps/a/manifests/0.yaml: no such field'].map(async (problem) => {
    const [found] = await checkService({ ...given, rendered: { problem } }, measure);
    return found?.file;
  });
  expect(await Promise.all(places)).toEqual(['environments/prod/a/kustomization.yaml', 'apps/a/manifests/0.yaml']);
});

it('lets an annotation except from warnings and not from errors, and service.yaml from both', async () => {
  const marked = (rule: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {check.eleventh.dev/${rule}: meant}}\nspec: {containers: [{name: a, image: "a:${rule === 'image-latest' ? 'latest' : 'main'}"}]}\n`;
  const rulesOf = async (rule: string, ignore: { rule: string; reason: string }[] = []) =>
    (await findingsIn({ files: serviceFiles('a', { 'pod.yaml': marked(rule) }), services: { a: { ignore } } })).map(
      (finding) => finding.rule,
    );
  expect(await rulesOf('image-not-pinned')).toEqual([]);
  expect(await rulesOf('image-latest')).toEqual(['image-latest']);
  expect(await rulesOf('image-latest', [{ rule: 'image-latest', reason: 'built here' }])).toEqual([]);
});

it('never repeats a secret', async () => {
  const secret = 'q7Zk29XvLr8Tn3Bw5Jm1';
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {API_KEY: ${secret}, url: "https://a:${secret}@b.example.com"}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {password: ${secret}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c}\nspec: {replicas: ${secret}, selector: {}, template: {spec: {containers: [{name: c, image: "c:1.0.0", imagePullPolicy: ${secret}}]}}}\n`;
  const findings = await findingsIn({ files: serviceFiles('a', { 'all.yaml': text }) });
  expect(findings.length).toBeGreaterThanOrEqual(4);
  expect(JSON.stringify(findings)).not.toContain(secret);
});
