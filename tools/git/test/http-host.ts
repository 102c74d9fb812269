import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Environment } from '../src/git-process.ts';

/** A Git server over HTTP: Node in front of `git http-backend`, with its default settings but pushing allowed. */
export interface HttpHost {
  readonly url: string;
  /** The `Authorization` header that is asked for, or undefined when everybody may come in. */
  authorization: string | undefined;
  /** Called with each request before it is served; returning true leaves the request to the listener. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

export async function startHttpHost(root: string, env: Environment): Promise<HttpHost> {
  const server = createServer((request, response) => {
    if (host.intercept(request, response)) return;
    if (host.authorization !== undefined && request.headers.authorization !== host.authorization) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
      return;
    }
    serve(root, env, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host: HttpHost = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorization: undefined,
    intercept: () => false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return host;
}

function serve(root: string, env: Environment, request: IncomingMessage, response: ServerResponse): void {
  const [path, query = ''] = (request.url ?? '').split('?');
  const { headers } = request;
  const backend = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REMOTE_USER: 'ada',
    },
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {});
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .toString('utf8', 0, end)
      .split('\r\n')
      .map((line) => line.split(': '));
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(fields.filter(([name]) => name !== 'Status')));
    response.write(head.subarray(end + 4));
  });
  backend.once('close', () => response.end());
}
