import { entries, generatorFiles, list, under } from './kustomization.ts';

/** What the generators and transformers of one file come to. */
export interface PluginFile {
  /** The one that may not run, if any. */
  readonly problem: string | undefined;
  /** The files that they name, and those among them that are patches. */
  readonly files: readonly string[];
  readonly patches: readonly string[];
}

/** Returns what some configurations of plugins name. Only those that are part of kustomize itself may run, charts excepted. */
export function judgePlugins(documents: readonly unknown[]): PluginFile {
  const plugins = documents.filter((document) => document !== null);
  const foreign = plugins.find((plugin) => !isOwn(plugin));
  return {
    problem: foreign === undefined ? undefined : nameOf(foreign),
    files: [
      ...generatorFiles(plugins),
      ...under('targetfilepath', plugins),
      ...under(
        'path',
        plugins.flatMap(entries).flatMap(([key, value]) => (key === 'replacements' ? list(value) : [])),
      ),
    ],
    patches: [...under('path', plugins), ...under('paths', plugins)],
  };
}

/** A list would hold plugins that nobody has looked at: kustomize takes one apart by its kind, or by having items. */
function isOwn(plugin: unknown): boolean {
  const { apiVersion, kind } = Object(plugin) as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion !== 'builtin' || typeof kind !== 'string' || kind === 'HelmChartInflationGenerator') return false;
  return !kind.endsWith('List') && !entries(plugin).some(([field]) => field === 'items');
}

function nameOf(plugin: unknown): string {
  const { apiVersion, kind } = Object(plugin) as { apiVersion?: unknown; kind?: unknown };
  return `${String(kind)} of ${String(apiVersion)}`;
}
