import { type AllowedSigners, matchesList, principalsOf } from '../files/allowed-signers.ts';
import { plainEmail } from '../history/authors.ts';
import type { Signed, View } from '../history/snapshot.ts';
import { isoTime } from '../names/time.ts';

/** What commits and tags are signed as, and what statements. */
export const GIT_NAMESPACE = 'git';
export const STATEMENT_NAMESPACE = 'statement@eleventh.dev';

/** What stands in the place of a public key where OpenPGP or X.509 signs, which only people can check. */
export const OPENPGP = 'OpenPGP';

/** Who is said to have signed something, when: seconds since 1970. */
interface Claimed {
  readonly email: string;
  readonly at: number;
}

/**
 * Returns what keeps a signature from counting, as a phrase after the name of what is signed (`is not signed`), or
 * undefined for one that a listed key of that person made while the key was valid. Throws `INVALID_FILE`.
 */
export function signerProblem(
  view: Pick<View, 'signingKey'>,
  signers: AllowedSigners,
  signed: Signed | null,
  namespace: string,
  claimed: Claimed,
): string | undefined {
  return keyProblem(signers, signed === null ? undefined : signerKey(view, signed, namespace), namespace, claimed);
}

/** Returns the key that made a signature, `OPENPGP` for one of that, or null for what does not fit, or is no signature. */
export function signerKey(view: Pick<View, 'signingKey'>, signed: Signed, namespace: string): string | null {
  const armour = /^-----BEGIN (SSH SIGNATURE|PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE)-----$/m.exec(
    signed.signature,
  )?.[1];
  if (armour === undefined) return null;
  return armour === 'SSH SIGNATURE' ? view.signingKey(signed, namespace) : OPENPGP;
}

/** Returns the same of a key. @param key as `signerKey` returns it; undefined: there is no signature. */
export function keyProblem(
  signers: AllowedSigners,
  key: string | null | undefined,
  namespace: string,
  { email, at }: Claimed,
): string | undefined {
  if (key === undefined) return 'is not signed';
  if (key === null) return 'has a signature that does not fit';
  if (key === OPENPGP) return 'is signed with OpenPGP, which cannot be checked here';
  const found = principalsOf(signers, key, namespace, at);
  switch (found.kind) {
    case 'unlisted':
      return 'is signed by a key that nobody lists';
    case 'elsewhere':
      return `is signed by a key that may not sign in the namespace ${namespace}`;
    case 'expired':
      return `is signed with a key that expired ${isoTime(found.until).slice(0, 10)}`;
    case 'early':
      return `is signed with a key that is not valid before ${isoTime(found.from).slice(0, 10)}`;
    case 'allowed':
      if (found.principals.some((patterns) => matchesList(patterns, plainEmail(email)))) return undefined;
      return `is signed with a key of ${found.principals.map((patterns) => patterns.join(',')).join(' or ')}`;
  }
}
