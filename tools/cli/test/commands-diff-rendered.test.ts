import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { build, commit, screen, stableJson } from './screen.ts';
import { copied, World } from './world.ts';

/** Returns whether something here renders manifests. */
function hasRenderer(): boolean {
  return [
    ['kustomize', 'version'],
    ['kubectl', 'version', '--client'],
  ].some(([program = '', ...args]) => {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns the manifests of a build of `payments`. */
function manifests(number: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
spec:
  replicas: 1
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec:
      containers:
        - name: web
          image: payments
          args: [--port=8080, --limit=${number}]
`,
    'limits.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: limits
data:
  limits.properties: |
    # per second
    limit=${number}
    burst=10
    # per day
    most=1000
`,
    'secret.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: hunter${number}
`,
    ...more,
  };
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: bank\n';
const OVERLAY = (environment: string, replicas: number) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../apps/payments
namespace: bank-${environment}
replicas:
  - name: payments
    count: ${replicas}
`;

/** Pins a build of `payments` with manifests of its own. */
async function pin(world: World, number: number, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = world.files(`manifests-${number}`, manifests(number, more));
  const { id, commit, built } = build('payments', number);
  await world.ok('pin', id, '--commit', commit, '--built', String(built), '--manifests', folder);
}

/** Returns a world in which build 1 of `payments` runs everywhere and is v1.0.0 in prod, and build 2 in staging alone. */
function began(): Promise<World> {
  return copied('began', async () => {
    const world = await World.begun();
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/acme/payments');
    await world.ok('service', 'add', 'topics');
    for (const [environment, replicas] of [
      ['staging', 1],
      ['preprod', 2],
      ['prod', 4],
    ] as const)
      commit(world, 'main', `environments/${environment}/payments/kustomization.yaml`, OVERLAY(environment, replicas));
    await pin(world, 1);
    const topics = build('topics', 1);
    await world.ok('pin', 'topics', '--commit', topics.commit, '--built', String(topics.built));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    await pin(world, 2, { 'namespace.yaml': NAMESPACE });
    return world;
  });
}

/** Returns text without what differs between machines: which kustomize is there. */
function anywhere(text: string): string {
  return text
    .replace(/(?:kubectl )?kustomize v?\d[\w.+-]+/g, 'kustomize')
    .replace(/kubectl kustomize|kustomize build/g, 'kustomize');
}

/** Returns the screens of command lines, the same on every machine. */
async function seen(world: World, ...lines: (readonly string[])[]): Promise<string> {
  const shown: string[] = [];
  for (const args of lines) shown.push(anywhere(await screen(world, args)));
  return shown.join('');
}

const WHY = hasRenderer() ? '' : ' (skipped: neither kustomize nor kubectl is here)';

describe.skipIf(WHY !== '')(`what the clusters see${WHY}`, () => {
  test('of a recipe that may be promoted', async () => {
    const world = await began();
    expect(await seen(world, ['diff', 'preprod', '--rendered'], ['diff', 'prod', '--rendered'])).toMatchInlineSnapshot(`
      "$ eleventh diff preprod --rendered
      In preprod: preprod id-0001 → staging id-0002

      payments
        image      ghcr.io/acme/payments:0000001 → :0000002
        namespace  Namespace/bank-preprod is added
        build      built 2026-11-01T01:00:00Z → 2026-11-01T02:00:00Z, commit 0000001 → 0000002
        ~ ConfigMap/limits in bank-preprod
            ~ data["limits.properties"]:
                  # per second
                - limit=1
                + limit=2
                  burst=10
                  # per day
                  …
        + Namespace/bank-preprod
            + apiVersion: v1
            + kind: Namespace
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: bank-preprod
        ~ Secret/db in bank-preprod
            ~ stringData.password: (secret, sha256 73660a4f) → (secret, sha256 f52fbd32)
        ~ Deployment/payments in bank-preprod
            ~ spec.template.spec.containers[name=web].args[1]: --limit=1 → --limit=2
            ~ spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000001 → ghcr.io/acme/payments:0000002

      1 service changes: 4 objects (1 added, 3 changed); 1 service comes to the same, rendered by kustomize
      $ eleventh diff prod --rendered
      In prod: prod id-0003 → preprod id-0001

      No object changes; 2 services come to the same
      "
    `);
  });

  test('of two environments, each with its overlays', async () => {
    const world = await began();
    expect(await seen(world, ['diff', 'preprod', 'prod', 'payments', '--rendered'])).toMatchInlineSnapshot(`
      "$ eleventh diff preprod prod payments --rendered
      preprod id-0001 in preprod → prod id-0002 in prod

      payments
        replicas  Deployment/payments 2 → 4
        ~ Deployment/payments in bank-prod
            ~ metadata.namespace: bank-preprod → bank-prod
            ~ spec.replicas: 2 → 4
        ~ ConfigMap/limits, Secret/db: only the namespace, bank-preprod → bank-prod

      1 service changes: 3 objects (3 changed), rendered by kustomize
      "
    `);
    expect(await seen(world, ['diff', 'preprod', 'prod', '--rendered', '--in', 'prod'])).toMatchInlineSnapshot(`
      "$ eleventh diff preprod prod --rendered --in prod
      In prod: preprod id-0001 → prod id-0002

      No object changes; 2 services come to the same
      "
    `);
  });

  test('of a recipe by any name, with the overlays of the environment that it belongs to', async () => {
    const world = await began();
    const { tag } = await world.json<{ readonly tag: string }>('compose');
    const environments = async (...args: string[]) => {
      type Sides = Record<'from' | 'to', { readonly environment: string }>;
      const { from, to } = await world.json<Sides>('diff', ...args, '--rendered');
      return `${from.environment} ${to.environment}`;
    };
    const older = await world.ask('rev-parse', 'env/staging~1');
    expect(await environments('env/preprod', 'prod')).toBe('preprod prod');
    expect(await environments(older.slice(0, 9), 'v1.0.0')).toBe('staging prod');
    expect(await environments('prod', tag)).toBe('prod prod');
    expect(await environments('main', 'preprod')).toBe('preprod preprod');
    expect(await environments(tag, 'main', '--in', 'staging')).toBe('staging staging');
  });

  test('as a comment for a pull request', async () => {
    const world = await began();
    expect(await seen(world, ['diff', 'preprod', '--rendered', '--format', 'markdown'])).toMatchInlineSnapshot(`
      "$ eleventh diff preprod --rendered --format markdown
      ### \`In preprod: preprod id-0001 → staging id-0002\`

      1 service changes: 4 objects (1 added, 3 changed); 1 service comes to the same.

      | service | what changes | objects |
      | --- | --- | --- |
      | \`payments\` | image \`ghcr.io/acme/payments:0000001 → :0000002\`<br>namespace \`Namespace/bank-preprod is added\` | 1 added, 3 changed |

      <details><summary><code>payments</code></summary>

      \`\`\`diff
        image: ghcr.io/acme/payments:0000001 → :0000002
        namespace: Namespace/bank-preprod is added
        build: built 2026-11-01T01:00:00Z → 2026-11-01T02:00:00Z, commit 0000001 → 0000002
      ! ConfigMap/limits in bank-preprod
          data["limits.properties"]:
            # per second
      -     limit=1
      +     limit=2
            burst=10
            # per day
            …
      + Namespace/bank-preprod
      +   apiVersion: v1
      +   kind: Namespace
      +   metadata:
      +     annotations:
      +       eleventh.dev/branch: main
      +       eleventh.dev/built: 2026-11-01T02:00:00Z
      +       eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      +     name: bank-preprod
      ! Secret/db in bank-preprod
      -   stringData.password: (secret, sha256 73660a4f)
      +   stringData.password: (secret, sha256 f52fbd32)
      ! Deployment/payments in bank-preprod
      -   spec.template.spec.containers[name=web].args[1]: --limit=1
      +   spec.template.spec.containers[name=web].args[1]: --limit=2
      -   spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000001
      +   spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000002
      \`\`\`

      </details>

      Rendered by \`kustomize\`.
      "
    `);
    const many = Array.from({ length: 50 }, (_, index) => `  key-${index}: ${'x'.repeat(50)}\n`).join('');
    await pin(world, 3, { 'many.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many}\ndata:\n${many}` });
    const line = ['diff', 'preprod', '--rendered', '--format', 'markdown', '--limit'];
    const short = await world.ok(...line, '2000');
    expect(short.length).toBeLessThanOrEqual(2000);
    expect(short).toContain('services are not shown in full. All of it: `eleventh diff preprod --rendered`\n');
    expect((await world.ok(...line, 'gitlab')).length).toBeGreaterThan(2000);
  });

  test('of what would be pinned, updated and rolled back', async () => {
    const world = await began();
    const folder = world.files('manifests-5', { ...manifests(2), 'limits.yaml': NAMESPACE });
    const { commit: number, built } = build('payments', 5);
    const pinned = ['--commit', number, '--built', String(built), '--manifests', folder];
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    commit(world, 'main', 'environments/staging/payments/kustomization.yaml', OVERLAY('test', 3));
    expect(
      await seen(
        world,
        ['pin', 'payments', ...pinned, '--dry-run', '--rendered'],
        ['update', 'staging', '--dry-run', '--rendered'],
        ['update', 'preprod', '--dry-run', '--rendered'],
        ['rollback', 'prod', '--dry-run', '--rendered'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T05:00:00Z --manifests ~/manifests-5 --dry-run --rendered
      Would pin payments 0000005 in staging, replacing 0000002
        image   ghcr.io/acme/payments:0000005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        recipe  id-0001

      In staging: staging id-0002 → planned

      payments
        image      ghcr.io/acme/payments:0000002 → :0000005
        namespace  Namespace/bank-staging changes
        build      built 2026-11-01T02:00:00Z → 2026-11-01T05:00:00Z, commit 0000002 → 0000005
        - ConfigMap/limits in bank-staging
        ~ Deployment/payments in bank-staging
            ~ spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000002 → ghcr.io/acme/payments:0000005
        ~ Namespace/bank-staging, Secret/db: only which build it is

      1 service changes: 4 objects (3 changed, 1 removed); 1 service comes to the same, rendered by kustomize
      $ eleventh update staging --dry-run --rendered
      Would update staging to main id-0003
        branch  env/staging

      In staging: staging id-0002 → planned

      payments
        namespace  Namespace/bank-staging is removed
        namespace  Namespace/bank-test is added
        - ConfigMap/limits in bank-staging
        + ConfigMap/limits in bank-test
            + apiVersion: v1
            + data:
            +   limits.properties: |
            +     # per second
            +     limit=2
            +     burst=10
            +     # per day
            +     most=1000
            + kind: ConfigMap
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: limits
            +   namespace: bank-test
        - Namespace/bank-staging
        + Namespace/bank-test
            + apiVersion: v1
            + kind: Namespace
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: bank-test
        - Secret/db in bank-staging
        + Secret/db in bank-test
            + apiVersion: v1
            + kind: Secret
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: db
            +   namespace: bank-test
            + stringData:
            +   password: (secret, sha256 f52fbd32)
        - Deployment/payments in bank-staging
        + Deployment/payments in bank-test
            + apiVersion: apps/v1
            + kind: Deployment
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: payments
            +   namespace: bank-test
            + spec:
            +   replicas: 3
            +   selector:
            +     matchLabels:
            +       app: payments
            +   template:
            +     metadata:
            +       annotations:
            +         eleventh.dev/branch: main
            +         eleventh.dev/built: 2026-11-01T02:00:00Z
            +         eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +       labels:
            +         app: payments
            +     spec:
            +       containers:
            +         - args:
            +             - --port=8080
            +             - --limit=2
            +           image: ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +           name: web

      1 service changes: 8 objects (4 added, 4 removed); 1 service comes to the same, rendered by kustomize
      $ eleventh update preprod --dry-run --rendered
      Would update preprod to main id-0003
        branch  env/preprod

      In preprod: preprod id-0004 → planned

      No object changes; 2 services come to the same, rendered by kustomize
      $ eleventh rollback prod --dry-run --rendered
      Would roll back prod to v1.0.0, released as v1.0.2
        ~  payments  0000002 → 0000001
        branch  env/prod

      In prod: prod id-0005 → planned

      payments
        image      ghcr.io/acme/payments:0000002 → :0000001
        namespace  Namespace/bank-prod is removed
        build      built 2026-11-01T02:00:00Z → 2026-11-01T01:00:00Z, commit 0000002 → 0000001
        ~ ConfigMap/limits in bank-prod
            ~ data["limits.properties"]:
                  # per second
                - limit=2
                + limit=1
                  burst=10
                  # per day
                  …
        - Namespace/bank-prod
        ~ Secret/db in bank-prod
            ~ stringData.password: (secret, sha256 f52fbd32) → (secret, sha256 73660a4f)
        ~ Deployment/payments in bank-prod
            ~ spec.template.spec.containers[name=web].args[1]: --limit=2 → --limit=1
            ~ spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000002 → ghcr.io/acme/payments:0000001

      1 service changes: 4 objects (3 changed, 1 removed); 1 service comes to the same, rendered by kustomize
      "
    `);
  });

  test('of what would be promoted', async () => {
    const world = await began();
    expect(
      await seen(world, ['promote', 'staging', '--to', 'preprod', '--dry-run', '--rendered']),
    ).toMatchInlineSnapshot(`
      "$ eleventh promote staging --to preprod --dry-run --rendered
      Would promote staging id-0001 to preprod
        ~  payments  0000001 → 0000002
        ✓  serviceBranches  takes builds of main only
        branch  env/preprod
        recipe  id-0002

      In preprod: preprod id-0003 → planned

      payments
        image      ghcr.io/acme/payments:0000001 → :0000002
        namespace  Namespace/bank-preprod is added
        build      built 2026-11-01T01:00:00Z → 2026-11-01T02:00:00Z, commit 0000001 → 0000002
        ~ ConfigMap/limits in bank-preprod
            ~ data["limits.properties"]:
                  # per second
                - limit=1
                + limit=2
                  burst=10
                  # per day
                  …
        + Namespace/bank-preprod
            + apiVersion: v1
            + kind: Namespace
            + metadata:
            +   annotations:
            +     eleventh.dev/branch: main
            +     eleventh.dev/built: 2026-11-01T02:00:00Z
            +     eleventh.dev/commit: 0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            +   name: bank-preprod
        ~ Secret/db in bank-preprod
            ~ stringData.password: (secret, sha256 73660a4f) → (secret, sha256 f52fbd32)
        ~ Deployment/payments in bank-preprod
            ~ spec.template.spec.containers[name=web].args[1]: --limit=1 → --limit=2
            ~ spec.template.spec.containers[name=web].image: ghcr.io/acme/payments:0000001 → ghcr.io/acme/payments:0000002

      1 service changes: 4 objects (1 added, 3 changed); 1 service comes to the same, rendered by kustomize
      "
    `);
    const before = await world.refs();
    await world.ok('promote', 'staging', '--to', 'preprod', '--dry-run', '--rendered', '--json');
    expect(await world.refs()).toBe(before);
  });

  test('as one value for programs, without what a Secret holds', async () => {
    const world = await began();
    const found = JSON.parse(anywhere(JSON.stringify(await stableJson(world, ['diff', 'preprod', '--rendered']))));
    expect(JSON.stringify(found)).not.toContain('hunter');
    expect(found).toMatchInlineSnapshot(`
      {
        "from": {
          "commit": "id-0001.................................",
          "environment": "preprod",
          "name": "preprod id-0001",
          "recipe": "id-0002.................................",
        },
        "renderer": "kustomize",
        "same": 1,
        "schemaVersion": 1,
        "services": [
          {
            "build": [
              {
                "after": "2026-11-01T02:00:00Z",
                "before": "2026-11-01T01:00:00Z",
                "name": "built",
              },
              {
                "after": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "before": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "name": "commit",
              },
            ],
            "change": "changed",
            "highlights": [
              {
                "after": "ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "before": "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "kind": "image",
                "objects": [
                  "Deployment/payments",
                ],
              },
              {
                "change": "added",
                "kind": "namespace",
                "object": "Namespace/bank-preprod",
              },
            ],
            "id": "payments",
            "objects": [
              {
                "apiVersion": "v1",
                "change": "changed",
                "content": null,
                "fields": [
                  {
                    "after": "# per second
      limit=2
      burst=10
      # per day
      most=1000
      ",
                    "before": "# per second
      limit=1
      burst=10
      # per day
      most=1000
      ",
                    "change": "changed",
                    "isBuild": false,
                    "path": "data["limits.properties"]",
                  },
                  {
                    "after": "2026-11-01T02:00:00Z",
                    "before": "2026-11-01T01:00:00Z",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/built"]",
                  },
                  {
                    "after": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "before": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/commit"]",
                  },
                ],
                "kind": "ConfigMap",
                "name": "limits",
                "namespace": "bank-preprod",
                "previous": null,
              },
              {
                "apiVersion": "v1",
                "change": "added",
                "content": {
                  "apiVersion": "v1",
                  "kind": "Namespace",
                  "metadata": {
                    "annotations": {
                      "eleventh.dev/branch": "main",
                      "eleventh.dev/built": "2026-11-01T02:00:00Z",
                      "eleventh.dev/commit": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    },
                    "name": "bank-preprod",
                  },
                },
                "fields": [],
                "kind": "Namespace",
                "name": "bank-preprod",
                "namespace": null,
                "previous": null,
              },
              {
                "apiVersion": "v1",
                "change": "changed",
                "content": null,
                "fields": [
                  {
                    "after": "2026-11-01T02:00:00Z",
                    "before": "2026-11-01T01:00:00Z",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/built"]",
                  },
                  {
                    "after": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "before": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/commit"]",
                  },
                  {
                    "after": "(secret, sha256 f52fbd32)",
                    "before": "(secret, sha256 73660a4f)",
                    "change": "changed",
                    "isBuild": false,
                    "path": "stringData.password",
                  },
                ],
                "kind": "Secret",
                "name": "db",
                "namespace": "bank-preprod",
                "previous": null,
              },
              {
                "apiVersion": "apps/v1",
                "change": "changed",
                "content": null,
                "fields": [
                  {
                    "after": "2026-11-01T02:00:00Z",
                    "before": "2026-11-01T01:00:00Z",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/built"]",
                  },
                  {
                    "after": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "before": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "change": "changed",
                    "isBuild": true,
                    "path": "metadata.annotations["eleventh.dev/commit"]",
                  },
                  {
                    "after": "2026-11-01T02:00:00Z",
                    "before": "2026-11-01T01:00:00Z",
                    "change": "changed",
                    "isBuild": true,
                    "path": "spec.template.metadata.annotations["eleventh.dev/built"]",
                  },
                  {
                    "after": "0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "before": "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "change": "changed",
                    "isBuild": true,
                    "path": "spec.template.metadata.annotations["eleventh.dev/commit"]",
                  },
                  {
                    "after": "--limit=2",
                    "before": "--limit=1",
                    "change": "changed",
                    "isBuild": false,
                    "path": "spec.template.spec.containers[name=web].args[1]",
                  },
                  {
                    "after": "ghcr.io/acme/payments:0000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "before": "ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "change": "changed",
                    "isBuild": false,
                    "path": "spec.template.spec.containers[name=web].image",
                  },
                ],
                "kind": "Deployment",
                "name": "payments",
                "namespace": "bank-preprod",
                "previous": null,
              },
            ],
            "problem": null,
          },
        ],
        "to": {
          "commit": "id-0003.................................",
          "environment": "preprod",
          "name": "staging id-0003",
          "recipe": "id-0004.................................",
        },
      }
    `);
  });

  test('is not shown of a service that cannot be rendered, which is a failure', async () => {
    const world = await began();
    await pin(world, 3, { 'service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: [payments]\n' });
    const shown = await seen(world, ['diff', 'preprod', '--rendered']);
    // What the renderer says is its own, and differs with its version.
    expect(shown.replace(/(cannot be rendered: ).*( \[\w+\])$/m, '$1…$2')).toMatchInlineSnapshot(`
      "$ eleventh diff preprod --rendered
      In preprod: preprod id-0001 → staging id-0002

      payments
        ! staging id-0002 cannot be rendered: … [RENDER_FAILED]
        hint: In a checkout: kustomize environments/preprod/payments

      No object changes; 1 service cannot be rendered; 1 service comes to the same, rendered by kustomize
      [exit 1]
      "
    `);
    const markdown = await seen(world, ['diff', 'preprod', '--rendered', '--format', 'markdown']);
    expect(markdown).toContain('| `payments` | **cannot be rendered** |');
    expect(markdown).toMatch(/\[exit 1\]\n$/);
  });

  test('is asked for in a way that means something', async () => {
    const world = await began();
    expect(
      await seen(
        world,
        ['diff', 'preprod', '--format', 'markdown'],
        ['diff', 'preprod', 'prod', 'payments'],
        ['diff', 'preprod', '--rendered', '--format', 'markdown', '--json'],
        ['diff', 'preprod', '--rendered', '--limit', '100'],
        ['diff', 'preprod', 'prod', 'paymnets', '--rendered'],
        ['diff', 'preprod', '--rendered', '--in', 'prd'],
        ['diff', 'main', 'main', '--rendered'],
        ['promote', 'staging', '--to', 'preprod', '--rendered'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh diff preprod --format markdown
      error [ONLY_RENDERED] --format is for what clusters would see, which --rendered asks for.
      hint: eleventh diff preprod --rendered
      [exit 2]
      $ eleventh diff preprod prod payments
      error [ONLY_RENDERED] A service is for what clusters would see, which --rendered asks for.
      hint: eleventh diff preprod prod payments --rendered
      [exit 2]
      $ eleventh diff preprod --rendered --format markdown --json
      {"schemaVersion":1,"error":{"code":"USAGE","message":"Option '--format <format>' cannot be used with option '--json'.","hint":"eleventh diff --help","exitCode":2,"details":{}}}
      error [USAGE] Option '--format <format>' cannot be used with option '--json'.
      hint: eleventh diff --help
      [exit 2]
      $ eleventh diff preprod --rendered --limit 100
      error [BAD_LIMIT] --limit takes github, gitlab or a number from 2000 up, not "100".
      hint: --limit github
      [exit 2]
      $ eleventh diff preprod prod paymnets --rendered
      error [UNKNOWN_SERVICE] There is no service "paymnets" in preprod id-0001 or prod id-0002.
      hint: Did you mean payments ?
      [exit 2]
      $ eleventh diff preprod --rendered --in prd
      error [UNKNOWN_ENVIRONMENT] There is no environment "prd".
      hint: Did you mean prod ?
      [exit 2]
      $ eleventh diff main main --rendered
      error [WHICH_ENVIRONMENT] Neither main id-0003 nor main id-0003 belongs to an environment, so no overlays are theirs.
      hint: eleventh diff main main --rendered --in staging
      [exit 2]
      $ eleventh promote staging --to preprod --rendered
      error [ONLY_DRY_RUN] --rendered shows what a plan comes to before it is carried out, and --dry-run is missing.
      hint: eleventh promote staging --to preprod --rendered --dry-run
      [exit 2]
      "
    `);
  });
});
