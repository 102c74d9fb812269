import type { ServiceId } from '@eleventh/core';
import { LabelIndex } from '../summary/label-index.ts';
import type { Reference } from '../summary/references.ts';
import type { ServiceSummary, SummarizedService, Workload } from '../summary/summary.ts';
import { words } from './claims.ts';
import { namespacesOfOthers, sameNamespace } from './namespaces.ts';
import type { EnvironmentReport, EnvironmentRule, EnvironmentSubject } from './rule.ts';
import { mayBeMade } from './selectors.ts';

/** Everything that an environment has, by kind and name. */
class Inventory {
  readonly #namespaces = new Map<string, string[]>();
  readonly #services = new Map<string, SummarizedService[]>();
  readonly workloads: LabelIndex<Workload>;
  /** The namespaces whose Secrets are kept here, encrypted or by reference. */
  readonly #secrets = new Set<string>();

  /** Returns the inventory of some services, made once for all the rules that ask. */
  static of(services: EnvironmentSubject['services']): Inventory {
    const known = KNOWN.get(services) ?? new Inventory(services);
    KNOWN.set(services, known);
    return known;
  }

  private constructor(services: EnvironmentSubject['services']) {
    for (const { keys, provided } of services.values()) {
      for (const key of keys) {
        const [group = '', kind = '', namespace = '', name = ''] = key.split('/');
        this.#add(group, kind, namespace, name);
      }
      for (const { kind, namespace, name, kept } of provided) {
        this.#add('', kind, namespace, name);
        if (kept === true) this.#secrets.add(namespace);
      }
    }
    for (const service of [...services.values()].flatMap((summary) => summary.services)) {
      const name = service.key.slice(service.key.lastIndexOf('/') + 1);
      this.#services.set(name, [...this.servicesNamed(name), service]);
    }
    this.workloads = new LabelIndex([...services.values()].flatMap((summary) => summary.workloads));
  }

  #add(group: string, kind: string, namespace: string, name: string): void {
    const id = `${group}/${kind}/${name}`;
    this.#namespaces.set(id, [...(this.#namespaces.get(id) ?? []), namespace]);
  }

  servicesNamed(name: string): readonly SummarizedService[] {
    return this.#services.get(name) ?? [];
  }

  has({ group, kind, namespace, name }: Reference): boolean {
    const found = this.#namespaces.get(`${group}/${kind}/${name}`) ?? [];
    return found.some((place) => sameNamespace(place, namespace));
  }

  hasSecretsIn(namespace: string): boolean {
    return this.#secrets.has(namespace);
  }
}

const KNOWN = new WeakMap<EnvironmentSubject['services'], Inventory>();

/** Returns the references of an environment's services to what it does not have. */
function* missing(subject: EnvironmentSubject, inventory: Inventory) {
  const { services } = subject;
  const isOfOthers = namespacesOfOthers(subject);
  for (const [id, own] of services) {
    const seen = new Set<string>();
    for (const reference of own.references) {
      const once = [reference.key, reference.kind, reference.name].join('/');
      if (
        isOfOthers(reference.namespace) ||
        inventory.has(reference) ||
        seen.has(once) ||
        mayBeMade(services, own, reference.name)
      )
        continue;
      seen.add(once);
      yield { id, reference };
    }
  }
}

/** Returns a rule's search for those references to what is not there that it is about. */
function missingThat(isMeant: (reference: Reference, inventory: Inventory) => boolean): EnvironmentRule['environment'] {
  return function* (subject) {
    const inventory = Inventory.of(subject.services);
    for (const { id, reference } of missing(subject, inventory)) {
      const { key, path, kind, name } = reference;
      const message = `${words(key)} names ${kind} ${name}, which nothing in this environment provides.`;
      if (isMeant(reference, inventory)) yield { service: id, key, path, message };
    }
  };
}

export const referenceNotFound: EnvironmentRule = {
  id: 'reference-not-found',
  severity: 'warning',
  title: 'An object names another one that is not there.',
  what: 'A ConfigMap, ServiceAccount, PersistentVolumeClaim, Service, Role or scale target that an object names, and that nothing in the environment provides: no manifest, no generator, no operator’s resource. What is marked `optional: true`, and what every namespace has (`kube-root-ca.crt`, the ServiceAccount `default`), is left out; so is a namespace of which the environment says nothing: none of `spec.namespaces`, without its Namespace, and in which nothing runs.',
  why: 'The pods wait for ever, the route leads nowhere, or the autoscaler scales nothing.',
  mend: 'Correct the name. What comes from elsewhere can be said in `service.yaml`: `spec.check.ignore`.',
  example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - name: payments
      image: payments:1.4.2
      envFrom: [{configMapRef: {name: payment-settings}}]`,
  environment: missingThat(({ kind }) => kind !== 'Secret'),
};

export const secretNotFound: EnvironmentRule = {
  id: 'secret-not-found',
  severity: 'warning',
  title: 'An object names a Secret that nothing provides.',
  what: 'A Secret that a pod names, and that nothing in the environment provides: no Secret, SealedSecret, ExternalSecret or Certificate. Nothing is said where no SealedSecret, ExternalSecret or SOPS in the namespace shows that its Secrets are kept here: then they come from elsewhere. Secrets for pulling images and for TLS of Ingresses are left out.',
  why: 'The pods wait for ever.',
  mend: 'Correct the name. What comes from elsewhere can be said in `service.yaml`: `spec.check.ignore`.',
  example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - name: payments
      image: payments:1.4.2
      envFrom: [{secretRef: {name: payment-credentials}}]`,
  environment: missingThat(({ kind, namespace }, inventory) => kind === 'Secret' && inventory.hasSecretsIn(namespace)),
};

/** Ports that service meshes add to pods. */
const MESH = /^(?:http-envoy|https?-proxy|linkerd-|istio-)/;

export const portNotFound: EnvironmentRule = {
  id: 'port-not-found',
  severity: 'warning',
  title: 'A port is named that is not there.',
  what: 'A `targetPort` of a Service that names a port which none of the pods it selects has; or a port of a Service, by name or number, that an Ingress or a route names and the Service does not have. A `targetPort` with a number is left alone: containers need not list their ports.',
  why: 'Traffic that goes there is refused.',
  mend: 'Use a name of the container’s `ports`, or of the Service’s.',
  example: `apiVersion: v1
kind: Service
metadata: {name: payments}
spec:
  selector: {app: payments}
  ports: [{port: 80, targetPort: http}]   # the container calls it web`,
  *environment(subject): Iterable<EnvironmentReport> {
    const inventory = Inventory.of(subject.services);
    for (const [id, own] of subject.services) {
      for (const service of own.services) yield* targetPorts(id, service, inventory);
      for (const reference of own.references) yield* servicePort(id, reference, inventory);
    }
  },
};

function* targetPorts(id: ServiceId, { key, namespace, selector, ports }: SummarizedService, inventory: Inventory) {
  if (selector === null) return;
  const matching = inventory.workloads.select({ labels: selector, expressions: [] });
  const selected = matching.filter((workload) => sameNamespace(workload.namespace, namespace));
  if (selected.length === 0) return;
  const known = new Set(selected.flatMap((workload) => workload.ports));
  for (const [index, { target }] of ports.entries()) {
    if (target === undefined || known.has(target) || MESH.test(target) || /^\d+$|[${}]/.test(target)) continue;
    const message = `${words(key)} leads to the port ${target}, which none of its pods has.`;
    yield { service: id, key, path: ['spec', 'ports', index, 'targetPort'], message };
  }
}

function* servicePort(
  id: ServiceId,
  { key, path, kind, namespace, name, port }: ServiceSummary['references'][number],
  inventory: Inventory,
) {
  if (kind !== 'Service' || port === undefined) return;
  const named = inventory.servicesNamed(name).filter((service) => sameNamespace(service.namespace, namespace));
  const isKnown = named.some(({ ports }) => ports.some((known) => known.name === port || known.number === port));
  // An ExternalName need not list its ports.
  if (named.length === 0 || isKnown || named.some(({ selector, ports }) => selector === null && ports.length === 0))
    return;
  yield {
    service: id,
    key,
    path,
    message: `${words(key)} names the port ${port} of Service ${name}, which does not have it.`,
  };
}
