import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FILE } from '@eleventh/core';
import { type CreateNodes, cacheDir } from '@nx/devkit';
import { Descriptions } from './descriptions.ts';
import { type Layout, LOOKED_AT, layoutOf, type Overlay, overlayOf } from './layout.ts';
import { environmentProjectOf, type Surroundings, serviceProject } from './project.ts';
import type { Inputs } from './targets.ts';

/** Returns a project for each service and each environment, in one go: one may share what another one brings. */
export const createNodes: CreateNodes = [
  LOOKED_AT,
  (paths, _, { workspaceRoot, nxJsonConfiguration }) => {
    const layout = layoutOf(paths);
    const descriptions = new Descriptions(workspaceRoot, cacheDir);
    const described = layout.environments.map((found) => ({ found, facts: descriptions.environment(found) }));
    const { checkers = {} } = paths.includes(WORKSPACE_FILE) ? descriptions.workspace() : {};
    const around: Surroundings = {
      checkers,
      heads: headsOf(
        layout,
        described.flatMap(({ facts }) => facts.branch ?? []),
      ),
      from: new Map(described.map(({ found, facts }) => [found.id, facts.from ?? []])),
      shared: [...layout.shared, ...layout.unowned.filter((one) => isShared(workspaceRoot, one)).map(folderOf)].sort(),
      base: nxJsonConfiguration.defaultBase ?? 'main',
      environmentsOf: environmentsOf(paths),
    };
    const services = layout.services.map((found) => ({
      file: found.file,
      project: serviceProject(found, descriptions.service(found), around),
    }));
    const environments = described.map(({ found, facts }) => ({
      file: found.file,
      project: environmentProjectOf(found, facts, around),
    }));
    descriptions.save();
    return [...services, ...environments].map(({ file, project }) => [file, { projects: { [project.root]: project } }]);
  },
];

/**
 * Returns what stands for the heads of environments. The files of the default branch, which describe services, pin
 * nothing: `check --worktree` asks there what an update would make of each environment, and so what runs there counts.
 */
function headsOf({ services }: Layout, branches: readonly string[]): Inputs {
  if (!services.some(({ isDescribed }) => isDescribed)) return [];
  // A shell reads it, and a branch may have any name.
  const isPlain = branches.every((branch) => /^[\w./@+-]+$/.test(branch));
  const refs = ['refs/heads', 'refs/remotes/origin'].flatMap((place) =>
    isPlain ? branches.map((branch) => `${place}/${branch}`) : [place],
  );
  return [{ runtime: `git for-each-ref "--format=%(objectname)" ${refs.join(' ')}` }];
}

const folderOf = ({ folder }: Overlay): string => folder;

/** Returns whether something in the place of an overlay is not that of a service which is not here (yet). */
function isShared(workspaceRoot: string, { id, file }: Overlay): boolean {
  return !new RegExp(`/apps/${id}/?["']?\\s*$`, 'm').test(readFileSync(join(workspaceRoot, file), 'utf8'));
}

function environmentsOf(paths: readonly string[]): Map<string, string[]> {
  const environments = new Map<string, string[]>();
  for (const overlay of [...paths].sort().map(overlayOf)) {
    if (overlay === undefined) continue;
    const others = environments.get(overlay.id);
    if (others === undefined) environments.set(overlay.id, [overlay.environment]);
    else others.push(overlay.environment);
  }
  return environments;
}
