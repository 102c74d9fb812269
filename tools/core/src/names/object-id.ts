/** A Git object's name: 40 lower-case hexadecimal digits (SHA-1). */
export type Oid = string;

const FULL = /^[0-9a-f]{40}$/;

export const EMPTY_TREE: Oid = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Returns whether the text is a full, lower-case SHA-1 object name. */
export function isOid(text: string): boolean {
  return FULL.test(text);
}

/** Returns the first seven digits, as people read them. */
export function short(oid: Oid): string {
  return oid.slice(0, 7);
}
