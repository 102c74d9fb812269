import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { sshString } from './ssh-bytes.ts';
import { sshSigningKey } from './ssh-signature.ts';

const NAMESPACE = 'git';
const KINDS = [
  ['ed25519', []],
  ['ecdsa', ['-b', '256']],
  ['ecdsa', ['-b', '384']],
  ['ecdsa', ['-b', '521']],
  ['rsa', ['-b', '2048']],
] as const;

let scratch: Scratch;
beforeAll(() => {
  scratch = createScratch();
});
afterAll(() => scratch.remove());

function keygen(...args: string[]): void {
  execFileSync('ssh-keygen', args, { cwd: scratch.path, env: scratch.env, stdio: ['ignore', 'ignore', 'pipe'] });
}

let count = 0;

/** Returns a new key: its file, and the public key without a comment. */
function newKey(type: string, more: readonly string[]): { file: string; key: string } {
  count += 1;
  const file = join(scratch.path, `key-${count}`);
  keygen('-q', '-t', type, ...more, '-N', '', '-C', 'a comment', '-f', file);
  const [kind, blob] = readFileSync(`${file}.pub`, 'utf8').split(' ');
  return { file, key: `${kind} ${blob}` };
}

function signed(file: string, payload: Uint8Array, namespace = NAMESPACE, more: readonly string[] = []): string {
  const path = join(scratch.path, 'payload');
  writeFileSync(path, payload);
  rmSync(`${path}.sig`, { force: true });
  keygen('-q', '-Y', 'sign', '-n', namespace, ...more, '-f', file, path);
  return readFileSync(`${path}.sig`, 'utf8');
}

/** Returns text with one byte changed. */
function flipped(bytes: Uint8Array, place: number, by: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place % copy.length] = (copy[place % copy.length] ?? 0) ^ by;
  return copy;
}

const flip = { place: fc.nat(), by: fc.integer({ min: 1, max: 255 }) };

describe.each(KINDS)('a signature by ssh-keygen with %s %j', (type, more) => {
  it('tells the key, for this payload and namespace alone', () => {
    const { file, key } = newKey(type, more);
    for (const payload of ['', 'x', 'tree 4b825dc\n\nMessage\n'.repeat(999)].map((text) => Buffer.from(text))) {
      const armoured = signed(file, payload);
      expect(sshSigningKey(payload, armoured, NAMESPACE)).toBe(key);
      expect(sshSigningKey(payload, armoured.trimEnd(), NAMESPACE)).toBe(key);
      expect(sshSigningKey(Buffer.concat([payload, Buffer.from(' ')]), armoured, NAMESPACE)).toBeNull();
      for (const other of ['file', '', 'git\0', 'statement@eleventh.dev'])
        expect(sshSigningKey(payload, armoured, other)).toBeNull();
    }
    expect(
      sshSigningKey(Buffer.from('x'), signed(file, Buffer.from('x'), NAMESPACE, ['-O', 'hashalg=sha256']), NAMESPACE),
    ).toBe(key);
  });

  it('does not fit when any byte of it or of the payload is another', () => {
    const { file, key } = newKey(type, more);
    const payload = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nPin payments\n');
    const armoured = Buffer.from(signed(file, payload));
    expect(sshSigningKey(payload, armoured.toString('latin1'), NAMESPACE)).toBe(key);
    fc.assert(
      fc.property(flip.place, flip.by, (place, by) => {
        expect(sshSigningKey(flipped(payload, place, by), armoured.toString('latin1'), NAMESPACE)).toBeNull();
        expect(sshSigningKey(payload, flipped(armoured, place, by).toString('latin1'), NAMESPACE)).toBeNull();
      }),
      { numRuns: 300 },
    );
    // Below the armour too, each byte once.
    const blob = unarmoured(armoured.toString());
    for (let place = 0; place < blob.length; place += 1)
      expect(sshSigningKey(payload, armour(flipped(blob, place, 1 << (place % 8))), NAMESPACE)).toBeNull();
    for (let length = 0; length < blob.length; length += 7)
      expect(sshSigningKey(payload, armour(blob.subarray(0, length)), NAMESPACE)).toBeNull();
    expect(sshSigningKey(payload, armour(Buffer.concat([blob, Buffer.from([0])])), NAMESPACE)).toBeNull();
  });
});

function unarmoured(text: string): Buffer {
  return Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
}

function armour(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

describe('a signature that we write ourselves', () => {
  const payload = Buffer.from('what is signed\n');
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const toSign = (hash: string, namespace = NAMESPACE) =>
    Buffer.concat([
      Buffer.from('SSHSIG'),
      ...[namespace, '', hash, createHash(hash).update(payload).digest()].map(sshString),
    ]);
  const wrapped = (blob: Buffer, signature: Buffer, hash = 'sha512', reserved = '') =>
    armour(
      Buffer.concat([
        Buffer.from('SSHSIG\0\0\0\x01', 'latin1'),
        ...[blob, NAMESPACE, reserved, hash, signature].map(sshString),
      ]),
    );
  const privateKey = (file: string): KeyObject => {
    keygen('-q', '-p', '-m', 'PKCS8', '-N', '', '-f', file);
    return createPrivateKey(readFileSync(file));
  };

  /** Returns whether ssh-keygen takes it, which knows nothing of who may sign. */
  const isSound = (armoured: string): boolean => {
    const path = join(scratch.path, 'checked.sig');
    writeFileSync(path, armoured);
    try {
      const args = ['-Y', 'check-novalidate', '-n', NAMESPACE, '-s', path];
      execFileSync('ssh-keygen', args, { input: payload, stdio: ['pipe', 'ignore', 'ignore'] });
      return true;
    } catch {
      return false;
    }
  };

  it('with RSA counts with SHA-2, and never with SHA-1', () => {
    const { file, key } = newKey('rsa', ['-b', '2048']);
    const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
    const signer = privateKey(file);
    const by = (algorithm: string, hash: string) =>
      wrapped(
        blob,
        Buffer.concat([sshString(algorithm), sshString(createSign(hash).update(toSign('sha512')).sign(signer))]),
      );
    for (const hash of ['256', '512'])
      expect(sshSigningKey(payload, by(`rsa-sha2-${hash}`, `sha${hash}`), NAMESPACE)).toBe(key);
    expect(isSound(by('rsa-sha2-256', 'sha256'))).toBe(true);
    expect(sshSigningKey(payload, by('ssh-rsa', 'sha1'), NAMESPACE)).toBeNull();
    expect(sshSigningKey(payload, by('rsa-sha2-256', 'sha512'), NAMESPACE)).toBeNull();
  });

  it('says nothing that nobody knows: another hash, or more than there is', () => {
    const { file, key } = newKey('ed25519', []);
    const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
    const good = unarmoured(signed(file, payload));
    const inner = good.subarray(good.length - 83);
    expect(sshSigningKey(payload, wrapped(blob, inner), NAMESPACE)).toBe(key);
    expect(sshSigningKey(payload, wrapped(blob, inner, 'sha512', 'x'), NAMESPACE)).toBeNull();
    expect(sshSigningKey(payload, wrapped(blob, inner, 'sha1'), NAMESPACE)).toBeNull();
    expect(sshSigningKey(payload, wrapped(blob, Buffer.concat([inner, Buffer.from([0])])), NAMESPACE)).toBeNull();
    expect(sshSigningKey(payload, wrapped(Buffer.concat([blob, sshString('')]), inner), NAMESPACE)).toBeNull();
  });

  const state = Buffer.from([1, 0, 0, 0, 9]);
  const application = 'ssh:';
  const token = () => Buffer.concat([sha256(Buffer.from(application)), state, sha256(toSign('sha512'))]);

  it('as a FIDO token makes it with Ed25519 tells the key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const type = 'sk-ssh-ed25519@openssh.com';
    const point = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');
    const blob = Buffer.concat([type, point, application].map(sshString));
    const signature = sshString(sign(null, token(), privateKey));
    const made = wrapped(blob, Buffer.concat([sshString(type), signature, state]));
    expect(isSound(made)).toBe(true);
    expect(sshSigningKey(payload, made, NAMESPACE)).toBe(`${type} ${blob.toString('base64')}`);
    const other = Buffer.concat([type, point, 'ssh:other'].map(sshString));
    expect(
      sshSigningKey(payload, wrapped(other, Buffer.concat([sshString(type), signature, state])), NAMESPACE),
    ).toBeNull();
  });

  it('as a FIDO token makes it with ECDSA tells the key', () => {
    const ecdsa = newKey('ecdsa', ['-b', '256']);
    const [, point] = fieldsAfterType(ecdsa.key);
    const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
    const blob = Buffer.concat([type, 'nistp256', point ?? '', application].map(sshString));
    const pair = sign('sha256', token(), { key: privateKey(ecdsa.file), dsaEncoding: 'ieee-p1363' });
    const numbers = Buffer.concat([pair.subarray(0, 32), pair.subarray(32)].map((half) => sshString(positive(half))));
    const made = wrapped(blob, Buffer.concat([sshString(type), sshString(numbers), state]));
    expect(isSound(made)).toBe(true);
    expect(sshSigningKey(payload, made, NAMESPACE)).toBe(`${type} ${blob.toString('base64')}`);
    const later = wrapped(blob, Buffer.concat([sshString(type), sshString(numbers), Buffer.from([1, 0, 0, 0, 10])]));
    expect(sshSigningKey(payload, later, NAMESPACE)).toBeNull();
  });
});

function fieldsAfterType(key: string): Buffer[] {
  let rest = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  const fields: Buffer[] = [];
  while (rest.length > 0) {
    const end = 4 + rest.readUInt32BE();
    fields.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return fields.slice(1);
}

/** Returns a number as SSH writes one. */
function positive(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(start);
  return (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short;
}

it.each(['', 'x', '-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n', armour(Buffer.from('SSHSIG'))])(
  'what is no SSH signature tells no key: %j',
  (text) => {
    expect(sshSigningKey(Buffer.from('x'), text, NAMESPACE)).toBeNull();
  },
);
