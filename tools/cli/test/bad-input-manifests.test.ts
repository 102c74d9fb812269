import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BadLine, refusals } from './refusal.ts';
import { commit, withServices } from './screen.ts';
import { sha } from './world.ts';

const OBJECT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: payments}\n';
const DEPLOYMENT = (image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec: {template: {spec: {containers: [{name: payments, image: ${image}}]}}}\n`;

describe('a manifests folder', () => {
  test('that could not be mirrored everywhere, or is too large', async () => {
    const world = await withServices();
    const folder = (name: string, files: Record<string, string> = {}) =>
      world.files(name, { 'deployment.yaml': DEPLOYMENT('payments'), ...files });
    const many = folder('many');
    mkdirSync(join(many, 'deep'));
    for (let number = 0; number < 10_000; number += 1) writeFileSync(join(many, 'deep', `${number}.yaml`), OBJECT);
    const large = folder('large', { 'large.yaml': '' });
    truncateSync(join(large, 'large.yaml'), 50 * 1024 * 1024);
    const heavy = folder('heavy');
    for (let number = 0; number < 6; number += 1) {
      writeFileSync(join(heavy, `${number}.yaml`), '');
      truncateSync(join(heavy, `${number}.yaml`), 4 * 1024 * 1024);
    }
    const linked = folder('linked');
    symlinkSync('/etc/hostname', join(linked, 'host.yaml'));
    const looped = folder('looped');
    symlinkSync('.', join(looped, 'again'));
    const fifo = folder('fifo');
    execFileSync('mkfifo', [join(fifo, 'pipe.yaml')]);
    mkdirSync(join(world.root, 'hollow'));
    const folders = [
      many,
      large,
      heavy,
      linked,
      looped,
      fifo,
      folder('module', { '.git': 'gitdir: ../elsewhere\n' }),
      folder('inner', { 'inner/.git/HEAD': 'ref: refs/heads/main\n' }),
      folder('attributes', { '.gitattributes': '* text eol=crlf\n' }),
      folder('modules', { 'sub/.GITMODULES': '[submodule]\n' }),
      folder('cases', { 'Config.yaml': OBJECT, 'config.yaml': OBJECT }),
      folder('case-folders', { 'Sub/a.yaml': OBJECT, 'sub/b.yaml': OBJECT }),
      folder('device', { 'aux.yaml': OBJECT }),
      folder('backslash', { 'a\\b.yaml': OBJECT }),
      folder('colon', { 'a:b.yaml': OBJECT }),
      folder('dot', { 'a.': OBJECT }),
      folder('space', { 'a ': OBJECT }),
      folder('control', { 'a\u0007.yaml': OBJECT }),
      join(world.root, 'hollow'),
      join(world.root, 'nowhere'),
      join(many, 'deployment.yaml'),
      '',
      '.',
    ];
    const lines = folders.map((path): BadLine => [['pin', 'payments', '--commit', sha(1), '--manifests', path]]);
    expect(await refusals(world, lines)).toMatchInlineSnapshot(`
      "1 MANIFESTS_TOO_MANY: The folder "~/many" holds more than 1,000 files or folders, the most that are mirrored.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_TOO_LARGE: The manifest "large.yaml" is larger than 5 MiB, the most that is mirrored.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_TOO_LARGE: The files of the folder "~/heavy" together are larger than 20 MiB, the most that is mirrored.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_LINK: The manifest "host.yaml" is a symbolic link, which is not mirrored.
          Put the file itself in its place, or keep it out of the folder that --manifests names.
      1 MANIFESTS_LINK: The manifest "again" is a symbolic link, which is not mirrored.
          Put the file itself in its place, or keep it out of the folder that --manifests names.
      1 MANIFESTS_SPECIAL_FILE: The manifest "pipe.yaml" is a socket, pipe or device, which is not mirrored.
          Put the file itself in its place, or keep it out of the folder that --manifests names.
      1 MANIFESTS_SUBMODULE: The folder "~/module" is a Git repository or submodule (it has .git), which is not mirrored.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_SUBMODULE: The folder "~/inner/inner/" is a Git repository or submodule (it has .git), which is not mirrored.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_NAME: The manifest ".gitattributes" is a file that Git itself acts on, so the mirrored bytes could change on checkout.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "sub/.GITMODULES" is a file that Git itself acts on, so the mirrored bytes could change on checkout.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "config.yaml" differs from "Config.yaml" in case alone, which many file systems cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "sub/b.yaml" differs from "Sub" in case alone, which many file systems cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "aux.yaml" has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "a\\\\b.yaml" has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "a:b.yaml" has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "a." has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "a " has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_NAME: The manifest "a\\u0007.yaml" has a name that Windows or macOS cannot hold.
          Rename it, or keep it out of the folder that --manifests names.
      1 MANIFESTS_EMPTY: The manifests folder "~/hollow" holds no file.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      2 MANIFESTS_NOT_FOUND: There is no folder "~/nowhere" to read manifests from.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      2 MANIFESTS_NOT_FOUND: There is no folder "~/many/deployment.yaml" to read manifests from.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      2 MANIFESTS_NOT_FOUND: The manifests folder has an empty name.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      1 MANIFESTS_EMPTY: The manifests folder "~/empty" holds no file.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/"
    `);
    expect(await refusals(world, [[['service', 'add', 'cards', '--manifests', linked]]])).toMatchInlineSnapshot(`
      "1 MANIFESTS_LINK: The manifest "host.yaml" is a symbolic link, which is not mirrored.
          Put the file itself in its place, or keep it out of the folder that --manifests names."
    `);
  });

  test('whose files are no manifests, or do not use the image', async () => {
    const world = await withServices();
    const contents: Record<string, string>[] = [
      { 'a.yaml': 'kind: [' },
      { 'a.yaml': `${OBJECT}---\nkind: [` },
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nkind: Secret\n' },
      { 'values.yaml': 'replicas: 3\n' },
      { 'a.yaml': '- 1\n' },
      { 'a.json': '{"apiVersion": "v1"' },
      { 'README.md': 'Nothing here.\n' },
      { 'a.yaml': 'a: &a [&b [*a]]\n' },
      { 'a.yaml': OBJECT },
      { 'a.yaml': DEPLOYMENT('ghcr.io/acme/other:1') },
      { 'a.yaml': DEPLOYMENT('paymentss') },
      { 'kustomization.yaml': 'resources: [', 'a.yaml': DEPLOYMENT('payments') },
    ];
    const lines = contents.map((files, index): BadLine => {
      const folder = world.files(`k8s-${index}`, files);
      return [
        ['pin', 'payments', '--commit', sha(1), '--image', `ghcr.io/acme/payments:${sha(1)}`, '--manifests', folder],
      ];
    });
    expect(await refusals(world, lines)).toMatchInlineSnapshot(`
      "1 BAD_MANIFEST: manifests/a.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 1).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      1 BAD_MANIFEST: manifests/a.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 5).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      3 IMAGE_UNUSED: The manifests of payments do not use the image ghcr.io/acme/payments; they use no image.
          Bring manifests that do: eleventh pin payments … --manifests <folder>
      1 BAD_MANIFEST: manifests/values.yaml holds something that is not a Kubernetes object (it has no apiVersion and kind).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      1 BAD_MANIFEST: manifests/a.yaml holds something that is not a Kubernetes object (it has no apiVersion and kind).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      1 BAD_MANIFEST: manifests/a.json is not valid YAML: Flow map must end with a } (line 1).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      1 MANIFESTS_EMPTY: The manifests folder holds no YAML or JSON file.
          Name the folder that holds the Kubernetes manifests: --manifests k8s/
      1 BAD_MANIFEST: manifests/a.yaml holds something that is not a Kubernetes object (it has no apiVersion and kind).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.
      3 IMAGE_UNUSED: The manifests of payments do not use the image ghcr.io/acme/payments; they use no image.
          Bring manifests that do: eleventh pin payments … --manifests <folder>
      3 IMAGE_UNUSED: The manifests of payments do not use the image ghcr.io/acme/payments; they use ghcr.io/acme/other and no other.
          Bring manifests that do: eleventh pin payments … --manifests <folder>
      3 IMAGE_UNUSED: The manifests of payments do not use the image ghcr.io/acme/payments; they use paymentss and no other.
          Bring manifests that do: eleventh pin payments … --manifests <folder>
      1 BAD_MANIFEST: manifests/kustomization.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 1).
          kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count."
    `);
  });

  test('of a service whose manifests people edit', async () => {
    const world = await withServices();
    commit(
      world,
      'main',
      'apps/payments/service.yaml',
      'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata: {name: payments}\nspec: {images: [ghcr.io/acme/payments], manifests: workspace}\n',
    );
    const folder = world.files('k8s', { 'deployment.yaml': DEPLOYMENT('payments') });
    expect(
      await refusals(world, [[['pin', 'payments', '--commit', sha(1), '--manifests', folder]]]),
    ).toMatchInlineSnapshot(`
      "3 MANIFESTS_OWNED: The manifests of payments are edited on main; its service.yaml says manifests: workspace.
          Leave out --manifests, or set manifests: ci in apps/payments/service.yaml"
    `);
  });
});
