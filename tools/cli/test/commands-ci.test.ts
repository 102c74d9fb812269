import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOSTS } from '../src/ci/host.ts';
import { VERSION } from '../src/version.ts';
import { commit, screen, withServices } from './screen.ts';
import { World } from './world.ts';

const NOWHERE = { env: { ELEVENTH_REPO: '' } };

/** Returns what a command line prints outside of any repository, with `0.0.0` for our version. */
async function shown(...args: string[]): Promise<string> {
  return (await screen(new World(), args, NOWHERE)).replaceAll(`cli@${VERSION}`, 'cli@0.0.0');
}

describe('ci', () => {
  test.each(HOSTS)('prints all pipelines for %s', async (host) => {
    await expect(await shown('ci', host)).toMatchFileSnapshot(`ci-printed/${host}.txt`);
  });

  test.each(HOSTS)('prints the step of a service for %s', async (host) => {
    const images = ['--image', 'ghcr.io/acme/payments', '--manifests', 'k8s'];
    const notify = host === 'concourse' ? [] : ['--notify'];
    const step = await shown('ci', host, '--service', 'payments', ...images, ...notify);
    await expect(step).toMatchFileSnapshot(`ci-printed/${host}-step.txt`);
  });

  test('gives each image a digest of its own', async () => {
    const images = ['ghcr.io/a/app', 'ghcr.io/b/app', 'ghcr.io/a/x-y', 'ghcr.io/a/x.y', 'ghcr.io/a/2048'];
    const text = await shown('ci', 'github', '--service', 'web', ...images.flatMap((image) => ['--image', image]));
    const found = images.map((image) => text.split(`"${image}@$`)[1]?.split('"')[0]);
    expect(found.slice(0, 2)).toEqual(['A_APP_DIGEST', 'B_APP_DIGEST']);
    expect(new Set(found).size).toBe(images.length);
    for (const name of found) expect(name).toMatch(/^[A-Z][A-Z0-9_]*_DIGEST$/);
  });

  test('names the secrets that reviews need', async () => {
    for (const host of ['gitlab', 'buildkite', 'concourse', 'jenkins'])
      expect((await shown('ci', host, '--pull-requests')).split('\n').slice(0, 14).join('\n'), host).toMatch(
        /ELEVENTH_FORGE_TOKEN|eleventh-forge-token/,
      );
  });

  test('prints one pipeline as the file is, so that it can be redirected', async () => {
    expect(await shown('ci', 'github', '--only', 'drain')).toMatchInlineSnapshot(`
      "$ eleventh ci github --only drain
      # Made by eleventh ci github. Make it again with: eleventh ci github --write
      # Actions are named by version; to trust nobody later, pin them by commit: uses: owner/name@<sha> # v4

      name: eleventh drain

      on:
        schedule:
          - cron: "*/5 * * * *"
        workflow_dispatch: {}

      permissions:
        contents: read

      jobs:
        # Commits the pins that wait for staging, where keys of services may not write its branch.
        drain-staging:
          runs-on: ubuntu-24.04
          timeout-minutes: 60
          # Never two at once; of those that wait, the last one stays.
          concurrency:
            group: eleventh-drain-staging
            cancel-in-progress: false
          env:
            ELEVENTH_REPO: git@github.com:\${{ github.repository }}.git
            ELEVENTH_DEPLOY_KEY: \${{ secrets.ELEVENTH_DEPLOY_KEY }}
            ELEVENTH_KNOWN_HOSTS: \${{ vars.ELEVENTH_KNOWN_HOSTS }}
            GIT_AUTHOR_NAME: github-actions[bot]
            GIT_AUTHOR_EMAIL: 41898282+github-actions[bot]@users.noreply.github.com
          steps:
            - uses: actions/setup-node@v4
              with:
                node-version: "22"
            - name: drain-staging
              shell: sh
              run: |
                set -eu
                own="$(mktemp -d)"
                trap 'rm -rf "$own"' EXIT
                # The key for the deployment repository, and the public keys of its server: text, or a file that holds it.
                text() { if [ -f "$1" ]; then cat "$1"; else printf '%s\\n' "$1"; fi; }
                (umask 077 && text "$ELEVENTH_DEPLOY_KEY" > "$own/key" && text "$ELEVENTH_KNOWN_HOSTS" > "$own/known_hosts")
                export GIT_SSH_COMMAND="ssh -i $own/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$own/known_hosts"
                eleventh() { npx --yes @eleventh/cli@0.0.0 "$@"; }
                eleventh drain staging
      "
    `);
  });

  test('asks a workspace for its environments, suites and images', async () => {
    const world = await withServices();
    const policy = 'environments/preprod/environment.yaml';
    const text = await world.ask('show', `main:${policy}`);
    commit(
      world,
      'main',
      policy,
      `${text.replace('serviceBranches: ["main"]', 'serviceBranches: ["main"]\n    tests: [smoke, load]')}\n`,
    );
    expect(await world.ok('ci', 'gitlab', '--only', 'test')).toMatch(
      /eleventh test staging smoke -- .*\n.*eleventh test staging load -- /,
    );
    const step = await world.ok('ci', 'buildkite', '--service', 'payments', '--env', 'staging');
    expect(step).toContain('eleventh pin payments --to staging --image "ghcr.io/acme/payments@$$DIGEST"');
    const two = await world.json<{ files: { path: string }[] }>('ci', 'github', '--only', 'check', '--only', 'drain');
    expect(two.files.map(({ path }) => path)).toEqual([
      '.github/workflows/eleventh-check.yml',
      '.github/workflows/eleventh-drain.yml',
    ]);
    expect(await world.ok('ci', 'github', '--only', 'promote', '--env', 'preprod')).not.toContain('promote-prod');
    expect(await screen(world, ['ci', 'github', '--service', 'payment'])).toMatchInlineSnapshot(`
      "$ eleventh ci github --service payment
      error [UNKNOWN_SERVICE] There is no service "payment" on main.
      hint: Did you mean payments ?
      [exit 2]
      "
    `);
    expect(await screen(world, ['ci', 'github', '--env', 'preprd'])).toMatchInlineSnapshot(`
      "$ eleventh ci github --env preprd
      error [UNKNOWN_ENVIRONMENT] There is no environment "preprd".
      hint: Did you mean preprod ?
      [exit 2]
      "
    `);
    expect(await screen(world, ['ci', 'github', '--service', 'payments', '--env', 'stagin'])).toContain(
      'UNKNOWN_ENVIRONMENT',
    );
  });

  test('releases by itself only what somebody has to approve', async () => {
    const world = await withServices();
    const prod = 'environments/prod/environment.yaml';
    const text = await world.ask('show', `main:${prod}`);
    expect(await world.ok('ci', 'gitlab', '--only', 'promote')).toContain('&& ($ELEVENTH_PIPELINE == "promote-prod")');
    const team = 'approvals: {count: 1}';
    commit(
      world,
      'main',
      prod,
      `${text.replace('serviceBranches: ["main"]', `serviceBranches: ["main"]\n    ${team}`)}\n`,
    );
    expect(await world.ok('ci', 'gitlab', '--only', 'promote')).toContain(
      '"promote" || $ELEVENTH_PIPELINE == "promote-prod")',
    );
  });

  test('promotes by pull requests that it lands once they are approved', async () => {
    const text = await shown('ci', 'buildkite', '--only', 'promote', '--pull-requests');
    expect(text).toContain('eleventh promote staging --to preprod --pr ||');
    expect(text).toContain('eleventh promote preprod --to prod --land ||');
    expect(text).toContain('ELEVENTH_FORGE_TOKEN');
  });

  test('writes files where they belong, and never over those of others', async () => {
    const world = await withServices();
    const cwd = join(world.root, 'deploy');
    await world.git(world.root, 'clone', '--quiet', world.remote, cwd);
    const out = (...args: string[]) => screen(world, args, { cwd });
    expect(await out('ci', 'github', '--write')).toMatchInlineSnapshot(`
      "$ eleventh ci github --write
      Wrote 6 of 6 files in ~/deploy
        ~  .github/workflows/eleventh-check.yml
        ~  .github/workflows/eleventh-test.yml
        ~  .github/workflows/eleventh-drain.yml
        ~  .github/workflows/eleventh-promote.yml
        ~  .github/workflows/eleventh-release.yml
        ~  .github/workflows/eleventh-verify.yml
      Commit them to the default branch; eleventh update <env> brings them to an environment's branch, where pushes run them.
      "
    `);
    expect(await out('ci', 'github', '--write')).toMatchInlineSnapshot(`
      "$ eleventh ci github --write
      All 6 files in ~/deploy are as they should be; nothing to do.
      "
    `);
    writeFileSync(join(cwd, 'Jenkinsfile'), 'node { sh "make" }\n');
    expect(await out('ci', 'jenkins', '--write')).toMatchInlineSnapshot(`
      "$ eleventh ci jenkins --write
      error [FILE_TAKEN] Jenkinsfile was not made by this command.
      hint: Compare with what it prints without --write, and merge by hand; or let it be replaced: --force
      [exit 2]
      "
    `);
    expect(readFileSync(join(cwd, 'Jenkinsfile'), 'utf8')).toBe('node { sh "make" }\n');
    expect(await out('ci', 'jenkins', '--write', '--force')).toMatchInlineSnapshot(`
      "$ eleventh ci jenkins --write --force
      Wrote 1 of 1 files in ~/deploy
        ~  Jenkinsfile
      Commit them to the default branch; eleventh update <env> brings them to an environment's branch, where pushes run them.
      "
    `);
    expect(readFileSync(join(cwd, 'Jenkinsfile'), 'utf8')).toContain("stage('drain-staging')");
    // A link would lead out of the checkout.
    mkdirSync(join(world.root, 'elsewhere'));
    symlinkSync(join(world.root, 'elsewhere'), join(cwd, 'ci'));
    expect(await out('ci', 'concourse', '--write', '--force')).toContain('error [CANNOT_WRITE]');
    expect(await world.git(cwd, 'status', '--porcelain')).not.toContain('elsewhere');
  });

  test('refuses what makes no sense, and says what would', async () => {
    expect(
      [
        await shown('ci', 'travis'),
        await shown('ci', 'github', '--only', 'check', '--only', 'deploy'),
        await shown('ci', 'github', '--image', 'ghcr.io/acme/payments'),
        await shown('ci', 'github', '--service', 'payments', '--write'),
        await shown('ci', 'github', '--service', '../payments'),
        await shown('ci', 'github', '--service', 'payments', '--image', 'a b'),
        await shown('ci', 'github', '--service', 'payments', '--env', 'staging', '--env', 'prod'),
        await shown('ci', 'github', '--service', 'payments', '--env', 'a;b'),
        await shown('ci', 'concourse', '--service', 'payments', '--notify'),
        await shown('ci', 'github', '--author', 'Ada'),
        await shown('ci', 'github', '--write'),
      ].join(''),
    ).toMatchInlineSnapshot(`
      "$ eleventh ci travis
      error [USAGE] Command-argument value 'travis' is invalid for argument 'host'. Allowed choices are github, gitlab, concourse, jenkins, buildkite.
      hint: eleventh ci --help
      [exit 2]
      $ eleventh ci github --only check --only deploy
      error [BAD_PIPELINE] There is no pipeline "deploy", only check, test, drain, promote, release, verify.
      hint: --only check
      [exit 2]
      $ eleventh ci github --image ghcr.io/acme/payments
      error [WRONG_OPTION] --image belongs to the step of a service: name it with --service.
      hint: eleventh ci github --help
      [exit 2]
      $ eleventh ci github --service payments --write
      error [WRONG_OPTION] --write belongs to the pipelines of the deployment repository, not to a service.
      hint: eleventh ci github --help
      [exit 2]
      $ eleventh ci github --service ../payments
      error [BAD_SERVICE_ID] "../payments" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
      hint: eleventh service list
      [exit 2]
      $ eleventh ci github --service payments --image "a b"
      error [BAD_IMAGE] "a b" is not an image reference.
      hint: Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      [exit 2]
      $ eleventh ci github --service payments --env staging --env prod
      error [TWO_ENVIRONMENTS] A build is pinned in one environment.
      hint: --env <the first one>
      [exit 2]
      $ eleventh ci github --service payments --env "a;b"
      error [BAD_ENVIRONMENT_NAME] "a;b" is not an environment name: it takes one lower-case DNS label (staging).
      hint: eleventh env list
      [exit 2]
      $ eleventh ci concourse --service payments --notify
      error [NO_EVENT] Concourse has no call for that: its job looks every few minutes by itself.
      hint: eleventh ci concourse --service payments
      [exit 2]
      $ eleventh ci github --author Ada
      error [BAD_AUTHOR] --author does not name a person.
      hint: --author "Name <name@example.com>"
      [exit 2]
      $ eleventh ci github --write
      error [NO_CHECKOUT] "~/empty" is not in a checkout of a repository.
      hint: git clone <url>, and run it there; without --write it prints the files
      [exit 2]
      "
    `);
  });

  test('quotes what a shell would read otherwise', async () => {
    const step = await shown('ci', 'gitlab', '--service', 'payments', '--manifests', "k8s/it's $(here)");
    expect(step).toContain(`--manifests 'k8s/it'\\''s $(here)'\n`);
  });

  test('names no branch that a pipeline would read otherwise', async () => {
    const world = await withServices();
    const path = 'environments/staging/environment.yaml';
    const text = await world.ask('show', `main:${path}`);
    commit(world, 'main', path, `${text.replace('branch: "env/staging"', 'branch: "env/sta\'ging"')}\n`);
    expect(await screen(world, ['ci', 'github'])).toMatchInlineSnapshot(`
      "$ eleventh ci github
      error [UNUSUAL_BRANCH] The branch "env/sta'ging" cannot be named in a pipeline, which takes letters, digits and ./_- alone.
      hint: Rename it: spec.branch in its environment.yaml
      [exit 2]
      "
    `);
  });
});
