import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDerived, formatOverlay, formatPin, formatUnpinned, type Pin } from '@eleventh/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkout, hasKubectl, kustomize, renderer, scratch } from '../../test/renderers.ts';
import { type Content, type Contents, filesOf, TestSnapshot } from '../../test/snapshot.ts';
import { parseObjects } from '../objects/object.ts';
import { isFailure, renderEnvironment } from './environment.ts';
import type { Outcome } from './render.ts';

const EXAMPLES = filesOf(join(import.meta.dirname, '../../../..'), 'apps', 'environments');
const ENVIRONMENTS = ['staging', 'preprod', 'prod'];

function texts(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) => (isFailure(outcome) ? outcome.error.message : outcome.yaml));
}

describe.skipIf(!hasKubectl)('the examples', () => {
  test('come out as kubectl prints them, one by one, together, and from what is kept', async () => {
    const root = checkout(EXAMPLES);
    const snapshot = new TestSnapshot(EXAMPLES);
    const [inBatches, kept] = [await renderer(), await renderer({ processors: 8 })];
    for (const environment of ENVIRONMENTS) {
      const whole = await renderEnvironment(inBatches, snapshot, environment);
      expect(whole.yaml).toBe(await kustomize(root, `environments/${environment}`));
      const requests = whole.outcomes.map(({ service }) => ({ environment, service }));
      expect(requests.length).toBeGreaterThan(10);
      for (const outcome of whole.outcomes) {
        expect(isFailure(outcome) ? outcome.error : outcome.yaml).toBe(
          await kustomize(root, `environments/${environment}/${outcome.service}`),
        );
      }
      for (const request of requests) await kept.render(snapshot, [request]);
      const again = await kept.render(snapshot, requests);
      expect(again.every((outcome) => 'isCached' in outcome && outcome.isCached)).toBe(true);
      expect(texts(again)).toEqual(texts(whole.outcomes));
    }
  });
});

const ROOT = process.env.REPLAY ?? join(import.meta.dirname, '../../../../../shared/online-boutique');
const versions = existsSync(ROOT)
  ? readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'release.json')))
  : [];
if (versions.length === 0) console.log('No releases of a real application: rendering them is skipped.');

/** Returns the files of a workspace in which every service of a release of a real application runs. */
function application(version: string): Contents {
  const files: Record<string, Content> = {};
  const services = readdirSync(join(ROOT, version)).flatMap((name) => /^(.*)\.yaml$/.exec(name)?.[1] ?? []);
  for (const id of services) {
    files[`apps/${id}/manifests/${id}.yaml`] = readFileSync(join(ROOT, version, `${id}.yaml`));
    files[`apps/${id}/kustomization.yaml`] = formatUnpinned([`manifests/${id}.yaml`]);
    files[`environments/prod/${id}/kustomization.yaml`] = formatOverlay(id, 'shop');
  }
  files['environments/prod/kustomization.yaml'] = formatDerived('prod', services, () => true);
  return files;
}

describe.skipIf(!hasKubectl || versions.length === 0)('a real application', () => {
  test.each(versions)('comes out of %s as kubectl prints it', async (version) => {
    const files = application(version);
    const root = checkout(files);
    const { yaml, outcomes } = await renderEnvironment(await renderer(), new TestSnapshot(files), 'prod');
    expect(yaml).toBe(await kustomize(root, 'environments/prod'));
    for (const outcome of version === versions.at(-1) ? outcomes : outcomes.slice(0, 1)) {
      const alone = await kustomize(root, `environments/prod/${outcome.service}`);
      expect(isFailure(outcome) ? outcome.error : outcome.yaml).toBe(alone);
    }
  });
});

describe.skipIf(!hasKubectl)('a renderer', () => {
  const request = (service: string) => ({ environment: 'prod', service });

  test('tells which service fails, and renders the others', async () => {
    const broken = {
      ...EXAMPLES,
      'apps/payments/manifests/deployment.yaml': 'spec: {}\n',
    };
    const asked = ['accounts', 'payments', 'cards', 'ledger'].map(request);
    const outcomes = await (await renderer()).render(new TestSnapshot(broken), asked);
    expect(outcomes.map((outcome) => (isFailure(outcome) ? outcome.error.code : outcome.service))).toEqual([
      'accounts',
      'RENDER_FAILED',
      'cards',
      'ledger',
    ]);
    expect(texts(outcomes)[1]?.replace(/\d+\.\d+\.\d+/, '5.x')).toMatchInlineSnapshot(
      `"kubectl kustomize 5.x cannot render payments in prod: recursed accumulation of path 'apps/payments': accumulating resources from 'manifests/deployment.yaml': missing Resource metadata."`,
    );
  });

  test('tells a complaint of several lines without when and how kubectl logged it', async () => {
    const twice = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cards\n  name: cards\n';
    const files = { ...EXAMPLES, 'apps/cards/manifests/deployment.yaml': twice };
    const outcomes = await (await renderer()).render(new TestSnapshot(files), [request('cards')]);
    expect(texts(outcomes)[0]?.replace(/\d+\.\d+\.\d+/, '5.x')).toMatchInlineSnapshot(`
      "kubectl kustomize 5.x cannot render cards in prod: map[string]interface {}(nil): yaml: unmarshal errors:
        line 5: mapping key "name" already defined at line 4."
    `);
  });

  test('runs nothing for what has not changed, and again what has', async () => {
    const folder = scratch();
    const asked = ['accounts', 'cards', 'ledger'].map(request);
    const render = async (files: Contents) =>
      (await renderer({ cacheFolder: folder })).render(new TestSnapshot(files), asked);
    const cached = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => !isFailure(outcome) && outcome.isCached);
    expect(cached(await render(EXAMPLES))).toEqual([false, false, false]);
    expect(cached(await render(EXAMPLES))).toEqual([true, true, true]);
    const pin = 'resources: [manifests]\ncommonAnnotations: {eleventh.dev/commit: "1"}\n';
    expect(cached(await render({ ...EXAMPLES, 'apps/cards/kustomization.yaml': pin }))).toEqual([true, false, true]);
    expect(cached(await render({ ...EXAMPLES, 'unrelated.txt': 'x' }))).toEqual([true, true, true]);
  });

  test('finds what an overlay shares with others, and renders again when that changes', async () => {
    const shared = 'environments/shared/kustomization.yaml';
    const files = (label: string): Contents => ({
      ...EXAMPLES,
      [shared]: `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {shared: ${label}}}]\n`,
      'environments/prod/cards/kustomization.yaml':
        'resources: [../../../apps/cards]\ncomponents: [../../shared]\nnamespace: bank\n',
    });
    const folder = scratch();
    for (const label of ['one', 'two']) {
      const snapshot = new TestSnapshot(files(label));
      const [cards] = await (await renderer({ cacheFolder: folder })).render(snapshot, [request('cards')]);
      const printed = await kustomize(checkout(files(label)), 'environments/prod/cards');
      expect(printed).toContain(`shared: ${label}`);
      expect(cards && !isFailure(cards) && cards.yaml).toBe(printed);
    }
  });

  test('leaves files above the folder of a kustomization to kustomize, which refuses them', async () => {
    const overlay =
      'resources: [../../../apps/cards]\nconfigMapGenerator: [{name: a, files: [../../../apps/cards/service.yaml]}]\n';
    const files = { ...EXAMPLES, 'environments/prod/cards/kustomization.yaml': overlay };
    const [cards] = await (await renderer()).render(new TestSnapshot(files), [request('cards')]);
    expect(cards && isFailure(cards) && cards.error.message).toContain("security; file 'apps/cards/service.yaml'");
  });

  test('changes nothing but images and our annotations when a service is pinned', async () => {
    const one = await renderer();
    const objects = async (pin: Pin | null, resources: string[], id: string): Promise<unknown[]> => {
      const text = pin === null ? formatUnpinned(resources) : formatPin(pin);
      const snapshot = new TestSnapshot({ ...EXAMPLES, [`apps/${id}/kustomization.yaml`]: text });
      const [outcome] = await one.render(snapshot, [request(id)]);
      if (outcome === undefined || isFailure(outcome)) throw outcome?.error ?? new Error('nothing');
      return parseObjects(outcome.yaml).map((object) => JSON.parse(JSON.stringify(object, withoutPin)) as unknown);
    };
    const ids = ['accounts', 'cards', 'payments', 'risk/fraud', 'topics', 'web'];
    const pins = fc.record({
      id: fc.constantFrom(...ids),
      commit: fc.stringMatching(/^[0-9a-f]{40}$/),
      branch: fc.constantFrom('main', 'no', '1e3', 'feature/x: y'),
      version: fc.option(fc.constantFrom('1.2.3', '1.0.0-rc.1'), { nil: undefined }),
      digest: fc.option(fc.stringMatching(/^sha256:[0-9a-f]{64}$/), { nil: undefined }),
    });
    const property = fc.asyncProperty(pins, async ({ id, digest, ...build }) => {
      const resources = manifestsOf(id);
      const image = id.slice(id.indexOf('/') + 1);
      const images = [{ name: image, repository: `ghcr.io/acme/${image}`, tag: build.commit, digest }];
      expect(await objects({ ...build, resources, images }, resources, id)).toEqual(await objects(null, resources, id));
    });
    await fc.assert(property, { numRuns: 12 });
  });
});

/** Returns what a pin of an example lists. */
function manifestsOf(id: string): string[] {
  const folder = `apps/${id}/manifests/`;
  if (EXAMPLES[`${folder}kustomization.yaml`] !== undefined) return ['manifests'];
  const files = Object.keys(EXAMPLES).filter((path) => path.startsWith(folder) && path.endsWith('.yaml'));
  return files.map((path) => path.slice(`apps/${id}/`.length)).sort();
}

/** Leaves out what a pin may change: images of containers, and our annotations. */
function withoutPin(key: string, value: unknown): unknown {
  if (key === 'image' && typeof value === 'string') return 'image';
  if (key !== 'annotations' || typeof value !== 'object' || value === null) return value;
  const others = Object.entries(value).filter(([name]) => !name.startsWith('eleventh.dev/'));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}
