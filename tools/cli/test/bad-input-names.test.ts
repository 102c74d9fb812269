import { describe, expect, test } from 'vitest';
import { refusals } from './refusal.ts';
import { batch, build, pinned, withServices } from './screen.ts';
import { sha } from './world.ts';

const LONG = 'a'.repeat(300);
const BAD_NAMES = [
  '../x',
  '-x',
  'a b',
  'refs/heads/x',
  LONG,
  '',
  '.',
  'A',
  'con',
  'a/b/c',
  '🚀',
  'x\u001b[31m',
  'a\nb',
];

describe('names that nothing has', () => {
  test('a service, an environment, a recipe: with what was probably meant', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1), build('topics', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    expect(
      await refusals(world, [
        [['pin', 'payment', '--commit', sha(1)]],
        [['pin', 'fraud', '--commit', sha(1)]],
        [['pin', 'invoices', '--commit', sha(1)]],
        [['service', 'remove', 'paymnets']],
        [['log', 'staging', '--service', 'topic']],
        [['promote', 'staging', '--to', 'preprod', '--only', 'topisc']],
        [['rollback', 'prod', '--only', 'paymnts']],
        [['compose', '--without', 'topcs']],
        [['compose', '--set', 'paments=0000001']],
        [['pin', 'payments', '--commit', sha(1), '--to', 'stagign']],
        [['update', 'production']],
        [['promote', 'staging', '--to', 'pre-prod']],
        [['rollback', 'pord']],
        [['release', 'prods']],
        [['log', 'quality']],
        [['env', 'add', 'uat', '--from', 'stage']],
        [['env', 'add', 'uat', '--like', 'prdo']],
        [['compose', '--from', 'staginng']],
        [['show', 'v1.0.1']],
        [['show', 'nothing-like-it']],
        [['show', 'abcdef0']],
        [['show', 'f'.repeat(40)]],
        [['show', '']],
        [['diff', 'prd']],
        [['diff', 'prod', 'v2.0.0']],
        [['diff', 'staging']],
        [['promote', 'satging', '--to', 'preprod']],
        [['rollback', 'prod', '--to', 'v1.0']],
        [['statsu']],
        [['service', 'ad', 'x']],
        [['pin', 'payments', '--comit', sha(1)]],
      ]),
    ).toMatchInlineSnapshot(`
      "2 UNKNOWN_SERVICE: There is no service "payment" on main.
          Did you mean payments ?
      2 UNKNOWN_SERVICE: There is no service "fraud" on main.
          Did you mean risk/fraud ?
      2 UNKNOWN_SERVICE: There is no service "invoices" on main.
          There are: payments, risk/fraud, topics
      2 UNKNOWN_SERVICE: There is no service "paymnets" on main.
          Did you mean payments ?
      2 UNKNOWN_SERVICE: There is no service "topic" on main or in staging.
          Did you mean topics ?
      2 UNKNOWN_SERVICE: There is no service "topisc" in staging id-0001 or preprod.
          Did you mean topics ?
      2 UNKNOWN_SERVICE: There is no service "paymnts" in prod.
          Did you mean payments ?
      2 UNKNOWN_SERVICE: There is no service "topcs" in the recipe.
          Did you mean topics ?
      2 UNKNOWN_SERVICE: There is no service "paments" in the recipe.
          Did you mean payments ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "stagign".
          Did you mean staging ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "production".
          There are: staging, preprod, prod
      2 UNKNOWN_ENVIRONMENT: There is no environment "pre-prod".
          Did you mean preprod ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "pord".
          Did you mean prod ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "prods".
          Did you mean prod ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "quality".
          There are: staging, preprod, prod
      2 UNKNOWN_ENVIRONMENT: There is no environment "stage".
          There are: staging, preprod, prod
      2 UNKNOWN_ENVIRONMENT: There is no environment "prdo".
          Did you mean prod ?
      2 UNKNOWN_ENVIRONMENT: There is no environment "staginng".
          Did you mean staging ?
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "v1.0.1".
          Did you mean v1.0.0 ?
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "nothing-like-it".
          There are: staging, preprod, prod, v1.0.0, env/preprod, env/prod, env/staging, main
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "id-0002".
          There are: staging, preprod, prod, v1.0.0, env/preprod, env/prod, env/staging, main
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "ffffffffffffffffffffffffffffffffffffffff".
          There are: staging, preprod, prod, v1.0.0, env/preprod, env/prod, env/staging, main
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "".
          There are: staging, preprod, prod, v1.0.0, env/preprod, env/prod, env/staging, main
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "prd".
          Did you mean prod ?
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "v2.0.0".
          Did you mean v1.0.0 ?
      2 WHICH_RECIPES: There is nothing to compare staging with.
          eleventh diff staging <environment, tag or commit>
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "satging".
          Did you mean staging ?
      2 UNKNOWN_RECIPE: No environment, tag, branch, commit or recipe is called "v1.0".
          Did you mean v1.0.0 ?
      2 USAGE: Unknown command 'statsu'.
          Did you mean status ?
      2 USAGE: Unknown command 'ad'.
          Did you mean add ?
      2 USAGE: Unknown option '--comit'.
          Did you mean --commit ?"
    `);
  });
});

describe('names that nothing may have', () => {
  test('of a service', async () => {
    const world = await withServices();
    const added = await refusals(
      world,
      BAD_NAMES.map((name) => [['service', 'add', '--', name]]),
    );
    expect(added).toMatchInlineSnapshot(`
      "2 BAD_SERVICE_ID: "../x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "-x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "a b" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "refs/heads/x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "." is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "A" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "con" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "a/b/c" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "🚀" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "x\\u001b[31m" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "a\\nb" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list"
    `);
    const pinning = BAD_NAMES.map((name) => [['pin', '--commit', sha(1), '--', name]] as const);
    expect(await refusals(world, pinning)).toBe(added);
    expect(
      await refusals(world, [
        [['service', 'add', 'payments/api']],
        [['service', 'add', 'risk']],
        [['service', 'add', 'risk/manifests']],
        [['service', 'add', '-x']],
        [['service', 'remove', '../payments']],
        [['promote', 'staging', '--to', 'preprod', '--only', '../x']],
        [['promote', 'staging', '--to', 'preprod', '--allow-downgrade', 'a b']],
        [['rollback', 'prod', '--only', '-x']],
        [['compose', '--set', '../x=0000001']],
        [['compose', '--without', 'refs/heads/x']],
        [['log', '--service', '../x']],
      ]),
    ).toMatchInlineSnapshot(`
      "2 SERVICE_CLASHES: payments/api cannot stand beside payments: a service's folder cannot also be a group.
          eleventh service list
      2 SERVICE_CLASHES: risk cannot stand beside risk/fraud: a service's folder cannot also be a group.
          eleventh service list
      2 BAD_SERVICE_ID: "risk/manifests" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 USAGE: Unknown option '-x'.
          eleventh service add --help
      2 BAD_SERVICE_ID: "../payments" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "../x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "a b" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "-x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "../x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "refs/heads/x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_SERVICE_ID: "../x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list"
    `);
  });

  test('of an environment, a branch or a tag', async () => {
    const world = await withServices();
    const environments = ['../x', 'a b', 'refs/heads/x', LONG, 'env/x'].map((name) => [['env', 'add', name]] as const);
    expect(await refusals(world, environments)).toMatchInlineSnapshot(`
      "2 BAD_ENVIRONMENT_NAME: "../x" is not an environment name: it takes one lower-case DNS label (staging).
          eleventh env list
      2 BAD_ENVIRONMENT_NAME: "a b" is not an environment name: it takes one lower-case DNS label (staging).
          eleventh env list
      2 BAD_ENVIRONMENT_NAME: "refs/heads/x" is not an environment name: it takes one lower-case DNS label (staging).
          eleventh env list
      2 BAD_ENVIRONMENT_NAME: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is not an environment name: it takes one lower-case DNS label (staging).
          eleventh env list
      2 BAD_ENVIRONMENT_NAME: "env/x" is not an environment name: it takes one lower-case DNS label (staging).
          eleventh env list"
    `);
    const branches = ['../x', '-x', 'a b', 'refs/heads/x', LONG, 'x.lock', 'a..b', '@', 'HEAD', 'a/', 'x\u0007'];
    expect(
      await refusals(
        world,
        branches.map((name) => [['service', 'add', 'cards', `--branch=${name}`]] as const),
      ),
    ).toMatchInlineSnapshot(`
      "2 BAD_BRANCH_NAME: "../x" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "-x" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "a b" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "refs/heads/x" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "x.lock" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "a..b" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "@" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "HEAD" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "a/" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "x\\u0007" cannot name a branch.
          git check-ref-format --help"
    `);
    expect(
      await refusals(world, [
        [['service', 'add', 'cards', '--branch', 'main']],
        [['service', 'add', 'cards', '--branch', 'env']],
        [['service', 'add', 'cards', '--branch', 'main/x']],
        [['service', 'remove', 'payments', '--branch', 'env/staging/x']],
        [['env', 'add', 'uat', '--deploys-from', 'env']],
        [['env', 'add', 'uat', '--deploys-from', 'env/prod/uat']],
        [['env', 'add', 'uat', '--deploys-from', 'uat', '--branch', 'uat/add']],
        [['env', 'add', 'uat', '--deploys-from', '../x']],
        [['env', 'add', 'uat', '--release-tag', 'v1']],
        [['env', 'add', 'uat', '--release-tag', 'v {version}']],
        [['env', 'add', 'uat', '--release-tag', '{version}{version}']],
        [['pin', 'payments', '--commit', sha(1), '--branch', 'refs/heads/main']],
        [['pin', 'payments', '--commit', sha(1), '--branch', LONG]],
        [['pin', 'payments', '--commit', sha(1), '--branch', '']],
      ]),
    ).toMatchInlineSnapshot(`
      "2 BRANCH_EXISTS: There is a branch main already.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch env cannot stand beside the branch env/preprod: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch main/x cannot stand beside the branch main: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch env/staging/x cannot stand beside the branch env/staging: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch env cannot stand beside the branch env/preprod: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch env/prod/uat cannot stand beside the branch env/prod: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BRANCH_CLASHES: A branch uat cannot stand beside the branch uat/add: Git keeps them as file and folder.
          Choose another name for the branch.
      2 BAD_BRANCH_NAME: "../x" cannot name a branch.
          git check-ref-format --help
      2 BAD_TAG_PATTERN: "v1" is not a pattern of release tags.
          --release-tag "v{version}"
      2 BAD_TAG_PATTERN: "v {version}" is not a pattern of release tags.
          --release-tag "v{version}"
      2 BAD_TAG_PATTERN: "{version}{version}" is not a pattern of release tags.
          --release-tag "v{version}"
      2 BAD_BRANCH_NAME: "refs/heads/main" cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." cannot name a branch.
          git check-ref-format --help
      2 BAD_BRANCH_NAME: "" cannot name a branch.
          git check-ref-format --help"
    `);
  });

  test('with a NUL, which only a batch can bring', async () => {
    const world = await withServices();
    const bad = (field: string, value: unknown) =>
      [['pin', '--batch', '-'], { input: batch({ ...build('payments', 1), [field]: value }) }] as const;
    expect(
      await refusals(world, [
        bad('id', 'pay\u0000ments'),
        bad('commit', `${sha(1).slice(1)}\u0000`),
        bad('branch', 'ma\u0000in'),
        bad('version', '1.0.0\u0000'),
        bad('built', '2026-11-01T01:00:00Z\u0000'),
        bad('source', 'https://github.com/acme/\u0000'),
        bad('images', ['ghcr.io/acme/payments:1\u0000']),
        bad('manifests', 'k8s\u0000'),
        bad('to', 'staging\u0000'),
      ]),
    ).toMatchInlineSnapshot(`
      "2 BAD_SERVICE_ID: "pay\\u0000ments" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
          eleventh service list
      2 BAD_COMMIT: "000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\u0000" is not a commit: it takes all 40 hexadecimal digits.
          --commit "$(git rev-parse HEAD)"
      2 BAD_BRANCH_NAME: "ma\\u0000in" cannot name a branch.
          git check-ref-format --help
      2 BAD_VERSION: "1.0.0\\u0000" is not a SemVer version.
          Write three numbers, such as 2.3.1 (https://semver.org).
      2 BAD_TIME: "2026-11-01T01:00:00Z\\u0000" is not a time.
          Write RFC 3339: --built "$(git show -s --format=%cI HEAD)"
      2 BAD_SOURCE: "https://github.com/acme/\\u0000" is not the address of a repository.
          --source https://github.com/acme/payments
      2 BAD_IMAGE: "ghcr.io/acme/payments:1\\u0000" is not an image reference.
          Write repository:tag, repository@sha256:… or repository:tag@sha256:…
      2 MANIFESTS_NOT_FOUND: There is no folder "~/empty/k8s\\u0000" to read manifests from.
          Name the folder that holds the Kubernetes manifests and nothing else: --manifests k8s/
      2 UNKNOWN_ENVIRONMENT: There is no environment "staging\\u0000".
          Did you mean staging ?"
    `);
  });
});
