import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkout, hasKubectl, kustomize, renderer } from '../../test/renderers.ts';
import { filesOf, TestSnapshot } from '../../test/snapshot.ts';
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
