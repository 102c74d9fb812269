import { describe, expect, it } from 'vitest';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { ServiceChange } from '../history/release.ts';
import type { View } from '../history/snapshot.ts';
import type { Source } from '../plans/source.ts';
import { refuseBackwards } from './backwards.ts';

const view = { line: async function* () {} } as Partial<View> as View;
const source = { from: { name: 'staging' }, commit: { oid: 'f'.repeat(40) } } as unknown as Source;
const target = { name: 'preprod' } as Environment;

function pin(version: string): Pin {
  return { commit: version.replaceAll('.', '').padEnd(40, '0'), branch: 'main', version, resources: [], images: [] };
}

/** So many services that would go back from 2.0.0 to 1.0.0. */
function older(count: number): ServiceChange[] {
  return Array.from({ length: count }, (_, number) => ({
    id: `svc${number}`,
    from: 'a'.repeat(40),
    to: 'b'.repeat(40),
    before: pin('2.0.0'),
    after: pin('1.0.0'),
  }));
}

describe('refuseBackwards', () => {
  it('names what would go back, and what lets it', async () => {
    await expect(refuseBackwards(view, source, target, older(2), [])).rejects.toMatchObject({
      code: 'BACKWARDS',
      message:
        'svc0 would go back from 2.0.0 (2000000) to 1.0.0 (1000000); svc1 would go back from 2.0.0 (2000000) to 1.0.0 (1000000).',
      hint: 'Bring the change to staging first, or let it go: --allow-downgrade svc0 --allow-downgrade svc1',
    });
    expect(await refuseBackwards(view, source, target, older(2), ['svc0', 'svc1'])).toEqual(['svc0', 'svc1']);
  });

  it('stays readable for a thousand services, with all of them in its details', async () => {
    const refused = refuseBackwards(view, source, target, older(1000), []);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/^svc0 would .*; svc19 would [^;]*; and 980 more\.$/),
      hint: 'Bring the change to staging first, or let it go: --allow-downgrade <service>, once for each of the 1000',
      details: { older: expect.objectContaining({ length: 1000 }), hotfixes: [] },
    });
  });
});
