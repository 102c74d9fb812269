import { createHash, verify } from 'node:crypto';
import { SshBytes, sshString } from './ssh-bytes.ts';
import { type PublicKey, parsePublicKey } from './ssh-public-key.ts';

// What ssh-keygen -Y sign writes: PROTOCOL.sshsig of OpenSSH.
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?$/;
const MAGIC = 'SSHSIG';
const VERSION = 1;
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha512']);

/**
 * Returns the public key (`ssh-ed25519 AAAA…`) that made a signature of some bytes in a namespace, or null when it was
 * not made so: Ed25519, ECDSA, RSA with SHA-2, and the two kinds of FIDO tokens. Takes no process.
 */
export function sshSigningKey(payload: Uint8Array, armoured: string, namespace: string): string | null {
  try {
    return signingKey(payload, armoured, namespace);
  } catch {
    // Cut off, or of numbers that are no key: Node and we say so in many ways, and each means that it does not fit.
    return null;
  }
}

function signingKey(payload: Uint8Array, armoured: string, namespace: string): string | null {
  const text = ARMOUR.exec(armoured)?.[1]?.replaceAll('\n', '') ?? '';
  const bytes = Buffer.from(text, 'base64');
  // There is one way only to write it.
  if (bytes.toString('base64') !== text) return null;
  const fields = new SshBytes(bytes);
  if (fields.take(MAGIC.length).toString('latin1') !== MAGIC || fields.number() !== VERSION) return null;
  const blob = fields.string();
  const isMeant = fields.string().equals(Buffer.from(namespace));
  const reserved = fields.string();
  const hash = fields.text();
  const signature = fields.string();
  if (!isMeant || reserved.length > 0 || !HASHES.has(hash) || !fields.isAtEnd) return null;
  const key = parsePublicKey(blob);
  if (key === null) return null;
  const digest = createHash(hash).update(payload).digest();
  const signed = Buffer.concat([Buffer.from(MAGIC), ...[namespace, '', hash, digest].map(sshString)]);
  return isSigned(key, signed, signature) ? `${key.type} ${blob.toString('base64')}` : null;
}

/** Returns whether a key signed some bytes. */
function isSigned(key: PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  const fields = new SshBytes(signature);
  const algorithm = fields.text();
  const hash = key.hashes.get(algorithm);
  if (hash === undefined) return false;
  const content = fields.string();
  // A token signs what it is asked for by hashes, with how often it has signed and whether somebody touched it.
  const message = key.application === null ? signed : tokenMessage(key.application, fields.take(5), signed);
  if (!fields.isAtEnd) return false;
  if (key.curveBytes === null) return verify(hash, message, key.key, content);
  return verify(hash, message, { key: key.key, dsaEncoding: 'ieee-p1363' }, pair(content, key.curveBytes));
}

function tokenMessage(application: Uint8Array, state: Uint8Array, signed: Uint8Array): Buffer {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  return Buffer.concat([sha256(application), state, sha256(signed)]);
}

/** Returns the two numbers of an ECDSA signature, each as long as the curve's. */
function pair(content: Uint8Array, length: number): Buffer {
  const fields = new SshBytes(content);
  const both = Buffer.alloc(2 * length);
  for (const index of [1, 2]) {
    const number = fields.integer();
    number.copy(both, index * length - number.length);
  }
  if (!fields.isAtEnd) throw new RangeError('There is more than two numbers.');
  return both;
}
