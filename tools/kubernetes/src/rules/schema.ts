import type { SchemaRule } from '../schemas/schema.ts';
import type { RulePage } from './rule.ts';

const MEND =
  'Compare with `kubectl explain <kind>.<field>`, or the reference of the operator that the kind comes from.';

/** What a schema's problems come under; `schemas/object-check.ts` finds them. */
export const SCHEMA_RULES: readonly (RulePage & { readonly id: SchemaRule })[] = [
  {
    id: 'unknown-field',
    severity: 'error',
    title: 'A field is not one of its kind.',
    what: 'A field that the schema of the object’s kind does not have, in the version of Kubernetes that `spec.kubernetes` of `environment.yaml` names. Fields of custom resources are held against their CustomResourceDefinition. The `sops` field of an encrypted object is known.',
    why: 'The API server drops such a field, or refuses the object: either way what it says does not hold. Most are misspelt, or a level too deep.',
    mend: MEND,
    example: `apiVersion: apps/v1
kind: Deployment
metadata: {name: payments}
spec:
  replica: 2   # replicas
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec: {containers: [{name: payments, image: payments:1.4.2}]}`,
  },
  {
    id: 'wrong-type',
    severity: 'error',
    title: 'A value is not of its field’s type.',
    what: 'A text where a number belongs, a list where a map does, and the like. YAML is read as Kubernetes reads it: `yes`, `on` and `0755` without quotes are no texts. A text with a variable that is filled in later fits anything, such as `$` with a name in braces.',
    why: 'The API server refuses the object, and with it often everything that is applied together with it.',
    mend: `Put quotes around a text that looks like something else. ${MEND}`,
    example: `apiVersion: v1
kind: ConfigMap
metadata: {name: payments}
data:
  RETRIES: 3   # "3"`,
  },
  {
    id: 'missing-field',
    severity: 'error',
    title: 'A field that has to be there is missing.',
    what: 'A field that the schema requires. Fields of custom resources with a default need not be there.',
    why: 'The API server refuses the object.',
    mend: MEND,
    example: `apiVersion: v1
kind: Service
metadata: {name: payments}
spec:
  selector: {app: payments}
  ports: [{name: http}]   # port`,
  },
  {
    id: 'bad-value',
    severity: 'error',
    title: 'A value is none that its field can have.',
    what: 'A word that is not in a closed list, a quantity, time or base64 text that is none, a number or length out of bounds, a text that does not fit a pattern. Conditions in CEL (`x-kubernetes-validations`) are not asked, and patterns that JavaScript cannot read are not either.',
    why: 'The API server refuses the object.',
    mend: MEND,
    example: `apiVersion: v1
kind: Service
metadata: {name: payments}
spec:
  type: Loadbalancer   # LoadBalancer
  ports: [{port: 80}]`,
  },
  {
    id: 'duplicate-item',
    severity: 'warning',
    title: 'A list has two items of one key.',
    what: 'Two items with the same name, or port and protocol, in a list that Kubernetes merges by it: containers, ports, environment variables, volumes, mounts.',
    why: 'Flux, and whoever else uses server-side apply, is refused such an object. Elsewhere one of the two wins, and not always the same.',
    mend: 'Keep the one that is meant.',
    example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - name: payments
      image: payments:1.4.2
      env:
        - {name: LOG_LEVEL, value: info}
        - {name: LOG_LEVEL, value: debug}`,
  },
  {
    id: 'removed-api',
    severity: 'error',
    title: 'The cluster does not have this API version.',
    what: 'An `apiVersion` that Kubernetes removed, or does not have yet or by default, in the version that `spec.kubernetes` of `environment.yaml` names; or a version that a CustomResourceDefinition does not serve.',
    why: 'The API server does not know the object.',
    mend: 'Use the version that the finding names; fields may have moved: see the [deprecation guide](https://kubernetes.io/docs/reference/using-api/deprecation-guide/).',
    example: `apiVersion: policy/v1beta1   # policy/v1
kind: PodDisruptionBudget
metadata: {name: payments}
spec: {minAvailable: 1}`,
  },
  {
    id: 'unknown-kind',
    severity: 'error',
    title: 'Kubernetes has no such kind.',
    what: 'An object of a kind that Kubernetes does not have, in one of its own API groups: no CustomResourceDefinition can bring it.',
    why: 'The API server does not know the object. Most are misspelt.',
    mend: 'Compare with `kubectl api-resources`.',
    example: `apiVersion: v1
kind: Servic   # Service
metadata: {name: payments}
spec: {ports: [{port: 80}]}`,
  },
  {
    id: 'no-schema',
    severity: 'note',
    title: 'Nothing knows this kind, so its fields were not checked.',
    what: 'An object of a kind that is neither Kubernetes’ own nor defined by a CustomResourceDefinition among the environment’s objects or in `environments/crds/`. It is said once for each kind of a service.',
    why: 'It may be right: only nobody has looked.',
    mend: 'Put the CustomResourceDefinition, as its operator’s release has it, into a file below `environments/crds/`. Files there are for checks alone: nothing deploys them.',
    example: `apiVersion: example.com/v1
kind: Topic
metadata: {name: payments.events}`,
  },
];
