import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../src/git-process.ts';
import { startDaemon } from './daemon.ts';
import { type Counts, findProgram, type GitServer, type Missing, serverEnvironment } from './git-server.ts';

export interface SshServer extends Omit<GitServer, 'counts'> {
  /** What a Git command needs to come in with the first key: that, and the host's key. */
  readonly env: Environment;
  /** Returns what a Git command needs to come in with a key of some name; throws `RangeError` where there is none. */
  as(key: string): Environment;
  /** A connection is all that can be told from outside. */
  readonly counts: Pick<Counts, 'pushConnections' | 'readConnections'>;
}

/**
 * Starts OpenSSH with deploy keys, as a Git host has them: whoever comes in with one can run Git's two services on the
 * repositories below the folder, and nothing else. Hooks are told the key's name as `ELEVENTH_KEY`, whatever whoever
 * comes in says. @param names of the keys, in letters, digits and hyphens.
 */
export async function startSshServer(
  root: string,
  names: readonly string[] = ['deploy-key'],
): Promise<SshServer | Missing> {
  const sshd = findProgram('sshd');
  const lacking = ['sshd', 'ssh', 'ssh-keygen'].filter((name) => findProgram(name) === null);
  if (sshd === null || lacking.length > 0) return { missing: `OpenSSH is not installed: no ${lacking.join(', ')}.` };
  const { username, shell } = userInfo();
  if (/(nologin|false)$/.test(shell ?? '')) return { missing: `OpenSSH lets nobody in as ${username}: no shell.` };
  const folder = mkdtempSync(join(tmpdir(), 'eleventh-ssh-'));
  const at = (name: string) => join(folder, name);
  const keyOf = (name: string) => at(`key-${name}`);
  await Promise.all([at('host-key'), ...names.map(keyOf)].map(makeKey));
  writeFileSync(at('log'), '');
  mkdirSync(at('home'));
  writeFileSync(at('serve'), forcedCommand(root, at('log')), { mode: 0o755 });
  const authorized = names.map((name) => {
    const key = readFileSync(`${keyOf(name)}.pub`, 'utf8');
    return `restrict,command="ELEVENTH_KEY=${name} exec ${at('serve')}" ${key}`;
  });
  writeFileSync(at('authorized_keys'), authorized.join(''));
  // Where sshd, run as root, puts the processes that strangers talk to. A service manager makes it at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = await startDaemon({
    folder,
    env: { PATH: process.env.PATH },
    command: (port) => {
      writeFileSync(at('sshd_config'), configuration(folder, port));
      return [sshd, '-D', '-e', '-f', at('sshd_config')];
    },
  });
  const hostKey = readFileSync(at('host-key.pub'), 'utf8');
  writeFileSync(at('known_hosts'), `[127.0.0.1]:${daemon.port} ${hostKey}`);
  // The exchange of keys that later versions prefer takes ten times as long to work out.
  const exchange = 'KexAlgorithms=curve25519-sha256';
  const options = ['IdentitiesOnly=yes', 'BatchMode=yes', exchange, `UserKnownHostsFile=${at('known_hosts')}`];
  const as = (name: string) => {
    if (!names.includes(name)) throw new RangeError(`The server knows no key of the name ${name}.`);
    const command = ['ssh -F /dev/null', `-i ${keyOf(name)}`, ...options.map((option) => `-o ${option}`)];
    return { GIT_SSH_COMMAND: command.join(' ') };
  };
  return {
    url: `ssh://${username}@127.0.0.1:${daemon.port}`,
    env: as(names[0] ?? ''),
    as,
    get counts() {
      const services = readFileSync(at('log'), 'utf8').split('\n');
      const count = (service: string) => services.filter((line) => line === service).length;
      return { pushConnections: count('git-receive-pack'), readConnections: count('git-upload-pack') };
    },
    close: daemon.close,
  };
}

async function makeKey(path: string): Promise<void> {
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'eleventh-test', '-f', path]);
}

/** Returns the server's configuration. A shell that finds itself started by it would run what the user's own home says. */
function configuration(folder: string, port: number): string {
  return `ListenAddress 127.0.0.1
Port ${port}
PidFile none
HostKey ${folder}/host-key
AuthorizedKeysFile ${folder}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
AcceptEnv GIT_PROTOCOL
SetEnv HOME=${folder}/home
MaxStartups 1000
LoginGraceTime 600
`;
}

function forcedCommand(root: string, log: string): string {
  const settings = Object.entries(serverEnvironment(root)).map(([name, value]) => `export ${name}='${value}'\n`);
  return `#!/bin/sh
${settings.join('')}refuse() {
  echo "$1" >&2
  exit 128
}
service="\${SSH_ORIGINAL_COMMAND%% *}"
case "$service" in
git-upload-pack | git-receive-pack) ;;
*) refuse 'This key may only be used by Git.' ;;
esac
path="\${SSH_ORIGINAL_COMMAND#"$service '"}"
path="\${path%\\'}"
case "$path" in
*[!A-Za-z0-9._/-]* | *..* | [!/]* | '') refuse 'There is no such repository.' ;;
esac
echo "$service" >>'${log}'
exec git "\${service#git-}" '${root}'"$path"
`;
}
