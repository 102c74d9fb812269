// What every environment comes to, and what is wrong with it: ours, with an empty cache and after one pin, beside kubectl
// kustomize of each environment in turn.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkOf, kustomizeOf, pinWarm, renderOf } from './contenders.mjs';
import { mustRun } from './processes.mjs';

const ENVIRONMENTS = ['staging', 'preprod', 'prod'];

/**
 * Renders and checks the environments of a repository with so many services, one after the other, and compares what was
 * rendered byte for byte. Returns rows `{ what, who, services, seconds }`; the first is kubectl's.
 * @param parts of `render` and `check`, those that are wanted
 */
export async function renderAll(grounds, transport, size, parts, tell) {
  const world = await grounds.world(size, transport);
  const checkouts = join(world.home, 'checkouts');
  for (const name of ENVIRONMENTS) {
    await mustRun(['git', 'clone', '--quiet', '--branch', `env/${name}`, world.dir, join(checkouts, name)], {
      env: world.env(),
    });
  }
  const rows = [];
  const inTurn = async (what, who, commands) => {
    tell(`${size.services} services in ${ENVIRONMENTS.length} environments: ${what}, ${who}`);
    const done = [];
    for (const { command, ...options } of commands) done.push(await mustRun(command, options));
    const seconds = done.reduce((all, { milliseconds }) => all + milliseconds, 0) / 1000;
    rows.push({ what, who, services: size.services, seconds });
    return done.map(({ stdout }) => stdout);
  };
  const theirs = await inTurn(
    'render',
    'kubectl kustomize',
    ENVIRONMENTS.map((name) => kustomizeOf(world, join(checkouts, name), name)),
  );
  const twice = async (what, commands) => {
    rmSync(world.env().ELEVENTH_CACHE, { recursive: true, force: true });
    const printed = await inTurn(what, 'eleventh, cold', commands);
    const pin = pinWarm(world);
    await mustRun(pin.command, pin);
    await inTurn(what, 'eleventh, after one pin', commands);
    return printed;
  };
  if (parts.has('render')) {
    const commands = ENVIRONMENTS.map((name) => renderOf(world, name));
    const ours = await twice('render', commands);
    if (ours.some((text, index) => text !== theirs[index])) throw new Error('render prints something else');
  }
  if (parts.has('check')) await twice('check', [checkOf(world)]);
  world.close();
  return rows;
}
