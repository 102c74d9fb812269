import { OPENPGP, type Person } from '@eleventh/core';
import { type Environment, runGit } from './git-process.ts';
import { type ProgramOptions, runProgram } from './program.ts';
import { signingFailed } from './signing-error.ts';
import { expandHome, isLiteralKey, literalKey, signWithSsh, sshPublicKey } from './ssh-signing.ts';

/** Signs as the user's Git would, because the user's configuration asks for that. */
export interface Signer {
  readonly signsCommits: boolean;
  readonly signsTags: boolean;
  /** The SSH public key that signs, empty where nobody can tell which; `OPENPGP` where that does, or X.509. */
  readonly key: string;
  /**
   * Returns an armoured signature of some bytes. Throws `SIGNING_FAILED`. @param namespace what an SSH signature is
   * for. @param person by whose e-mail address OpenPGP finds a key when none is configured.
   */
  readonly sign: (bytes: Uint8Array, namespace: string, person: Person) => Promise<string>;
}

type Settings = ReadonlyMap<string, string>;

const ASKED = '^((commit|tag)\\.gpgsign|user\\.signingkey|gpg\\..*)$';

/** Returns what signs by the configuration that holds in a folder, or undefined where it asks for no signature. */
export async function gitSigner(options: {
  readonly env: Environment;
  readonly cwd: string;
}): Promise<Signer | undefined> {
  const { stdout, stderr, exitCode } = await runGit(['config', '--null', '--get-regexp', ASKED], options);
  // 1: there is none of them.
  if (exitCode > 1 || exitCode < 0) throw signingFailed(`Git's configuration cannot be read: ${stderr.trim()}`);
  const settings: Settings = new Map(stdout.split('\0').map((entry) => [settingName(entry), settingValue(entry)]));
  const signsCommits = isOn(settings, 'commit.gpgsign');
  const signsTags = signsCommits || isOn(settings, 'tag.gpgsign');
  if (!signsTags) return undefined;
  const env = Object.fromEntries(Object.entries(options.env).filter(([, value]) => value !== undefined));
  return { signsCommits, signsTags, ...(await signing(settings, { env, cwd: options.cwd })) };
}

/** Git tells a name with no value, which means that it is so, from one with an empty value. */
const IMPLIED = 'true';

function settingName(entry: string): string {
  return entry.split('\n', 1)[0] ?? '';
}

function settingValue(entry: string): string {
  const end = entry.indexOf('\n');
  return end < 0 ? IMPLIED : entry.slice(end + 1);
}

function isOn(settings: Settings, name: string): boolean {
  const value = (settings.get(name) ?? 'false').toLowerCase();
  if (/^(true|yes|on|[+-]?0*[1-9]\d*)$/.test(value)) return true;
  if (/^(false|no|off|[+-]?0+|)$/.test(value)) return false;
  throw signingFailed(
    `${name} is ${JSON.stringify(value)}, which is neither true nor false`,
    `git config ${name} true`,
  );
}

async function signing(settings: Settings, options: ProgramOptions): Promise<Pick<Signer, 'key' | 'sign'>> {
  const format = settings.get('gpg.format') ?? 'openpgp';
  const program = settings.get(`gpg.${format}.program`);
  const key = settings.get('user.signingkey') ?? '';
  if (format === 'ssh') {
    const used = key === '' ? await defaultKey(settings, options) : key;
    return {
      key: await sshPublicKey(used, options),
      sign: (bytes, namespace) =>
        signWithSsh(pathOf(program, options) ?? 'ssh-keygen', used, bytes, namespace, options),
    };
  }
  const programs: Readonly<Record<string, string>> = { openpgp: settings.get('gpg.program') ?? 'gpg', x509: 'gpgsm' };
  const name = pathOf(program ?? programs[format], options);
  if (name === undefined) {
    throw signingFailed(
      `gpg.format is ${JSON.stringify(format)}, which is not known`,
      'git config --global gpg.format ssh',
    );
  }
  return {
    key: OPENPGP,
    sign: (bytes, _, { name: who, email }) => signWithGpg(name, key === '' ? `${who} <${email}>` : key, bytes, options),
  };
}

function pathOf(program: string | undefined, options: ProgramOptions): string | undefined {
  return program === undefined ? undefined : expandHome(program, options);
}

/** Returns the first key that a command of the user's prints, as a literal. */
async function defaultKey(settings: Settings, options: ProgramOptions): Promise<string> {
  const command = settings.get('gpg.ssh.defaultkeycommand');
  if (command === undefined) {
    throw signingFailed('user.signingKey names no key', 'git config --global user.signingKey ~/.ssh/id_ed25519.pub');
  }
  const { stdout, stderr, exitCode } = await runProgram('sh', ['-c', command], options);
  const [first = ''] = stdout.split('\n');
  if (exitCode === 0 && isLiteralKey(first)) return literalKey(first);
  throw signingFailed(`gpg.ssh.defaultKeyCommand names no key: ${stderr.trim() || JSON.stringify(first)}`);
}

async function signWithGpg(program: string, key: string, bytes: Uint8Array, options: ProgramOptions): Promise<string> {
  const args = ['--status-fd=2', '-bsau', key];
  const { stdout, stderr, exitCode } = await runProgram(program, args, options, bytes);
  if (exitCode === 0 && /^\[GNUPG:\] SIG_CREATED /m.test(stderr)) return stdout.replaceAll('\r', '');
  const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('[GNUPG:]'));
  throw signingFailed(`${program} says: ${said.at(-1) ?? 'nothing'}`);
}
