import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Deployment, draft } from '../test/deployment.ts';
import type { HttpOptions } from '../test/http-server.ts';
import { onFirst, startHttpServer } from '../test/servers.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = new Deployment();
});
afterAll(() => deployment.remove());

const credentials = { user: 'ada', password: 's3cr3t' };
const open = (url: string, cache = 'cache') => deployment.open({ url, cache });
const head = () => deployment.at('refs/heads/main');

/** Starts a server of the deployment for one test, and returns its URL. */
async function serve(options: HttpOptions = {}): Promise<string> {
  const server = await startHttpServer(deployment.scratch.path, options);
  onTestFinished(() => server.close());
  return server.url;
}

describe('a repository over HTTP', () => {
  it('is read and written, also with credentials in its URL, which nobody sees', async () => {
    const host = await serve({ credentials });
    const url = `${host.replace('//', '//ada:s3cr3t@')}/deploy.git`;
    const remote = await open(url);
    const first = await draft(remote, head(), 'first');
    expect(await remote.push([{ ref: 'refs/heads/main', expected: head(), value: first }])).toEqual({
      kind: 'accepted',
    });
    const other = await open(url, 'other-cache');
    const oid = (await other.refs()).branches.get('main')!;
    expect(oid).toBe(first);
    expect(await other.tips([oid])).toBe('present');
    expect((await other.objects.commit(oid)).message).toBe('first\n');
    const absent = await open(`${url}.nowhere`);
    const error = await absent.refs().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'REPOSITORY_NOT_FOUND', hint: `git ls-remote ${host}/deploy.git.nowhere` });
    expect(error.message).not.toContain('s3cr3t');
  });

  it('may not be read or written without credentials', async () => {
    const remote = await open(`${await serve({ credentials })}/deploy.git`);
    const value = await draft(remote, null, 'second');
    await expect(remote.refs()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const before = head();
    const outcome = await remote.push([{ ref: 'refs/heads/new', expected: null, value }]);
    expect(outcome).toEqual({ kind: 'refused', message: expect.stringContaining('could not read Username') });
    expect(head()).toBe(before);
  });

  it('refuses a push that its server forbids', async () => {
    const host = await serve({ beforeReply: onFirst('pushConnections', { status: 403 }) });
    const remote = await open(`${host}/deploy.git`);
    const value = await draft(remote, null, 'second');
    const forbidden = await remote.push([{ ref: 'refs/heads/new', expected: null, value }]);
    expect(forbidden).toEqual({ kind: 'refused', message: expect.stringContaining('403') });
  });

  it('leaves it open whether a push was accepted when the connection breaks after it', async () => {
    const host = await serve({ beforeReply: onFirst('pushRequests', { cut: 'result' }) });
    const remote = await open(`${host}/deploy.git`);
    const before = head();
    const value = await draft(remote, before, 'third');
    const update = { ref: 'refs/heads/main', expected: before, value };
    expect((await remote.push([update])).kind).toBe('unknown');
    expect((await remote.refs()).branches.get('main')).toBe(value);
    expect(await remote.push([update])).toEqual({ kind: 'accepted' });
  });

  it('is unreachable when the server fails', async () => {
    const remote = await open(`${await serve({ beforeReply: () => ({ status: 500 }) })}/deploy.git`);
    await expect(remote.refs()).rejects.toMatchObject({
      code: 'REPOSITORY_UNREACHABLE',
      message: expect.stringContaining('500'),
    });
  });

  it('is told apart from one that was deleted between reading and fetching', async () => {
    const gone = deployment.scratch.bare('gone.git');
    const remote = await open(`${await serve()}/gone.git`);
    await remote.refs();
    rmSync(gone, { recursive: true });
    await expect(remote.tips(['a'.repeat(40)])).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
    });
  });
});
