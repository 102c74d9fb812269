import { describe, expect, it } from 'vitest';
import { formatPin, type Pin } from '../files/pin.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { meets } from '../rules/requires.ts';
import { searchBuilds, type Wanted } from './build-search.ts';

const SERVICES = 300;
const DEPLOYMENTS = 3000;

/**
 * A history in which each deployment pins the next of many services, the version rising each time round. Counts what is
 * read of it.
 */
class LongHistory {
  readonly counted = { states: 0, pins: 0 };

  get view(): View {
    const commits = Array.from({ length: DEPLOYMENTS }, (_, index) => commitOf(DEPLOYMENTS - 1 - index));
    return {
      line: async function* () {
        yield* commits;
      },
      snapshot: (tree: string) => this.#state(Number(tree)),
    } as Partial<View> as View;
  }

  #state(number: number): Snapshot {
    this.counted.states += 1;
    const folders = Array.from({ length: SERVICES }, (_, service) => ({
      name: `svc${service}`,
      mode: '40000',
      oid: `${service} ${roundOf(service, number)}`,
    }));
    const read = async (path: string) => {
      this.counted.pins += 1;
      const service = Number(/\d+/.exec(path)?.[0]);
      return new TextEncoder().encode(formatPin(pinOf(service, roundOf(service, number))));
    };
    return { list: async () => folders, read } as Partial<Snapshot> as Snapshot;
  }
}

/** Returns how often a service had been pinned by a deployment. */
function roundOf(service: number, deployment: number): number {
  return Math.floor((deployment + SERVICES - service) / SERVICES);
}

function pinOf(service: number, round: number): Pin {
  const commit = `${service}0${round}`.padEnd(40, '0');
  return { commit, branch: 'main', version: `${round}.0.0`, resources: [], images: [] };
}

function commitOf(number: number): Commit {
  const by = { name: '', email: '', time: number, zone: '+0000' };
  const message = `Pin\n\nService: svc\nRecipe: ${'0'.repeat(40)}\n`;
  return { oid: `${number}`, tree: `${number}`, parents: [`${number - 1}`], author: by, committer: by, message };
}

/** Returns the wish for a build in a range, of each of so many services. */
function wishes(count: number, range: string): Map<string, Wanted> {
  const accepts = async (pin: Pin) => meets(pin, { by: 'web', range });
  return new Map(Array.from({ length: count }, (_, service) => [`svc${service}`, { isNamed: false, accepts }]));
}

describe('searchBuilds', () => {
  it('looks at each state and each build once, however many services there are', async () => {
    const history = new LongHistory();
    const { found, isWhole } = await searchBuilds(history.view, '', wishes(SERVICES, '2'));
    expect(isWhole).toBe(true);
    expect([...found.values()].map(({ pin }) => pin.version)).toEqual(Array(SERVICES).fill('2.0.0'));
    expect(history.counted.states).toBeLessThanOrEqual(DEPLOYMENTS);
    expect(history.counted.pins).toBeLessThanOrEqual(SERVICES + DEPLOYMENTS);
  });

  it('does not look beyond what is found, or further back than it may', async () => {
    const near = new LongHistory();
    expect((await searchBuilds(near.view, '', wishes(SERVICES, '>=9'))).found.size).toBe(SERVICES);
    expect(near.counted.states).toBeLessThanOrEqual(2 * SERVICES);
    const far = new LongHistory();
    const { found, isWhole } = await searchBuilds(far.view, '', wishes(3, '<2'), 700);
    expect({ found: found.size, isWhole, ...far.counted }).toMatchObject({ found: 0, isWhole: false, states: 700 });
  });
});
