import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hour, screen, stable, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

const DEPLOYMENT =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec: {template: {spec: {containers: [{name: payments, image: payments}]}}}\n';

/** A service's own repository: a checkout of it with manifests, on `main`. */
class ServiceRepository {
  readonly folder: string;
  readonly #world: World;
  #hour = 0;

  constructor(world: World) {
    this.#world = world;
    this.folder = world.files('payments', { 'k8s/deployment.yaml': DEPLOYMENT });
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('remote', 'add', 'origin', 'https://deploy:s3cr3t-t0ken@github.com/acme/payments.git');
    this.git('add', '.');
  }

  git(...args: string[]): string {
    const date = hour(this.#hour);
    const env = { ...this.#world.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return execFileSync('git', args, { cwd: this.folder, env, encoding: 'utf8' }).trim();
  }

  /** Makes a commit one hour after the one before and returns its id. */
  commit(message: string, author = 'Test Developer <developer@example.com>'): string {
    this.#hour += 1;
    this.git('commit', '--quiet', '--allow-empty', '--message', message, '--author', author);
    return this.git('rev-parse', 'HEAD');
  }
}

describe('pin in a checkout of the service', () => {
  test('finds out the build, and records what changed since the one it replaces', async () => {
    const world = await withServices();
    const service = new ServiceRepository(world);
    service.commit('Take payments');
    const line = ['pin', 'payments', '--manifests', 'k8s'];
    expect(await screen(world, line, { cwd: service.folder })).toMatchInlineSnapshot(`
      "$ eleventh pin payments --manifests k8s
      First brought staging up to main, for services that were new there.
      Pinned payments id-0001 in staging, for the first time
        image   ghcr.io/acme/payments:id-0001.................................
        branch  env/staging
        commit  id-0002
        recipe  id-0003
        undo    git revert id-0002
      "
    `);
    expect(await screen(world, line, { cwd: service.folder })).toMatchInlineSnapshot(`
      "$ eleventh pin payments --manifests k8s
      staging already runs payments id-0001; nothing to do.
      "
    `);
    service.commit('Refuse a payment twice\n\nCo-authored-by: Test Pair <pair@example.com>');
    service.commit('Round to the cent', 'Test Author <author@example.com>');
    mkdirSync(join(service.folder, 'deep/down'), { recursive: true });
    const deep = { cwd: join(service.folder, 'deep/down') };
    expect(await screen(world, ['pin', 'payments', '--manifests', '../../k8s'], deep)).toMatchInlineSnapshot(`
      "$ eleventh pin payments --manifests ../../k8s
      Pinned payments id-0004 in staging, replacing id-0001
        image   ghcr.io/acme/payments:id-0004.................................
        branch  env/staging
        commit  id-0005
        recipe  id-0006
        undo    git revert id-0005
      "
    `);
    expect(stable(world, await world.ask('log', '-1', '--format=%B', 'env/staging'))).toMatchInlineSnapshot(`
      "Pin payments id-0004

      Service: payments
      Commit: id-0004.................................
      Branch: main
      Image: ghcr.io/acme/payments:id-0004.................................
      Replaces: id-0001.................................
      Change: id-0004..... Round to the cent
      Change: id-0007..... Refuse a payment twice
      Change-Author: Test Author <author@example.com>
      Change-Author: Test Developer <developer@example.com>
      Change-Author: Test Pair <pair@example.com>
      Workspace: id-0008.................................
      Policy: id-0008.................................
      Recipe: id-0006.................................
      "
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
      images:
        - name: "payments"
          newName: "ghcr.io/acme/payments"
          newTag: "id-0004................................."
      commonAnnotations:
        eleventh.dev/commit: "id-0004................................."
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://github.com/acme/payments"
        eleventh.dev/built: "2026-11-01T03:00:00Z""
    `);
    expect(service.git('status', '--short')).toBe('');
  });

  test('takes the branch that is checked out, and bounds a long list of changes', async () => {
    const world = await withServices();
    const service = new ServiceRepository(world);
    service.commit('Take payments');
    await world.run(['pin', 'payments'], { cwd: service.folder });
    service.git('switch', '--quiet', '--create', 'feature/limits');
    for (let number = 1; number <= 60; number += 1) service.commit(`Limit ${number}`);
    expect(await screen(world, ['pin', 'payments', '--version', '2.0.0'], { cwd: service.folder })).toContain('2.0.0');
    const message = await world.ask('log', '-1', '--format=%B', 'env/staging');
    expect(message).toContain('\nBranch: feature/limits\n');
    expect(message).toContain('Limit 60');
    expect(message.match(/^Change: /gm)).toHaveLength(50);
    expect(message).toContain('\nChanges-Omitted: 10\n');
    expect(message.match(/^Change-Author: /gm)).toHaveLength(1);
  });

  test('a commit that the checkout does not hold takes nothing from it', async () => {
    const world = await withServices();
    const service = new ServiceRepository(world);
    service.commit('Take payments');
    service.git('switch', '--quiet', '--create', 'feature/limits');
    await world.run(['pin', 'payments', '--commit', sha(1), '--built', hour(1)], { cwd: service.folder });
    const pin = await world.ask('show', 'env/staging:apps/payments/kustomization.yaml');
    expect(pin).toContain('eleventh.dev/branch: "main"');
  });
});

const COMMIT = sha(1);
const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/payments',
  GITHUB_SHA: COMMIT,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_RUN_ID: '4711',
  GITHUB_ACTOR: 'octo-developer',
  GITHUB_ACTOR_ID: '583231',
  GIT_AUTHOR_NAME: '',
  GIT_AUTHOR_EMAIL: '',
  GIT_COMMITTER_NAME: '',
  GIT_COMMITTER_EMAIL: '',
};
const GITLAB = {
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: COMMIT,
  CI_COMMIT_BRANCH: 'main',
  CI_COMMIT_TIMESTAMP: '2026-11-01T03:00:00+02:00',
  CI_PROJECT_URL: 'https://gitlab.com/acme/payments',
  CI_PIPELINE_URL: 'https://gitlab.com/acme/payments/-/pipelines/4711',
  GITLAB_USER_NAME: 'Test Developer',
  GITLAB_USER_EMAIL: 'developer@example.com',
  GIT_AUTHOR_NAME: '',
  GIT_AUTHOR_EMAIL: '',
};

describe('pin in CI, from an empty folder', () => {
  test('GitHub Actions', async () => {
    const world = await withServices();
    const event = { head_commit: { id: COMMIT, timestamp: hour(1) } };
    world.files('.', { 'event.json': JSON.stringify(event) });
    const env = { ...GITHUB, GITHUB_EVENT_PATH: join(world.root, 'event.json') };
    expect(await screen(world, ['pin', 'payments'], { env })).toMatchInlineSnapshot(`
      "$ eleventh pin payments
      First brought staging up to main, for services that were new there.
      Pinned payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      "
    `);
    expect(
      stable(world, await world.ask('log', '-1', '--format=%an <%ae> | %cn <%ce>%n%B', 'env/staging')),
    ).toMatchInlineSnapshot(`
      "octo-developer <583231+octo-developer@users.noreply.github.com> | octo-developer <583231+octo-developer@users.noreply.github.com>
      Pin payments 0000001

      Service: payments
      Commit: 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Branch: main
      Image: ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Build-Run: https://github.com/acme/payments/actions/runs/4711
      Workspace: id-0003.................................
      Policy: id-0003.................................
      Recipe: id-0002.................................
      "
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - manifests/service.yaml
      images:
        - name: "ghcr.io/acme/payments"
          newName: "ghcr.io/acme/payments"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://github.com/acme/payments"
        eleventh.dev/built: "2026-11-01T01:00:00Z""
    `);
  });

  test('a pull request on GitHub, from a branch of its own and from a fork', async () => {
    const world = await withServices();
    const pull = (repository: string) => ({
      pull_request: { number: 7, head: { sha: sha(2), ref: 'main', repo: { full_name: repository } } },
    });
    const env = { ...GITHUB, GITHUB_SHA: sha(9), GITHUB_REF: 'refs/pull/7/merge', GITHUB_REF_NAME: '7/merge' };
    const branchOf = async (repository: string): Promise<unknown> => {
      world.files('.', { 'event.json': JSON.stringify(pull(repository)) });
      const options = { env: { ...env, GITHUB_HEAD_REF: 'main', GITHUB_EVENT_PATH: join(world.root, 'event.json') } };
      const { stdout } = await world.run(['pin', 'payments', '--dry-run', '--json'], options);
      return JSON.parse(stdout).pins[0];
    };
    expect(await branchOf('acme/payments')).toMatchObject({ commit: sha(2), branch: 'main' });
    expect(await branchOf('stranger/payments')).toMatchObject({ commit: sha(2), branch: 'pull/7/head' });
  });

  test('a tag on GitHub names no branch, so nothing passes as main', async () => {
    const world = await withServices();
    const env = { ...GITHUB, GITHUB_REF: 'refs/tags/v1.0.0', GITHUB_REF_NAME: 'v1.0.0', GITHUB_REF_TYPE: 'tag' };
    expect(await screen(world, ['pin', 'payments'], { env })).toMatchInlineSnapshot(`
      "$ eleventh pin payments
      error [NO_BRANCH] GitHub Actions does not say from which branch it builds payments.
      hint: --branch <branch of the service>
      [exit 2]
      "
    `);
    expect(await screen(world, ['pin', 'payments', '--branch', 'main', '--dry-run'], { env })).toContain('0000001');
  });

  test('GitLab CI', async () => {
    const world = await withServices();
    expect(await screen(world, ['pin', 'payments'], { env: GITLAB })).toMatchInlineSnapshot(`
      "$ eleventh pin payments
      First brought staging up to main, for services that were new there.
      Pinned payments 0000001 in staging, for the first time
        image   ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch  env/staging
        commit  id-0001
        recipe  id-0002
        undo    git revert id-0001
      "
    `);
    expect(
      stable(world, await world.ask('log', '-1', '--format=%an <%ae> | %cn <%ce>%n%B', 'env/staging')),
    ).toMatchInlineSnapshot(`
      "Test Developer <developer@example.com> | Test Committer <committer@example.com>
      Pin payments 0000001

      Service: payments
      Commit: 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Branch: main
      Image: ghcr.io/acme/payments:0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Build-Run: https://gitlab.com/acme/payments/-/pipelines/4711
      Workspace: id-0003.................................
      Policy: id-0003.................................
      Recipe: id-0002.................................
      "
    `);
    expect(
      stable(world, await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')),
    ).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - manifests/service.yaml
      images:
        - name: "ghcr.io/acme/payments"
          newName: "ghcr.io/acme/payments"
          newTag: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      commonAnnotations:
        eleventh.dev/commit: "0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://gitlab.com/acme/payments"
        eleventh.dev/built: "2026-11-01T01:00:00Z""
    `);
  });

  test('a merge request of a fork on GitLab', async () => {
    const world = await withServices();
    const env = {
      ...GITLAB,
      CI_COMMIT_BRANCH: '',
      CI_MERGE_REQUEST_IID: '12',
      CI_MERGE_REQUEST_PROJECT_ID: '1',
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '2',
      CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'main',
    };
    const { stdout } = await world.run(['pin', 'payments', '--dry-run', '--json'], { env });
    expect(JSON.parse(stdout).pins[0]).toMatchObject({ commit: COMMIT, branch: 'merge-requests/12/head' });
  });

  test('what the command line says wins over the variables', async () => {
    const world = await withServices();
    const line = ['pin', 'payments', '--branch', 'hotfix', '--built', hour(5), '--source', 'https://git.example.com/p'];
    const { stdout } = await world.run([...line, '--dry-run', '--json'], { env: GITLAB });
    expect(JSON.parse(stdout).pins[0]).toMatchObject({ commit: COMMIT, branch: 'hotfix', built: hour(5) });
    // The variables tell about their own commit, not about another one.
    const other = await world.run(['pin', 'payments', '--commit', sha(3), '--dry-run', '--json'], { env: GITLAB });
    expect(JSON.parse(other.stdout).pins[0]).toMatchObject({ commit: sha(3), branch: 'main' });
    expect(JSON.parse(other.stdout).pins[0].built).not.toBe('2026-11-01T01:00:00Z');
  });
});
