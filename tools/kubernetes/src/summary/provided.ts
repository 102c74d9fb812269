import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import { at, items, map, text } from './fields.ts';

/** An object that another one makes. */
export interface Provided {
  readonly kind: 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim';
  /** Empty: in whichever namespace it is asked for. */
  readonly namespace: string;
  readonly name: string;
  /** Whether it shows that Secrets of the namespace are kept here, encrypted or by reference. */
  readonly kept?: true;
}

/**
 * Returns the objects that one is known to make: from an ExternalSecret a Secret, from a Certificate too, and so on; and
 * those copies of a Secret or ConfigMap that a tool brings to other namespaces.
 */
export function providedBy(object: KubernetesObject): Provided[] {
  const made = madeBy(object);
  if (!isCopied(object)) return made;
  const { kind, metadata } = object;
  const own = kind === 'Secret' || kind === 'ConfigMap' ? [{ kind, namespace: '', name: metadata.name } as const] : [];
  return [...made, ...own, ...made.map(({ kind, name }) => ({ kind, namespace: '', name }))];
}

/** Where annotations stand that what an object makes has. */
const ANNOTATIONS: readonly Path[] = [
  ['metadata'],
  ['spec', 'template', 'metadata'],
  ['spec', 'target', 'template', 'metadata'],
  ['spec', 'secretTemplate'],
];

/** How the annotations of Reflector, kubed and replicator begin that ask for copies in other namespaces. */
const COPIED =
  /^(?:reflector\.v1\.k8s\.emberstack\.com\/reflection-auto-enabled|kubed\.appscode\.com\/sync|replicator\.v1\.mittwald\.de\/replicate-to)/;

function isCopied(object: KubernetesObject): boolean {
  return ANNOTATIONS.some((path) =>
    Object.entries(map(at(object, ...path, 'annotations'))).some(
      ([name, value]) => COPIED.test(name) && String(value) !== 'false',
    ),
  );
}

function madeBy(object: KubernetesObject): Provided[] {
  const { namespace = '', name } = object.metadata;
  const made = (named: unknown, place = namespace): Provided[] => {
    const own = text(named);
    return own === undefined ? [] : [{ kind: 'Secret', namespace: place, name: own }];
  };
  const secret = (named: unknown, place = namespace) =>
    made(named, place).map((each) => ({ ...each, kept: true as const }));
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case '/Secret':
      return object.sops === undefined ? [] : secret(name);
    case 'bitnami.com/SealedSecret':
      return secret(text(at(object, 'spec', 'template', 'metadata', 'name')) ?? name);
    case 'external-secrets.io/ExternalSecret':
      return secret(text(at(object, 'spec', 'target', 'name')) ?? name);
    case 'external-secrets.io/ClusterExternalSecret':
      return secret(
        text(at(object, 'spec', 'externalSecretSpec', 'target', 'name')) ??
          text(at(object, 'spec', 'externalSecretName')) ??
          name,
        '',
      );
    case 'cert-manager.io/Certificate':
      return made(at(object, 'spec', 'secretName'));
    case 'secrets.hashicorp.com/VaultStaticSecret':
    case 'secrets.hashicorp.com/VaultDynamicSecret':
    case 'secrets.hashicorp.com/VaultPKISecret':
      return secret(at(object, 'spec', 'destination', 'name'));
    case 'secrets-store.csi.x-k8s.io/SecretProviderClass':
      return items(at(object, 'spec', 'secretObjects')).flatMap(([, item]) => secret(map(item).secretName));
    case 'isindir.github.com/SopsSecret':
      return items(at(object, 'spec', 'secretTemplates')).flatMap(([, item]) => secret(map(item).name));
    case 'onepassword.com/OnePasswordItem':
    case 'kafka.strimzi.io/KafkaUser':
      return secret(name);
    case 'trust.cert-manager.io/Bundle':
      return [
        { kind: 'ConfigMap', namespace: '', name },
        { kind: 'Secret', namespace: '', name },
      ];
    case 'apps/StatefulSet':
      return claims(object);
    case 'networking.k8s.io/Ingress':
      return items(at(object, 'spec', 'tls')).flatMap(([, item]) => made(map(item).secretName));
    default:
      return CONNECTIONS.flatMap((field) => {
        const connection = map(at(object, 'spec', field));
        return made(connection.name, text(connection.namespace));
      });
  }
}

/** Fields by which resources of any kind say where what they make is written: Crossplane's, and those of Terraform. */
const CONNECTIONS = ['writeConnectionSecretToRef', 'publishConnectionDetailsTo', 'writeOutputsToSecret'];

/** A StatefulSet makes a claim for each replica: the first few are named where somebody names one. */
function claims(object: KubernetesObject): Provided[] {
  const { namespace = '', name } = object.metadata;
  const replicas = Math.min(Number(at(object, 'spec', 'replicas') ?? 1), 20);
  return items(at(object, 'spec', 'volumeClaimTemplates')).flatMap(([, template]) =>
    Array.from({ length: replicas }, (_, index) => ({
      kind: 'PersistentVolumeClaim' as const,
      namespace,
      name: `${String(at(template, 'metadata', 'name'))}-${name}-${index}`,
    })),
  );
}
