import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import { at, items, map, text } from './fields.ts';
import { containersOf, podOf } from './pods.ts';

/** Something that an object names and cannot do without. */
export interface Reference {
  readonly path: Path;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The port of a Service that is named with it. */
  readonly port?: string | number;
}

/** What clusters, and those who run them, put into every namespace. */
const GIVEN = new Set([
  'ConfigMap/kube-root-ca.crt',
  'ConfigMap/openshift-service-ca.crt',
  'ConfigMap/istio-ca-root-cert',
  'ServiceAccount/default',
  'ServiceAccount/builder',
  'ServiceAccount/deployer',
]);

/** Returns what an object names, but for what may be missing (`optional`) and what every namespace has. */
export function referencesOf(object: KubernetesObject): Reference[] {
  const found = [
    ...podReferences(object),
    ...(REFERENCES[`${groupOf(object.apiVersion)}/${object.kind}`]?.(object) ?? []),
  ];
  return found.flatMap(({ path, group = '', kind, name, namespace, port }) => {
    const named = text(name);
    if (named === undefined || GIVEN.has(`${kind}/${named}`) || /[${}<>]/.test(named)) return [];
    const place = text(namespace) ?? object.metadata.namespace ?? '';
    const isPort = typeof port === 'string' || typeof port === 'number';
    return [{ path, group, kind, namespace: place, name: named, ...(isPort ? { port } : {}) }];
  });
}

interface Named {
  readonly path: Path;
  readonly group?: string;
  readonly kind: string;
  readonly name: unknown;
  readonly namespace?: unknown;
  readonly port?: unknown;
}

function podReferences(object: KubernetesObject): Named[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  const found: Named[] = [];
  const add = (kind: string, path: Path, field = 'name') => {
    const value = map(at(object, ...path));
    if (value.optional !== true) found.push({ kind, path: [...path, field], name: value[field] });
  };
  const { spec, path } = pod;
  // A StatefulSet puts the claims of its templates in place of volumes of the same names.
  const templates = new Set(
    items(at(object, 'spec', 'volumeClaimTemplates')).map(([, item]) => at(item, 'metadata', 'name')),
  );
  found.push({ kind: 'ServiceAccount', path: [...path, 'serviceAccountName'], name: spec.serviceAccountName });
  for (const [index, volume] of items(spec.volumes)) {
    const own: Path = [...path, 'volumes', index];
    add('ConfigMap', [...own, 'configMap']);
    add('Secret', [...own, 'secret'], 'secretName');
    if (!templates.has(map(volume).name)) add('PersistentVolumeClaim', [...own, 'persistentVolumeClaim'], 'claimName');
    for (const [at] of items(map(map(volume).projected).sources)) {
      add('ConfigMap', [...own, 'projected', 'sources', at, 'configMap']);
      add('Secret', [...own, 'projected', 'sources', at, 'secret']);
    }
  }
  for (const container of containersOf(pod)) {
    for (const [index] of items(container.value.envFrom)) {
      add('ConfigMap', [...container.path, 'envFrom', index, 'configMapRef']);
      add('Secret', [...container.path, 'envFrom', index, 'secretRef']);
    }
    for (const [index] of items(container.value.env)) {
      add('ConfigMap', [...container.path, 'env', index, 'valueFrom', 'configMapKeyRef']);
      add('Secret', [...container.path, 'env', index, 'valueFrom', 'secretKeyRef']);
    }
  }
  return found;
}

const REFERENCES: Readonly<Record<string, (object: KubernetesObject) => Named[]>> = {
  'networking.k8s.io/Ingress': ingressBackends,
  'gateway.networking.k8s.io/HTTPRoute': backendRefs,
  'gateway.networking.k8s.io/GRPCRoute': backendRefs,
  'gateway.networking.k8s.io/TLSRoute': backendRefs,
  'gateway.networking.k8s.io/TCPRoute': backendRefs,
  'route.openshift.io/Route': (object) => [
    { kind: 'Service', path: ['spec', 'to', 'name'], name: at(object, 'spec', 'to', 'name') },
  ],
  'autoscaling/HorizontalPodAutoscaler': (object) => target(object, ['spec', 'scaleTargetRef']),
  'autoscaling.k8s.io/VerticalPodAutoscaler': (object) => target(object, ['spec', 'targetRef']),
  'keda.sh/ScaledObject': (object) =>
    target(object, ['spec', 'scaleTargetRef'], { apiVersion: 'apps/v1', kind: 'Deployment' }),
  'rbac.authorization.k8s.io/RoleBinding': roleBinding,
  'networking.istio.io/VirtualService': destinations,
  'argoproj.io/Rollout': rolloutServices,
};

function target(object: KubernetesObject, path: Path, usual: Record<string, unknown> = {}): Named[] {
  const { apiVersion, kind, name } = { ...usual, ...map(at(object, ...path)) };
  return [{ group: groupOf(String(apiVersion ?? '')), kind: String(kind), path: [...path, 'name'], name }];
}

function ingressBackends(object: KubernetesObject): Named[] {
  const paths: Path[] = items(at(object, 'spec', 'rules')).flatMap(([rule, value]) =>
    items(at(value, 'http', 'paths')).map(
      ([index]): Path => ['spec', 'rules', rule, 'http', 'paths', index, 'backend'],
    ),
  );
  // With this annotation of the AWS load balancer, a backend names an action and no Service.
  const isAction = (path: Path) => at(object, ...path, 'service', 'port', 'name') === 'use-annotation';
  return [...paths, ['spec', 'defaultBackend']]
    .filter((path) => !isAction(path))
    .map((path) => {
      const { name, port } = map(at(object, ...path, 'service'));
      return { kind: 'Service', path: [...path, 'service', 'name'], name, port: map(port).name ?? map(port).number };
    });
}

function backendRefs(object: KubernetesObject): Named[] {
  return items(at(object, 'spec', 'rules')).flatMap(([rule, value]) =>
    items(map(value).backendRefs).flatMap(([index, backend]) => {
      const { group = '', kind = 'Service', name, namespace, port } = map(backend);
      const path: Path = ['spec', 'rules', rule, 'backendRefs', index, 'name'];
      return kind === 'Service' && group === '' ? [{ kind, path, name, namespace, port }] : [];
    }),
  );
}

function roleBinding(object: KubernetesObject): Named[] {
  const group = 'rbac.authorization.k8s.io';
  const { kind, name } = map(object.roleRef);
  const role = kind === 'Role' ? [{ group, kind, path: ['roleRef', 'name'], name }] : [];
  const subjects = items(object.subjects).flatMap(([index, subject]) => {
    const { kind, name, namespace } = map(subject);
    // Those of other namespaces need not come from here.
    const isOwn = kind === 'ServiceAccount' && (namespace ?? '') === (object.metadata.namespace ?? '');
    return isOwn ? [{ kind, path: ['subjects', index, 'name'], name }] : [];
  });
  return [...role, ...subjects];
}

/** A destination with a dot may be anything, also outside the cluster. */
function destinations(object: KubernetesObject): Named[] {
  return items(at(object, 'spec', 'http')).flatMap(([rule, value]) =>
    items(map(value).route).flatMap(([index, route]) => {
      const name = at(route, 'destination', 'host');
      const path: Path = ['spec', 'http', rule, 'route', index, 'destination', 'host'];
      return typeof name === 'string' && !name.includes('.') ? [{ kind: 'Service', path, name }] : [];
    }),
  );
}

function rolloutServices(object: KubernetesObject): Named[] {
  const paths: Path[] = [
    ['spec', 'strategy', 'canary', 'canaryService'],
    ['spec', 'strategy', 'canary', 'stableService'],
    ['spec', 'strategy', 'blueGreen', 'activeService'],
    ['spec', 'strategy', 'blueGreen', 'previewService'],
  ];
  return paths.map((path) => ({ kind: 'Service', path, name: at(object, ...path) }));
}
