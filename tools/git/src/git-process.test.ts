import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { gitInFolder } from './folder-git.ts';
import { requireGitVersion, runGit } from './git-process.ts';

let scratch: Scratch;
beforeAll(() => {
  scratch = createScratch();
  scratch.checkout('here');
  scratch.bare('there.git');
});
afterAll(() => scratch.remove());

/** Returns an environment in which `git` is this shell script. */
function withGit(name: string, script: string, mode = 0o755) {
  const folder = join(scratch.path, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'git'), mode);
  return { ...scratch.env, PATH: `${folder}:${scratch.env.PATH}`, REAL_PATH: scratch.env.PATH };
}

describe.each([
  ['runGit', runGit],
  ['gitInFolder', gitInFolder],
])('%s', (_name, run) => {
  it('returns what was said and the status, also of a failure', async () => {
    const cwd = join(scratch.path, 'here');
    expect(await run(['rev-parse', '--is-bare-repository'], { env: scratch.env, cwd })).toEqual({
      stdout: 'false\n',
      stderr: '',
      exitCode: 0,
    });
    const failed = await run(['rev-parse', '--verify', 'nothing'], { env: scratch.env, cwd });
    expect(failed).toEqual({ stdout: '', stderr: 'fatal: Needed a single revision\n', exitCode: 128 });
    expect((await run(['version'], { env: scratch.env, cwd: '/not/there' })).exitCode).toBe(128);
    const killed = await run(['-c', 'alias.die=!kill -9 $PPID', 'die'], { env: scratch.env, cwd });
    expect(killed.exitCode).toBe(-1);
  });

  it('is not led astray by what a hook leaves in the environment', async () => {
    const elsewhere = join(scratch.path, 'there.git');
    const env = {
      ...scratch.env,
      GIT_DIR: elsewhere,
      GIT_INDEX_FILE: join(elsewhere, 'index'),
      GIT_WORK_TREE: '/',
      GIT_OBJECT_DIRECTORY: '/nowhere',
      GIT_QUARANTINE_PATH: '/nowhere',
      GIT_NAMESPACE: 'x',
      GIT_PREFIX: 'sub/',
    };
    const cwd = join(scratch.path, 'here');
    const { stdout } = await run(['rev-parse', '--absolute-git-dir'], { env, cwd });
    expect(stdout.trim()).toBe(join(cwd, '.git'));
  });

  it('prints no trace among what Git says, but keeps one that goes to a file', async () => {
    const file = join(scratch.path, 'trace');
    const env = {
      ...scratch.env,
      GIT_TRACE: '1',
      GIT_TRACE_PACKET: 'true',
      GIT_CURL_VERBOSE: '1',
      GIT_TRACE2_EVENT: file,
    };
    expect((await run(['version'], { env })).stderr).toBe('');
    expect(readFileSync(file, 'utf8')).toContain('"version"');
  });

  it("keeps the user's own configuration and programs", async () => {
    const env = {
      ...scratch.env,
      EDITOR: 'vi',
      PAGER: 'less',
      PREFIX: '/usr',
      GIT_ASKPASS: '/bin/true',
      GIT_SSH_COMMAND: 'ssh -v',
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: 'store',
      GIT_CONFIG_KEY_1: 'url.https://example.com/.insteadOf',
      GIT_CONFIG_VALUE_1: 'example:',
      GIT_CONFIG_PARAMETERS: "'core.sshcommand'='ssh -4'",
    };
    const { stdout, stderr } = await run(['config', '--list'], { env, cwd: join(scratch.path, 'here') });
    expect(stderr).toBe('');
    expect(stdout).toContain('credential.helper=store');
    expect(stdout).toContain('url.https://example.com/.insteadof=example:');
    expect(stdout).toContain('core.sshcommand=ssh -4');
  });

  it('throws GIT_NOT_FOUND when Git is absent or not executable', async () => {
    const absent = run(['version'], { env: { PATH: scratch.path } });
    await expect(absent).rejects.toMatchObject({ code: 'GIT_NOT_FOUND', hint: expect.stringContaining('git 2.39') });
    const env = withGit('plain', 'true', 0o644);
    await expect(run(['version'], { env: { PATH: env.PATH.split(':')[0] } })).rejects.toMatchObject({
      code: 'GIT_NOT_FOUND',
    });
  });
});

describe('runGit', () => {
  it('passes bytes to the standard input and closes it when there are none', async () => {
    const options = { env: scratch.env, gitDirectory: join(scratch.path, 'there.git') };
    const bytes = Uint8Array.from([0, 255, 10, 13]);
    const { stdout } = await runGit(['hash-object', '-w', '--stdin'], { ...options, input: bytes });
    expect(scratch.git('there.git', 'cat-file', '-s', stdout.trim())).toBe('4');
    expect((await runGit(['hash-object', '--stdin'], options)).stdout).toBe(
      'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n',
    );
  });

  it('loses nothing of a long output', async () => {
    const options = { env: scratch.env, gitDirectory: join(scratch.path, 'there.git') };
    const text = 'x'.repeat(5_000_000);
    const { stdout } = await runGit(['hash-object', '-w', '--stdin'], { ...options, input: text });
    expect((await runGit(['cat-file', 'blob', stdout.trim()], options)).stdout).toBe(text);
  });
});

describe('requireGitVersion', () => {
  it('takes the Git that runs the tests', async () => {
    await expect(requireGitVersion({ env: scratch.env })).resolves.toBeUndefined();
  });

  it.each(['git version 2.30.0', 'git version 2.38.9', 'git version 1.99.0', 'something else'])(
    'refuses %j',
    async (line) => {
      const env = withGit(`says ${line}`, `echo '${line}'`);
      await expect(requireGitVersion({ env })).rejects.toMatchObject({ code: 'GIT_TOO_OLD', exitCode: 1 });
    },
  );

  it.each(['git version 2.39.0', 'git version 2.51.0.windows.1', 'git version 3.0.1'])('takes %j', async (line) => {
    await expect(requireGitVersion({ env: withGit(`says ${line}`, `echo '${line}'`) })).resolves.toBeUndefined();
  });
});
