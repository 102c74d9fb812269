// The ways to a repository: a folder, `git http-backend` behind a web server, and OpenSSH with a deploy key.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SERVERS = fileURLToPath(new URL('../../tools/git/test/servers.ts', import.meta.url));

/**
 * Starts the servers of the tests for the repositories below a folder. Returns, for each way that works on this machine,
 * `{ url, env, pushes }`, in which `pushes()` is how many clients began to push until now, or null when nobody counts;
 * why others do not work; and how to end them.
 */
export async function startTransports(root, wanted) {
  const transports = { file: { url: `file://${root}`, env: {}, pushes: () => null } };
  const missing = {};
  const open = [];
  const bundle = join(dirname(root), 'servers.mjs');
  await build({
    entryPoints: [SERVERS],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'error',
  });
  const { startHttpServer, startSshServer } = await import(bundle);
  for (const [name, start] of [
    ['http', startHttpServer],
    ['ssh', startSshServer],
  ]) {
    const server = wanted.includes(name) ? await start(root) : { missing: 'not asked for' };
    if ('missing' in server) missing[name] = server.missing;
    else {
      open.push(server);
      transports[name] = { url: server.url, env: server.env ?? {}, pushes: () => server.counts.pushConnections };
    }
  }
  return { transports, missing, close: () => Promise.all(open.map((server) => server.close())) };
}
