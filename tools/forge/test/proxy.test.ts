import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { openForge } from '../src/index.ts';
import { startForge } from './played-host.ts';
import { createScenario } from './scenario.ts';

it('reaches a host through the proxy of a company', async () => {
  const scenario = createScenario();
  const host = await startForge('github', scenario.bare);
  const asked: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client, head) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']} ${request.headers.authorization}`);
    const upstream = connect(Number(new URL(host.apiUrl).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => {});
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const env = {
    ELEVENTH_FORGE_TOKEN: host.token,
    ELEVENTH_FORGE_URL: 'http://git.example.com/api/v3',
    http_proxy: `http://ada:word@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  };
  const forge = await openForge('http://git.example.com/acme/deployments', {
    env,
    now: () => 0,
    sleep: async () => {},
    progress: () => {},
  });
  expect(await forge.find('promote/x', 'main')).toBeNull();
  // What the proxy is told is its own password, not the token.
  expect(asked).toEqual([`git.example.com:80 Basic ${Buffer.from('ada:word').toString('base64')} undefined`]);
  proxy.closeAllConnections();
  proxy.close();
  await host.close();
  scenario.remove();
});
