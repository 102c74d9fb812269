import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { proxyFor } from './proxy.ts';

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Milliseconds of silence after which a host counts as not reachable. */
const SILENCE = 30_000;
/** Bytes of one answer: pages of a list are far smaller. */
const MOST = 16_000_000;

/**
 * Sends one request and returns what came back, whatever its status: no redirect is followed here. Node's `fetch` would
 * not take the proxies that companies have before Node 24.
 */
export function exchange(call: Call, env: Readonly<Record<string, string | undefined>>): Promise<Answer> {
  const { url, method, headers, body } = call;
  const proxy = proxyFor(url, env);
  const agent = proxy === undefined ? {} : { agent: new HttpsProxyAgent(proxy) };
  const send = url.protocol === 'https:' ? overHttps : overHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, ...agent, timeout: SILENCE }, (response) =>
      read(response).then(resolve, reject),
    );
    request.once('timeout', () => request.destroy(new Error(`it said nothing for ${SILENCE / 1000} seconds`)));
    request.once('error', reject);
    request.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST) throw new Error(`its answer is larger than ${MOST / 1e6} MB`);
    parts.push(part);
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    text: Buffer.concat(parts).toString('utf8'),
  };
}
