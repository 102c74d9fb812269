import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { branch, Deployment, draft } from '../test/deployment.ts';
import { type HttpHost, startHttpHost } from '../test/http-host.ts';

let deployment: Deployment;
let host: HttpHost;
beforeAll(async () => {
  deployment = new Deployment();
  host = await startHttpHost(deployment.scratch.path, deployment.scratch.env);
});
beforeEach(() => {
  host.authorization = undefined;
  host.intercept = () => false;
});
afterAll(async () => {
  await host.close();
  await deployment.remove();
});

const BASIC = `Basic ${Buffer.from('ada:s3cr3t').toString('base64')}`;
const open = (url: string, cache = 'cache') => deployment.open({ url, cache });
const head = () => deployment.at('refs/heads/main');

describe('a repository over HTTP', () => {
  it('is read and written, also with credentials in its URL, which nobody sees', async () => {
    host.authorization = BASIC;
    const url = `${host.url.replace('//', '//ada:s3cr3t@')}/deploy.git`;
    const remote = await open(url);
    const first = await draft(remote, head(), 'first');
    expect(await remote.push([{ ref: 'refs/heads/main', expected: head(), value: first }])).toEqual({
      kind: 'accepted',
    });
    const other = await open(url, 'other-cache');
    const oid = (await other.refs()).branches.get('main')!;
    expect(oid).toBe(first);
    expect(await other.fetch([branch('main', oid)])).toBe('present');
    expect((await other.objects.commit(oid)).message).toBe('first\n');
    const absent = await open(`${url}.nowhere`);
    const error = await absent.refs().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'REPOSITORY_NOT_FOUND', hint: `git ls-remote ${host.url}/deploy.git.nowhere` });
    expect(error.message).not.toContain('s3cr3t');
  });

  it('may not be read or written without credentials', async () => {
    const remote = await open(`${host.url}/deploy.git`);
    const value = await draft(remote, null, 'second');
    host.authorization = BASIC;
    await expect(remote.refs()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const before = head();
    const outcome = await remote.push([{ ref: 'refs/heads/new', expected: null, value }]);
    expect(outcome).toEqual({ kind: 'refused', message: expect.stringContaining('could not read Username') });
    expect(head()).toBe(before);
    host.authorization = undefined;
    host.intercept = (request, response) => {
      if (!`${request.url}`.includes('receive-pack')) return false;
      response.writeHead(403).end();
      return true;
    };
    const forbidden = await remote.push([{ ref: 'refs/heads/new', expected: null, value }]);
    expect(forbidden).toEqual({ kind: 'refused', message: expect.stringContaining('403') });
  });

  it('leaves it open whether a push was accepted when the connection breaks after it', async () => {
    const remote = await open(`${host.url}/deploy.git`);
    const before = head();
    const value = await draft(remote, before, 'third');
    host.intercept = (request, response) => {
      if (request.method !== 'POST' || !`${request.url}`.endsWith('/git-receive-pack')) return false;
      // The server does its work, but its answer gets lost.
      response.write = () => {
        response.destroy();
        return false;
      };
      response.end = () => response.destroy();
      return false;
    };
    const update = { ref: 'refs/heads/main', expected: before, value };
    expect((await remote.push([update])).kind).toBe('unknown');
    host.intercept = () => false;
    expect((await remote.refs()).branches.get('main')).toBe(value);
    expect(await remote.push([update])).toEqual({ kind: 'accepted' });
  });

  it('is unreachable when the server fails', async () => {
    host.intercept = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    const remote = await open(`${host.url}/deploy.git`);
    await expect(remote.refs()).rejects.toMatchObject({
      code: 'REPOSITORY_UNREACHABLE',
      message: expect.stringContaining('500'),
    });
  });

  it('is told apart from one that was deleted between reading and fetching', async () => {
    const gone = deployment.scratch.bare('gone.git');
    const remote = await open(`${host.url}/gone.git`);
    await remote.refs();
    rmSync(gone, { recursive: true });
    await expect(remote.fetch([branch('main', 'a'.repeat(40))])).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
    });
  });
});
