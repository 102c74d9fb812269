import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { gitObject, type ObjectType } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { Objects } from './objects.ts';
import { signedPart, withSignature } from './signed-object.ts';
import { viewOf } from './views.ts';

const SIGNATURE = '-----BEGIN SSH SIGNATURE-----\nU1NI\n\nU0lH\n-----END SSH SIGNATURE-----\n';
const PEOPLE = 'author A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n';

function object(type: ObjectType, text: string) {
  return gitObject(type, Buffer.from(text));
}

describe('what is signed', () => {
  it.each(['commit', 'tag'] as const)('of a %s is what it was before, whatever its message', (type) => {
    const head =
      type === 'commit'
        ? `tree 1\n${PEOPLE}eleventh-request tree 2\n gpgsig x\n  y\n`
        : 'object 1\ntype commit\ntag v1\n';
    const message = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', 'ü', '\n\n', 'gpgsig ', SIGNATURE, '-----BEGIN PGP SIGNATURE-----'),
    });
    fc.assert(
      fc.property(message, (words) => {
        const plain = object(type, `${head}\n${words}\n`);
        const signed = signedPart(withSignature(plain, SIGNATURE));
        expect(Buffer.from(signed?.payload ?? []).toString()).toBe(Buffer.from(plain.content).toString());
        // Git leaves a header's last line end out.
        expect(`${signed?.signature.trimEnd()}\n`).toBe(SIGNATURE);
      }),
    );
  });

  it('is nothing of what holds no signature, or only one of something else', () => {
    expect(signedPart(object('commit', `tree 1\n${PEOPLE}\ngpgsig x\n${SIGNATURE}`))).toBeNull();
    expect(
      signedPart(
        object('commit', `tree 1\n${PEOPLE}mergetag object 2\n gpgsig ${SIGNATURE.replaceAll('\n', '\n ')}\n\nx\n`),
      ),
    ).toBeNull();
    expect(signedPart(object('tag', 'object 1\ntype commit\ntag v1\n\nnotes\n'))).toBeNull();
  });

  it('is without every header that holds a signature, and several are no signature', () => {
    const commit = object('commit', `tree 1\ngpgsig a\n b\ngpgsig-sha256 c\n d\n${PEOPLE}gpgsig e\nx\n\nwords\n`);
    const signed = signedPart(commit);
    expect(Buffer.from(signed?.payload ?? []).toString()).toBe(`tree 1\n${PEOPLE}x\n\nwords\n`);
    expect(signed?.signature).toBe('a\nb\ne\n');
  });
});

describe('a view', () => {
  let scratch: Scratch;
  let objects: Objects;
  beforeAll(() => {
    scratch = createScratch();
    const folder = scratch.checkout('r');
    const key = join(scratch.path, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
    for (const [name, value] of [
      ['gpg.format', 'ssh'],
      ['user.signingKey', key],
    ] as const)
      scratch.git('r', 'config', name, value);
    writeFileSync(join(folder, 'words'), 'Größe, said in another encoding\n');
    scratch.git('r', 'commit', '--quiet', '--allow-empty', '-m', 'plain');
    scratch.git('r', '-c', 'i18n.commitEncoding=latin1', 'commit', '--quiet', '--allow-empty', '-S', '-F', 'words');
    scratch.git('r', 'tag', '-s', '-m', 'signed', 'signed');
    scratch.git('r', 'tag', '-a', '-m', 'annotated', 'annotated');
    objects = new Objects(new ObjectReader(join(folder, '.git'), scratch.env));
  });
  afterAll(async () => {
    await objects.close();
    scratch.remove();
  });

  it.each([
    ['HEAD', true],
    ['HEAD~1', false],
    ['signed', true],
    ['annotated', false],
  ])('tells the key with which Git signed %s: %s', async (name, isSigned) => {
    const view = viewOf(objects, { head: null, branches: new Map(), tags: new Map() });
    const key = readFileSync(join(scratch.path, 'key.pub'), 'utf8').trim();
    const oid = scratch.git('r', 'rev-parse', name);
    const read = () => view.signed(oid).then((signed) => signed && view.signingKey(signed, 'git'));
    expect(await read()).toBe(isSigned ? key : null);
    // Of a commit that was read before, too.
    await view.commit(scratch.git('r', 'rev-parse', `${name}^{commit}`));
    expect(await read()).toBe(isSigned ? key : null);
  });
});
