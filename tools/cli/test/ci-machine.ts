import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../../..');
/** What the machine of a pipeline has, and nothing else. */
const PROGRAMS = [
  ...['node', 'npm', 'npx', 'git', 'sh', 'curl', 'sed', 'grep', 'cat', 'cp', 'mkdir', 'mktemp', 'rm', 'chmod', 'sleep'],
  ...['basename', 'sha256sum', 'env', 'uname'],
];

/** A call of a host's API that a script made. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/**
 * A machine as a container gives it to a job: an empty home, a PATH of links to a few programs, no variable of ours, and
 * a registry that has the packages of this repository and what they depend on. Its `ssh` is a stand-in: it takes the key
 * that it is told to use for the name of who calls, and serves the folder of repositories.
 */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'eleventh-machine-'));
  readonly bin = join(this.root, 'bin');
  readonly calls: Call[] = [];
  /** What happens when a host's API is called. */
  onCall: (call: Call) => void = () => {};
  #server: Server | undefined;
  #home = 0;

  static async started(repositories: string): Promise<Machine> {
    const machine = new Machine();
    mkdirSync(machine.bin);
    for (const name of PROGRAMS) symlinkSync(which(name), join(machine.bin, name));
    writeFileSync(join(machine.bin, 'ssh'), standIn(repositories));
    chmodSync(join(machine.bin, 'ssh'), 0o755);
    const packages = packed(join(machine.root, 'packages'));
    machine.#server = createServer(async (request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      const found = path.startsWith('/npm/') ? packages.get(path.slice('/npm/'.length)) : undefined;
      if (path.startsWith('/kubectl')) {
        const kubectl = process.env.KUBECTL ?? which('kubectl');
        if (path.endsWith('.sha256')) response.end(createHash('sha256').update(readFileSync(kubectl)).digest('hex'));
        else createReadStream(kubectl).pipe(response);
      } else if (found !== undefined)
        response.end(typeof found === 'string' ? found.replaceAll('{registry}', `${machine.url}/npm/`) : found);
      else if (path.startsWith('/api/')) {
        const call = { method: request.method ?? '', path, headers: request.headers, body: await text(request) };
        machine.calls.push(call);
        machine.onCall(call);
        response.writeHead(204).end();
      } else response.writeHead(404).end('{}');
    });
    await new Promise<void>((resolve) => machine.#server?.listen(0, '127.0.0.1', resolve));
    return machine;
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo | undefined;
    if (address === undefined) throw new Error('The machine was not started.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Returns a new home, with a registry in its .npmrc as people of a company have one. */
  home(): string {
    this.#home += 1;
    const home = join(this.root, `home-${this.#home}`);
    mkdirSync(home);
    writeFileSync(join(home, '.npmrc'), `registry=${this.url}/npm/\nupdate-notifier=false\n`);
    return home;
  }

  /** Runs a script as a job: nothing but these variables. */
  run(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
    return new Promise((resolve) => {
      const child = spawn(join(this.bin, 'sh'), ['-c', script], { cwd, env: { PATH: this.bin, ...env } });
      let output = '';
      const read = (chunk: Buffer) => {
        output += chunk;
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('close', (code) => resolve({ code, output }));
    });
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server?.close(resolve));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function which(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`There is no ${name} on the PATH.`);
  return found;
}

/** Returns what a registry says of the packages, and their tarballs, by path. */
function packed(folder: string): Map<string, string | Buffer> {
  execFileSync(process.execPath, [join(ROOT, 'scripts/pack.mjs'), folder], { stdio: 'ignore' });
  const library = join(ROOT, 'node_modules/zx');
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: library,
    stdio: 'ignore',
  });
  const found = new Map<string, string | Buffer>();
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file));
    const manifest = JSON.parse(
      execFileSync('tar', ['-xzOf', join(folder, file), 'package/package.json'], { encoding: 'utf8' }),
    );
    const { name, version } = manifest as { name: string; version: string };
    const dist = { tarball: `{registry}tarballs/${file}` };
    const versions = { [version]: { ...manifest, dist } };
    found.set(`tarballs/${basename(file)}`, bytes);
    found.set(name, JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  }
  return found;
}

/** What is asked of every connection: one key that only its owner reads, and a server that is known. */
function standIn(repositories: string): string {
  return `#!/bin/sh
set -eu
key= known= only= strict=
while [ $# -gt 2 ]; do
  case "$1 $2" in
    "-i "*) key="$2" ;;
    "-o IdentitiesOnly=yes") only=yes ;;
    "-o StrictHostKeyChecking=yes") strict=yes ;;
    "-o UserKnownHostsFile="*) known="\${2#*=}" ;;
    "-o SendEnv="* | "-p "*) ;;
    *) echo "ssh: what is $1 $2?" >&2; exit 255 ;;
  esac
  shift 2
done
host="\${1#*@}"
[ "$only$strict" = yesyes ] || { echo "ssh: any key, or any server, would do" >&2; exit 255; }
grep -q "^$host ssh-ed25519 " "$known" || { echo "ssh: $host is not known" >&2; exit 255; }
[ "$(${which('stat')} -c %a "$key")" = 600 ] || { echo "ssh: others can read the key" >&2; exit 255; }
grep -q 'BEGIN OPENSSH PRIVATE KEY' "$key" || { echo "ssh: that is no key" >&2; exit 255; }
KEY="$(sed -n 2p "$key")"
export KEY
cd "${repositories}"
# An address that begins with ssh:// names a path from the root.
exec git shell -c "$(printf '%s' "$2" | sed "s#'/#'#")"
`;
}

/** Returns a private key as secrets hold it: its second line is who it belongs to. */
export function keyOf(owner: string): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${owner}\n-----END OPENSSH PRIVATE KEY-----`;
}

/** Lets a key of a service leave requests, and the trusted one do everything, as the how-to on draining does. */
export function protect(remote: string): void {
  const hook = join(remote, 'hooks/update');
  mkdirSync(join(remote, 'hooks'), { recursive: true });
  writeFileSync(
    hook,
    `#!/bin/sh
case "\${KEY:-person} $1" in
  person\\ * | trusted\\ *) exit 0 ;;
  service\\ refs/eleventh/*) exit 0 ;;
esac
echo "\${KEY:-} may not write $1"
exit 1
`,
  );
  chmodSync(hook, 0o755);
}

/** Lets everybody write everything again. */
export function unprotect(remote: string): void {
  rmSync(join(remote, 'hooks/update'));
}

/** Puts a program of the machine's own beside the others. */
export function install(machine: Machine, name: string, script: string): void {
  writeFileSync(join(machine.bin, name), script);
  chmodSync(join(machine.bin, name), 0o755);
}
