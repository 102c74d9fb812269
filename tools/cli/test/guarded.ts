import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commitByHand, fileAt } from './by-hand.ts';
import { build, pinned, withServices } from './screen.ts';
import { copied, type World } from './world.ts';

const KEYS = `
    payments-ci: {pin: {staging: [payments]}}
    fraud-ci: {pin: {staging: ["risk/**"]}}
    topics-ci: {pin: {staging: [topics]}}
    drainer: {pin: {staging: ["**"]}}
    erin: {email: erin@example.com, promote: [staging, preprod, prod], attest: [approval]}
    ada: {email: ada@example.com, attest: [test, approval, block], write: [main, "change/**"]}
    bob: {email: bob@example.com, attest: [approval], write: [main]}
    auditor: {}`;
export const POLICY = 'environments/prod/environment.yaml';

/** Makes a remote refuse what the hook refuses. */
export function guard(world: Pick<World, 'remote'>): void {
  const hook = join(world.remote, 'hooks/pre-receive');
  mkdirSync(join(world.remote, 'hooks'), { recursive: true });
  writeFileSync(
    hook,
    `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, '../bin/eleventh.cjs')}" hook pre-receive\n`,
  );
  chmodSync(hook, 0o755);
}

/** Returns a guarded remote whose prod asks for an approval, with one recipe in preprod. */
export async function guarded(): Promise<World> {
  const world = await copied('guarded', unguarded);
  guard(world);
  return world;
}

async function unguarded(): Promise<World> {
  const world = await withServices();
  commitByHand(world, 'main', {
    'environments/workspace.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Workspace
metadata: {name: test}
spec:
  defaults: {environment: staging}
  teams: {release-engineers: [ada@example.com, bob@example.com, erin@example.com]}
  keys:${KEYS}
`,
    [POLICY]: fileAt(world, 'main', POLICY).replace(
      'policy:',
      'policy:\n    approvals: {count: 1, from: [release-engineers]}',
    ),
  });
  await world.ok('update', 'staging');
  await pinned(world, build('payments', 1), build('risk/fraud', 1));
  await world.ok('promote', 'staging', '--to', 'preprod');
  return world;
}

/** Returns who holds a key of the test, now. */
export function person(key: string): Record<string, string> {
  const email = `${key}@example.com`;
  const date = new Date().toISOString();
  const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return { GIT_AUTHOR_NAME: key, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email, ...dates };
}

/** Pushes with plain Git from a folder; returns what it says when it fails, nothing when it does not. */
export async function pushed(
  world: Pick<World, 'env'>,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): Promise<string> {
  const options = { cwd: folder, env: { ...world.env, ...env } };
  return promisify(execFile)('git', ['push', '--quiet', ...args], options).then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  );
}

/** The environment of somebody who comes in with a key, by way of the file system. */
export function identity(key: string): Record<string, string> {
  return { ELEVENTH_KEY: key, ...person(key) };
}

/** Pushes with plain Git as a key, by way of the file system. */
export function pushedAs(
  world: Pick<World, 'env' | 'remote'>,
  folder: string,
  key: string,
  ...refs: readonly string[]
): Promise<string> {
  return pushed(world, folder, identity(key), world.remote, ...refs);
}
