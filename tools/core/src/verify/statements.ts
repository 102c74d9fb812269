import { EleventhError } from '../error.ts';
import { describedRecipe, type Sha256 } from '../evidence/described.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Described, Statement } from '../evidence/statement.ts';
import { parseStatement } from '../evidence/statement-file.ts';
import { pathOf } from '../evidence/statement-path.ts';
import { utf8 } from '../files/yaml-file.ts';
import { plainEmail } from '../history/authors.ts';
import { recipeOf } from '../history/deployment.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { quoted } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import type { Findings, StatementLine } from './ground.ts';
import type { History, LoggedCommit, PathChange } from './history.ts';
import { APART, Positions } from './main-line.ts';
import type { Report } from './moment.ts';
import type { FiledSignature } from './signatures.ts';
import { checkRepeats } from './words.ts';

/** A recipe that somebody said something of: who says the first thing about it, and when. */
export interface Spoken {
  readonly path: string;
  readonly statement: Statement;
  readonly commit: Oid;
}

/** What the attestations branch holds, checked, and what is to be compared with the recipes that ran. */
export interface Statements extends StatementLine {
  readonly count: number;
  readonly signatures: readonly FiledSignature[];
  /** What was said of recipes, by recipe. */
  readonly ofRecipes: ReadonlyMap<Oid, readonly Spoken[]>;
}

/** Checks the attestations branch: it only ever grows, by statements that are what their names say. */
export async function checkStatements(
  history: History,
  branch: string,
  now: number,
  sha256: Sha256,
  findings: Findings,
): Promise<Statements> {
  const positions = new Positions();
  const ofRecipes = new Map<Oid, Spoken[]>();
  const signatures: FiledSignature[] = [];
  let count = 0;
  const tip = history.view.refs.branches.get(branch);
  if (tip !== undefined) {
    for await (const portion of history.walk(tip, isStatement))
      for (const logged of portion) {
        positions.add({ oid: logged.commit.oid, time: logged.commit.committer.time });
        signatures.push(...signaturesIn(logged));
        for (const spoken of checkCommit(logged, branch, now, sha256, findings)) {
          count += 1;
          const { subject } = spoken.statement;
          if (subject.kind === 'recipe')
            ofRecipes.set(subject.recipe, [...(ofRecipes.get(subject.recipe) ?? []), spoken]);
        }
      }
  }
  return { positions, count, signatures, ofRecipes, at: evidenceBy(history.view) };
}

const isStatement = ({ path, after }: PathChange) => after !== null && /\.json(?:\.sig)?$/.test(path);

function signaturesIn({ commit, changes }: LoggedCommit): FiledSignature[] {
  return changes.flatMap(({ path, content }) =>
    content === undefined || !path.endsWith('.sig')
      ? []
      : [
          {
            path: path.slice(0, -'.sig'.length),
            signature: new TextDecoder().decode(content),
            commit: commit.oid,
            tree: commit.tree,
            time: commit.committer.time,
          },
        ],
  );
}

/** Checks what a push adds to the attestations branch, and returns it. */
export async function checkNewStatements(
  history: History,
  branch: string,
  tip: Oid,
  after: Oid | null,
  now: number,
  sha256: Sha256,
  findings: Findings,
): Promise<{ readonly spoken: readonly Spoken[]; readonly signatures: readonly FiledSignature[] }> {
  const spoken: Spoken[] = [];
  const signatures: FiledSignature[] = [];
  for await (const portion of history.walk(tip, isStatement, after))
    for (const logged of portion) {
      signatures.push(...signaturesIn(logged));
      spoken.push(...checkCommit(logged, branch, now, sha256, findings));
    }
  return { spoken, signatures };
}

/** Returns what tells what was known at each commit of the attestations branch. */
export function evidenceBy(view: View): StatementLine['at'] {
  const states = new Map<Oid | null, Promise<Evidence>>();
  const open = async (commit: Oid | null) =>
    new Evidence(await view.snapshot(commit === null ? EMPTY_TREE : (await view.commit(commit)).tree));
  return (commit) => {
    const state = states.get(commit) ?? open(commit);
    states.set(commit, state);
    return state;
  };
}

function checkCommit(
  { commit, changes }: LoggedCommit,
  ref: string,
  now: number,
  sha256: Sha256,
  findings: Findings,
): Spoken[] {
  const report: Report = (rule, message) => findings.add(rule, { ref, commit: commit.oid }, message);
  checkRepeats(commit, report);
  if (commit.parents.length > 1)
    report('merge-commit', 'It has several parents, and the attestations branch is never merged.');
  if (commit.committer.time > now + APART) report('time-future', 'It is dated in the future.');
  const spoken: Spoken[] = [];
  for (const change of changes) {
    const { path, before, after } = change;
    if (before?.mode === '40000' || after?.mode === '40000') continue;
    if (after === null) report('statement-removed', `${path} was removed.`);
    else if (before !== null) report('statement-changed', `${path} was changed.`);
    if (after === null) continue;
    if (path.endsWith('.json.sig') && after.mode === '100644') continue;
    const statement = read(change, sha256);
    if (typeof statement === 'string') {
      report('statement-foreign', statement);
      continue;
    }
    checkClaim(statement, path, commit, report);
    const stray = strayIn(statement);
    if (stray !== undefined) report('statement-digest', `${path} also speaks of ${quoted(stray)}.`);
    spoken.push({ path, statement, commit: commit.oid });
  }
  return spoken;
}

/** Returns the statement that a file holds, or why it is none. */
function read({ path, after, content }: PathChange, sha256: Sha256): Statement | string {
  if (after?.mode !== '100644' || content === undefined) return `${path} is no statement.`;
  try {
    const statement = parseStatement(path, utf8(path, content));
    return pathOf(statement, sha256(content)) === path
      ? statement
      : `${path} is not named as what it holds: it was changed, or put in another place.`;
  } catch (error) {
    if (error instanceof EleventhError) return error.message;
    throw error;
  }
}

function checkClaim({ kind, by, time }: Statement, path: string, { author, committer }: Commit, report: Report): void {
  if (plainEmail(by.email) !== plainEmail(author.email))
    report('statement-author', `${path} is by ${by.email}, and ${author.email} recorded it.`);
  if (Date.parse(time) / 1000 > committer.time + APART)
    report('time-future', `${path} is dated ${time}, after the commit that recorded it.`);
  // It is recorded as it happens, and says from when what landed counts.
  if (kind === 'landing' && Date.parse(time) / 1000 < committer.time - APART)
    report('time-backwards', `${path} is dated ${time}, before the commit that recorded it.`);
}

/** Returns what a statement names besides what it is taken to speak of, and what that is made of: others might believe it. */
function strayIn({ subject, described }: Statement): string | undefined {
  const isPart = ({ name, digest }: Described, index: number): boolean => {
    const algorithms = Object.keys(digest).join();
    if (subject.kind === 'recipe') return index === 0 && name === '.' && algorithms === 'gitTree';
    return subject.kind === 'build' && algorithms === 'sha256';
  };
  return described.slice(1).find((one, index) => !isPart(one, index))?.name;
}

/** Returns whether a tree holds another recipe. One that is not here any more cannot be told: candidates come and go. */
async function holdsAnother(view: View, tree: Oid, recipe: Oid): Promise<boolean> {
  try {
    return (await recipeOf(await view.snapshot(tree))) !== recipe;
  } catch (error) {
    if (error instanceof EleventhError) return false;
    throw error;
  }
}

/** Reports what was said of a recipe before it was there, or with digests that it does not have. */
export async function checkSpoken(
  view: View,
  spoken: readonly Spoken[],
  branch: string,
  began: number,
  state: Snapshot,
  sha256: Sha256,
  findings: Findings,
): Promise<void> {
  const described = await describedRecipe(state, sha256);
  for (const { path, statement, commit } of spoken) {
    const at = { ref: branch, commit };
    if (Date.parse(statement.time) / 1000 + APART < began)
      findings.add(
        'statement-early',
        at,
        `${path} is dated ${statement.time}, before the recipe ${short(described[0]?.digest.gitTree ?? '')} was made.`,
      );
    const [named, whole] = statement.described;
    const tree = whole?.digest.gitTree;
    const recipe = described[0]?.digest.gitTree ?? '';
    if (tree !== undefined && (await holdsAnother(view, tree, recipe)))
      findings.add('statement-digest', at, `${path} names a tree that holds another recipe.`);
    if (JSON.stringify(sorted(named?.digest)) !== JSON.stringify(sorted(described[0]?.digest)))
      findings.add('statement-digest', at, `${path} names digests that its recipe does not have.`);
  }
}

function sorted(digest: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(digest).sort(([a], [b]) => (a < b ? -1 : 1));
}
