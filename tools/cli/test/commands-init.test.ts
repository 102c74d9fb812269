import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { screen, screens, stable } from './screen.ts';
import { World } from './world.ts';

describe('init', () => {
  test('begins a repository in a folder, without a remote', async () => {
    const world = new World();
    expect(await screen(world, ['init', join(world.root, 'bank'), '--dry-run'])).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --dry-run
      Would begin the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}
      "
    `);
    expect(existsSync(join(world.root, 'bank'))).toBe(false);
    expect(await screen(world, ['init', join(world.root, 'bank')])).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank
      Began the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}

      Next:
        cd ~/bank
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
        git remote add origin <url> && git push origin --all
      "
    `);
    expect(await world.git(join(world.root, 'bank'), 'status', '--short', '--branch')).toBe('## main');
    expect(await screen(world, ['status', '--repo', join(world.root, 'bank')])).toMatchInlineSnapshot(`
      "$ eleventh status --repo ~/bank
                 staging      preprod      prod
        deploys  env/staging  env/preprod  env/prod
        commit   id-0001      id-0002      id-0003
        recipe   empty        empty        empty
        main     newest       newest       newest

        Nothing runs anywhere yet.
      "
    `);
  });

  test('fills an empty bare repository, sets its HEAD, and leaves a checkout of it', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=master', world.remote);
    expect(await screen(world, ['init', join(world.root, 'bank'), '--remote', world.remote])).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --remote ~/deploy.git
      Began the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}
        pushed to    ~/deploy.git

      Next:
        cd ~/bank
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
      "
    `);
    expect(await world.ask('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(stable(world, await world.ask('for-each-ref', '--format=%(refname)'))).toMatchInlineSnapshot(`
      "refs/heads/env/preprod
      refs/heads/env/prod
      refs/heads/env/staging
      refs/heads/main"
    `);
    expect(await world.git(join(world.root, 'bank'), 'remote', 'get-url', 'origin')).toBe(world.remote);
    expect(await world.git(join(world.root, 'bank'), 'ls-files')).toMatchInlineSnapshot(`
      ".gitattributes
      README.md
      apps/README.md
      environments/allowed_signers
      environments/preprod/environment.yaml
      environments/preprod/kustomization.yaml
      environments/prod/environment.yaml
      environments/prod/kustomization.yaml
      environments/staging/environment.yaml
      environments/staging/kustomization.yaml
      environments/workspace.yaml"
    `);
  });

  test('brings the eleven example services, none of which runs yet', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', world.remote);
    expect(
      await screen(world, ['init', join(world.root, 'bank'), '--examples', '--remote', world.remote]),
    ).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --examples --remote ~/deploy.git
      Began the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}
        pushed to    ~/deploy.git

      Next:
        cd ~/bank
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
      "
    `);
    const { services } = await world.json<{ services: { id: string; runsIn: string[] }[] }>('service', 'list');
    expect(services).toHaveLength(11);
    expect(services.flatMap(({ runsIn }) => runsIn)).toEqual([]);
  });

  test('makes it a workspace of Nx as well where that is asked for', async () => {
    const world = new World();
    const folder = join(world.root, 'bank');
    expect(await screen(world, ['init', folder, '--nx'])).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --nx
      Began the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}

      Next:
        cd ~/bank
        npm install     # commit the package-lock.json that it writes
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
        git remote add origin <url> && git push origin --all
      "
    `);
    const files = ['.gitignore', 'nx.json', 'package.json'];
    expect(await world.git(folder, 'ls-tree', '--name-only', 'main', ...files)).toBe(files.join('\n'));
    // What is outside apps/ is the same on every branch.
    expect(await world.git(folder, 'diff', '--name-only', 'main', 'env/prod', '--', ...files)).toBe('');
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
    const { devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(devDependencies).toMatchObject({ '@eleventh/cli': version, '@eleventh/nx': version });
  });

  test('arranges the branches of the classic layout', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', world.remote);
    const line = ['init', join(world.root, 'bank'), '--layout', 'classic', '--remote', world.remote];
    expect(await screen(world, line)).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --layout classic --remote ~/deploy.git
      Began the deployment repository bank in ~/bank
        workspace  what people review: services, overlays, policy
        staging    what staging deploys
        main       what preprod deploys; what prod deploys, by tags v{version}
        pushed to  ~/deploy.git

      Next:
        cd ~/bank
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
      "
    `);
    expect(await world.ask('symbolic-ref', 'HEAD')).toBe('refs/heads/workspace');
    expect(readFileSync(join(world.root, 'bank', 'README.md'), 'utf8')).toMatchInlineSnapshot(`
      "# bank

      The deployment repository: every service's Kubernetes manifests for every environment. People change
      \`workspace\` by review; the branches of the environments are written by \`eleventh\` (or by plain git).

      | environment | deploys | takes recipes from |
      | --- | --- | --- |
      | staging | \`staging\` | service CI |
      | preprod | \`main\` | service CI |
      | prod | tags \`v{version}\` on \`main\` | preprod |

      | to | run |
      | --- | --- |
      | see what runs where | \`eleventh status\` |
      | add a service | \`eleventh service add <id> --image <repository>\` |
      | record a build (in the service's CI) | \`eleventh pin <id> --commit <sha> --manifests <folder>\` |
      | promote what was tested | \`eleventh promote preprod --to prod\` |
      | roll back | \`eleventh rollback prod\`, or \`git revert\` on its branch |
      "
    `);
  });

  test('says how to set the default branch of a server that does not let it', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=trunk', world.remote);
    // A HEAD that cannot be replaced: its lock is held.
    writeFileSync(join(world.remote, 'HEAD.lock'), '');
    expect(await screen(world, ['init', join(world.root, 'bank'), '--remote', world.remote])).toMatchInlineSnapshot(`
      "$ eleventh init ~/bank --remote ~/deploy.git
      Began the deployment repository bank in ~/bank
        main         what people review: services, overlays, policy
        env/staging  what staging deploys
        env/preprod  what preprod deploys
        env/prod     what prod deploys, by tags v{version}
        pushed to    ~/deploy.git
      note: HEAD of the remote names no branch that exists. Make main its default branch in the host's settings, or on the server: git symbolic-ref HEAD refs/heads/main

      Next:
        cd ~/bank
        eleventh service add hello --image ghcr.io/acme/hello
        eleventh pin hello --commit "$(git rev-parse HEAD)"     # the HEAD of a checkout of hello
        eleventh status
      "
    `);
  });

  test('refuses what is not empty, and leaves it alone', async () => {
    const world = await World.begun();
    const before = await world.refs();
    mkdirSync(join(world.root, 'mine'));
    writeFileSync(join(world.root, 'mine', 'notes.txt'), 'mine');
    symlinkSync(join(world.root, 'nowhere'), join(world.root, 'dangling'));
    expect(
      await screens(
        world,
        ['init', join(world.root, 'mine')],
        ['init', join(world.root, 'mine', 'notes.txt')],
        ['init', join(world.root, 'other'), '--remote', world.remote],
        ['init', join(world.root, 'other'), '--remote', join(world.root, 'nowhere.git')],
        ['init', join(world.root, 'other'), '--layout', 'modern'],
        ['init'],
      ),
    ).toMatchInlineSnapshot(`
      "$ eleventh init ~/mine
      error [FOLDER_NOT_EMPTY] "~/mine" is not empty.
      hint: eleventh init <a new folder>
      [exit 2]
      $ eleventh init ~/mine/notes.txt
      error [BAD_FOLDER] "~/mine/notes.txt" is not a folder that can be read.
      hint: eleventh init <a new folder>
      [exit 2]
      $ eleventh init ~/other --remote ~/deploy.git
      error [NOT_EMPTY] The repository is not empty: it has branches or tags already.
      hint: Name an empty bare repository: git init --bare <path>
      [exit 1]
      $ eleventh init ~/other --remote ~/nowhere.git
      error [REPOSITORY_NOT_FOUND] There is no Git repository at ~/nowhere.git that you may read.
      hint: git ls-remote ~/nowhere.git
      [exit 1]
      $ eleventh init ~/other --layout modern
      error [USAGE] Option '--layout <layout>' argument 'modern' is invalid. Allowed choices are standard, classic.
      hint: eleventh init --help
      [exit 2]
      $ eleventh init
      error [USAGE] Missing required argument 'dir'.
      hint: eleventh init --help
      [exit 2]
      "
    `);
    expect(await world.refs()).toBe(before);
  });
});
