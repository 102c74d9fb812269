import { expect, it } from 'vitest';
import { parseAllowedSigners } from '../files/allowed-signers.ts';
import { signerProblem } from './signer.ts';

const KEY = `ssh-ed25519 ${btoa(`\0\0\0\x0bssh-ed25519\0\0\0\x20${'k'.repeat(32)}`)}`;
const at = Date.UTC(2026, 10, 20) / 1000;
const ARMOUR = '-----BEGIN SSH SIGNATURE-----\n';

it.each([
  [`ada@example.com ${KEY}`, ARMOUR, KEY, undefined],
  [`*@Example.com ${KEY}`, ARMOUR, KEY, undefined],
  [`ada@example.com ${KEY}`, null, KEY, 'is not signed'],
  [`ada@example.com ${KEY}`, ARMOUR, null, 'has a signature that does not fit'],
  [
    `ada@example.com ${KEY}`,
    '-----BEGIN PGP SIGNATURE-----\n',
    KEY,
    'is signed with OpenPGP, which cannot be checked here',
  ],
  ['', ARMOUR, KEY, 'is signed by a key that nobody lists'],
  [`bob@example.com ${KEY}`, ARMOUR, KEY, 'is signed with a key of bob@example.com'],
  [`*,!ada@* ${KEY}`, ARMOUR, KEY, 'is signed with a key of *,!ada@*'],
  [`ada@example.com valid-before="20260101" ${KEY}`, ARMOUR, KEY, 'is signed with a key that expired 2026-01-01'],
  [
    `ada@example.com valid-after="20270101" ${KEY}`,
    ARMOUR,
    KEY,
    'is signed with a key that is not valid before 2027-01-01',
  ],
  [
    `ada@example.com namespaces="file" ${KEY}`,
    ARMOUR,
    KEY,
    'is signed by a key that may not sign in the namespace git',
  ],
])('with %j, what is signed %j by %j: %s', (file, signature, key, problem) => {
  const view = { signingKey: () => key };
  const signed = signature === null ? null : { payload: new Uint8Array(), signature };
  const claimed = { email: ' Ada@example.com', at };
  expect(signerProblem(view, parseAllowedSigners(file), signed, 'git', claimed)).toBe(problem);
});
