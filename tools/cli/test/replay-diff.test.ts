import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { runHere } from './in-process.ts';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import {
  afterChanges,
  type PlainObject,
  plainChanges,
  plainName,
  plainObjects,
  type ToldField,
  toldChanges,
} from './plain-diff.ts';
import { FOLDER, isThere, type Release, Replay, releases } from './releases.ts';
import { World } from './world.ts';

const WHY = !isThere ? `, skipped: ${FOLDER} is not there` : hasKubectl() ? '' : ', skipped: kubectl is not here';

/** What `diff --rendered --json` says. */
interface Told {
  readonly services: readonly {
    readonly id: string;
    readonly change: string;
    readonly problem: { readonly code: string } | null;
    readonly objects: readonly (PlainObject & {
      readonly change: string;
      readonly name: string;
      readonly namespace: string | null;
      readonly previous: unknown;
      readonly fields: readonly ToldField[];
      readonly content: PlainObject | null;
    })[];
  }[];
  readonly same: number;
}

/** What kubectl makes of each service of a release in prod; null: kubectl refuses it. */
type Rendered = ReadonlyMap<string, ReadonlyMap<string, PlainObject> | null>;

const world = new World();
const rendered = new Map<string, Rendered>();

async function kustomize(folder: string): Promise<string | null> {
  const options = { maxBuffer: 2 ** 26 };
  return promisify(execFile)(KUBECTL, ['kustomize', folder], options).then(
    ({ stdout }) => stdout,
    () => null,
  );
}

/** Renders what prod runs as anybody can who has a checkout and kubectl. */
async function renderedByHand({ services, folder }: Release, checkout: string): Promise<Rendered> {
  const prod = join(checkout, 'environments/prod');
  const objects = (yaml: string) => new Map(plainObjects(yaml).map((object) => [plainName(object), object]));
  const whole = await kustomize(prod);
  if (whole === null) {
    const each = services.map(async (id) => [id, await kustomize(join(prod, id))] as const);
    return new Map((await Promise.all(each)).map(([id, yaml]) => [id, yaml === null ? null : objects(yaml)]));
  }
  // An object is of the service whose file it stands in.
  const nameOf = ({ kind, metadata }: PlainObject) => `${kind} ${metadata.name}`;
  const own = services.map((id) => {
    const names = new Set(plainObjects(readFileSync(join(folder, `${id}.yaml`), 'utf8')).map(nameOf));
    return [id, new Map([...objects(whole)].filter(([, object]) => names.has(nameOf(object))))] as const;
  });
  expect(own.flatMap(([, found]) => [...found]).length).toBe(objects(whole).size);
  return new Map(own);
}

/** Returns the objects of a service that differ, with whether each came, went or changed. */
function differing(before: Rendered, after: Rendered, id: string): Record<string, string> {
  const [a, b] = [before.get(id) ?? new Map(), after.get(id) ?? new Map()];
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      if (!a.has(name)) return [[name, 'added']];
      if (!b.has(name)) return [[name, 'removed']];
      const { gone, come } = plainChanges(a.get(name), b.get(name));
      const isSame = JSON.stringify(a.get(name)) === JSON.stringify(b.get(name));
      return gone.length + come.length === 0 && isSame ? [] : [[name, 'changed']];
    }),
  );
}

/** Checks all that is told of one service. */
function expectExactly(told: Told['services'][number], before: Rendered, after: Rendered): void {
  const { id, objects, problem, change } = told;
  expect(change).toBe(!before.has(id) ? 'added' : !after.has(id) ? 'removed' : 'changed');
  const isRefused = before.get(id) === null || after.get(id) === null;
  expect({ id, problem }).toEqual({
    id,
    problem: isRefused ? expect.objectContaining({ code: 'RENDER_FAILED' }) : null,
  });
  if (isRefused) {
    expect(objects).toEqual([]);
    return;
  }
  const changes = objects.map((object) => [plainName({ ...object, metadata: named(object) }), object] as const);
  expect(changes.map(([name, object]) => [name, object.change]).sort()).toEqual(
    Object.entries(differing(before, after, id)),
  );
  for (const [name, { fields, content, previous }] of changes) {
    const [old, now] = [before.get(id)?.get(name), after.get(id)?.get(name)];
    expect(previous).toBeNull();
    if (old === undefined || now === undefined) {
      expect(content).toEqual(now ?? old);
      continue;
    }
    expect(toldChanges(fields)).toEqual(plainChanges(old, now));
    expect(afterChanges(old, fields, now)).toStrictEqual(now);
    // None is one too many.
    for (const field of fields) {
      const others = fields.filter((other) => other !== field);
      expect(() => expect(afterChanges(old, others, now)).toStrictEqual(now), `without ${field.path}`).toThrow();
    }
  }
}

function named({ name, namespace }: { readonly name: string; readonly namespace: string | null }) {
  return namespace === null ? { name } : { name, namespace };
}

const VERSIONS = releases.map(({ version }) => version);
const PAIRS = VERSIONS.slice(1).map((version, index) => [VERSIONS[index] ?? '', version] as const);
const ENDS = [VERSIONS[0] ?? '', VERSIONS.at(-1) ?? ''] as const;

describe.skipIf(WHY !== '')(`what clusters see of the releases of ${FOLDER}${WHY}`, () => {
  beforeAll(async () => {
    await world.begin();
    const here = async (...args: string[]) => expect(await runHere(world, args)).toMatchObject({ code: 0 });
    const replay = new Replay(world, (args, input) => runHere(world, args, { input }));
    for (const release of releases) {
      await replay.pin(release);
      await here('promote', 'staging', '--to', 'preprod');
      await here('promote', 'preprod', '--to', 'prod', '--version', release.version);
    }
    const checkout = await world.checkout('main');
    for (const release of releases) {
      await world.git(checkout, 'checkout', '--quiet', '--detach', release.version);
      rendered.set(release.version, await renderedByHand(release, checkout));
    }
  });

  test('is most of them, whole', () => {
    const refused = [...rendered].filter(([, services]) => [...services.values()].includes(null));
    expect(refused.length).toBeLessThan(rendered.size / 4);
    for (const [, services] of refused)
      expect([...services.values()].filter((objects) => objects === null).length).toBeLessThan(services.size / 2);
  });

  test.for([...PAIRS, ENDS, [ENDS[1], ENDS[0]] as const])(
    'is told from %s to %s as a comparison of the YAML field by field tells it',
    async ([from, to]) => {
      const args = ['diff', from, to, '--rendered', '--json'];
      const { code, stdout } = await runHere(world, args);
      const told = JSON.parse(stdout) as Told;
      const [before, after] = [rendered.get(from), rendered.get(to)];
      if (before === undefined || after === undefined) throw new Error('Nothing was rendered by hand.');
      const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
      const affected = ids.filter(
        (id) =>
          before.get(id) === null || after.get(id) === null || Object.keys(differing(before, after, id)).length > 0,
      );
      expect(told.services.map(({ id }) => id)).toEqual(affected);
      expect(told.same).toBe(ids.length - affected.length);
      expect(affected.length).toBeGreaterThan(0);
      for (const service of told.services) expectExactly(service, before, after);
      expect(code).toBe(told.services.some(({ problem }) => problem !== null) ? 1 : 0);
      // The built command line says the same, from a cache or from scratch.
      if (ENDS.includes(from)) {
        const cache = join(world.root, from === ENDS[0] ? 'cache' : 'another-cache');
        expect(await world.run(args, { env: { ELEVENTH_CACHE: cache } })).toMatchObject({ code, stdout });
      }
    },
  );
});
