import { EleventhError } from '@eleventh/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Forge, openForge } from '../src/index.ts';
import { type PlayedForge, startForge } from './played-host.ts';
import { createScenario, type Scenario } from './scenario.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
let scenario: Scenario;
let host: PlayedForge;
let lines: string[];
let slept: number[];
let known: string;

async function opened(token = host.token): Promise<Forge> {
  let now = NOW;
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds);
    now += milliseconds;
  };
  const world = {
    env: { ELEVENTH_FORGE: known, ELEVENTH_FORGE_TOKEN: token },
    now: () => now,
    sleep,
    progress: (line: string) => lines.push(line),
  };
  return openForge(host.url, world);
}

/** Returns the error of a promise, all of which a person may get to see, without the token in it. */
async function failure(promise: Promise<unknown>, token = host.token): Promise<EleventhError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EleventhError)) throw new Error(`no error of ours: ${String(error)}`);
  const seen = [
    error.message,
    error.hint,
    JSON.stringify(error.details),
    String(error.cause),
    error.stack,
    ...lines,
  ].join('\n');
  expect(seen).not.toContain(token);
  return error;
}

describe.each(['github', 'gitlab'] as const)('what goes wrong on %s', (kind) => {
  const hostOf = () => new URL(host.url).host;
  const find = async (token?: string) => (await opened(token)).find('promote/x', 'main');

  beforeEach(async () => {
    scenario = createScenario();
    host = await startForge(kind, scenario.bare);
    known = kind;
    lines = [];
    slept = [];
  });
  afterEach(async () => {
    await host.close();
    scenario.remove();
  });

  it('is a token that is not taken', async () => {
    const error = await failure(find('expired-0123456789'), 'expired-0123456789');
    expect(error.code).toBe('FORGE_UNAUTHORIZED');
    expect(error.message).toContain(`${hostOf()} does not take the token`);
    expect(error.hint).toContain('ELEVENTH_FORGE_TOKEN');
  });

  it('is a token that the host repeats', async () => {
    const body = { message: `Bad credentials: ${host.token}` };
    for (const status of [400, 401, 403, 404, 409, 418, 422, 500]) {
      host.failNext('GET', ...Array(4).fill({ status, body }));
      await failure(find());
      host.failNext('GET', { status, body: host.token });
      await find().catch(() => undefined);
    }
  });

  it('is a token that may not do that', async () => {
    host.failNext('GET', {
      status: 403,
      headers: { 'x-accepted-github-permissions': 'pull_requests=write' },
      body: { message: 'Resource not accessible by personal access token' },
    });
    const error = await failure(find());
    expect(error.code).toBe('FORGE_FORBIDDEN');
    expect(error.hint).toContain('pull_requests=write');
  });

  it('is a repository that is not there', async () => {
    const env = { ELEVENTH_FORGE_TOKEN: host.token };
    const other = host.url.replace('acme/deployments', 'acme/other');
    const forge = await openForge(other, { env, now: () => NOW, sleep: async () => {}, progress: () => {} });
    expect(await failure(forge.find('a', 'main'))).toMatchObject({ code: 'FORGE_NOT_FOUND' });
    expect(host.violations).toEqual([]);
  });

  it('is what the host refuses', async () => {
    const forge = await opened();
    const request = { head: 'not-there', base: 'main', title: 'T', body: '', labels: [], reviewers: [] };
    const error = await failure(forge.open(request));
    expect(error).toMatchObject({ code: 'FORGE_REFUSED' });
    expect(error.message).toContain('There is no branch not-there');
    expect(host.violations).toEqual([]);
  });

  it('is a conflict', async () => {
    host.failNext('GET', { status: 409, body: { message: 'Head branch was modified' } });
    expect(await failure(find())).toMatchObject({ code: 'FORGE_CONFLICT' });
  });

  it('is a short limit of requests, which is waited for', async () => {
    const now = NOW / 1000;
    host.failNext(
      'GET',
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 20) } },
    );
    expect(await find()).toBeNull();
    expect(slept).toEqual([7000, 13_000]);
    expect(lines).toEqual([`${hostOf()} asks us to wait 7 seconds`, `${hostOf()} asks us to wait 13 seconds`]);
  });

  it('is a long limit of requests, which is told', async () => {
    host.failNext('GET', { status: 429, headers: { 'ratelimit-reset': String(NOW / 1000 + 3600) } });
    const error = await failure(find());
    expect(error).toMatchObject({ code: 'FORGE_RATE_LIMITED', details: { until: '2026-03-02T13:00:00Z' } });
    expect(slept).toEqual([]);
  });

  it('is a limit that has no end', async () => {
    host.failNext('GET', ...Array(4).fill({ status: 429, headers: { 'retry-after': '1' } }));
    expect(await failure(find())).toMatchObject({ code: 'FORGE_RATE_LIMITED' });
    expect(slept).toEqual([1000, 1000, 1000]);
  });

  it('is a host with a problem, which is asked again but told once', async () => {
    host.failNext('GET', { status: 502, body: '<html>' }, { status: 503 });
    expect(await find()).toBeNull();
    host.failNext('GET', ...Array(4).fill({ status: 500, body: 'oops' }));
    expect(await failure(find())).toMatchObject({ code: 'FORGE_FAILED' });
    const forge = await opened();
    const asked = host.requests.length;
    host.failNext('POST', { status: 502 }, { status: 502 });
    expect(await failure(forge.comment(1, 'text'))).toMatchObject({ code: 'FORGE_FAILED' });
    expect(host.requests.length - asked).toBe(1);
  });

  it('is an answer that is none', async () => {
    for (const body of ['<html>', [{ number: '1' }], { message: 'no list' }, [null]]) {
      host.failNext('GET', { status: 200, body });
      expect(await failure(find())).toMatchObject({ code: 'FORGE_ANSWER' });
    }
  });

  it('is a redirect: it is followed on the host alone', async () => {
    const other = await startForge(kind, scenario.bare);
    const forge = await opened();
    const path = host.requests.length;
    host.failNext('GET', { status: 301, headers: { location: other.apiUrl } });
    expect(await failure(forge.find('a', 'main'))).toMatchObject({ code: 'FORGE_REDIRECTED' });
    expect(other.requests).toEqual([]);
    const [asked = ''] = host.requests.slice(path);
    host.failNext('GET', { status: 307, headers: { location: asked.replace('GET ', '') } });
    expect(await forge.find('a', 'main')).toBeNull();
    host.failNext('GET', { status: 200, headers: { link: `<${other.apiUrl}/x?page=2>; rel="next"` }, body: [] });
    expect(await failure(forge.find('a', 'main'))).toMatchObject({ code: 'FORGE_ANSWER' });
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('is a host that cannot be reached', async () => {
    const forge = await opened();
    await host.close();
    expect(await failure(forge.find('a', 'main'))).toMatchObject({ code: 'FORGE_UNREACHABLE' });
    expect(await failure(forge.comment(1, 'a'))).toMatchObject({
      code: 'FORGE_UNREACHABLE',
      hint: expect.stringContaining('Whether it was done'),
    });
    host = await startForge(kind, scenario.bare);
  });

  it('is not a name that would lead elsewhere', async () => {
    const forge = await opened();
    for (const name of ['..', '.', ''])
      expect(await failure(forge.checks(name))).toMatchObject({ code: 'BAD_FORGE_PATH' });
    await forge.checks('../../x?y#z%2e').catch(() => undefined);
    expect(host.requests.at(-1)).toContain('..%2F..%2Fx%3Fy%23z%252e');
  });
});
