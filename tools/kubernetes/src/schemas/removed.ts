/** A kind of API versions that clusters no longer have: since which minor version of 1.x, and what came in their place. */
type Removal = readonly [apiVersions: string, kinds: string, since: number, instead: string];

// https://kubernetes.io/docs/reference/using-api/deprecation-guide/
const REMOVALS: readonly Removal[] = [
  ['extensions/v1beta1 apps/v1beta1 apps/v1beta2', 'Deployment DaemonSet ReplicaSet StatefulSet', 16, 'apps/v1'],
  ['extensions/v1beta1', 'NetworkPolicy', 16, 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'PodSecurityPolicy', 16, ''],
  ['extensions/v1beta1 networking.k8s.io/v1beta1', 'Ingress IngressClass', 22, 'networking.k8s.io/v1'],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 22, 'apiextensions.k8s.io/v1'],
  ['apiregistration.k8s.io/v1beta1', 'APIService', 22, 'apiregistration.k8s.io/v1'],
  [
    'admissionregistration.k8s.io/v1beta1',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    22,
    'admissionregistration.k8s.io/v1',
  ],
  ['certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 22, 'certificates.k8s.io/v1'],
  ['coordination.k8s.io/v1beta1', 'Lease', 22, 'coordination.k8s.io/v1'],
  [
    'rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1',
    'ClusterRole ClusterRoleBinding Role RoleBinding',
    22,
    'rbac.authorization.k8s.io/v1',
  ],
  ['scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1alpha1', 'PriorityClass', 22, 'scheduling.k8s.io/v1'],
  ['storage.k8s.io/v1beta1', 'CSIDriver CSINode StorageClass VolumeAttachment', 22, 'storage.k8s.io/v1'],
  ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', 27, 'storage.k8s.io/v1'],
  ['batch/v1beta1 batch/v2alpha1', 'CronJob', 25, 'batch/v1'],
  ['discovery.k8s.io/v1beta1', 'EndpointSlice', 25, 'discovery.k8s.io/v1'],
  ['events.k8s.io/v1beta1', 'Event', 25, 'events.k8s.io/v1'],
  ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', 25, 'autoscaling/v2'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 26, 'autoscaling/v2'],
  ['policy/v1beta1', 'PodDisruptionBudget', 25, 'policy/v1'],
  ['policy/v1beta1', 'PodSecurityPolicy', 25, ''],
  ['node.k8s.io/v1beta1', 'RuntimeClass', 25, 'node.k8s.io/v1'],
  [
    'flowcontrol.apiserver.k8s.io/v1beta1',
    'FlowSchema PriorityLevelConfiguration',
    26,
    'flowcontrol.apiserver.k8s.io/v1',
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1beta2',
    'FlowSchema PriorityLevelConfiguration',
    29,
    'flowcontrol.apiserver.k8s.io/v1',
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1beta3',
    'FlowSchema PriorityLevelConfiguration',
    32,
    'flowcontrol.apiserver.k8s.io/v1',
  ],
];

/** Returns since which version (`1.25`) a kind of an API version is gone and which one came in its place, or undefined. */
export function removal(apiVersion: string, kind: string): { since: string; instead: string } | undefined {
  const found = REMOVALS.find(
    ([versions, kinds]) => versions.split(' ').includes(apiVersion) && kinds.split(' ').includes(kind),
  );
  return found && { since: `1.${found[2]}`, instead: found[3] };
}
