import type { Pin } from '../files/pin.ts';
import { matchesGlob } from '../names/glob.ts';
import type { ServiceId } from '../names/names.ts';
import { eachBuild, type Gate } from './gate.ts';

/** Returns the gate of the service branches from which builds may come. */
export function branchGate(entering: ReadonlyMap<ServiceId, Pin>, globs: readonly string[]): Promise<Gate> {
  return eachBuild('serviceBranches', `takes builds of ${globs.join(', ')} only`, entering, ({ branch, commit }) => {
    if (globs.some((glob) => matchesGlob(glob, branch))) return undefined;
    return `${commit.slice(0, 7)} was built from ${branch === '' ? 'an unknown branch' : branch}`;
  });
}

/** Returns the gate of images that no registry can put something else in the place of. */
export function digestGate(entering: ReadonlyMap<ServiceId, Pin>): Promise<Gate> {
  return eachBuild('digests', 'takes images with a digest only', entering, ({ images }) => {
    const bare = images.find(({ digest }) => digest === undefined);
    return bare === undefined ? undefined : `${bare.repository}:${bare.tag} has no digest`;
  });
}
