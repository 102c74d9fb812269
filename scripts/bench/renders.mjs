// What every environment comes to: kubectl kustomize of each in turn, and ours, with an empty cache and after one pin.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kustomizeOf, pinWarm, renderOf } from './contenders.mjs';
import { mustRun } from './processes.mjs';

const ENVIRONMENTS = ['staging', 'preprod', 'prod'];

/**
 * Renders the environments of a repository with so many services, one after the other, and compares what was printed byte
 * for byte. Returns rows `{ who, services, seconds }`: kubectl, ours cold, and ours after one pin.
 */
export async function renderAll(grounds, transport, size, tell) {
  const world = await grounds.world(size, transport);
  const checkouts = join(world.home, 'checkouts');
  for (const name of ENVIRONMENTS) {
    await mustRun(['git', 'clone', '--quiet', '--branch', `env/${name}`, world.dir, join(checkouts, name)], {
      env: world.env(),
    });
  }
  const inTurn = async (who, prepare) => {
    tell(`${size.services} services in ${ENVIRONMENTS.length} environments: ${who}`);
    let milliseconds = 0;
    const printed = [];
    for (const name of ENVIRONMENTS) {
      const { command, ...options } = prepare(world, name);
      const done = await mustRun(command, options);
      milliseconds += done.milliseconds;
      printed.push(done.stdout);
    }
    return { printed, row: { who, services: size.services, seconds: milliseconds / 1000 } };
  };
  rmSync(world.env().ELEVENTH_CACHE, { recursive: true, force: true });
  const cold = await inTurn('eleventh, cold', renderOf);
  const pin = pinWarm(world);
  await mustRun(pin.command, pin);
  const again = await inTurn('eleventh, after one pin', renderOf);
  const theirs = await inTurn('kubectl kustomize', (_, name) => kustomizeOf(world, join(checkouts, name), name));
  if (cold.printed.some((text, index) => text !== theirs.printed[index]))
    throw new Error('render prints something else');
  world.close();
  return [theirs.row, cold.row, again.row];
}
