import { describe, expect, test } from 'vitest';
import { type BadLine, refusals } from './refusal.ts';
import { build, commit, pinned, screen, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

/** Returns what each content of a file has some command lines refused with. */
async function refusedFiles(
  world: World,
  branch: string,
  path: string,
  contents: readonly (string | Uint8Array)[],
  ...lines: readonly BadLine[]
): Promise<string> {
  const shown: string[] = [];
  for (const content of contents) {
    const undo = commit(world, branch, path, content);
    shown.push(await refusals(world, lines));
    undo();
  }
  return shown.join('\n');
}

const PIN: BadLine = [['pin', 'payments', '--commit', sha(9)]];

describe('broken or unknown YAML', () => {
  test('in service.yaml', async () => {
    const world = await withServices();
    const head = 'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata:\n  name: payments\n';
    const contents = [
      'spec: [',
      `${head}spec:\n  owner: a\n  owner: b\n`,
      `${head}spec:\n  onwer: team-payments\n`,
      `${head}spec:\n  images: ghcr.io/acme/payments\n`,
      `${head}spec:\n  images: ["ghcr.io/acme/payments:1"]\n`,
      `${head}spec:\n  manifests: git\n`,
      `${head}spec:\n  requires: {ledger: banana}\n`,
      `${head.replace('v1alpha1', 'v2')}spec: {}\n`,
      `${head.replace('Service', 'Servant')}spec: {}\n`,
      head,
      '',
      'a: &a [*a]\n',
      new Uint8Array([0xff, 0xfe, 0x00]),
    ];
    expect(await refusedFiles(world, 'main', 'apps/payments/service.yaml', contents, PIN)).toMatchInlineSnapshot(`
      "3 BAD_YAML: apps/payments/service.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See apps/payments/service.yaml:1
      3 BAD_YAML: apps/payments/service.yaml is not valid YAML: Map keys must be unique.
          See apps/payments/service.yaml:7
      3 INVALID_FILE: apps/payments/service.yaml: spec.onwer is not a known field.
          Did you mean owner ? See apps/payments/service.yaml:6
      3 INVALID_FILE: apps/payments/service.yaml: spec.images is not valid: Expected Array but received "ghcr.io/acme/payments".
          See apps/payments/service.yaml:6
      3 INVALID_FILE: apps/payments/service.yaml: spec.images.0 is not valid: an image repository has neither tag nor digest.
          See apps/payments/service.yaml:6
      3 INVALID_FILE: apps/payments/service.yaml: spec.manifests is not valid: Expected ("ci" | "workspace") but received "git".
          See apps/payments/service.yaml:6
      3 INVALID_FILE: apps/payments/service.yaml: spec.requires.ledger is not valid: not a SemVer range.
          See apps/payments/service.yaml:6
      3 INVALID_FILE: apps/payments/service.yaml: apiVersion is not valid: Expected "eleventh.dev/v1alpha1" but received "eleventh.dev/v2".
          See apps/payments/service.yaml:1
      3 INVALID_FILE: apps/payments/service.yaml: kind is not valid: Expected "Service" but received "Servant".
          See apps/payments/service.yaml:2
      3 INVALID_FILE: apps/payments/service.yaml: spec is missing.
          See apps/payments/service.yaml
      3 INVALID_FILE: apps/payments/service.yaml: the file is not valid: Expected Object but received null.
          See apps/payments/service.yaml
      3 INVALID_FILE: apps/payments/service.yaml: a is not a known field.
          See apps/payments/service.yaml:1
      3 NOT_UTF8: apps/payments/service.yaml is not UTF-8 text.
          iconv -t UTF-8 apps/payments/service.yaml"
    `);
    commit(world, 'main', 'apps/payments/service.yaml', 'spec: [');
    expect(await refusals(world, [[['service', 'list']], [['service', 'remove', 'payments']]])).toMatchInlineSnapshot(`
      "3 BAD_YAML: apps/payments/service.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See apps/payments/service.yaml:1
      3 BAD_YAML: apps/payments/service.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See apps/payments/service.yaml:1"
    `);
  });

  test('in environment.yaml: policy fails closed', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    const file = (spec: string) =>
      `apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: preprod\nspec:\n  branch: env/preprod\n  from: [staging]\n${spec}`;
    const contents = [
      'kind: [Environment\n',
      file('  polici: {}\n'),
      file('  policy: {serviceBranch: [main]}\n'),
      file('  policy: {serviceBranches: main}\n'),
      file('  policy: {serviceBranches: ["***"]}\n'),
      file('  policy: {serviceBranches: ["(main|x)+"]}\n'),
      file('  policy: {digests: always}\n'),
      file('  policy: {approvals: {count: 0}}\n'),
      file('  policy: {tests: integration}\n'),
      file('  policy: {freeze: [{name: weekend, window: Friday}]}\n'),
      file('  policy: {rules: [{name: few, holds: plan.service.size() < 5}]}\n'),
      file('  policy: {signed: [required]}\n'),
      file('').replace('[staging]', '[stagign]'),
      file('').replace('[staging]', '[prod]'),
      file('').replace('env/preprod', '../preprod'),
      file('  release: {tag: "v"}\n'),
      file('').replace('  branch: env/preprod\n', ''),
      '',
    ];
    const lines: BadLine[] = [[['promote', 'staging', '--to', 'preprod']]];
    expect(
      await refusedFiles(world, 'main', 'environments/preprod/environment.yaml', contents, ...lines),
    ).toMatchInlineSnapshot(`
      "3 BAD_YAML: environments/preprod/environment.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See environments/preprod/environment.yaml:2
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.polici is not a known field.
          Did you mean policy ? See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.serviceBranch is not a known field.
          Did you mean serviceBranches ? See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.serviceBranches is not valid: Expected Array but received "main".
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.serviceBranches.0 is not valid: not a pattern of *, ** and ?.
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.serviceBranches.0 is not valid: not a pattern of *, ** and ?.
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.digests is not valid: Expected ("required" | "optional") but received "always".
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.approvals.count is not valid: less than 1.
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.tests is not valid: Expected Array but received "integration".
          See environments/preprod/environment.yaml:8
      3 POLICY_REFUSED: preprod takes nothing during weekend: weekend cannot be told: the first line is not DTSTART;TZID=Europe/Zurich:20261218T170000 or its like.
          git log -p main -- environments/preprod/environment.yaml
      3 POLICY_REFUSED: preprod takes what keeps the rule few: it cannot be told: No such key: service.
          git show main:environments/preprod/environment.yaml
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.policy.signed is not valid: Expected ("required" | "optional") but received Array.
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.from takes from stagign, which is not an environment.
          eleventh env list
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.from leads into a circle.
          eleventh env list
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.branch is not valid: not a branch name.
          See environments/preprod/environment.yaml:6
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.release.tag is not valid: a tag pattern holds {version} once, such as v{version}.
          See environments/preprod/environment.yaml:8
      3 INVALID_FILE: environments/preprod/environment.yaml: spec.branch is missing.
          See environments/preprod/environment.yaml:5
      3 INVALID_FILE: environments/preprod/environment.yaml: the file is not valid: Expected Object but received null.
          See environments/preprod/environment.yaml"
    `);
    // A branch that Git cannot keep beside env/staging and env/prod.
    const clash = [file('').replace('env/preprod', 'env')];
    expect(
      await refusedFiles(world, 'main', 'environments/preprod/environment.yaml', clash, [['update', 'preprod']]),
    ).toMatchInlineSnapshot(`
      "2 BRANCH_CLASHES: A branch env cannot stand beside the branch env/preprod: Git keeps them as file and folder.
          Choose another name for the branch."
    `);
  });

  test('in workspace.yaml', async () => {
    const world = await withServices();
    const head = 'apiVersion: eleventh.dev/v1alpha1\nkind: Workspace\nmetadata: {name: bank}\n';
    const contents = [
      'spec: {',
      `${head}spec: {default: {}}\n`,
      `${head}spec: {defaults: {env: staging}}\n`,
      `${head}spec: {defaults: {environment: stagign}}\n`,
      `${head}spec: {defaults: {environment: [staging]}}\n`,
      '- a list\n',
      '%YAML 9\n---\n!!js/function x\n',
    ];
    expect(await refusedFiles(world, 'main', 'environments/workspace.yaml', contents, PIN)).toMatchInlineSnapshot(`
      "3 BAD_YAML: environments/workspace.yaml is not valid YAML: Flow map in block collection must be sufficiently indented and end with a }.
          See environments/workspace.yaml:1
      3 INVALID_FILE: environments/workspace.yaml: spec.default is not a known field.
          Did you mean defaults ? See environments/workspace.yaml:4
      3 INVALID_FILE: environments/workspace.yaml: spec.defaults.env is not a known field.
          Did you mean environment ? See environments/workspace.yaml:4
      3 NO_ENVIRONMENT: environments/workspace.yaml names stagign, which is not an environment.
          eleventh env list
      3 INVALID_FILE: environments/workspace.yaml: spec.defaults.environment is not valid: Expected string but received Array.
          See environments/workspace.yaml:4
      3 INVALID_FILE: environments/workspace.yaml: 0 is not a known field.
          See environments/workspace.yaml:1
      3 BAD_YAML: environments/workspace.yaml is not valid YAML: Unsupported YAML version 9.
          See environments/workspace.yaml:1"
    `);
  });

  test('that would write on the terminal', async () => {
    const world = await withServices();
    const name = '"\\e[31mred\\e[0m\\a \\u202egnol\\nnext"';
    const file = `apiVersion: eleventh.dev/v1alpha1\nkind: Workspace\nmetadata: {name: bank}\nspec: {defaults: {environment: ${name}}}\n`;
    commit(world, 'main', 'environments/workspace.yaml', file);
    expect(await screen(world, ['status'])).toMatchInlineSnapshot(`
      "$ eleventh status
      error [NO_ENVIRONMENT] environments/workspace.yaml names red gnol next, which is not an environment.
      hint: eleventh env list
      [exit 3]
      "
    `);
  });

  test('in a pin, which only tools write', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    const contents = [
      'images: [[[',
      'kind: Kustomization\napiVersion: v1\nimages:\n  - name: payments\n    newTag: latest\n',
      'kind: Kustomization\napiVersion: v1\ncommonAnnotations: {eleventh.dev/commit: "abc"}\n',
      'kind: Kustomization\napiVersion: v1\npatches: [{path: a.yaml}]\ncommonAnnotations: {}\n',
    ];
    const lines: BadLine[] = [PIN, [['promote', 'staging', '--to', 'preprod']], [['compose']]];
    expect(
      await refusedFiles(world, 'env/staging', 'apps/payments/kustomization.yaml', contents, ...lines),
    ).toMatchInlineSnapshot(`
      "1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: it is not YAML.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin on its own manifests.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: it is not YAML.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: images.0.newName is not what a pin holds.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin on its own manifests.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: images.0.newName is not what a pin holds.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: it names no commit of the service.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin on its own manifests.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: it names no commit of the service.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: patches.0.target is not what a pin holds.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin on its own manifests.
          git log -p -- apps/payments/kustomization.yaml
      1 BAD_PIN: apps/payments/kustomization.yaml is not a pin: patches.0.target is not what a pin holds.
          git log -p -- apps/payments/kustomization.yaml"
    `);
    const undo = commit(world, 'env/staging', 'apps/payments/kustomization.yaml', 'images: [[[');
    expect(await screen(world, ['rollback', 'staging', '--dry-run'])).toMatchInlineSnapshot(`
      "$ eleventh rollback staging --dry-run
      Would roll back staging to id-0001
        +  payments  added at 0000001
        branch  env/staging
      "
    `);
    undo();
  });

  test('in an overlay, and one that sets an image', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    const head =
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: staging\nresources: [../../../apps/payments]\n';
    const patch =
      'patches:\n  - patch: |\n      kind: Deployment\n      metadata: {name: payments}\n      spec: {template: {spec: {containers: [{name: payments, image: other:1}]}}}\n';
    const contents = [
      `${head}images: [\n`,
      `${head}images: [{name: payments, newTag: other}]\n`,
      `${head}${patch}`,
      `${head}patches: [{path: nowhere.yaml}]\n`,
    ];
    const path = 'environments/staging/payments/kustomization.yaml';
    expect(await refusedFiles(world, 'main', path, contents, [['update', 'staging']])).toMatchInlineSnapshot(`
      "3 BAD_YAML: environments/staging/payments/kustomization.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See environments/staging/payments/kustomization.yaml:6
      3 OVERLAY_IMAGE: The overlay of payments in staging sets an image (environments/staging/payments/kustomization.yaml); only the pin may.
          Remove the image from environments/staging/payments/kustomization.yaml on the default branch, then: eleventh update staging
      3 OVERLAY_IMAGE: The overlay of payments in staging sets an image (environments/staging/payments/kustomization.yaml); only the pin may.
          Remove the image from environments/staging/payments/kustomization.yaml on the default branch, then: eleventh update staging
      3 OVERLAY_UNCLEAR: The overlay of payments in staging could set an image, and only the pin may: environments/staging/payments/kustomization.yaml names environments/staging/payments/nowhere.yaml, where no plain file is.
          Take that out of environments/staging/payments/kustomization.yaml on the default branch, then: eleventh update staging"
    `);
    expect(
      await refusedFiles(world, 'env/staging', path, contents.slice(0, 2), [['pin', 'payments', '--commit', sha(2)]]),
    ).toMatchInlineSnapshot(`
      "3 BAD_YAML: environments/staging/payments/kustomization.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
          See environments/staging/payments/kustomization.yaml:6
      3 OVERLAY_IMAGE: The overlay of payments in staging sets an image (environments/staging/payments/kustomization.yaml); only the pin may.
          Remove the image from environments/staging/payments/kustomization.yaml on the default branch, then: eleventh update staging"
    `);
  });
});
