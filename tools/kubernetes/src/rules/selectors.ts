import { objectKey } from '../objects/object.ts';
import { at, labels } from '../summary/fields.ts';
import { LabelIndex } from '../summary/label-index.ts';
import { makesOthers } from '../summary/makers.ts';
import { podOf } from '../summary/pods.ts';
import { labelSelector, matches, type Selector } from '../summary/selectors.ts';
import type { ServiceSummary, Workload } from '../summary/summary.ts';
import { words } from './claims.ts';
import { namespacesOfOthers, sameNamespace } from './namespaces.ts';
import type { EnvironmentReport, EnvironmentRule, EnvironmentSubject, Report, ServiceRule } from './rule.ts';

/** Returns whether something may exist though no manifest shows it: an object of the service makes others, or one whose name it begins with, or has between dots. */
export function mayBeMade(services: EnvironmentSubject['services'], own: ServiceSummary, name: string): boolean {
  if (own.makers.length > 0) return true;
  return [...services.values()].some(({ makers }) =>
    makers.some((maker) => name === maker || name.startsWith(`${maker}-`) || name.includes(`.${maker}.`)),
  );
}

/**
 * Returns whether what a selector asks for may come from an object that makes others: a label is worth its name
 * (`alertmanager: main`), or is of the domain that its API group is in (`strimzi.io/kind`).
 */
function maySelectMade(
  services: EnvironmentSubject['services'],
  own: ServiceSummary,
  { labels, expressions }: Pick<Selector, 'labels' | 'expressions'>,
): boolean {
  const names = [...Object.values(labels), ...expressions.flatMap(({ values }) => values)];
  if (names.some((name) => mayBeMade(services, own, name))) return true;
  const keys = [...Object.keys(labels), ...expressions.map(({ key }) => key)];
  if (keys.some((key) => OF_TOOLS.test(key))) return true;
  const domains = keys.flatMap((key) => (key.includes('/') ? key.slice(0, key.indexOf('/')) : []));
  const groups = [...services.values()].flatMap(({ kinds }) => kinds.filter(isMaker).map((kind) => kind.split('/')[0]));
  return domains.some((domain) => groups.some((group) => group === domain || group?.endsWith(`.${domain}`)));
}

/** Labels of pods that tools start when there is work: solvers, workflows, pipelines, runners, jobs of Spark. */
const OF_TOOLS =
  /^(?:acme\.cert-manager\.io|workflows\.argoproj\.io|tekton\.dev|actions\.github\.com|sparkoperator\.k8s\.io)\//;

/** Returns whether objects of a kind, `group/Kind`, make others. */
function isMaker(name: string): boolean {
  const [group, kind = ''] = name.split('/');
  return makesOthers({ apiVersion: `${group}/`, kind });
}

function allWorkloads(services: EnvironmentSubject['services']): LabelIndex<Workload> {
  return new LabelIndex([...services.values()].flatMap(({ workloads }) => workloads));
}

export const selectorMismatch: ServiceRule = {
  id: 'selector-mismatch',
  severity: 'error',
  title: 'A workload does not select its own pods.',
  what: 'A `spec.selector` of a Deployment, StatefulSet, DaemonSet or ReplicaSet that does not match the labels of its own template.',
  why: 'The API server refuses it.',
  mend: 'Give the template the labels that the selector asks for. The selector of what already runs cannot be changed.',
  example: `apiVersion: apps/v1
kind: Deployment
metadata: {name: payments}
spec:
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payment}}
    spec: {containers: [{name: payments, image: payments:1.4.2}]}`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      const selector = at(object, 'spec', 'selector');
      const pod = podOf(object);
      if (!object.apiVersion.startsWith('apps/') || pod === undefined || selector === undefined) continue;
      if (matches(labelSelector(selector), labels(pod.metadata.labels))) continue;
      const message = `${words(objectKey(object))} selects other labels than those of its own template.`;
      yield { object, path: ['spec', 'selector'], message };
    }
  },
};

export const serviceWithoutWorkload: EnvironmentRule = {
  id: 'service-without-workload',
  severity: 'warning',
  title: 'A Service selects no pods.',
  what: 'A Service whose selector matches the pods of nothing that the environment runs in its namespace. Labels that pods get only when they run are left out; so is what an operator, a Helm release or an application of Argo CD may bring, and a namespace of which the environment says nothing.',
  why: 'Whoever calls it gets no answer. Mostly a label was renamed on one side, or the Deployment is gone.',
  mend: 'Make `spec.selector` the labels of the pod template. If the pods come from elsewhere, say so in `service.yaml`: `spec.check.ignore`.',
  example: `apiVersion: v1
kind: Service
metadata: {name: payments}
spec:
  selector: {app: paymnets}
  ports: [{port: 80}]`,
  *environment(subject): Iterable<EnvironmentReport> {
    const { services } = subject;
    const isOfOthers = namespacesOfOthers(subject);
    const workloads = allWorkloads(services);
    for (const [id, own] of services) {
      for (const { key, namespace, selector } of own.services) {
        if (selector === null || isOfOthers(namespace)) continue;
        const selected = workloads.select({ labels: selector, expressions: [] });
        if (
          selected.some((workload) => sameNamespace(namespace, workload.namespace)) ||
          mayBeMade(services, own, String(key.split('/').at(-1))) ||
          maySelectMade(services, own, { labels: selector, expressions: [] })
        )
          continue;
        yield {
          service: id,
          key,
          path: ['spec', 'selector'],
          message: `${words(key)} selects no pods of this environment.`,
        };
      }
    }
  },
};

export const selectorMatchesNothing: EnvironmentRule = {
  id: 'selector-matches-nothing',
  severity: 'warning',
  title: 'A selector matches nothing.',
  what: 'The selector of a PodDisruptionBudget, a NetworkPolicy or a PodMonitor that matches no pods of the environment, or of a ServiceMonitor that matches no Service. An empty selector means all, and is fine. So is what an operator or a Helm release may bring, and a namespace of which the environment says nothing.',
  why: 'It protects, guards or watches nothing, and nobody is told.',
  mend: 'Make the selector the labels of what it is for, or remove it with what is gone.',
  example: `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: payments}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: payment-service}}`,
  *environment(subject): Iterable<EnvironmentReport> {
    const { services } = subject;
    const isOfOthers = namespacesOfOthers(subject);
    const workloads = allWorkloads(services);
    const known = new LabelIndex([...services.values()].flatMap((summary) => summary.services));
    for (const [id, own] of services) {
      for (const { key, path, on, namespaces, ...selector } of own.selectors) {
        const selected = on === 'pods' ? workloads.select(selector) : known.select(selector);
        const isThere = selected.some(
          ({ namespace }) => namespaces === null || namespaces.some((name) => sameNamespace(name, namespace)),
        );
        const isElsewhere = namespaces === null || namespaces.some(isOfOthers);
        if (isThere || isElsewhere || mayBeMade(services, own, id) || maySelectMade(services, own, selector)) continue;
        yield {
          service: id,
          key,
          path,
          message: `${words(key)} selects ${on === 'pods' ? 'no pods' : 'no Service'} of this environment.`,
        };
      }
    }
  },
};
