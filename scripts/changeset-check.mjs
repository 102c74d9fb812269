// Fails when a commit changed what users get and no changeset tells them.
//
// The rule needs one branch's history and nothing else: every commit that touches a package's sources (tests aside)
// also adds or edits a changeset, or has a descendant that does. So a branch may end with its changeset, a squashed
// branch carries it in its one commit, and a version bump, which only deletes changesets, leaves what was told told.
import { execFileSync } from 'node:child_process';

const SOURCES = ['tools/*/src/**', 'tools/*/bin/**', ':(exclude)tools/**/*.test.ts'];
const CHANGESETS = ['.changeset/*.md', ':(exclude).changeset/README.md'];

const root = new URL('..', import.meta.url);
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

if (git('rev-parse', '--is-shallow-repository')[0] === 'true') {
  console.log('changesets: not checked, this clone is shallow (git fetch --unshallow)');
  process.exit(0);
}
const told = git('log', '--diff-filter=AM', '--format=%H', '--', ...CHANGESETS);
const untold = git('log', '--no-merges', '--format=%h %s', 'HEAD', ...told.map((oid) => `^${oid}`), '--', ...SOURCES);
for (const commit of untold) console.error(`changesets: no changeset covers ${commit}`);
if (untold.length > 0)
  console.error('Run `npm run changeset` (add `-- --empty` when users see nothing) and commit it.');
else console.log('changesets: every change of the sources is covered');
process.exit(untold.length > 0 ? 1 : 0);
