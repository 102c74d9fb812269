import { createHash } from 'node:crypto';
import { type Commit, EleventhError, type Oid, type Signature } from '@eleventh/core';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** A Git object that may not be written anywhere yet. */
export interface GitObject {
  readonly oid: Oid;
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

export interface StoredCommit extends Commit {
  readonly signed: boolean;
}

/** An annotated tag; its message comes without the signature. */
export interface Tag {
  readonly oid: Oid;
  readonly object: Oid;
  readonly type: ObjectType;
  readonly name: string;
  readonly tagger: Signature | null;
  readonly message: string;
  readonly signed: boolean;
}

/** Returns the object with the id that Git gives it. */
export function gitObject(type: ObjectType, content: Uint8Array): GitObject {
  return { oid: createHash('sha1').update(objectHeader(type, content)).update(content).digest('hex'), type, content };
}

/** Returns what Git hashes and stores in front of an object's content. */
export function objectHeader(type: ObjectType, content: Uint8Array): string {
  return `${type} ${content.length}\0`;
}

/** Returns a commit object, the bytes that `git commit-tree` would write. Throws `BAD_SIGNATURE` and `BAD_MESSAGE`. */
export function encodeCommit(commit: Omit<Commit, 'oid'> & { readonly request?: Uint8Array | undefined }): GitObject {
  return encode('commit', commit.message, [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(commit.author)}`,
    `committer ${formatSignature(commit.committer)}`,
    ...(commit.request === undefined ? [] : [`${REQUEST_HEADER} ${folded(commit.request)}`]),
  ]);
}

/** The header in which a commit holds the signed request that it was made for, as Git's `mergetag` holds a signed tag. */
export const REQUEST_HEADER = 'eleventh-request';

/** Returns text as a header holds it: the lines after the first one begin with a space. */
function folded(content: Uint8Array): string {
  return Buffer.from(content).toString().replace(/\n$/, '').replaceAll('\n', '\n ');
}

/** Returns an annotated tag, the bytes that `git tag -a` would write. Throws `BAD_SIGNATURE` and `BAD_MESSAGE`. */
export function encodeTag(tag: Omit<Tag, 'oid' | 'signed' | 'tagger'> & { readonly tagger: Signature }): GitObject {
  return encode('tag', tag.message, [
    `object ${tag.object}`,
    `type ${tag.type}`,
    `tag ${tag.name}`,
    `tagger ${formatSignature(tag.tagger)}`,
  ]);
}

function encode(type: ObjectType, message: string, headers: readonly string[]): GitObject {
  if (message.includes('\0') || headers.some((header) => /\n(?! )|\0/.test(header))) {
    throw new EleventhError(
      'BAD_MESSAGE',
      `The message or name of a ${type} contains a character that Git cannot store.`,
    );
  }
  return gitObject(type, Buffer.from(`${headers.join('\n')}\n\n${message.replace(/\n*$/, '\n')}`));
}

export function parseCommit(oid: Oid, content: Uint8Array): StoredCommit {
  const { headers, message } = parse(content);
  const first = (name: string) => headers.find(([key]) => key === name)?.[1] ?? '';
  return {
    oid,
    tree: first('tree'),
    parents: headers.flatMap(([key, value]) => (key === 'parent' ? [value] : [])),
    author: parseSignature(first('author')),
    committer: parseSignature(first('committer')),
    message,
    signed: headers.some(([key]) => key.startsWith('gpgsig')),
  };
}

export function parseTag(oid: Oid, content: Uint8Array): Tag {
  const { headers, message } = parse(content);
  const { object = '', type = '', tag: name = '', tagger } = Object.fromEntries(headers);
  const signature = /^-----BEGIN (?:PGP|SSH|SIGNED) (?:SIGNATURE|MESSAGE)-----$/m.exec(message);
  return {
    oid,
    object,
    type: type as ObjectType,
    name,
    tagger: tagger === undefined ? null : parseSignature(tagger),
    message: message.slice(0, signature?.index),
    signed: signature !== null || headers.some(([key]) => key.startsWith('gpgsig')),
  };
}

/** Returns the headers, continued lines left out, and the message in the encoding that a header names. */
function parse(content: Uint8Array): { headers: [string, string][]; message: string } {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const blank = bytes.indexOf('\n\n');
  const end = blank < 0 ? bytes.length : blank;
  const headers: [string, string][] = [];
  for (const line of bytes.toString('utf8', 0, end).split('\n')) {
    const space = line.indexOf(' ');
    if (space !== 0) headers.push([line.slice(0, space), line.slice(space + 1)]);
  }
  const encoding = headers.find(([key]) => key === 'encoding')?.[1];
  return { headers, message: decode(bytes.subarray(end + 2), encoding) };
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(bytes: Uint8Array, encoding: string | undefined): string {
  try {
    return (encoding === undefined ? UTF8 : new TextDecoder(encoding, { ignoreBOM: true })).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString();
  }
}

/** Returns the text of a signature as in `git var GIT_AUTHOR_IDENT`; what cannot be read of it is empty or 0. */
export function parseSignature(text: string): Signature {
  const [, name = '', email = '', time = '0', zone = '+0000'] =
    /^(.*?) ?<([^>]*)>(?: (-?\d+) ([+-]\d{4}))?/.exec(text) ?? [];
  return { name, email, time: Number(time), zone };
}

/** Returns the signature as Git writes it, without the characters that Git drops. Throws `BAD_SIGNATURE`. */
export function formatSignature({ name, email, time, zone }: Signature): string {
  const person = { name: withoutCrud(name), email: withoutCrud(email) };
  if (person.name === '' || !Number.isSafeInteger(time) || time < 0 || !/^[+-]\d{4}$/.test(zone)) {
    throw new EleventhError(
      'BAD_SIGNATURE',
      `${JSON.stringify(`${name} <${email}>`)} is not an author that Git accepts.`,
      {
        hint: "--author 'Name <email@example.com>'",
      },
    );
  }
  return `${person.name} <${person.email}> ${time} ${zone}`;
}

/** Does what Git does to the parts of an identity: no brackets or line ends in it, no punctuation around it. */
function withoutCrud(text: string): string {
  const kept = [...text].filter((character) => !'<>\n\0'.includes(character));
  const isCrud = (character: string) => character <= ' ' || `.,:;"'\\`.includes(character);
  const first = kept.findIndex((character) => !isCrud(character));
  return first < 0 ? '' : kept.slice(first, kept.findLastIndex((character) => !isCrud(character)) + 1).join('');
}
