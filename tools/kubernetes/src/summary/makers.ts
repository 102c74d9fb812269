import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';

/** Groups whose objects make no others, or kinds of a group that do not. */
const INERT: Readonly<Record<string, readonly string[] | true>> = {
  'networking.istio.io': true,
  'security.istio.io': true,
  'telemetry.istio.io': true,
  'gateway.networking.k8s.io': [
    'HTTPRoute',
    'GRPCRoute',
    'TLSRoute',
    'TCPRoute',
    'UDPRoute',
    'ReferenceGrant',
    'GatewayClass',
    'BackendTLSPolicy',
  ],
  'monitoring.coreos.com': [
    'ServiceMonitor',
    'PodMonitor',
    'PrometheusRule',
    'Probe',
    'ScrapeConfig',
    'AlertmanagerConfig',
  ],
  'cert-manager.io': true,
  'external-secrets.io': true,
  'bitnami.com': ['SealedSecret'],
  'keda.sh': ['ScaledObject', 'TriggerAuthentication', 'ClusterTriggerAuthentication'],
  'autoscaling.k8s.io': true,
  'argoproj.io': ['Rollout', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'AppProject'],
  'kyverno.io': ['PolicyException'],
  'traefik.io': true,
  'traefik.containo.us': true,
  'route.openshift.io': true,
  'cilium.io': true,
  'projectcalico.org': true,
  'projectcontour.io': true,
  'snapshot.storage.k8s.io': true,
  'kafka.strimzi.io': ['KafkaTopic'],
  'source.toolkit.fluxcd.io': true,
  'notification.toolkit.fluxcd.io': true,
  'image.toolkit.fluxcd.io': true,
  'apiextensions.k8s.io': true,
};

const OWN = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions']);

/**
 * Returns whether an object may make others that no manifest shows: an operator's resource, a Helm release, an
 * application of Argo CD. Those of Kubernetes itself show what they make.
 */
export function makesOthers({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean {
  const group = groupOf(apiVersion);
  if (OWN.has(group)) return false;
  const inert = INERT[group];
  if (inert !== undefined) return inert !== true && !inert.includes(kind);
  return !BUILT_IN.test(group);
}

const BUILT_IN =
  /^(?:admissionregistration|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io$/;
