import type { EnvironmentReport, EnvironmentRule } from './rule.ts';

export const objectClaimedTwice: EnvironmentRule = {
  id: 'object-claimed-twice',
  severity: 'error',
  title: 'Two services bring the same object.',
  what: 'An object of the same kind, name and namespace that two services of an environment have. It is reported at both.',
  why: 'Kustomize refuses to build the environment, or agents overwrite one with the other, again and again.',
  mend: 'Let one of them own it. What both need belongs to a service of its own, or gets the service’s name into its own.',
  example: `# apps/payments/manifests and apps/ledger/manifests, both
apiVersion: v1
kind: ConfigMap
metadata: {name: shared-settings, namespace: bank-prod}`,
  *environment({ environment, services }): Iterable<EnvironmentReport> {
    const owners = new Map<string, string[]>();
    for (const [id, { keys }] of services) {
      for (const key of new Set(keys)) owners.set(key, [...(owners.get(key) ?? []), id]);
    }
    for (const [key, ids] of owners) {
      if (ids.length < 2) continue;
      const named = words(key);
      for (const id of ids) {
        const others = ids.filter((other) => other !== id).join(', ');
        yield {
          service: id,
          key,
          path: ['metadata', 'name'],
          message: `${named} is brought by ${id} and by ${others} in ${environment.name}.`,
        };
      }
    }
  },
};

/** Returns an object's key as people say it: `ConfigMap shared-settings of bank-prod`. */
export function words(key: string): string {
  const [, kind, namespace, name] = key.split('/');
  return `${kind} ${name}${namespace === '' ? '' : ` of ${namespace}`}`;
}

export const hostClaimedTwice: EnvironmentRule = {
  id: 'host-claimed-twice',
  severity: 'error',
  title: 'Two services want the same host and path.',
  what: 'The same host and path in two services: of Ingresses of one class, of routes of the Gateway API with one parent and the same match, of OpenShift Routes, or of Istio VirtualServices of one gateway. Different paths of one host are fine; canaries of ingress-nginx are, too.',
  why: 'Which of them gets the traffic is up to the controller, often the older one: the other is never asked.',
  mend: 'Give the host or the path to one of them.',
  example: `# two services
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: payments}
spec:
  rules:
    - host: bank.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: payments, port: {number: 80}}}}]}`,
  *environment({ environment, services }): Iterable<EnvironmentReport> {
    const owners = new Map<string, Map<string, EnvironmentReport & { words: string }>>();
    for (const [id, { hosts }] of services) {
      for (const { claim, key, path, words } of hosts) {
        const own = owners.get(claim) ?? new Map();
        owners.set(claim, own.set(id, own.get(id) ?? { service: id, key, path, words, message: '' }));
      }
    }
    for (const claims of owners.values()) {
      if (claims.size < 2) continue;
      for (const [id, { words, ...report }] of claims) {
        const others = [...claims.keys()].filter((other) => other !== id).join(', ');
        yield { ...report, message: `${words} is claimed by ${id} and by ${others} in ${environment.name}.` };
      }
    }
  },
};
