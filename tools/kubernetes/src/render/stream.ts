import { parse } from 'yaml';

/** One object of a stream, as kustomize prints it, and what its place among others depends on. */
export interface Printed {
  /** With the line break at its end, and without the `---` before it. */
  readonly text: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Returns the objects that kustomize printed. Its YAML has one form: block style, keys sorted, two spaces deeper each. */
export function printed(stream: string): Printed[] {
  return stream === '' ? [] : stream.split(/^---\n/m).map(read);
}

/** The lines of an object's metadata: deeper ones, and empty ones, which texts in it may have. */
export const METADATA = /^metadata:\n((?:(?: .*)?\n)+)/m;

function read(text: string): Printed {
  const metadata = METADATA.exec(text)?.[1] ?? '';
  return {
    text,
    apiVersion: scalar(text, /^apiVersion: (.*)$/m),
    kind: scalar(text, /^kind: (.*)$/m),
    namespace: scalar(metadata, /^ {2}namespace: (.*)$/m),
    name: scalar(metadata, /^ {2}name: (.*)$/m),
  };
}

function scalar(text: string, pattern: RegExp): string {
  const written = pattern.exec(text)?.[1] ?? '';
  return /^["']/.test(written) ? String(parse(written)) : written;
}

/** Returns objects as one stream, in kustomize's usual order (`legacy`), which is total: each has another id. */
export function inOrder(objects: readonly Printed[]): string {
  const keyed = objects.map((object) => ({ object, key: sortKey(object) }));
  keyed.sort((a, b) => a.key.rank - b.key.rank || compare(a.key.type, b.key.type) || compare(a.key.id, b.key.id));
  return keyed.map(({ object }) => object.text).join('---\n');
}

/** Returns what kustomize sorts an object by (api/internal/builtins/SortOrderTransformer.go). */
function sortKey({ apiVersion, kind, namespace, name }: Printed): { rank: number; type: string; id: string } {
  const slash = apiVersion.indexOf('/');
  const group = apiVersion.slice(0, Math.max(slash, 0));
  const version = apiVersion.slice(slash + 1);
  const type = `${group || '~G'}_${version || '~V'}_${kind || '~K'}`;
  const gvk = `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}`;
  return { rank: rank(kind), type, id: `${gvk}|${namespace || '~X'}|${name || '~N'}` };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(kind: string): number {
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first - FIRST.length : LAST.indexOf(kind) + 1;
}

const FIRST = [
  ...['Namespace', 'ResourceQuota', 'StorageClass', 'CustomResourceDefinition', 'ServiceAccount', 'PodSecurityPolicy'],
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'ConfigMap', 'Secret', 'Endpoints', 'Service'],
  ...['LimitRange', 'PriorityClass', 'PersistentVolume', 'PersistentVolumeClaim', 'Deployment', 'StatefulSet'],
  ...['CronJob', 'PodDisruptionBudget'],
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
