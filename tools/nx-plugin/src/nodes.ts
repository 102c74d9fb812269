import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FILE } from '@eleventh/core';
import { type CreateNodes, cacheDir } from '@nx/devkit';
import { Descriptions } from './descriptions.ts';
import { LOOKED_AT, layoutOf, type Overlay, overlayOf } from './layout.ts';
import { environmentProjectOf, type Surroundings, serviceProject } from './project.ts';

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
