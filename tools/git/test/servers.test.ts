import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EMPTY_TREE, Line, type Plan, type View } from '@eleventh/core';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import type { Environment } from '../src/git-process.ts';
import { Repository } from '../src/repository.ts';
import type { GitServer, Missing } from './git-server.ts';
import type { Fault, HttpOptions } from './http-server.ts';
import { createScratch, PERSON } from './scratch.ts';
import { onFirst, startApache, startHttpServer, startSshServer } from './servers.ts';

type Server = Pick<GitServer, 'url' | 'close'> & { readonly counts: object; readonly env?: Environment };

const people = { author: PERSON, committer: PERSON };
const CREDENTIALS = { user: 'ada', password: 's3cr3t' };
const SERVERS: Record<string, (root: string) => Promise<Server | Missing>> = {
  'http-backend behind Node': startHttpServer,
  'http-backend behind Apache': startApache,
  'OpenSSH with a deploy key': startSshServer,
};

/** Starts a server with an empty repository, or skips the test where there is none. */
async function world(start: (root: string) => Promise<Server | Missing>, context?: TestContext) {
  const scratch = createScratch();
  onTestFinished(() => scratch.remove());
  scratch.bare('deploy.git');
  const server = await start(scratch.path);
  if ('missing' in server) {
    context?.skip(server.missing);
    throw new Error(server.missing);
  }
  onTestFinished(() => server.close());
  const env = { ...scratch.env, ...server.env };
  const open = (cache: string, url = `${server.url}/deploy.git`) =>
    Repository.open({
      url,
      cacheDirectory: join(scratch.path, cache),
      env,
      sleep: (milliseconds) => setTimeout(milliseconds),
      random: Math.random,
      now: Date.now,
    });
  const git = (...args: string[]) => scratch.git('deploy.git', ...args);
  return { scratch, server, env, open, git };
}

/** Returns the edit that puts a file on main. */
function put(path: string, file = `${path}\n`) {
  return async (view: View): Promise<Plan> => {
    const head = view.refs.branches.get('main');
    const commit = head === undefined ? null : await view.commit(head);
    const line = Line.on('main', commit, await view.snapshot(commit?.tree ?? EMPTY_TREE));
    await line.add([{ path, put: { file } }], `Put ${path}`);
    return { branches: [line.plan], onRace: 'again' };
  };
}

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  test('is written and read, and counts what it is asked for', async (context) => {
    const { open, git, server } = await world(start, context);
    expect((await (await open('cache')).write(put('a'), people)).pushes).toBe(1);
    const counted = { pushConnections: 1, readConnections: expect.any(Number) };
    expect(server.counts).toEqual(
      'pushRequests' in server.counts ? { ...counted, pushRequests: 1, readRequests: expect.any(Number) } : counted,
    );
    expect(git('show', 'main:a')).toBe('a');
    const other = await open('other-cache');
    const text = await other.read(async (view) => (await view.commit(view.refs.branches.get('main')!)).message);
    expect(text).toBe('Put a\n');
    expect((await other.write(put('b'), people)).changed).toBe(true);
    expect((await (await open('cache')).write(put('b'), people)).changed).toBe(false);
    expect(git('ls-tree', '--name-only', 'main').split('\n')).toEqual(['a', 'b']);
    expect(server.counts).toMatchObject({ pushConnections: 2 });
  });

  test('takes a push of megabytes', async (context) => {
    const { open, git } = await world(start, context);
    let seed = 7;
    const noise = Array.from({ length: 400_000 }, () => {
      seed = (seed * 48_271) % 0x7fffffff;
      return seed.toString(36);
    });
    await (await open('cache')).write(put('noise', noise.join('\n')), people);
    expect(Number(git('cat-file', '-s', 'main:noise'))).toBe(noise.join('\n').length);
  });

  test('serves several writers of one branch, and none is lost', async (context) => {
    const { open, git } = await world(start, context);
    await (await open('cache')).write(put('start'), people);
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map(async (name) => (await open(`cache-${name}`)).write(put(name), people)));
    expect(git('ls-tree', '--name-only', 'main').split('\n')).toEqual([...names, 'start']);
  });

  test('does not know a repository that is not there', async (context) => {
    const { open, server } = await world(start, context);
    const absent = await open('cache', `${server.url}/absent.git`);
    await expect(absent.read(async () => 0)).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
  });
});

describe.each([
  ['Node', startHttpServer],
  ['Apache', startApache],
])('%s that asks for a password', (_name, start) => {
  test('lets in only who has it', async (context) => {
    const { open, server, git } = await world((root) => start(root, { credentials: CREDENTIALS }), context);
    const url = `${server.url}/deploy.git`;
    await expect((await open('cache')).read(async () => 0)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await (await open('cache', url.replace('//', '//ada:s3cr3t@'))).write(put('a'), people);
    expect(git('show', 'main:a')).toBe('a');
    await expect((await open('cache', url.replace('//', '//ada:wrong@'))).read(async () => 0)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });
});

test('a deploy key opens nothing but the repositories of its host', async (context) => {
  const { scratch, server, env } = await world(startSshServer, context);
  const [command = '', ...options] = `${env.GIT_SSH_COMMAND}`.split(' ');
  const { hostname, port, username } = new URL(server.url);
  const ssh = (asked: string) =>
    promisify(execFile)(command, [...options, '-p', port, `${username}@${hostname}`, asked]);
  await expect(ssh('true')).rejects.toMatchObject({ stderr: 'This key may only be used by Git.\n' });
  for (const path of ["'/../etc'", `'${scratch.path}/deploy.git'`, "'/deploy.git'; touch /tmp/x", "'/$(id)'", '']) {
    await expect(ssh(`git-upload-pack ${path}`)).rejects.toMatchObject({ code: 128 });
  }
  await expect(ssh("git-upload-archive '/deploy.git'")).rejects.toMatchObject({ code: 128 });
});

describe('a server on which something goes wrong', () => {
  const failing = (beforeReply: NonNullable<HttpOptions['beforeReply']>) =>
    world((root) => startHttpServer(root, { beforeReply }));
  const commits = (git: (...args: string[]) => string) => git('log', '--format=%s', 'main').split('\n');

  test.each<[string, Fault]>([
    ['accepts a push and is cut off before it says so', { cut: 'result' }],
    ['dies after it moved the branch', { kill: 'committed' }],
    ['dies while it receives a push', { kill: 'receiving' }],
  ])('%s: the change is on the branch once', async (_what, fault) => {
    const { open, git, server } = await failing(onFirst('pushRequests', fault));
    expect((await (await open('cache')).write(put('a'), people)).changed).toBe(true);
    expect(commits(git)).toEqual(['Put a']);
    expect(server.counts).toMatchObject({ pushRequests: 'kill' in fault && fault.kill === 'receiving' ? 2 : 1 });
  });

  test('accepts a push in silence: the HTTP library sends it again, and the change is on the branch once', async () => {
    const { open, git, server } = await failing(onFirst('pushRequests', { cut: 'all' }));
    await (await open('cache')).write(put('a'), people);
    expect(commits(git)).toEqual(['Put a']);
    expect(server.counts).toMatchObject({ pushConnections: 1, pushRequests: 2 });
  });

  test('dies with the branch locked: the write says that it did not go through', async () => {
    const { open, git, scratch } = await failing(onFirst('pushRequests', { kill: 'prepared' }));
    await expect((await open('cache')).write(put('a'), people)).rejects.toMatchObject({ code: 'PUSH_FAILED' });
    expect(existsSync(join(scratch.path, 'deploy.git/refs/heads/main.lock'))).toBe(true);
    expect(git('for-each-ref')).toBe('');
  });

  test('answers late, and meanwhile somebody else is first', async () => {
    const { open, git, server } = await failing(onFirst('readConnections', { delay: 300 }));
    const slow = (await open('cache')).write(put('a'), people);
    await (await open('other-cache')).write(put('b'), people);
    await slow;
    expect(commits(git).sort()).toEqual(['Put a', 'Put b']);
    expect(server.counts).toMatchObject({ pushConnections: 2 });
  });

  test.each([
    ['pushConnections', 403, 'PUSH_REFUSED'],
    ['readConnections', 403, 'PERMISSION_DENIED'],
    ['readConnections', 503, 'REPOSITORY_UNREACHABLE'],
  ] as const)('answers the %s with %i once: %s', async (kind, status, code) => {
    const { open, git } = await failing(onFirst(kind, { status }));
    await expect((await open('cache')).write(put('a'), people)).rejects.toMatchObject({ code });
    expect(git('for-each-ref')).toBe('');
    await (await open('cache')).write(put('a'), people);
    expect(commits(git)).toEqual(['Put a']);
  });

  test('answers a push with 503 once: the write pushes again', async () => {
    const { open, git } = await failing(onFirst('pushConnections', { status: 503 }));
    expect(await (await open('cache')).write(put('a'), people)).toMatchObject({ changed: true, pushes: 2 });
    expect(commits(git)).toEqual(['Put a']);
  });
});
