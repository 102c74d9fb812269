import type { Statement, Subject } from './statement.ts';

/** Returns the folder of the attestations branch that holds what is known of a subject. */
export function folderOf(subject: Subject): string {
  // As in Git's own store: no folder has too many entries to be written anew with each statement.
  if (subject.kind === 'recipe') return `recipes/${subject.recipe.slice(0, 2)}/${subject.recipe}`;
  if (subject.kind === 'policy') return `policies/${subject.environments.slice(0, 2)}/${subject.environments}`;
  if (subject.kind === 'build') return `builds/${subject.service}/${subject.commit}`;
  return `services/${subject.service}`;
}

/** The folder that holds every block and what lifts it: they are few, and every pin looks at them. */
export const BLOCKS = 'blocks';

/** The folder that holds all that was done by breaking the glass, and the reviews of that: every status looks at them. */
export const BREAK_GLASS = 'break-glass';

/** Returns the path of a statement's file, which is named by its content. */
export function pathOf(statement: Statement, sha256: string): string {
  return `${folderFor(statement)}/${statement.kind}-${sha256.slice(0, 16)}.json`;
}

/** Returns the folder in which a statement stands. */
export function folderFor({ kind, subject }: Pick<Statement, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'block':
    case 'unblock':
      return blocksFolderOf(subject);
    case 'break-glass':
    case 'review':
      return `${BREAK_GLASS}/${folderOf(subject)}`;
    default:
      return folderOf(subject);
  }
}

/** Returns where the signature of the file at a path stands. */
export function signaturePath(path: string): string {
  return `${path}.sig`;
}

/** Returns the folder of the blocks of a subject. */
export function blocksFolderOf(subject: Subject): string {
  return `${BLOCKS}/${folderOf(subject)}`;
}

const RECIPE = /^(?:(?:blocks|break-glass)\/)?recipes\/([0-9a-f]{2})\/(\1[0-9a-f]{38})\/[^/]+$/;
const POLICY = /^policies\/([0-9a-f]{2})\/(\1[0-9a-f]{38})\/[^/]+$/;
const BUILD = /^(?:blocks\/)?builds\/([^/]+(?:\/[^/]+)?)\/([0-9a-f]{40})\/[^/]+$/;
const SERVICE = /^blocks\/services\/([^/]+(?:\/[^/]+)?)\/[^/]+$/;

/** Returns what the statement at a path speaks of, or null where none stands. */
export function subjectAt(path: string): Subject | null {
  const recipe = RECIPE.exec(path)?.[2];
  if (recipe !== undefined) return { kind: 'recipe', recipe };
  const environments = POLICY.exec(path)?.[2];
  if (environments !== undefined) return { kind: 'policy', environments };
  const [, service, commit = ''] = BUILD.exec(path) ?? [];
  if (service !== undefined) return { kind: 'build', service, commit };
  const locked = SERVICE.exec(path)?.[1];
  return locked === undefined ? null : { kind: 'service', service: locked };
}
