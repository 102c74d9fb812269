import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from './daemon.ts';
import {
  type Credentials,
  countKinds,
  findProgram,
  type GitServer,
  type Missing,
  requestKind,
  serverEnvironment,
} from './git-server.ts';

const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/libexec/apache2'];
const MODULES = 'mpm_event unixd alias cgid authn_core authn_file authz_core authz_user auth_basic'.split(' ');

/** Starts a real Apache in front of `git http-backend`. */
export async function startApache(
  root: string,
  options: { readonly credentials?: Credentials } = {},
): Promise<GitServer | Missing> {
  const program = findProgram('apache2') ?? findProgram('httpd');
  const modules = MODULE_FOLDERS.find((folder) => existsSync(join(folder, 'mod_cgid.so')));
  if (program === null || modules === undefined) return { missing: 'Apache is not installed.' };
  const unprivileged = asNobody();
  if (unprivileged === null)
    return { missing: 'Apache does not serve as root, and there is no setpriv to run it as somebody else.' };
  const folder = mkdtempSync(join(tmpdir(), 'eleventh-apache-'));
  const at = (name: string) => join(folder, name);
  writeFileSync(at('log'), '');
  writeFileSync(at('error-log'), '');
  writeFileSync(at('serve'), script(root, at('log')), { mode: 0o755 });
  if (options.credentials !== undefined) writeFileSync(at('passwords'), passwordLine(options.credentials));
  const needsUser = options.credentials !== undefined;
  const daemon = await startDaemon({
    folder,
    env: serverEnvironment(root),
    command: (port) => {
      writeFileSync(at('apache.conf'), configuration(folder, modules, port, needsUser));
      return [...unprivileged, program, '-D', 'FOREGROUND', '-f', at('apache.conf')];
    },
  });
  return {
    url: `http://127.0.0.1:${daemon.port}`,
    get counts() {
      const lines = readFileSync(at('log'), 'utf8').trimEnd().split('\n');
      return countKinds(
        lines.map((line) => {
          const [method = '', url = '', length = ''] = line.split(' ');
          return requestKind(method, url, length);
        }),
      );
    },
    close: daemon.close,
  };
}

/**
 * Returns what to put before a command so that it does not run as root, which Apache refuses; null when that cannot be
 * done. It may still write what belongs to root, as the repositories of a test do then.
 */
function asNobody(): readonly string[] | null {
  if (process.getuid?.() !== 0) return [];
  const setpriv = findProgram('setpriv');
  // Without the bit, access(2) takes no notice of the capability, and Git asks it.
  const capabilities = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  if (setpriv === null) return null;
  return [setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', ...capabilities];
}

function passwordLine({ user, password }: Credentials): string {
  return `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;
}

function script(root: string, log: string): string {
  const settings = Object.entries(serverEnvironment(root)).map(([name, value]) => `export ${name}='${value}'\n`);
  // Written before the work and not, like an access log, after the reply: who has the reply can read it.
  return `#!/bin/sh
${settings.join('')}export GIT_PROJECT_ROOT='${root}' GIT_HTTP_EXPORT_ALL=1
echo "$REQUEST_METHOD $PATH_INFO\${QUERY_STRING:+?$QUERY_STRING} $CONTENT_LENGTH" >>'${log}'
exec git -c http.receivepack=true -c safe.directory='*' http-backend
`;
}

function configuration(folder: string, modules: string, port: number, needsUser: boolean): string {
  const loads = MODULES.map(
    (name) => `<IfModule !${name}_module>\nLoadModule ${name}_module ${modules}/mod_${name}.so\n</IfModule>\n`,
  );
  const access = needsUser
    ? `AuthType Basic\nAuthName git\nAuthUserFile ${folder}/passwords\nRequire valid-user`
    : 'Require all granted';
  return `ServerRoot ${folder}
ServerName 127.0.0.1
Timeout 600
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/error-log
${loads.join('')}ScriptSock ${folder}/cgi
ScriptAlias / ${folder}/serve/
<Directory ${folder}>
${access}
</Directory>
`;
}
