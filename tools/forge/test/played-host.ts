import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Description } from './description.ts';
import { playedGitHub } from './played-github.ts';
import { playedGitLab } from './played-gitlab.ts';
import { PlayedRepository, type PlayedReview } from './played-repository.ts';

export interface Asked {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An answer; what its description asks for beyond that is filled in. */
export interface Played {
  readonly status: number;
  readonly body: unknown;
}

export type Operations = Readonly<Record<string, (asked: Asked) => Played>>;

/** An answer in place of what would have been said. */
interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A host that plays GitHub or GitLab on top of a bare repository. */
export interface PlayedForge {
  /** The repository's address, as it is given to people. */
  readonly url: string;
  readonly apiUrl: string;
  /** Whose token this is: `deployer`. */
  readonly token: string;
  /** What leads a command there, whatever the repository's Git address is. */
  readonly env: Readonly<Record<string, string>>;
  readonly repository: PlayedRepository;
  /** Says something of the head that the request has now. Who is not known yet is a person who may push. */
  review(number: number, login: string, verdict: PlayedReview['verdict']): void;
  check(commit: string, name: string, state: 'passed' | 'failed' | 'running'): void;
  /** Answers the next requests whose `METHOD path` contains this so. */
  failNext(asked: string, ...answers: readonly Instead[]): void;
  /** `METHOD path` of each request so far. */
  readonly requests: readonly string[];
  /** What broke the host's description, in what was asked or answered. Nothing else may be in it at the end of a test. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

const API = { github: '/api/v3', gitlab: '/api/v4' };
/** The most entries of a page, and the lists that stand in an answer. */
const MOST = 100;
const LISTS = ['check_runs', 'statuses'];

/** Starts a host with one repository, `acme/deployments`. */
export async function startForge(kind: 'github' | 'gitlab', bare: string): Promise<PlayedForge> {
  const description = new Description(kind);
  const repository = new PlayedRepository(bare);
  const requests: string[] = [];
  const violations: string[] = [];
  const instead: { readonly asked: string; readonly answer: Instead }[] = [];
  const token = `${kind === 'github' ? 'ghp' : 'glpat'}_played-${'x'.repeat(20)}`;
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      violations.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const page = `${origin}/acme/deployments`;
  const operations = kind === 'github' ? playedGitHub(repository, page) : playedGitLab(repository, page);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const sent = await text(request);
    const line = `${request.method} ${url.pathname}`;
    requests.push(line);
    const index = instead.findIndex(({ asked }) => line.includes(asked));
    const [replaced] = index < 0 ? [] : instead.splice(index, 1);
    if (replaced !== undefined) return say(response, replaced.answer);
    if (!url.pathname.startsWith(`${API[kind]}/`)) return say(response, { status: 404, body: 'Not found' });
    const anybody = /\/(?:meta|version)$/.test(url.pathname);
    if (!anybody && request.headers.authorization !== `Bearer ${token}`)
      return say(response, {
        status: 401,
        body: { message: kind === 'github' ? 'Bad credentials' : '401 Unauthorized' },
      });
    const found = description.find(request.method ?? '', url.pathname.slice(API[kind].length));
    const play = found === undefined ? undefined : operations[found.id];
    if (found === undefined || play === undefined) return broken(response, line, ['no such operation']);
    const body = sent === '' ? undefined : JSON.parse(sent);
    const wrong = found.askedWrong(url.searchParams, body);
    if (wrong.length > 0) return broken(response, line, wrong);
    repository.refresh();
    const isOurs =
      kind === 'github'
        ? found.path.repo === undefined || `${found.path.owner}/${found.path.repo}` === 'acme/deployments'
        : found.path.id === undefined || found.path.id === 'acme/deployments';
    const played = isOurs
      ? play({ path: found.path, query: url.searchParams, body: body ?? {} })
      : { status: 404, body: { message: kind === 'github' ? 'Not Found' : '404 Project Not Found' } };
    const { part, link } = paged(played.body, url);
    const full = found.answer(played.status, part);
    // What nobody is let in to is not described at each operation.
    const isUsual = [401, 403, 404].includes(played.status) && !found.describes(played.status);
    const bad = isUsual ? [] : found.answeredWrong(played.status, full);
    if (bad.length > 0) return broken(response, line, bad);
    say(response, { status: played.status, headers: link, body: full });
  }

  function broken(response: ServerResponse, line: string, problems: readonly string[]): void {
    violations.push(...problems.map((problem) => `${line}: ${problem}`));
    say(response, { status: 500, body: { message: 'This is not as described' } });
  }

  return {
    url: `${page}.git`,
    apiUrl: `${origin}${API[kind]}`,
    token,
    env: { ELEVENTH_FORGE_REPOSITORY: page, ELEVENTH_FORGE_TOKEN: token },
    ...{ repository, requests, violations },
    review: (number, login, verdict) => repository.review(number, login, verdict),
    check: (commit, name, state) => repository.check(commit, name, state),
    failNext: (asked, ...answers) => {
      instead.push(...answers.map((one) => ({ asked, answer: one })));
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns a page of a list, be it the answer or in it, and the Link header that leads to the next. */
function paged(body: unknown, url: URL): { part: unknown; link: Record<string, string> } {
  const inside = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  const [name, list] = Array.isArray(body)
    ? ['', body]
    : (inside.find(([key]) => LISTS.includes(key)) ?? ['', undefined]);
  if (!Array.isArray(list)) return { part: body, link: {} };
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), MOST);
  const page = Number(url.searchParams.get('page') ?? 1);
  const part = list.slice((page - 1) * size, page * size);
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  // GitHub names the repository by its number there.
  next.pathname = next.pathname.replace(/\/repos\/[^/]+\/[^/]+\//, '/repositories/1/');
  const link: Record<string, string> = list.length > page * size ? { link: `<${next.href}>; rel="next"` } : {};
  return { part: name === '' ? part : { ...Object.fromEntries(inside), [name]: part }, link };
}

function say(response: ServerResponse, { status, headers = {}, body }: Instead): void {
  const sent = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(sent);
}
