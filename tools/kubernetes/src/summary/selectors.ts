import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import { at, items, labels, map } from './fields.ts';

/** What selects pods, or Services, by their labels. */
export interface Selector {
  readonly path: Path;
  readonly on: 'pods' | 'services';
  /** The namespaces in which it looks; null: all. */
  readonly namespaces: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly Expression[];
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Labels that pods get when they run, which no manifest shows. */
const GIVEN = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/job-name',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
  'pod-template-generation',
  'pod-template-hash',
  'rollouts-pod-template-hash',
  'statefulset.kubernetes.io/pod-name',
  // Which replica leads: what runs in the pods says so.
  'role',
  'spilo-role',
]);

/** Returns whether a selector matches some labels, those that pods get only when they run left out. */
export function matches(
  { labels: wanted, expressions }: Pick<Selector, 'labels' | 'expressions'>,
  own: Readonly<Record<string, string>>,
): boolean {
  const isWanted = Object.entries(wanted).every(([key, value]) => GIVEN.has(key) || own[key] === value);
  return (
    isWanted &&
    expressions.every(({ key, operator, values }) => {
      if (GIVEN.has(key)) return true;
      if (operator === 'In') return own[key] !== undefined && values.includes(own[key]);
      if (operator === 'NotIn') return own[key] === undefined || !values.includes(own[key]);
      return operator === 'Exists' ? own[key] !== undefined : own[key] === undefined;
    })
  );
}

/** Returns what a selector of labels says: `matchLabels` and `matchExpressions`. */
export function labelSelector(value: unknown): Pick<Selector, 'labels' | 'expressions'> {
  const expressions = items(map(value).matchExpressions).map(([, item]) => {
    const { key, operator, values } = map(item);
    return { key: String(key), operator: String(operator), values: items(values).map(([, each]) => String(each)) };
  });
  return { labels: labels(map(value).matchLabels), expressions };
}

/** Returns the selectors of an object that ought to match something: none that is empty, for that means all. */
export function selectorsOf(object: KubernetesObject): Selector[] {
  const found = SELECTORS[`${groupOf(object.apiVersion)}/${object.kind}`];
  if (found === undefined) return [];
  const [path, on] = found;
  const selector = labelSelector(at(object, ...path));
  if (Object.keys(selector.labels).length === 0 && selector.expressions.length === 0) return [];
  return [{ ...selector, path, on, namespaces: namespacesOf(object) }];
}

const SELECTORS: Readonly<Record<string, readonly [Path, Selector['on']]>> = {
  'policy/PodDisruptionBudget': [['spec', 'selector'], 'pods'],
  'networking.k8s.io/NetworkPolicy': [['spec', 'podSelector'], 'pods'],
  'monitoring.coreos.com/ServiceMonitor': [['spec', 'selector'], 'services'],
  'monitoring.coreos.com/PodMonitor': [['spec', 'selector'], 'pods'],
};

function namespacesOf(object: KubernetesObject): string[] | null {
  const { any, matchNames } = map(at(object, 'spec', 'namespaceSelector'));
  if (any === true) return null;
  const names = items(matchNames).map(([, name]) => String(name));
  return names.length > 0 ? names : [object.metadata.namespace ?? ''];
}
