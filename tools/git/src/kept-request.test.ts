import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keptRequest, treeWith } from './kept-request.ts';
import { encodeCommit } from './object-format.ts';
import { withSignature } from './signed-object.ts';

const ADA = { name: 'Ada', email: 'ada@example.com', time: 1763640000, zone: '+0000' };
const SIGNATURE = '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n';
const FOLDER = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const text = fc.string({ unit: 'grapheme' }).filter((message) => !message.includes('\0'));

test('a commit gives back the request that it holds, to the byte', () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), (asked, said, isSigned) => {
      const commit = { tree: FOLDER, parents: [], author: ADA, committer: ADA };
      const request = withSignature(encodeCommit({ ...commit, message: asked }), SIGNATURE);
      const made = encodeCommit({ ...commit, message: said, request: request.content });
      const { content } = isSigned ? withSignature(made, SIGNATURE) : made;
      expect(keptRequest(content)).toMatchObject({ request: { oid: request.oid }, signed: { signature: SIGNATURE } });
      expect(keptRequest(encodeCommit({ ...commit, message: said }).content)).toBeNull();
    }),
  );
});

test('a request without a signature proves nothing', () => {
  const commit = { tree: FOLDER, parents: [], author: ADA, committer: ADA, message: 'Pin' };
  expect(keptRequest(encodeCommit({ ...commit, request: encodeCommit(commit).content }).content)).toBeNull();
});

test('a folder at a path has the tree that Git makes of it', () => {
  const root = mkdtempSync(join(tmpdir(), 'eleventh-tree-'));
  try {
    const git = (args: string[], input?: string) =>
      execFileSync('git', args, { cwd: root, input, encoding: 'utf8' }).trim();
    git(['init', '--quiet']);
    const wrap = (name: string, oid: string) => git(['mktree', '--missing'], `040000 tree ${oid}\t${name}\n`);
    expect(treeWith('apps/risk/fraud', FOLDER)).toBe(wrap('apps', wrap('risk', wrap('fraud', FOLDER))));
  } finally {
    rmSync(root, { recursive: true });
  }
});
