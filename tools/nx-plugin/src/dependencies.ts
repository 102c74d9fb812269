import { type CreateDependencies, DependencyType, type RawProjectGraphDependency } from '@nx/devkit';
import { overlayOf } from './layout.ts';
import { environmentProject } from './project.ts';

const CLI = 'npm:@eleventh/cli';

/**
 * Returns what depends on what: an environment on the services that it has overlays of, a service on those that it
 * requires, and everything on the command line, a new version of which may find what the old one did not.
 */
export const createDependencies: CreateDependencies = (_, { projects, fileMap, externalNodes }) => {
  const edges: RawProjectGraphDependency[] = [];
  const isService = (id: string) => projects[id]?.tags?.includes('type:service') === true;
  for (const [source, { root, tags = [], metadata }] of Object.entries(projects)) {
    const isOne = isService(source);
    if (!isOne && !tags.includes('type:environment')) continue;
    if (externalNodes?.[CLI] !== undefined) edges.push({ source, target: CLI, type: DependencyType.implicit });
    const overlays = isOne ? [] : (fileMap.projectFileMap[source] ?? []);
    for (const { file } of overlays) {
      const overlay = overlayOf(file);
      if (overlay === undefined || environmentProject(overlay.environment) !== source || !isService(overlay.id))
        continue;
      edges.push({ source, target: overlay.id, type: DependencyType.static, sourceFile: file });
    }
    const requires: readonly string[] = isOne ? (metadata?.requires ?? []) : [];
    for (const target of requires) {
      if (!isService(target) || target === source) continue;
      edges.push({ source, target, type: DependencyType.static, sourceFile: `${root}/service.yaml` });
    }
  }
  return edges;
};
