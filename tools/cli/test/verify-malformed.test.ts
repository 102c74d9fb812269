import { describe, expect, it } from 'vitest';
import type { Remote } from './by-hand.ts';
import { append, Proven } from './proven.ts';
import { entriesOf, git, id, type Kind, nextPin, pin, rawTree, record, rewrite, statementOf } from './tampering.ts';

const proven = await Proven.begun();

/** What Git itself would take, and reads in one way of several. */
const twice = (text: string, header: string) =>
  text.replace(new RegExp(`^${header} .*\n`, 'm'), (line) => `${line.replace(/<.*>/, '<eve@example.com>')}${line}`);

/** Pins payments, and gives the tree at a path one more entry. */
function doubled(remote: Remote, path: 'apps' | 'apps/risk' | '', name: string): void {
  pin(remote, nextPin(remote));
  const tree = (folder: string) => id(remote, folder === '' ? 'env/staging^{tree}' : `env/staging:${folder}`);
  const other = git(remote, ['mktree'], '');
  const edit = (folder: string, inside: Readonly<Record<string, string>>) => {
    const entries = entriesOf(remote, tree(folder)).map(
      ([mode, each, oid]) => [mode, each, inside[each] ?? oid] as const,
    );
    const at = entries.findIndex(([, each]) => each === name);
    return rawTree(
      remote,
      folder === path ? entries.toSpliced(at + 1, 0, ['40000', name, entries[at]?.[2] ?? other]) : entries,
    );
  };
  const risk: Record<string, string> = path === 'apps/risk' ? { risk: edit('apps/risk', {}) } : {};
  const apps = path === '' ? tree('apps') : edit('apps', risk);
  const root = edit('', { apps });
  rewrite(remote, 'env/staging', (text) =>
    text.replace(/^tree \w+/, `tree ${root}`).replace(/Recipe: \w+/, `Recipe: ${apps}`),
  );
}

/** Commits a file that climbs out, beside everything else of a branch, and then takes it away. */
function climbed(remote: Remote, branch: string): void {
  const before = id(remote, branch);
  const entries = entriesOf(remote, id(remote, `${branch}^{tree}`));
  const file = git(remote, ['hash-object', '-w', '--stdin'], 'out\n');
  const tree = rawTree(remote, [['100644', '..', file], ...entries]);
  const evil = git(remote, ['commit-tree', tree, '-p', before], 'Evil\n');
  const after = git(remote, ['commit-tree', `${before}^{tree}`, '-p', evil], 'Revert "Evil"\n');
  git(remote, ['update-ref', `refs/heads/${branch}`, after]);
}

/** Approves once more what was approved, in other words. */
function approveAlso(
  remote: Remote,
  change: (subject: { name: string; digest: Record<string, string> }[]) => unknown,
): void {
  const [path, text] = statementOf(remote, 'approval');
  const statement = JSON.parse(text);
  change(statement.subject);
  record(remote, path.split('/').slice(0, -1).join('/'), `${JSON.stringify(statement, null, 2)}\n`);
}

function tagTwice(remote: Remote, edit: (text: string) => string): void {
  const text = git(remote, ['cat-file', 'tag', 'v1.0.0']);
  const made = git(remote, ['hash-object', '-t', 'tag', '-w', '--literally', '--stdin'], `${edit(text)}\n`);
  git(remote, ['update-ref', 'refs/tags/v1.0.0', made]);
}

const KINDS: readonly Kind[] = [
  [
    'a signature of nothing',
    'statement-foreign',
    (r) => append(r, 'attestations', { [`${statementOf(r, 'approval')[0].slice(0, -6)}.json.sig`]: 'x\n' }),
  ],
  ['a signature beside everything', 'statement-foreign', (r) => append(r, 'attestations', { 'notes.json.sig': 'x\n' })],
  [
    'a signature that is none',
    'signature-bad',
    (r) => append(r, 'attestations', { [`${statementOf(r, 'approval')[0]}.sig`]: 'x\n' }),
  ],
  [
    'an approval that speaks of another recipe too',
    'statement-digest',
    (r) => approveAlso(r, (subject) => subject.push({ name: 'apps', digest: { gitTree: id(r, 'env/staging:apps') } })),
  ],
  [
    'an approval that speaks of an image too',
    'statement-digest',
    (r) =>
      approveAlso(r, (subject) => subject.push({ name: 'ghcr.io/evil/miner', digest: { sha256: '0'.repeat(64) } })),
  ],
  [
    'an approval of a tree that holds another recipe',
    'statement-digest',
    (r) => approveAlso(r, ([, whole]) => Object.assign(whole?.digest ?? {}, { gitTree: id(r, 'env/staging^{tree}') })),
  ],
  ['a deployment with two authors', 'malformed', (r) => rewrite(r, 'env/staging', (text) => twice(text, 'author'))],
  [
    'a deployment that two committed',
    'malformed',
    (r) => rewrite(r, 'env/staging', (text) => twice(text, 'committer')),
  ],
  [
    'a statement that two recorded',
    'malformed',
    (r) => {
      approveAlso(r, (subject) => subject.reverse().reverse());
      rewrite(r, 'attestations', (text) => twice(text, 'author'));
    },
  ],
  [
    'a policy with two authors',
    'malformed',
    (r) => {
      append(r, 'main', { 'docs/more.md': 'More.\n' });
      rewrite(r, 'main', (text) => twice(text, 'author'));
    },
  ],
  ['a release that two made', 'malformed', (r) => tagTwice(r, (text) => twice(text, 'tagger'))],
  [
    'a release with two names',
    'tag-name',
    (r) => tagTwice(r, (text) => text.replace('\ntag v1.0.0', '\ntag v9.9.9\ntag v1.0.0')),
  ],
  ['a service that is there twice', 'foreign-file', (r) => doubled(r, 'apps', 'payments')],
  ['a group that is there twice', 'foreign-file', (r) => doubled(r, 'apps', 'risk')],
  ['a member of a group that is there twice', 'foreign-file', (r) => doubled(r, 'apps/risk', 'fraud')],
  ['a second apps/', 'foreign-file', (r) => doubled(r, '', 'apps')],
  ['a folder that climbs out', 'malformed', (r) => doubled(r, '', '..')],
  ['a service that climbs out', 'foreign-file', (r) => doubled(r, 'apps', '..')],
  ['a member of a group that is no name', 'foreign-file', (r) => doubled(r, 'apps/risk', '.git')],
  ['a file that climbs out, and is gone since', 'malformed', (r) => climbed(r, 'env/staging')],
  ['a statement that climbs out, and is gone since', 'statement-foreign', (r) => climbed(r, 'attestations')],
];

describe.each(KINDS)('%s', (_, rule, tamper) => {
  it(`is found: ${rule}`, () => proven.finds(rule, tamper));
});

it('nothing is said of an approval that is one more', async () => {
  const remote = proven.copy();
  const [path, text] = statementOf(remote, 'approval');
  record(
    remote,
    path.split('/').slice(0, -1).join('/'),
    text.replace('"predicate": {', '"predicate": {\n    "note": "again",'),
  );
  expect((await proven.verify(remote)).text).toBe('[]');
});

it('a file beside the policies that climbed out, and is gone since, changes nothing', async () => {
  const remote = proven.copy();
  climbed(remote, 'main');
  expect((await proven.verify(remote)).text).toBe('[]');
});
