import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serverEnvironment } from './git-server.ts';

export type Backend = ChildProcessByStdio<Writable, Readable, null>;

/** Starts `git http-backend` for a request, as a CGI program that leads a process group of its own. */
export function startBackend(root: string, request: IncomingMessage, user: string | null, hooks?: string): Backend {
  const { headers, method, url = '' } = request;
  const [path, query = ''] = url.split('?');
  const settings = ['http.receivepack=true', ...(hooks === undefined ? [] : [`core.hooksPath=${hooks}`])];
  return spawn('git', [...settings.flatMap((setting) => ['-c', setting]), 'http-backend'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...serverEnvironment(root),
      GATEWAY_INTERFACE: 'CGI/1.1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REQUEST_METHOD: method,
      PATH_INFO: decodeURIComponent(path ?? ''),
      QUERY_STRING: query,
      CONTENT_TYPE: headers['content-type'] ?? '',
      // Absent when the body comes in chunks: the end of the input is its end.
      CONTENT_LENGTH: headers['content-length'],
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      ...(user === null ? {} : { REMOTE_USER: user, REMOTE_ADDR: request.socket.remoteAddress }),
    },
  });
}

/** Sends what the backend prints as the response, while it prints it; a client that leaves ends it. */
export async function sendReply(output: Readable, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (response.headersSent) return done(null, chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return done();
      sendHead(head.toString('latin1', 0, end), response);
      done(null, head.subarray(end + 4));
    },
    flush(done) {
      if (!response.headersSent) response.writeHead(500);
      done();
    },
  });
  await pipeline(output, body, response).catch(() => {});
}

/** Sends the head that a CGI program printed: the status is one of its fields, and 200 when it is not there. */
function sendHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const [name = '', value = ''] = line.split(/: ?(.*)/);
    if (name === 'Status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
