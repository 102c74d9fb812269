import type { Signed } from '@eleventh/core';
import { type GitObject, gitObject } from './object-format.ts';

/** Headers that are no part of what is signed; the second one is of a repository with SHA-256. */
const SIGNATURE_HEADERS = ['gpgsig', 'gpgsig-sha256'];

/** Returns a commit or an annotated tag with its signature where Git puts it: a header, or at the end. */
export function withSignature({ type, content }: GitObject, signature: string): GitObject {
  const bytes = Buffer.from(content);
  if (type !== 'commit') return gitObject(type, Buffer.concat([bytes, Buffer.from(signature)]));
  const end = bytes.indexOf('\n\n') + 1;
  const header = `gpgsig ${signature.replace(/\n$/, '').replaceAll('\n', '\n ')}\n`;
  return gitObject(type, Buffer.concat([bytes.subarray(0, end), Buffer.from(header), bytes.subarray(end)]));
}

/** Returns what of a commit or annotated tag is signed, as Git sees it, or null for one that is not signed. */
export function signedPart({ type, content }: Pick<GitObject, 'type' | 'content'>): Signed | null {
  // One character a byte, whatever they mean.
  const text = Buffer.from(content).toString('latin1');
  if (type === 'tag') {
    const start = lastSignature(text);
    if (start < 0) return null;
    return { payload: bytesOf(withoutSignatures(text.slice(0, start)).payload), signature: text.slice(start) };
  }
  const { payload, signature } = withoutSignatures(text);
  return signature === '' ? null : { payload: bytesOf(payload), signature };
}

/** Returns where the signature begins that a tag ends with, or -1: what stands before may quote another one. */
function lastSignature(text: string): number {
  const starts = text.matchAll(/^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE|SSH SIGNATURE)-----/gm);
  return [...starts].at(-1)?.index ?? -1;
}

/** Returns an object without the headers that hold signatures, and what the first kind of them holds. */
function withoutSignatures(text: string): { payload: string; signature: string } {
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end + 1);
  const kept: string[] = [];
  let signature = '';
  let current = '';
  for (const line of head.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const isContinued = line.startsWith(' ');
    if (!isContinued) current = /^[^ \n]*(?= )/.exec(line)?.[0] ?? '';
    if (!SIGNATURE_HEADERS.includes(current)) kept.push(line);
    else if (current === 'gpgsig') signature += line.slice(isContinued ? 1 : current.length + 1);
  }
  return { payload: kept.join('') + text.slice(head.length), signature };
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
