import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A real Gitea with a repository `deployer/deployments`. */
export interface GiteaServer {
  /** The repository's address. */
  readonly url: string;
  /** The same with the token in it, for Git. */
  readonly gitUrl: string;
  readonly token: string;
  /** Asks the API in the name of a person; throws when it refuses. */
  api(method: string, path: string, body?: unknown, login?: string): Promise<unknown>;
  /** Makes a person who may push to the repository, or (false) only read it. */
  person(login: string, name: string, mayPush?: boolean): Promise<void>;
  /** Puts the repository aside and makes an empty one in its place. */
  anew(): Promise<void>;
  /** Waits until it has seen the first push, without which it has no requests. */
  filled(): Promise<void>;
  close(): Promise<void>;
}

const PASSWORD = 'Secret-1234';
const DEADLINE = 60_000;

/** The program, with `options/` and `templates/` of its sources beside it, as .ci/run puts them; undefined where it is not installed. */
export const GITEA: string | undefined = process.env.GITEA || undefined;

/** Starts a Gitea on the loopback, in a temporary folder. */
export async function startGitea(program: string): Promise<GiteaServer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'eleventh-gitea-')));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = join(folder, 'app.ini');
  mkdirSync(join(folder, 'home'));
  writeFileSync(config, configuration(folder, port, dirname(program)));
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), GITEA_WORK_DIR: folder };
  const admin = (...args: string[]) =>
    execFileSync(program, ['admin', 'user', ...args, '--config', config], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const server = spawn(program, ['web', '--config', config], { env, stdio: 'ignore' });
  const ended = once(server, 'close');
  await reachable(`${origin}/api/v1/version`);
  const account = ['--username', 'deployer', '--password', PASSWORD, '--email', 'deployer@example.com'];
  admin('create', ...account, '--admin', '--must-change-password=false');
  // A complaint may stand before it.
  const token =
    /[0-9a-f]{40}$/.exec(
      admin('generate-access-token', '--username', 'deployer', '--scopes', 'all', '--raw', '--token-name', 'test'),
    )?.[0] ?? '';
  const api = async (method: string, path: string, body?: unknown, login = 'deployer'): Promise<unknown> => {
    const basic = Buffer.from(`${login}:${PASSWORD}`).toString('base64');
    const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' };
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said}`);
    return said === '' ? null : JSON.parse(said);
  };
  const create = () => api('POST', '/user/repos', { name: 'deployments', default_branch: 'main' });
  let count = 0;
  await create();
  return {
    url: `${origin}/deployer/deployments.git`,
    gitUrl: `http://deployer:${token}@127.0.0.1:${port}/deployer/deployments.git`,
    ...{ token, api },
    person: async (login, name, mayPush = true) => {
      const account = { username: login, password: PASSWORD, email: `${login}@example.com`, full_name: name };
      await api('POST', '/admin/users', { ...account, must_change_password: false }).catch(() => undefined);
      const permission = mayPush ? 'write' : 'read';
      await api('PUT', `/repos/deployer/deployments/collaborators/${login}`, { permission });
    },
    anew: async () => {
      count += 1;
      await api('PATCH', '/repos/deployer/deployments', { name: `old-${count}` });
      await create();
    },
    filled: async () => {
      for (let waited = 0; waited < DEADLINE; waited += 50) {
        const { empty } = (await api('GET', '/repos/deployer/deployments')) as { empty: boolean };
        if (!empty) return;
        await setTimeout(50);
      }
    },
    close: async () => {
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configuration(folder: string, port: number, sources: string): string {
  return `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
RUN_MODE = prod
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${sources}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[repository]
ROOT = ${folder}/repositories
[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2$1000$50
[service]
DISABLE_REGISTRATION = true
[mailer]
ENABLED = false
[log]
MODE = console
LEVEL = Error
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function reachable(url: string): Promise<void> {
  for (let waited = 0; waited < DEADLINE; waited += 100) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await setTimeout(100);
  }
  throw new Error(`${url} does not answer`);
}
