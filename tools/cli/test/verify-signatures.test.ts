import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitByHand, plumb } from './by-hand.ts';
import { HOUR } from './gated.ts';
import { ADA, AUTHOR, Signed } from './signed.ts';

const MINUTE = 60_000;

/** A release that was tested and approved, all of it signed. @param listed says on main whose keys hold, after that. */
async function released(...listed: string[]): Promise<Signed> {
  const signed = await Signed.with('{signed: required, approvals: {count: 1}}');
  const { gated } = signed;
  gated.now += HOUR;
  signed.signAs('ada@example.com');
  await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
  gated.now += MINUTE;
  signed.signAs(AUTHOR);
  await gated.passes();
  if (listed.length > 0) signed.list(...listed);
  return signed;
}

/** What verify finds. */
async function findings(signed: Signed): Promise<{ rule: string; message: string }[]> {
  const { gated } = signed;
  gated.now += HOUR;
  const { stdout, stderr } = await gated.run(['verify', '--repo', gated.world.remote, '--json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout).findings;
}

const rules = async (signed: Signed) => [...new Set((await findings(signed)).map(({ rule }) => rule))];

/** Signs bytes as ssh-keygen does. */
function sign(signed: Signed, email: string, namespace: string, bytes: string): string {
  const file = join(signed.gated.world.root, 'to-sign');
  writeFileSync(file, bytes);
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', signed.keys.get(email)?.file ?? '', file], {
    stdio: 'pipe',
    input: 'y\n',
  });
  const signature = execFileSync('cat', [`${file}.sig`], { encoding: 'utf8' });
  execFileSync('rm', [`${file}.sig`]);
  return signature;
}

/** Makes the newest commit of prod anew, signed by somebody or nobody, and its tag with it. */
function resign(signed: Signed, email: string | null): void {
  const { world } = signed.gated;
  const content = `${plumb(world, ['cat-file', 'commit', 'env/prod']).replace(/^gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/m, '')}\n`;
  const signature =
    email === null ? '' : `gpgsig ${sign(signed, email, 'git', content).trimEnd().replaceAll('\n', '\n ')}\n`;
  const made = plumb(
    world,
    ['hash-object', '-t', 'commit', '-w', '--stdin'],
    content.replace('\n\n', `\n${signature}\n`),
  );
  plumb(world, ['update-ref', 'refs/heads/env/prod', made]);
  retag(signed, AUTHOR, (text) => text.replace(/^object .*/, `object ${made}`));
}

/** Makes the release's tag anew. */
function retag(signed: Signed, email: string | null, edit: (text: string) => string): void {
  const { world } = signed.gated;
  const content = `${edit(
    plumb(world, ['cat-file', 'tag', 'v1.0.0'])
      .replace(/-----BEGIN SSH SIGNATURE-----[\s\S]*/, '')
      .trimEnd(),
  )}\n`;
  const signature = email === null ? '' : sign(signed, email, 'git', content);
  plumb(world, [
    'update-ref',
    'refs/tags/v1.0.0',
    plumb(world, ['hash-object', '-t', 'tag', '-w', '--stdin'], content + signature),
  ]);
}

describe('of a signed release, verify', () => {
  it('finds nothing where everything is signed by who it should be', async () => {
    const signed = await released();
    expect(await findings(signed)).toEqual([]);
    const page = await signed.gated.ok('report', 'release', 'v1.0.0', '--output', '-');
    expect(page).toContain('<dt>names</dt><dd>signed by the keys that were listed then;');
    expect(page).not.toContain('what people wrote');
  });

  it('goes on finding nothing when a key is taken away later', async () => {
    const signed = await released();
    signed.gated.now += HOUR;
    const date = new Date(signed.gated.now).toISOString();
    const world = {
      ...signed.gated.world,
      env: { ...signed.gated.world.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    };
    const remote = { remote: signed.gated.world.remote, root: signed.gated.world.root, env: world.env };
    commitByHand(remote, 'main', { 'environments/allowed_signers': `${signed.line('ada@example.com')}\n` });
    expect(await findings(signed)).toEqual([]);
  });

  it.each([
    ['nobody', null, 'gate-shut'],
    ['a key that nobody lists', 'eve@example.com', 'signature-bad'],
    ['the key of somebody else', 'ada@example.com', 'gate-shut'],
  ])('finds a promotion signed by %s', async (_, email, rule) => {
    const signed = await released();
    resign(signed, email);
    expect(await rules(signed)).toContain(rule);
  });

  it('finds a promotion changed after it was signed', async () => {
    const signed = await released();
    const { world } = signed.gated;
    const content = `${plumb(world, ['cat-file', 'commit', 'env/prod'])}\n`;
    const made = plumb(world, ['hash-object', '-t', 'commit', '-w', '--stdin'], content.replace('Promote', 'Move'));
    plumb(world, ['update-ref', 'refs/heads/env/prod', made]);
    retag(signed, AUTHOR, (text) => text.replace(/^object .*/, `object ${made}`));
    expect(await rules(signed)).toContain('signature-bad');
  });

  it.each([
    ['that nobody signed', null, (text: string) => text],
    ['signed by a key that nobody lists', 'eve@example.com', (text: string) => text],
    ['signed by somebody else than its tagger', 'ada@example.com', (text: string) => text],
  ])('finds a tag %s', async (_, email, edit) => {
    const signed = await released();
    retag(signed, email, edit);
    expect(await rules(signed)).toEqual(['signature-bad']);
  });

  it('finds a signed tag under another name', async () => {
    const signed = await released();
    const { world } = signed.gated;
    plumb(world, ['update-ref', 'refs/tags/v9.9.9', plumb(world, ['rev-parse', 'refs/tags/v1.0.0'])]);
    expect(await rules(signed)).toContain('tag-name');
  });

  it.each([
    ['expired', (signed: Signed) => signed.line(AUTHOR, 'valid-before="20260101Z"')],
    ['for something else', (signed: Signed) => signed.line(AUTHOR, 'namespaces="file"')],
  ])('finds a key that is %s', async (_, line) => {
    const signed = await released();
    // The policy of that moment had never listed it otherwise.
    const { world } = signed.gated;
    const path = 'environments/allowed_signers';
    const policy = /^Policy: (.*)$/m.exec(plumb(world, ['log', '-1', '--format=%B', 'env/prod']))?.[1] ?? '';
    expect(plumb(world, ['rev-parse', 'main'])).toBe(policy);
    commitByHand(world, 'main', { [path]: `${line(signed)}\n${signed.line('ada@example.com')}\n` });
    const made = plumb(world, ['rev-parse', 'main']);
    const content = plumb(world, ['cat-file', 'commit', 'env/prod'])
      .replace(/^gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/m, '')
      .replace(policy, made);
    const signature = sign(signed, AUTHOR, 'git', `${content}\n`).trimEnd().replaceAll('\n', '\n ');
    const commit = plumb(
      world,
      ['hash-object', '-t', 'commit', '-w', '--stdin'],
      `${content.replace('\n\n', `\ngpgsig ${signature}\n\n`)}\n`,
    );
    plumb(world, ['update-ref', 'refs/heads/env/prod', commit]);
    retag(signed, AUTHOR, (text) => text.replace(/^object .*/, `object ${commit}`));
    expect(await rules(signed)).toEqual(expect.arrayContaining(['gate-shut', 'signature-bad']));
  });

  it.each([
    [
      'somebody else signs for those who approve',
      (signed: Signed) => signed.line('eve@example.com').replace('eve@', 'ada@'),
    ],
    ['somebody new may sign', (signed: Signed) => signed.line('eve@example.com')],
  ])('finds a list by which %s, until somebody else approves it', async (_, line) => {
    const signed = await released();
    const { gated } = signed;
    gated.now += HOUR;
    const all = [signed.line(AUTHOR), signed.line('ada@example.com')];
    const dates = {
      GIT_AUTHOR_DATE: new Date(gated.now).toISOString(),
      GIT_COMMITTER_DATE: new Date(gated.now).toISOString(),
    };
    const hand = {
      ...gated.world,
      remote: gated.world.remote,
      root: gated.world.root,
      env: { ...gated.world.env, ...dates },
    };
    // Taken away first, as if there had never been a list.
    commitByHand(hand, 'main', { 'environments/allowed_signers': null });
    commitByHand(hand, 'main', { 'environments/allowed_signers': `${[...all, line(signed)].join('\n')}\n` });
    expect(await findings(signed)).toEqual([
      expect.objectContaining({ rule: 'policy-loosened', message: expect.stringContaining('were not listed for') }),
    ]);
    signed.signAs('ada@example.com');
    await gated.as(ADA, 'approve', '--policy', 'main');
    expect(await findings(signed)).toEqual([]);
  });

  it('finds an approval whose signature is of something else, or gone', async () => {
    const signed = await released();
    const { world } = signed.gated;
    const path =
      plumb(world, ['ls-tree', '-r', '--name-only', 'attestations'])
        .split('\n')
        .find((one) => one.endsWith('.sig')) ?? '';
    const text = `${plumb(world, ['show', `attestations:${path}`])}\n`;
    const replaced = sign(signed, 'eve@example.com', 'statement@eleventh.dev', text);
    expect(replaced).not.toBe(text);
    commitByHand(world, 'attestations', { [path]: replaced });
    expect(await rules(signed)).toEqual(expect.arrayContaining(['statement-changed', 'signature-bad']));
    commitByHand(world, 'attestations', { [path]: null });
    expect(await rules(signed)).toContain('statement-removed');
  });
});
