import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plumb } from './by-hand.ts';
import { append, Proven } from './proven.ts';

const proven = await Proven.begun();

describe('verify', () => {
  it('finds nothing in an untouched repository, in a bare one and in a checkout', async () => {
    const copy = proven.copy();
    const bare = await proven.verify(copy);
    expect({ code: bare.code, text: bare.text }).toEqual({ code: 0, text: '[]' });
    const checkout = join(copy.root, 'cloned');
    execFileSync('git', ['clone', '--quiet', copy.remote, checkout], { env: copy.env });
    const cloned = await proven.verify({ ...copy, remote: checkout });
    expect(cloned).toEqual(bare);
  });

  it('looks at what leads to one environment or release alone', async () => {
    const { world } = proven;
    const lines = async (what: string) => {
      const { stdout } = await world.run(['verify', what, '--repo', world.remote, '--json']);
      return JSON.parse(stdout).environments.map(
        ({ name, commits }: { name: string; commits: number }) => `${name} ${commits}`,
      );
    };
    const [staging] = await lines('staging');
    expect(await lines('staging')).toHaveLength(1);
    expect(await lines('preprod')).toEqual([staging, expect.stringMatching(/^preprod /)]);
    const [, , all] = await lines('prod');
    const [, , first] = await lines('v1.0.0');
    expect(Number(first?.split(' ')[1])).toBeLessThan(Number(all?.split(' ')[1]));
  });

  it('takes the name of an environment, of its branch, or of one of its releases', async () => {
    const copy = proven.copy();
    const preprod = 'environments/preprod/environment.yaml';
    const releasing = plumb(copy, ['show', `main:${preprod}`]).replace(
      'branch:',
      'release: {tag: "pre-{version}"}\n  branch:',
    );
    append(copy, 'main', { [preprod]: `${releasing}\n` });
    plumb(copy, ['tag', '-a', '-m', 'x', 'pre-1.0.0', 'env/preprod~1']);
    const looked = async (what: string) => {
      const { stdout } = await proven.world.run(['verify', what, '--repo', copy.remote, '--json']);
      return JSON.parse(stdout).environments.map(({ name }: { name: string }) => name);
    };
    expect(await looked('env/staging')).toEqual(['staging']);
    expect(await looked('env/preprod')).toEqual(['staging', 'preprod']);
    expect(await looked('pre-1.0.0')).toEqual(['staging', 'preprod']);
    expect(await looked('v1.0.0')).toEqual(['staging', 'preprod', 'prod']);
    expect((await proven.verify(proven.copy(), 'env/prod')).text).toBe('[]');
  });

  it.each([
    ['no such thing', 'v1.0.9', 'UNKNOWN_RELEASE', 'Did you mean v1.0.'],
    ['no such environment', 'stagign', 'UNKNOWN_RELEASE', 'Did you mean staging'],
    ['the branch of no environment', 'main', 'UNKNOWN_RELEASE', 'There are: staging'],
    ['a commit', 'HEAD', 'UNKNOWN_RELEASE', 'There are: staging'],
    ['a candidate', 'candidate', 'NOT_A_RELEASE', 'eleventh show'],
    ['a tag of something else', 'nightly', 'NOT_A_RELEASE', 'eleventh show nightly'],
    ['a release beside the branch', 'v9.9.9', 'NOT_A_RELEASE', 'eleventh show v9.9.9'],
  ])('takes nothing for a scope that is %s', async (_, given, code, hint) => {
    const copy = proven.copy();
    plumb(copy, ['tag', '-a', '-m', 'x', 'nightly', 'main']);
    plumb(copy, ['tag', '-a', '-m', 'x', 'v9.9.9', 'env/staging']);
    const candidate = plumb(copy, ['tag', '-l', '*-rc.1']);
    const what = given === 'HEAD' ? plumb(copy, ['rev-parse', 'env/prod']) : given === 'candidate' ? candidate : given;
    const { code: exit, stderr } = await proven.world.run(['verify', what, '--repo', copy.remote]);
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining(`[${code}]`) });
    expect(stderr).toContain(hint);
  });

  it('passes over a branch that nobody deploys from', async () => {
    const copy = proven.copy();
    plumb(copy, ['update-ref', 'refs/heads/feature/x', 'main']);
    expect((await proven.verify(copy)).text).toBe('[]');
  });

  it('says nothing of later releases where it looks at an earlier one', async () => {
    const { code, text } = await proven.verify(proven.copy(), 'v1.0.0');
    expect({ code, text }).toEqual({ code: 0, text: '[]' });
  });

  it('says what it cannot look at', async () => {
    const { world } = proven;
    const shallow = join(world.root, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${world.remote}`, shallow], { env: world.env });
    plumb(world, ['config', 'uploadpack.allowFilter', 'true']);
    const partial = join(world.root, 'partial');
    execFileSync('git', ['clone', '--quiet', '--mirror', '--filter=blob:none', `file://${world.remote}`, partial], {
      env: world.env,
    });
    for (const [repo, code] of [
      [shallow, 'CLONE_NOT_WHOLE'],
      [partial, 'CLONE_NOT_WHOLE'],
      [world.empty, 'NOT_A_CLONE'],
      ['https://example.com/x.git', 'NEEDS_CLONE'],
    ] as const) {
      const { code: exit, stderr } = await world.run(['verify', '--repo', repo]);
      expect({ repo, exit, stderr }).toEqual({
        repo,
        exit: expect.any(Number),
        stderr: expect.stringContaining(`[${code}]`),
      });
      expect(exit).not.toBe(0);
    }
  });
});

describe('a checkpoint', () => {
  it('is the same until something is pushed, and what grows goes on from it', async () => {
    const copy = proven.copy();
    const { checkpoint } = await proven.verify(copy);
    expect((await proven.verify(copy)).checkpoint).toBe(checkpoint);
    append(copy, 'main', { 'docs/more.md': 'More.\n' });
    plumb(copy, ['tag', '-a', '-m', 'x', 'nightly', 'main']);
    plumb(copy, ['update-ref', 'refs/eleventh/requests/env/staging/payments/0-0', 'main']);
    const later = await proven.verify(copy, '--since', checkpoint);
    expect(later.checkpoint).not.toBe(checkpoint);
    expect(later.text).toBe('[]');
  });

  it.each([
    ['a branch made anew', ['update-ref', 'refs/heads/env/staging', 'env/staging~1']],
    ['a branch gone', ['update-ref', '-d', 'refs/heads/env/preprod']],
    ['main rewritten', ['update-ref', 'refs/heads/main', 'main~1']],
    ['a tag moved', ['tag', '-f', '-a', '-m', 'x', 'v1.0.0', 'env/prod']],
    ['a tag gone', ['tag', '-d', 'v1.0.0-rc.1']],
    ['statements forgotten', ['update-ref', 'refs/heads/attestations', 'attestations~1']],
  ])('shows %s', async (_, args) => {
    const copy = proven.copy();
    const { checkpoint } = await proven.verify(copy);
    const tag = plumb(copy, ['tag', '-l', '*-rc.1']);
    plumb(
      copy,
      args.map((each) => (each === 'v1.0.0-rc.1' ? tag : each)),
    );
    const { code, rules } = await proven.verify(copy, '--since', checkpoint);
    expect(code).toBe(1);
    expect(rules).toContain('checkpoint-rewritten');
  });

  it('is one digest over the refs, which plain tools reproduce, and can be kept in a file', async () => {
    const copy = proven.copy();
    const file = join(proven.world.root, 'checkpoint.txt');
    const { checkpoint } = await proven.verify(copy, '--save', file);
    const listed = execFileSync(
      'git',
      ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'],
      { cwd: copy.remote },
    );
    expect(readFileSync(file)).toEqual(listed);
    expect(createHash('sha256').update(listed).digest('hex')).toBe(checkpoint);
    expect((await proven.verify(copy, '--since', file)).code).toBe(0);
    const nowhere = await proven.world.run(['verify', '--repo', copy.remote, '--save', 'no/such/folder.txt']);
    expect(nowhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('[CANNOT_WRITE]') });
  });

  it('has to be one', async () => {
    const { world } = proven;
    const verify = (since: string) => world.run(['verify', '--repo', world.remote, '--since', since]);
    expect(await verify('0'.repeat(64))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[UNKNOWN_CHECKPOINT]'),
    });
    world.files('kept', { 'note.txt': 'hello\n' });
    expect(await verify(join(world.root, 'kept/note.txt'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[BAD_CHECKPOINT]'),
    });
  });
});
