import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import { at, items, map, text } from './fields.ts';

/** A host, and a path below it perhaps, that an object wants traffic for. */
export interface HostClaim {
  readonly path: Path;
  /** The same for two objects exactly when only one of them can have it. */
  readonly claim: string;
  /** What people call it: `shop.example.com/cart`. */
  readonly words: string;
}

/** Returns the hosts that an object claims: of an Ingress, a route of the Gateway API, a Route of OpenShift or a VirtualService. */
export function hostClaims(object: KubernetesObject): HostClaim[] {
  const claims = CLAIMS[`${groupOf(object.apiVersion)}/${object.kind}`];
  return claims?.(object) ?? [];
}

const CLAIMS: Readonly<Record<string, (object: KubernetesObject) => HostClaim[]>> = {
  'networking.k8s.io/Ingress': ingress,
  'gateway.networking.k8s.io/HTTPRoute': gatewayRoute,
  'gateway.networking.k8s.io/GRPCRoute': gatewayRoute,
  'gateway.networking.k8s.io/TLSRoute': gatewayRoute,
  'route.openshift.io/Route': openShiftRoute,
  'networking.istio.io/VirtualService': virtualService,
};

/** A canary shares its host on purpose, and each class of ingresses has hosts of its own. */
function ingress(object: KubernetesObject): HostClaim[] {
  const annotations = object.metadata.annotations ?? {};
  if (annotations['nginx.ingress.kubernetes.io/canary'] === 'true') return [];
  const kind = text(at(object, 'spec', 'ingressClassName')) ?? annotations['kubernetes.io/ingress.class'] ?? '';
  return items(at(object, 'spec', 'rules')).flatMap(([index, rule]) => {
    const host = text(map(rule).host);
    if (host === undefined) return [];
    return items(at(rule, 'http', 'paths')).map(([at, value]): HostClaim => {
      const { path, pathType } = map(value);
      const prefix = String(path ?? '/');
      const words = `${host}${prefix === '/' ? '' : prefix}`;
      const normal = pathType === 'Prefix' ? prefix.replace(/(?<=.)\/$/, '') : prefix;
      const claim = ['ingress', kind, host, pathType === 'Exact' ? '=' : '', normal].join(' ');
      return { path: ['spec', 'rules', index, 'http', 'paths', at], claim, words };
    });
  });
}

function gatewayRoute(object: KubernetesObject): HostClaim[] {
  const parents = items(at(object, 'spec', 'parentRefs')).map(([, value]) => {
    const { namespace = object.metadata.namespace, name, sectionName, port } = map(value);
    return [namespace, name, sectionName, port].map((part) => part ?? '').join(' ');
  });
  const rules = items(at(object, 'spec', 'rules'));
  const matches = rules.flatMap(([index, rule]) => {
    const own = items(map(rule).matches);
    if (own.length === 0) return [{ path: ['spec', 'rules', index], match: '/' }];
    return own.map(([at, match]) => ({ path: ['spec', 'rules', index, 'matches', at], match: matchText(match) }));
  });
  return items(at(object, 'spec', 'hostnames')).flatMap(([, host]) =>
    parents.flatMap((parent) =>
      matches.map(({ path, match }) => ({
        path,
        claim: ['route', object.kind, parent, String(host), match].join(' '),
        words: `${String(host)}${match.startsWith('/') && match !== '/' ? match : ''}`,
      })),
    ),
  );
}

function matchText(match: unknown): string {
  const { path, ...others } = map(match);
  const { type = 'PathPrefix', value = '/' } = map(path);
  const rest = Object.keys(others).length === 0 ? '' : ` ${JSON.stringify(others)}`;
  return `${String(value)}${type === 'PathPrefix' ? '' : ` ${String(type)}`}${rest}`;
}

function openShiftRoute(object: KubernetesObject): HostClaim[] {
  const host = text(at(object, 'spec', 'host'));
  if (host === undefined) return [];
  const path = text(at(object, 'spec', 'path')) ?? '/';
  const words = `${host}${path === '/' ? '' : path}`;
  return [{ path: ['spec', 'host'], claim: ['openshift', host, path].join(' '), words }];
}

function virtualService(object: KubernetesObject): HostClaim[] {
  const gateways = items(at(object, 'spec', 'gateways')).map(([, gateway]) => String(gateway));
  const hosts = items(at(object, 'spec', 'hosts')).map(([index, host]) => ({ index, host: String(host) }));
  const matches = items(at(object, 'spec', 'http')).flatMap(([, rule]) => {
    const own = items(map(rule).match);
    return own.length === 0 ? ['/'] : own.map(([, match]) => JSON.stringify(match));
  });
  return hosts.flatMap(({ index, host }) => {
    if (host.startsWith('*')) return [];
    return (gateways.length === 0 ? ['mesh'] : gateways).flatMap((gateway) => {
      const place =
        gateway === 'mesh' || !gateway.includes('/') ? `${object.metadata.namespace ?? ''}/${gateway}` : gateway;
      return matches.map((match) => ({
        path: ['spec', 'hosts', index],
        claim: ['virtual service', place, host, match].join(' '),
        words: host,
      }));
    });
  });
}
