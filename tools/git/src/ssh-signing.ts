import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ProgramOptions, runProgram } from './program.ts';
import { signingFailed } from './signing-error.ts';
import { SshBytes } from './ssh-bytes.ts';

const LITERAL = 'key::';

/** Returns whether `user.signingKey` is a public key itself, as Git tells that, and not the path of one. */
export function isLiteralKey(key: string): boolean {
  return key.startsWith(LITERAL) || key.startsWith('ssh-');
}

/** Returns the public key that a literal holds. */
export function literalKey(key: string): string {
  return key.startsWith(LITERAL) ? key.slice(LITERAL.length) : key;
}

/** Returns a path as Git reads it. */
export function expandHome(path: string, { env }: ProgramOptions): string {
  return path.startsWith('~/') && env.HOME !== undefined ? join(env.HOME, path.slice(2)) : path;
}

/**
 * Returns the public key, `ssh-ed25519 AAAA…`, with which a configured key will sign: the literal, what stands in its
 * file or beside it, or in the private key itself. Empty where none of them is there.
 */
export async function sshPublicKey(key: string, options: ProgramOptions): Promise<string> {
  if (isLiteralKey(key)) return publicKeyIn(literalKey(key));
  const path = fileOf(key, options);
  const [own, beside] = await Promise.all([path, `${path}.pub`].map((file) => readFile(file, 'utf8').catch(() => '')));
  return publicKeyIn(own ?? '') || publicKeyIn(beside ?? '') || publicPartOf(own ?? '');
}

function fileOf(key: string, options: ProgramOptions): string {
  return resolve(options.cwd, expandHome(key, options));
}

function publicKeyIn(text: string): string {
  return /^((?:ssh|sk-ssh|ecdsa|sk-ecdsa)-\S+ [A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text)?.[1] ?? '';
}

/** Returns the public key in front of what a private key's passphrase hides (PROTOCOL.key of OpenSSH). */
function publicPartOf(text: string): string {
  const armoured = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)/.exec(text)?.[1];
  if (armoured === undefined) return '';
  try {
    const fields = new SshBytes(Buffer.from(armoured, 'base64'));
    fields.take('openssh-key-v1\0'.length);
    for (const _ of ['cipher', 'derivation', 'its options']) fields.string();
    fields.number();
    const blob = fields.string();
    return `${new SshBytes(blob).text()} ${blob.toString('base64')}`;
  } catch {
    return '';
  }
}

/** Returns the armoured signature that `ssh-keygen -Y sign` makes, called as Git calls it. Throws `SIGNING_FAILED`. */
export async function signWithSsh(
  program: string,
  key: string,
  bytes: Uint8Array,
  namespace: string,
  options: ProgramOptions,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eleventh-sign-')).catch(() => {
    throw signingFailed(`no folder can be made in ${tmpdir()}`);
  });
  try {
    const payload = join(folder, 'payload');
    const literal = join(folder, 'key');
    await writeFile(payload, bytes);
    if (isLiteralKey(key)) await writeFile(literal, `${literalKey(key)}\n`);
    const file = isLiteralKey(key) ? [literal, '-U'] : [fileOf(key, options)];
    const args = ['-Y', 'sign', '-n', namespace, '-f', ...file, payload];
    const { stderr, exitCode } = await runProgram(program, args, options);
    const signature = exitCode === 0 ? await readFile(`${payload}.sig`, 'utf8').catch(() => null) : null;
    if (signature === null) throw signingFailed(`${program} says: ${stderr.trim().split('\n').at(-1) || 'nothing'}`);
    return signature.replaceAll('\r', '');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
