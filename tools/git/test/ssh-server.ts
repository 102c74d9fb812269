import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../src/git-process.ts';
import { startDaemon } from './daemon.ts';
import { type Counts, findProgram, type GitServer, type Missing, serverEnvironment } from './git-server.ts';

export interface SshServer extends Omit<GitServer, 'counts'> {
  /** What a Git command needs to come in: the deploy key, and the host's key. */
  readonly env: Environment;
  /** A connection is all that can be told from outside. */
  readonly counts: Pick<Counts, 'pushConnections' | 'readConnections'>;
}

/**
 * Starts OpenSSH with a deploy key, as a Git host has it: whoever comes in with the key can run Git's two services on
 * the repositories below the folder, and nothing else.
 */
export async function startSshServer(root: string): Promise<SshServer | Missing> {
  const sshd = findProgram('sshd');
  const lacking = ['sshd', 'ssh', 'ssh-keygen'].filter((name) => findProgram(name) === null);
  if (sshd === null || lacking.length > 0) return { missing: `OpenSSH is not installed: no ${lacking.join(', ')}.` };
  const { username, shell } = userInfo();
  if (/(nologin|false)$/.test(shell ?? '')) return { missing: `OpenSSH lets nobody in as ${username}: no shell.` };
  const folder = mkdtempSync(join(tmpdir(), 'eleventh-ssh-'));
  const at = (name: string) => join(folder, name);
  await Promise.all(['host-key', 'deploy-key'].map((name) => makeKey(at(name))));
  writeFileSync(at('log'), '');
  writeFileSync(at('serve'), forcedCommand(root, at('log')), { mode: 0o755 });
  writeFileSync(at('authorized_keys'), `restrict,command="${at('serve')}" ${readFileSync(at('deploy-key.pub'))}`);
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
  const options = ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${at('known_hosts')}`];
  return {
    url: `ssh://${username}@127.0.0.1:${daemon.port}`,
    env: {
      GIT_SSH_COMMAND: ['ssh -F /dev/null', `-i ${at('deploy-key')}`, ...options.map((o) => `-o ${o}`)].join(' '),
    },
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
