import { createHash } from 'node:crypto';
import { craft, type Put, plumb, type Remote } from './by-hand.ts';
import { append } from './proven.ts';

/** A kind of tampering: what it is, which rule finds it, and the plain Git that does it. */
export type Kind = readonly [what: string, rule: string, tamper: (remote: Remote) => unknown];

export const git = plumb;
export const show = (remote: Remote, revision: string, path: string) =>
  `${plumb(remote, ['show', `${revision}:${path}`])}\n`;
export const messageOf = (remote: Remote, revision: string) => plumb(remote, ['log', '-1', '--format=%B', revision]);
export const id = (remote: Remote, revision: string) => plumb(remote, ['rev-parse', revision]);
export const trailer = (remote: Remote, revision: string, key: string) =>
  new RegExp(`^${key}: (.*)$`, 'm').exec(messageOf(remote, revision))?.[1] ?? '';

export const PIN = 'apps/payments/kustomization.yaml';
export const MANIFEST = 'apps/payments/manifests/extra.yaml';
export const POLICY = 'environments/prod/environment.yaml';

/** Commits to a branch what the tool would say of it, with the recipe that it makes. @param base absent: the branch's head. */
export function deploy(
  remote: Remote,
  branch: string,
  puts: Readonly<Record<string, Put>>,
  words: (facts: Facts) => string,
  base = branch,
): string {
  const made = craft(remote, puts, { parents: [id(remote, branch)], base: id(remote, base) });
  const facts = {
    policy: `Policy: ${id(remote, 'main')}`,
    workspace: `Workspace: ${trailer(remote, branch, 'Workspace')}`,
    evidence: `Evidence: ${id(remote, 'attestations')}`,
    recipe: `Recipe: ${id(remote, `${made}:apps`)}`,
  };
  return append(remote, branch, puts, { message: words(facts), base: id(remote, base) });
}

export interface Facts {
  readonly policy: string;
  readonly workspace: string;
  readonly evidence: string;
  readonly recipe: string;
}

/** Promotes a commit to prod as the tool would say it, with some files changed on the way. */
export function promote(
  remote: Remote,
  puts: Readonly<Record<string, Put>> = {},
  more = '',
  source = 'env/preprod',
): string {
  const words = ({ policy, evidence, recipe }: Facts) =>
    `Promote preprod to prod\n\nPromoted-From: ${id(remote, source)}\n${more}${policy}\n${evidence}\n${recipe}\n`;
  return deploy(remote, 'env/prod', puts, words, source);
}

/** The next build of payments, as its pin says it. */
export function nextPin(remote: Remote, commit = `0000008${'a'.repeat(33)}`, built = '2026-11-01T08:00:00Z'): string {
  const text = show(remote, 'env/staging', PIN);
  const old = /commit: "(\w+)"/.exec(text)?.[1] ?? '';
  return text.replaceAll(old, commit).replace(/built: ".*"/, `built: "${built}"`);
}

/** Pins that build in an environment as the tool would say it. */
export function pin(
  remote: Remote,
  file: string,
  puts: Readonly<Record<string, Put>> = {},
  branch = 'env/staging',
  change = (text: string) => text,
) {
  const [, commit = ''] = /commit: "(\w+)"/.exec(file) ?? [];
  const [, serviceBranch = ''] = /branch: "(.*)"/.exec(file) ?? [];
  const images = [...file.replaceAll('"', '').matchAll(/newName: (.*)\n +newTag: (.*)/g)].map(
    ([, name, tag]) => `Image: ${name}:${tag}\n`,
  );
  const words = ({ policy, workspace, evidence, recipe }: Facts) =>
    change(
      `Pin payments\n\nService: payments\nCommit: ${commit}\nBranch: ${serviceBranch}\n${images.join('')}${workspace}\n${policy}\n${evidence}\n${recipe}\n`,
    );
  return deploy(remote, branch, { [PIN]: file, ...puts }, words);
}

/** Pins the next build of payments in words of which a part is another. */
export function pinSaying(remote: Remote, part: string | RegExp, other: string): string {
  return pin(remote, nextPin(remote), {}, 'env/staging', (text) => text.replace(part, other));
}

/** A statement of some kind, by its path and text. */
export function statementOf(remote: Remote, kind: string): readonly [path: string, text: string] {
  const paths = git(remote, ['ls-tree', '-r', '--name-only', 'attestations']).split('\n');
  const path = paths.find((one) => one.includes(`/${kind}-`)) ?? '';
  return [path, show(remote, 'attestations', path)];
}

/** Records a statement under the name that its text gives it. @param who the e-mail address of whoever records it. */
export function record(
  remote: Remote,
  folder: string,
  text: string,
  who = /"email": "(.*)"/.exec(text)?.[1] ?? '',
  kind = 'approval',
): void {
  const name = `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`;
  const as = { ...remote, env: { ...remote.env, GIT_AUTHOR_EMAIL: who } };
  append(as, 'attestations', { [`${folder}/${name}`]: text });
}

/** Approves a recipe for prod, in the words of an approval that is there. */
export function approve(remote: Remote, recipe: string, change: (text: string) => string = (text) => text): void {
  const [, text] = statementOf(remote, 'approval');
  const old = /"gitTree": "(\w+)"/.exec(text)?.[1] ?? '';
  record(remote, `recipes/${recipe.slice(0, 2)}/${recipe}`, change(text.replaceAll(old, recipe)));
}

/** The same remote, at which somebody works at another time or under another name. */
export function as(remote: Remote, env: Readonly<Record<string, string>>): Remote {
  return { ...remote, env: { ...remote.env, ...env } };
}

export const at = (remote: Remote, date: string) => as(remote, { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });

export function tag(remote: Remote, name: string, target: string, message = 'By hand'): void {
  git(remote, ['tag', '-f', '-a', '-m', message, name, target]);
}

/** A recipe that nobody tested or approved, by way of preprod to prod. @param until where it ends. */
export function unproven(remote: Remote, until = 'env/prod'): string {
  pin(remote, nextPin(remote));
  const words = ({ policy, workspace, evidence, recipe }: Facts) =>
    `Promote staging\n\nPromoted-From: ${id(remote, 'env/staging')}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
  const made = deploy(remote, 'env/preprod', {}, words, 'env/staging');
  return until === 'env/prod' ? promote(remote) : made;
}

/** Puts a commit object with the bytes of another, changed, on a branch. */
export function rewrite(remote: Remote, branch: string, change: (text: string) => string): void {
  const text = git(remote, ['cat-file', 'commit', branch]);
  const made = git(remote, ['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], `${change(text)}\n`);
  git(remote, ['update-ref', `refs/heads/${branch}`, made]);
}

/** Makes a tree of the bytes of its entries, however odd. */
export function rawTree(
  remote: Remote,
  entries: readonly (readonly [mode: string, name: string, oid: string])[],
): string {
  const bytes = entries.map(([mode, name, oid]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
  );
  return git(remote, ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], Buffer.concat(bytes));
}

export function entriesOf(remote: Remote, tree: string): [string, string, string][] {
  return git(remote, ['ls-tree', tree])
    .split('\n')
    .map((line) => {
      const [, mode = '', oid = '', name = ''] = /^(\d+) \w+ (\w+)\t(.*)$/.exec(line) ?? [];
      return [mode.replace(/^0/, ''), name, oid];
    });
}
