import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SshBytes } from './ssh-bytes.ts';

/** A public key as far as checking its signatures takes. */
export interface PublicKey {
  readonly type: string;
  readonly key: KeyObject;
  /** What each signature algorithm that it may use hashes with; null where the algorithm says so itself. */
  readonly hashes: ReadonlyMap<string, string | null>;
  /** How long the numbers of an ECDSA signature are; null for other signatures. */
  readonly curveBytes: number | null;
  /** What a FIDO token made the key for; null for other keys. */
  readonly application: Uint8Array | null;
}

const CURVES: Readonly<Record<string, { crv: string; bytes: number; hash: string }>> = {
  nistp256: { crv: 'P-256', bytes: 32, hash: 'sha256' },
  nistp384: { crv: 'P-384', bytes: 48, hash: 'sha384' },
  nistp521: { crv: 'P-521', bytes: 66, hash: 'sha512' },
};

/** Signatures with SHA-1 (`ssh-rsa`) prove nothing any more. */
const RSA_HASHES = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

/** Returns a key from the bytes that SSH writes it in, or null for one of a type that is not understood. */
export function parsePublicKey(blob: Uint8Array): PublicKey | null {
  const fields = new SshBytes(blob);
  const type = fields.text();
  const isToken = type.startsWith('sk-');
  const made = keyOf(type, fields);
  const application = isToken && made !== null ? fields.string() : null;
  return made === null || !fields.isAtEnd ? null : { type, application, ...made };
}

function keyOf(type: string, fields: SshBytes): Omit<PublicKey, 'type' | 'application'> | null {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com': {
      const key = imported({ kty: 'OKP', crv: 'Ed25519', x: base64(fields.string()) });
      return { key, hashes: new Map([[type, null]]), curveBytes: null };
    }
    case 'ssh-rsa': {
      const [e, n] = [fields.integer(), fields.integer()];
      return { key: imported({ kty: 'RSA', e: base64(e), n: base64(n) }), hashes: RSA_HASHES, curveBytes: null };
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const name = fields.text();
      const curve = CURVES[name];
      const point = fields.string();
      // 4: both coordinates follow.
      if (curve === undefined || !type.includes(name) || point[0] !== 4 || point.length !== 1 + 2 * curve.bytes)
        return null;
      const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)].map(base64);
      const key = imported({ kty: 'EC', crv: curve.crv, x, y } as JsonWebKey);
      return { key, hashes: new Map([[type, curve.hash]]), curveBytes: curve.bytes };
    }
    default:
      return null;
  }
}

function imported(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
