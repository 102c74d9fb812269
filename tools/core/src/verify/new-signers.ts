import type { AllowedSigner, AllowedSigners } from '../files/allowed-signers.ts';

/** Returns for whom other keys sign than before, or for more, or for longer: the principals, as the file names them. */
export function newSigners(before: AllowedSigners, after: AllowedSigners): string[] {
  const added = after.lines.filter((line) => !before.lines.some((other) => isWithin(line, other)));
  return [...new Set(added.map(({ principals }) => principals.join(',')))];
}

/** Returns whether a line allows nothing that another one does not. */
function isWithin(line: AllowedSigner, other: AllowedSigner): boolean {
  return (
    line.key === other.key &&
    // What a pattern leaves out makes narrower what the others take in.
    line.principals.every((pattern) => pattern.startsWith('!') || other.principals.includes(pattern)) &&
    other.principals.every((pattern) => !pattern.startsWith('!') || line.principals.includes(pattern)) &&
    (other.namespaces === undefined || other.namespaces.join() === line.namespaces?.join()) &&
    (line.from ?? 0) >= (other.from ?? 0) &&
    (line.until ?? Number.POSITIVE_INFINITY) <= (other.until ?? Number.POSITIVE_INFINITY)
  );
}
