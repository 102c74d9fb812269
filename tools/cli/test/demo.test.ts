import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scene } from '../src/demo/stage.ts';
import type { Result } from './world.ts';

const BIN = join(import.meta.dirname, '../bin/eleventh.cjs');
const PATH = process.env.PATH ?? '';
const root = mkdtempSync(join(tmpdir(), 'eleventh-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

/** A machine with the worst of habits: a Git configuration that would break every commit, and a CI that says much. */
const HOSTILE = {
  HOME: join(root, 'home'),
  GITHUB_ACTIONS: 'true',
  GITHUB_SHA: 'f'.repeat(40),
  GITHUB_REF_NAME: 'someone/else',
  GITHUB_REPOSITORY: 'acme/other',
  ELEVENTH_REPO: '/nowhere',
  GIT_DIR: '/nowhere',
  GIT_AUTHOR_NAME: '',
  SOURCE_DATE_EPOCH: '1763640000',
};

interface Played {
  readonly folder: string;
  readonly scenes: readonly Scene[];
  readonly explore: readonly string[];
  readonly remove: string;
}

let played: Played;
let told: Result;

beforeAll(async () => {
  mkdirSync(HOSTILE.HOME);
  mkdirSync(join(root, 'told'));
  writeFileSync(
    join(HOSTILE.HOME, '.gitconfig'),
    '[user]\n\tuseConfigOnly = true\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n[core]\n\thooksPath = /nowhere\n',
  );
  const [json, text] = await Promise.all([
    run(['demo', '--json'], { ...HOSTILE, TMPDIR: root }),
    run(['demo'], { ...HOSTILE, TMPDIR: join(root, 'told') }),
  ]);
  if (json.code !== 0) throw new Error(json.stdout + json.stderr);
  played = JSON.parse(json.stdout) as Played;
  told = text;
});

describe('the demo', () => {
  test('plays the whole story with the commands that people would type', () => {
    expect(played.scenes.map(({ folder, command }) => `${folder} $ ${command}`)).toMatchInlineSnapshot(`
      [
        " $ git init --quiet --bare deploy.git",
        " $ eleventh init bank --examples --remote deploy.git",
        "deploy.git $ git for-each-ref --format='%(refname:short): %(subject)' refs/heads",
        "services/accounts $ eleventh pin accounts --version 4.2.0 --manifests k8s --image "ghcr.io/example-bank/accounts@$DIGEST"",
        "services/cards $ eleventh pin cards --version 1.9.1 --manifests k8s --image "ghcr.io/example-bank/cards@$DIGEST"",
        "services/customers $ eleventh pin customers --version 3.0.2 --manifests k8s --image "ghcr.io/example-bank/customers@$DIGEST"",
        "services/gateway $ eleventh pin gateway --version 2.7.0 --manifests k8s --image "ghcr.io/example-bank/gateway@$DIGEST"",
        "services/ledger $ eleventh pin ledger --version 5.1.3 --manifests k8s --image "ghcr.io/example-bank/ledger@$DIGEST"",
        "services/notifications $ eleventh pin notifications --version 1.4.0 --manifests k8s --image "ghcr.io/example-bank/notifications@$DIGEST"",
        "services/payments $ eleventh pin payments --version 2.3.0 --manifests k8s --image "ghcr.io/example-bank/payments@$DIGEST" --image "ghcr.io/example-bank/payments-worker@$WORKER_DIGEST"",
        "services/fraud $ eleventh pin risk/fraud --version 0.8.2 --manifests k8s --image "ghcr.io/example-bank/fraud@$DIGEST"",
        "services/statements $ eleventh pin statements --version 1.2.1 --manifests k8s --image "ghcr.io/example-bank/statements@$DIGEST"",
        "services/topics $ eleventh pin topics --version 1.1.0 --manifests k8s",
        "services/web $ eleventh pin web --version 3.0.0 --image "ghcr.io/example-bank/web@$DIGEST"",
        "bank $ eleventh status",
        "deploy.git $ git log -3 --format='%h %an: %s' env/staging",
        "deploy.git $ git show env/staging:apps/accounts/kustomization.yaml",
        "services/web $ eleventh pin web --version 3.1.0-dark.1 --image "ghcr.io/example-bank/web@$DIGEST"",
        "bank $ eleventh promote staging --to preprod",
        "deploy.git $ git grep 'branch: "feature/' env/staging -- apps",
        "bank $ eleventh compose",
        "deploy.git $ git diff --stat env/staging v1.0.0-rc.1",
        "bank $ eleventh promote v1.0.0-rc.1 --to preprod",
        "deploy.git $ git rev-parse v1.0.0-rc.1:apps env/preprod:apps",
        "bank $ eleventh promote preprod --to prod",
        "bank $ eleventh status",
        "deploy.git $ git log -1 --format=%B env/prod",
        "services/web $ eleventh pin web --version 3.1.0 --image "ghcr.io/example-bank/web@$DIGEST"",
        "services/payments $ eleventh pin payments --version 2.4.0 --manifests k8s --image "ghcr.io/example-bank/payments@$DIGEST" --image "ghcr.io/example-bank/payments-worker@$WORKER_DIGEST"",
        "bank $ eleventh diff preprod",
        "deploy.git $ git diff -U0 env/preprod env/staging -- apps/payments/manifests",
        "bank $ eleventh promote staging --to preprod",
        "bank $ eleventh promote preprod --to prod",
        "deploy.git $ git tag --list --format='%(contents)' v1.1.0",
        " $ git clone --quiet --branch env/prod deploy.git on-call",
        "on-call $ git revert --no-edit HEAD",
        "on-call $ git push --quiet origin env/prod",
        "bank $ eleventh status",
        "bank $ eleventh release prod",
        "deploy.git $ git rev-parse 'v1.0.0^{tree}' 'v1.1.1^{tree}'",
        "bank $ eleventh status",
        "bank $ eleventh log prod",
      ]
    `);
    expect(
      played.scenes
        .filter(({ exitCode }) => exitCode !== 0)
        .map(({ exitCode, output }) => ({ exitCode, output: withoutIds(output) })),
    ).toMatchInlineSnapshot(`
      [
        {
          "exitCode": 3,
          "output": "error [POLICY_REFUSED] preprod takes builds of main only, which keeps out web (<id> was built from feature/dark-mode).
        ✗  serviceBranches  takes builds of main only
                            web: <id> was built from feature/dark-mode
      hint: Leave them at the last build that may enter: eleventh compose --from staging --without web. The older <id> may enter: eleventh promote staging --to preprod --newest-passing
      ",
        },
      ]
    `);
  });

  test('leaves the server in the state that it tells of', async () => {
    const server = join(played.folder, 'deploy.git');
    const ask = async (...args: string[]) => (await git(server, ...args)).trim();
    expect(await ask('tag')).toBe('v1.0.0\nv1.0.0-rc.1\nv1.1.0\nv1.1.1');
    expect(withoutIds(await ask('log', '--format=%s', 'env/staging'))).toMatchInlineSnapshot(`
      "Pin payments 2.4.0 (<id>)
      Pin web 3.1.0 (<id>)
      Pin web 3.1.0-dark.1 (<id>)
      Pin web 3.0.0 (<id>)
      Pin topics 1.1.0 (<id>)
      Pin statements 1.2.1 (<id>)
      Pin risk/fraud 0.8.2 (<id>)
      Pin payments 2.3.0 (<id>)
      Pin notifications 1.4.0 (<id>)
      Pin ledger 5.1.3 (<id>)
      Pin gateway 2.7.0 (<id>)
      Pin customers 3.0.2 (<id>)
      Pin cards 1.9.1 (<id>)
      Pin accounts 4.2.0 (<id>)
      Start env/staging from main <id>"
    `);
    expect(withoutIds(await ask('log', '--format=%s', 'env/prod'))).toMatchInlineSnapshot(`
      "Revert "Release v1.1.0: preprod <id> to prod"
      Release v1.1.0: preprod <id> to prod
      Release v1.0.0: preprod <id> to prod
      Start env/prod from main <id>"
    `);
    expect(await ask('rev-parse', 'env/prod')).toBe(await ask('rev-parse', 'v1.1.1^{commit}'));
    expect(await ask('rev-parse', 'v1.1.1^{tree}')).toBe(await ask('rev-parse', 'v1.0.0^{tree}'));
    expect(await ask('rev-parse', 'v1.1.0^{tree}')).toBe(await ask('rev-parse', 'env/staging^{tree}'));
    expect(await ask('fsck', '--full', '--strict')).toBe('');
  });

  test('the git commands that read tags say the same again in the folder that is left', async () => {
    const reading = played.scenes.filter(
      ({ folder, command }) => folder === 'deploy.git' && !/env\/|refs\/heads/.test(command),
    );
    expect(reading).toHaveLength(2);
    for (const { folder, command, output } of reading) {
      expect((await shell(command, join(played.folder, folder))).stdout).toBe(output);
    }
  });

  test('is told without a terminal as plain text, with every command and output of it', () => {
    expect(told.code).toBe(0);
    expect(told.stderr).toBe('');
    expect(told.stdout).not.toContain('\u001b');
    const text = told.stdout.replaceAll(/eleventh-demo-\w+/g, 'eleventh-demo').replaceAll(join(root, 'told'), root);
    for (const { command, output } of played.scenes) {
      const [first = ''] = output.replaceAll(/eleventh-demo-\w+/g, 'eleventh-demo').split('\n');
      expect(text).toContain(`$ ${command}\n${first}`);
    }
  });

  test('says how to explore with lines that work when pasted, and how to remove it', async () => {
    const lines = played.explore.filter((line) => !line.startsWith('kubectl') || process.env.KUBECTL !== undefined);
    const { code, stdout, stderr } = await shell(['set -e', ...lines].join('\n'), '/');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('v1.1.1');
    expect(stdout).toContain('-  INSTANT_PAYMENT_TIMEOUT: 10s');
    await shell(played.remove, '/');
    expect(existsSync(played.folder)).toBe(false);
  });
});

test('without git the demo says so and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(root, 'no-git-'));
  const { code, stderr } = await run(['demo'], { PATH: '/nowhere', TMPDIR: folder });
  expect({ code, stderr }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stderr": "error [GIT_NOT_FOUND] Git could not be started: it is not on the PATH.
    hint: Install git 2.39 or later: https://git-scm.com/downloads
    ",
    }
  `);
  expect(readdirSync(folder)).toEqual([]);
});

test('without a temporary folder the demo says which', async () => {
  const { code, stderr } = await run(['demo'], { TMPDIR: '/nowhere' });
  expect({ code, stderr }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stderr": "error [DEMO_FAILED] No folder can be made in /nowhere (ENOENT).
    hint: TMPDIR=<a folder you may write> eleventh demo
    ",
    }
  `);
});

/** Returns text without abbreviated ids, which change with every edit of the examples. */
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{7}\b/g, '<id>');
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Result> {
  return execute(process.execPath, [BIN, ...args], '/', { PATH, ...env });
}

function shell(script: string, cwd: string): Promise<Result> {
  const env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', ELEVENTH_CACHE: join(root, 'cache') };
  return execute('sh', ['-c', script], cwd, env);
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await execute('git', args, cwd, { PATH, HOME: root });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

function execute(file: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Result> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
  });
}
