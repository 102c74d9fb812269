import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readManifestsFolder } from './manifests-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string | Buffer = ''): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
  return join(folder, path);
}

async function refusal(dir = folder): Promise<{ code: string; exitCode: number; message: string; hint: string }> {
  return readManifestsFolder(dir, folder).then(
    () => Promise.reject(new Error('the folder was read')),
    (error) => error,
  );
}

it('reads every file, byte for byte, by its sorted path', async () => {
  write('deployment.yaml', 'kind: Deployment\r\n');
  write('base/config/settings.bin', Buffer.from([0, 255, 13, 10]));
  write('base/a.yaml', '');
  mkdirSync(join(folder, 'empty'));
  const files = await readManifestsFolder(folder, folder);
  expect([...files.keys()]).toEqual(['base/a.yaml', 'base/config/settings.bin', 'deployment.yaml']);
  expect(Buffer.from(files.get('base/config/settings.bin')!)).toEqual(Buffer.from([0, 255, 13, 10]));
  expect(Buffer.from(files.get('deployment.yaml')!).toString()).toBe('kind: Deployment\r\n');
});

it('follows a link to the folder itself', async () => {
  write('a.yaml');
  symlinkSync(folder, `${folder}-link`);
  expect([...(await readManifestsFolder(`${folder}-link`, folder)).keys()]).toEqual(['a.yaml']);
  rmSync(`${folder}-link`);
});

it.each(['absent', 'file.yaml', 'a\0b', 'x'.repeat(300)])('finds no folder %j', async (name) => {
  write('file.yaml');
  expect(await refusal(join(folder, name))).toMatchObject({ code: 'MANIFESTS_NOT_FOUND', exitCode: 2 });
});

it('refuses an empty folder, and one of empty folders', async () => {
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_EMPTY', exitCode: 1 });
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_EMPTY', exitCode: 1 });
});

it.each([
  ['a file', '../secret'],
  ['a folder', '..'],
  ['nothing', 'nowhere'],
])('refuses a link to %s by its name', async (_, target) => {
  write('base/a.yaml');
  symlinkSync(target, join(folder, 'base/link.yaml'));
  const error = await refusal();
  expect(error).toMatchObject({ code: 'MANIFESTS_LINK', exitCode: 1 });
  expect(error.message).toContain('"base/link.yaml"');
  expect(error.hint).not.toBe('');
});

it('refuses a repository and a submodule by the name of its folder', async () => {
  write('a.yaml');
  write('vendor/.git', 'gitdir: ../../.git/modules/vendor\n');
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_SUBMODULE', message: expect.stringContaining('vendor') });
  rmSync(join(folder, 'vendor'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_SUBMODULE', exitCode: 1 });
});

it('refuses a pipe instead of waiting for it', async () => {
  write('a.yaml');
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  expect(await refusal()).toMatchObject({
    code: 'MANIFESTS_SPECIAL_FILE',
    message: expect.stringContaining('"pipe.yaml"'),
  });
});

it('takes 1,000 files and refuses one more', async () => {
  for (let index = 0; index < 1000; index += 1) write(`${index % 3}/${index}.yaml`);
  expect((await readManifestsFolder(folder, folder)).size).toBe(1000);
  write('one-more.yaml');
  const error = await refusal();
  expect(error).toMatchObject({ code: 'MANIFESTS_TOO_MANY', exitCode: 1 });
  expect(error.message).toContain('1,000');
});

it('refuses more than 1,000 folders, though they hold no file', async () => {
  for (let index = 0; index < 1001; index += 1) mkdirSync(join(folder, `${index}`));
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_TOO_MANY' });
});

it('takes a file of 5 MiB and refuses a larger one by its name', async () => {
  const path = write('large.yaml');
  truncateSync(path, 5 * 1024 * 1024);
  expect((await readManifestsFolder(folder, folder)).get('large.yaml')).toHaveLength(5 * 1024 * 1024);
  truncateSync(path, 5 * 1024 * 1024 + 1);
  const error = await refusal();
  expect(error).toMatchObject({ code: 'MANIFESTS_TOO_LARGE', exitCode: 1 });
  expect(error.message).toContain('"large.yaml" is larger than 5 MiB');
});

it('refuses more than 20 MiB in all', async () => {
  for (let index = 0; index < 4; index += 1) truncateSync(write(`${index}.yaml`), 5 * 1024 * 1024);
  expect((await readManifestsFolder(folder, folder)).size).toBe(4);
  write('z.yaml', 'x');
  const error = await refusal();
  expect(error).toMatchObject({ code: 'MANIFESTS_TOO_LARGE', exitCode: 1 });
  expect(error.message).toContain('20 MiB');
});

it.each(['.gitattributes', 'base/.gitattributes', 'con.yaml', 'a:b.yaml'])('refuses the name %j', async (name) => {
  write('a.yaml');
  write(name);
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_NAME' });
});

const caseMatters = process.platform === 'linux';
it.skipIf(!caseMatters)(
  'refuses names that differ in case alone (skipped where the file system cannot hold both)',
  async () => {
    write('a.yaml');
    write('A.yaml');
    expect(await refusal()).toMatchObject({ code: 'MANIFESTS_NAME' });
  },
);

it('refuses a name that is not UTF-8', async () => {
  write('a.yaml');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff]), Buffer.from('.yaml')]), '');
  expect(await refusal()).toMatchObject({ code: 'MANIFESTS_UNREADABLE', exitCode: 1 });
});
