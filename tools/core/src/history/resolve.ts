import { type EleventhError, usageError } from '../error.ts';
import { quoted } from '../names/names.ts';
import { isOid, type Oid, short } from '../names/object-id.ts';
import { nameHint } from '../names/suggestion.ts';
import { deploymentAt, recipeOf } from './deployment.ts';
import { commitOf } from './release.ts';
import type { Commit, Snapshot, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** A commit that somebody named, and how they named it. */
export interface Named {
  /** As people read it: an environment or tag with its commit. */
  readonly label: string;
  readonly environment?: string;
  readonly tag?: string;
  readonly commit: Commit;
  readonly snapshot: Snapshot;
}

/**
 * Returns the commit that a text means, as Git would take it: an environment, a tag, a branch, a commit or a recipe
 * (40 hexadecimal digits or at least four of them). Throws `UNKNOWN_RECIPE`, with what was probably meant.
 */
export async function resolve(view: View, workspace: Workspace, text: string): Promise<Named> {
  const { branches, tags } = view.refs;
  // All forty digits are that commit, as in Git, whatever else is called so.
  const full = isOid(text) ? await view.expand(text) : null;
  if (full !== null) return named(view, full, short(full));
  const environment = workspace.environments.find(({ name }) => name === text);
  if (environment !== undefined) {
    const oid = await commitOf(view, workspace, environment);
    if (oid === undefined) {
      throw usageError(
        'EMPTY_ENVIRONMENT',
        `${text} has no branch ${environment.branch} yet.`,
        `eleventh update ${text}`,
      );
    }
    return named(view, oid, `${text} ${oid.slice(0, 7)}`, { environment: text });
  }
  const tag = tags.get(text);
  // Git lets a tag mean a tree or a file: such a one is no recipe.
  if (tag !== undefined && (await view.expand(tag.commit)) !== null)
    return named(view, tag.commit, text, { tag: text });
  const branch = branches.get(text);
  if (branch !== undefined) return named(view, branch, `${text} ${branch.slice(0, 7)}`);
  const oid = /^[0-9a-f]{4,40}$/.test(text)
    ? ((await view.expand(text)) ?? (await commitOfRecipe(view, workspace, text)))
    : null;
  if (oid !== null) return named(view, oid, oid.slice(0, 7));
  throw unknown(text, [...workspace.environments.map(({ name }) => name), ...tags.keys(), ...branches.keys()]);
}

async function named(
  view: View,
  oid: Oid,
  label: string,
  more: { environment?: string; tag?: string } = {},
): Promise<Named> {
  return { label, ...more, ...(await deploymentAt(view, oid)) };
}

/** Returns the newest commit of an environment branch that runs a recipe of this id. */
async function commitOfRecipe(view: View, workspace: Workspace, prefix: string): Promise<Oid | null> {
  for (const { branch } of workspace.environments) {
    const head = view.refs.branches.get(branch);
    if (head === undefined) continue;
    for await (const commit of view.line(head)) {
      if ((await recipeOf(await view.snapshot(commit.tree))).startsWith(prefix)) return commit.oid;
    }
  }
  return null;
}

function unknown(text: string, known: string[]): EleventhError {
  return usageError(
    'UNKNOWN_RECIPE',
    `No environment, tag, branch, commit or recipe is called ${quoted(text)}.`,
    nameHint(text, known),
  );
}
