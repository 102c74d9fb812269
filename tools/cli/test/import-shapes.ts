/** A repository as public examples lay it out, and what its environments are by hand. */
export interface Shape {
  readonly files: Readonly<Record<string, string>>;
  /** The folders that each environment builds, or plain files that it applies. */
  readonly environments: Readonly<Record<string, readonly string[]>>;
  /** The services that it has to become, with how. */
  readonly services: Readonly<Record<string, 'overlays' | 'patches' | 'apart'>>;
}

/** Returns a Deployment as people write it, with comments and spaces of their own. */
export function deployment(name: string, image: string, more = ''): string {
  return `# The ${name} itself.
apiVersion: apps/v1
kind: Deployment
metadata:
  name:   ${name}
spec:
  replicas: 1
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: ${name}
          image: ${image}
${more}`;
}

export function service(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector: {app: ${name}}\n  ports:\n    - port: 80\n`;
}

export function kustomization(...lines: readonly string[]): string {
  return `${['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization', ...lines].join('\n')}\n`;
}

function configMap(name: string, data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  level: ${data}\n`;
}

/** Bases with an overlay for each environment. */
const overlays: Shape = {
  files: {
    'services/payments/base/kustomization.yaml': kustomization('resources:', '  - deployment.yaml', '  - service.yaml'),
    'services/payments/base/deployment.yaml': deployment('payments', 'ghcr.io/acme/payments'),
    'services/payments/base/service.yaml': service('payments'),
    'services/payments/overlays/dev/kustomization.yaml': kustomization(
      ...[
        'namespace: shop-dev',
        'resources: [../../base]',
        'images:',
        '  - name: ghcr.io/acme/payments',
        '    newTag: 1.3.0-dev.4',
      ],
    ),
    'services/payments/overlays/prod/kustomization.yaml': kustomization(
      ...[
        '# Production.',
        'namespace: shop-prod',
        'resources:',
        '  - ../../base   # what is common',
        '  - pdb.yaml',
        'images:',
        '  - name: ghcr.io/acme/payments',
      ],
      ...[
        '    newName: registry.example.com/acme/payments',
        '    newTag: 1.2.0',
        'replicas:',
        '  - {name: payments, count: 3}',
      ],
    ),
    'services/payments/overlays/prod/pdb.yaml':
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: payments}\nspec: {minAvailable: 1, selector: {matchLabels: {app: payments}}}\n',
    'services/ledger/base/kustomization.yaml': kustomization(
      'resources: [deployment.yaml]',
      'configMapGenerator:',
      '  - name: ledger',
      '    literals: [level=info]',
    ),
    'services/ledger/base/deployment.yaml': deployment(
      'ledger',
      'ledger:latest',
      '          envFrom: [{configMapRef: {name: ledger}}]\n',
    ),
    'services/ledger/overlays/dev/kustomization.yaml': kustomization(
      'namePrefix: dev-',
      'resources: [../../base]',
      'images: [{name: ledger, newName: ghcr.io/acme/ledger, newTag: 2.0.0}]',
    ),
    'services/ledger/overlays/prod/kustomization.yaml': kustomization(
      ...[
        'resources: [../../base]',
        'components: [../../../../components/quiet]',
        'configMapGenerator:',
        '  - {name: ledger, behavior: merge, literals: [level=warn]}',
      ],
      ...[
        'patches:',
        '  - path: memory.yaml',
        '  - target: {kind: Deployment, name: ledger}',
        '    patch: |-',
        '      - {op: replace, path: /spec/replicas, value: 2}',
      ],
      ...['images: [{name: ledger, newName: ghcr.io/acme/ledger, newTag: 1.9.0}]'],
    ),
    'services/ledger/overlays/prod/memory.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ledger}\nspec:\n  template:\n    spec:\n      containers:\n        - name: ledger\n          resources: {limits: {memory: 1Gi}}\n',
    'components/quiet/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n      - {op: add, path: /metadata/labels, value: {quiet: "yes"}}\n',
    'README.md': '# Where we deploy from\n',
  },
  environments: {
    dev: ['services/payments/overlays/dev', 'services/ledger/overlays/dev'],
    prod: ['services/payments/overlays/prod', 'services/ledger/overlays/prod'],
  },
  services: { ledger: 'overlays', payments: 'overlays' },
};

/** A folder of plain YAML for each environment. */
const plain: Shape = {
  files: {
    'environments/staging/payments/deployment.yaml': deployment('payments', 'ghcr.io/acme/payments:1.3.0'),
    'environments/staging/payments/service.yaml': service('payments'),
    'environments/staging/web/all.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web' },
      data: { color: 'blue' },
    }),
    'environments/production/payments/deployment.yaml': deployment('payments', 'ghcr.io/acme/payments:1.2.0').replace(
      'replicas: 1',
      'replicas: 4',
    ),
    'environments/production/payments/service.yaml': service('payments'),
    'environments/production/payments/alerts.yaml': configMap('payments-alerts', 'page'),
    'environments/production/web/all.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web' },
      data: { color: 'blue' },
    }),
    'environments/production/backup/job.yaml':
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: backup}\nspec:\n  schedule: "0 3 * * *"\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: backup, image: "ghcr.io/acme/backup:7"}]}}}}\n',
  },
  environments: {
    staging: ['environments/staging/payments', 'environments/staging/web'],
    production: ['environments/production/payments', 'environments/production/web', 'environments/production/backup'],
  },
  services: { backup: 'overlays', payments: 'patches', web: 'patches' },
};

function flux(name: string, path: string, more = ''): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${name}, namespace: flux-system}\nspec:\n  interval: 1h\n  path: ${path}\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n${more}`;
}

function release(values: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: podinfo, namespace: podinfo}\nspec:\n  interval: 5m\n${values}`;
}

/** The layout of Flux's example of kustomize and Helm: apps, infrastructure and clusters. */
const fluxExample: Shape = {
  files: {
    'apps/base/podinfo/kustomization.yaml': kustomization(
      'namespace: podinfo',
      'resources: [namespace.yaml, release.yaml]',
    ),
    'apps/base/podinfo/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: podinfo}\n',
    'apps/base/podinfo/release.yaml': release(
      '  chart: {spec: {chart: podinfo, sourceRef: {kind: HelmRepository, name: podinfo}}}\n  values:\n    replicaCount: 1\n',
    ),
    'apps/base/web/kustomization.yaml': kustomization('namespace: web', 'resources: [deployment.yaml]'),
    'apps/base/web/deployment.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
    'apps/staging/kustomization.yaml': kustomization(
      'resources:',
      '  - ../base/podinfo',
      '  - ../base/web',
      'patches:',
      '  - path: podinfo-values.yaml',
      '    target: {kind: HelmRelease}',
    ),
    'apps/staging/podinfo-values.yaml': release(
      '  chart: {spec: {version: ">=1.0.0-alpha"}}\n  test: {enable: true}\n',
    ),
    'apps/production/kustomization.yaml': kustomization(
      ...[
        'resources:',
        '  - ../base/podinfo',
        '  - ../base/web',
        'patches:',
        '  - path: podinfo-values.yaml',
        '    target: {kind: HelmRelease}',
      ],
      ...[
        '  - patch: |-',
        '      - {op: replace, path: /spec/replicas, value: 5}',
        '    target: {kind: Deployment, name: web}',
        'images:',
        '  - {name: ghcr.io/acme/web, newTag: 0.9.0}',
      ],
    ),
    'apps/production/podinfo-values.yaml': release(
      '  chart: {spec: {version: ">=1.0.0"}}\n  values: {replicaCount: 3}\n',
    ),
    'infrastructure/controllers/kustomization.yaml': kustomization('resources: [ingress.yaml]'),
    'infrastructure/controllers/ingress.yaml':
      'apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: ingress, namespace: flux-system}\nspec: {interval: 24h, url: https://example.com/charts}\n',
    ...Object.fromEntries(
      ['staging', 'production'].flatMap((cluster) => [
        [`clusters/${cluster}/apps.yaml`, flux('apps', `./apps/${cluster}`, '  dependsOn: [{name: controllers}]\n')],
        [`clusters/${cluster}/infrastructure.yaml`, flux('controllers', './infrastructure/controllers')],
        [
          `clusters/${cluster}/flux-system/gotk-sync.yaml`,
          `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: "ssh://git@example.com/shop/fleet"}\n---\n${flux('flux-system', `./clusters/${cluster}`)}`,
        ],
      ]),
    ),
  },
  environments: {
    staging: ['apps/staging', 'infrastructure/controllers'],
    production: ['apps/production', 'infrastructure/controllers'],
  },
  services: { 'infrastructure/controllers': 'overlays', podinfo: 'overlays', web: 'overlays' },
};

function application(name: string, path: string, more = ''): string {
  return `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}, namespace: argocd}\nspec:\n  project: default\n  destination: {server: https://kubernetes.default.svc}\n  source:\n    repoURL: https://example.com/shop/argo-shop.git\n    targetRevision: HEAD\n    path: ${path}\n${more}`;
}

/** An app of apps, and an ApplicationSet over folders, as Argo CD's examples have them. */
const argo: Shape = {
  files: {
    'bootstrap/root.yaml': application('root', 'bootstrap/apps'),
    'bootstrap/apps/web-dev.yaml': application(
      'web-dev',
      'web/overlays/dev',
      '    kustomize: {images: ["ghcr.io/acme/web:2.1.0"]}\n',
    ),
    'bootstrap/apps/web-prod.yaml': application('web-prod', 'web/overlays/prod'),
    'bootstrap/apps/vault.yaml':
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: vault-prod, namespace: argocd}\nspec: {project: default, destination: {}, source: {repoURL: https://charts.example.com, chart: vault, targetRevision: 0.1.0}}\n',
    'bootstrap/addons.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: addons, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - list: {elements: [{env: dev}, {env: prod}]}
          - git:
              repoURL: https://example.com/shop/argo-shop.git
              directories: [{path: 'addons/{{.env}}/*'}]
  template:
    metadata: {name: '{{.path.basename}}-{{.env}}'}
    spec:
      project: default
      destination: {server: https://kubernetes.default.svc}
      source: {repoURL: https://example.com/shop/argo-shop.git, path: '{{.path.path}}', targetRevision: HEAD}
`,
    'addons/dev/metrics/config.yaml': configMap('metrics', 'debug'),
    'addons/prod/metrics/config.yaml': configMap('metrics', 'info'),
    'addons/prod/audit/config.yaml': configMap('audit', 'all'),
    'web/base/kustomization.yaml': kustomization('resources: [deployment.yaml]'),
    'web/base/deployment.yaml': deployment('web', 'ghcr.io/acme/web:2.0.0'),
    'web/overlays/dev/kustomization.yaml': kustomization('namespace: dev', 'resources: [../../base]'),
    'web/overlays/prod/kustomization.yaml': kustomization(
      'namespace: prod',
      'resources: [../../base]',
      'patchesStrategicMerge: [version.yaml]',
    ),
    'web/overlays/prod/version.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n        - name: web\n          image: ghcr.io/acme/web:1.8.0\n',
  },
  environments: {
    dev: ['web/overlays/dev', 'addons/dev/metrics'],
    prod: ['web/overlays/prod', 'addons/prod/metrics', 'addons/prod/audit', 'bootstrap/apps/vault.yaml'],
  },
  services: { 'addons/audit': 'overlays', 'addons/metrics': 'patches', vault: 'overlays', web: 'overlays' },
};

export const SHAPES = { overlays, plain, fluxExample, argo } satisfies Record<string, Shape>;
