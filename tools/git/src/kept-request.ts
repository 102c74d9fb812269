import type { KeptRequest, Oid } from '@eleventh/core';
import { gitObject, parseCommit, REQUEST_HEADER } from './object-format.ts';
import { signedPart } from './signed-object.ts';
import { encodeTree, FOLDER_MODE } from './tree.ts';

/** Returns the signed request that a commit holds in a header, or null where it holds none. @param content the commit's bytes. */
export function keptRequest(content: Uint8Array): KeptRequest | null {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (!bytes.includes(`\n${REQUEST_HEADER} `)) return null;
  // One character a byte, whatever they mean.
  const [head = ''] = bytes.toString('latin1').split('\n\n', 1);
  const lines = head.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${REQUEST_HEADER} `));
  if (start < 0) return null;
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
  const folded = lines.slice(start, length < 0 ? undefined : start + 1 + length);
  const text = folded.map((line, index) => line.slice(index === 0 ? REQUEST_HEADER.length + 1 : 1)).join('\n');
  const request = gitObject('commit', Buffer.from(`${text}\n`, 'latin1'));
  const signed = signedPart(request);
  return signed && { request: parseCommit(request.oid, request.content), signed };
}

/** Returns the id of the tree that holds a folder at a path, and nothing else. */
export function treeWith(path: string, folder: Oid): Oid {
  return path.split('/').reduceRight((oid, name) => encodeTree([{ mode: FOLDER_MODE, name, oid }]).oid, folder);
}
