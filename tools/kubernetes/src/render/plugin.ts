import { entries, generatorFiles, list, under } from './kustomization.ts';

/** What the generators and transformers of one file come to. */
export interface PluginFile {
  /** The one that may not run, if any. */
  readonly problem: string | undefined;
  /** The files that they name, and those among them that are patches. */
  readonly files: readonly string[];
  readonly patches: readonly string[];
}

/** Returns what some configurations of plugins name. Only those in `OWN` may run. */
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

/**
 * What is part of kustomize (api/internal/plugins/builtinhelpers/builtins.go) and fetches nothing. Of a kind that is not
 * among them it would take out others first, where the name ends in `List`.
 */
const OWN = new Set([
  ...['AnnotationsTransformer', 'HashTransformer', 'ImageTagTransformer', 'LabelTransformer', 'LegacyOrderTransformer'],
  ...['NamespaceTransformer', 'PatchJson6902Transformer', 'PatchStrategicMergeTransformer', 'PatchTransformer'],
  ...['PrefixSuffixTransformer', 'PrefixTransformer', 'ReplacementTransformer', 'ReplicaCountTransformer'],
  ...['SortOrderTransformer', 'SuffixTransformer', 'ValueAddTransformer'],
  ...['ConfigMapGenerator', 'IAMPolicyGenerator', 'SecretGenerator'],
]);

function isOwn(plugin: unknown): boolean {
  const { apiVersion, kind } = Object(plugin) as { apiVersion?: unknown; kind?: unknown };
  return apiVersion === 'builtin' && typeof kind === 'string' && OWN.has(kind) && !('items' in Object(plugin));
}

function nameOf(plugin: unknown): string {
  const { apiVersion, kind } = Object(plugin) as { apiVersion?: unknown; kind?: unknown };
  return `${String(kind)} of ${String(apiVersion)}`;
}
