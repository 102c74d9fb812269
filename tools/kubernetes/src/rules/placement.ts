import { matchesGlob } from '@eleventh/core';
import { objectKey } from '../objects/object.ts';
import { words } from './claims.ts';
import type { Report, ServiceRule } from './rule.ts';

export const namespaceOutside: ServiceRule = {
  id: 'namespace-outside',
  severity: 'error',
  title: 'An object lives in a namespace that is not the environment’s.',
  what: 'An object in a namespace, or a Namespace, that fits none of the patterns in `spec.namespaces` of `environment.yaml`. Without them, and for an object that names no namespace, nothing is said.',
  why: 'Where environments share a cluster, staging would change production.',
  mend: 'Set `namespace:` in the overlay, or add the namespace to the environment.',
  example: `# spec.namespaces: [bank-prod] in environments/prod/environment.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: payments, namespace: bank-staging}`,
  *service({ objects, environment, schemas }): Iterable<Report> {
    const { namespaces, name } = environment;
    if (namespaces === undefined) return;
    for (const object of objects) {
      const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
      const place = isNamespace ? object.metadata.name : object.metadata.namespace;
      if (place === undefined || (!isNamespace && schemas.isGlobal(object.apiVersion, object.kind) === true)) continue;
      if (namespaces.some((pattern) => matchesGlob(pattern, place))) continue;
      const message = isNamespace
        ? `The namespace ${place} is not one of ${name}: ${namespaces.join(', ')}.`
        : `${words(objectKey(object))} lives outside the namespaces of ${name}: ${namespaces.join(', ')}.`;
      yield { object, path: isNamespace ? ['metadata', 'name'] : ['metadata', 'namespace'], message };
    }
  },
};

/** Kinds that reach beyond a namespace. */
const PLATFORM = [
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'CSIDriver',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
] as const;

export const platformKind: ServiceRule = {
  id: 'platform-kind',
  severity: 'error',
  title: 'A service ships a kind that only the platform may.',
  what: `An object of a kind that reaches beyond a namespace, in a service that is none of \`spec.check.platform.services\` in \`environments/workspace.yaml\`. Without that setting nobody is told apart, and nothing is said. The kinds are those of \`spec.check.platform.kinds\`, by default ${PLATFORM.join(', ')}.`,
  why: 'It takes effect on everybody in the cluster, or gives its owner more rights than a service has.',
  mend: 'Let the platform’s service ship it, or add the service to `spec.check.platform.services`.',
  example: `# spec.check.platform: {services: [infra/**]} in environments/workspace.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: payments-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: payments, namespace: bank-prod}]`,
  *service({ id, objects, platform }): Iterable<Report> {
    if (platform?.services.some((pattern) => matchesGlob(pattern, id)) !== false) return;
    const kinds: readonly string[] = platform.kinds ?? PLATFORM;
    for (const object of objects) {
      if (!kinds.includes(object.kind)) continue;
      const message = `${words(objectKey(object))} is of a kind that only the platform ships, and ${id} is not of it.`;
      yield { object, path: ['kind'], message, hint: 'environments/workspace.yaml: spec.check.platform.services' };
    }
  },
};
