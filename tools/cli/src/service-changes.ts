import { isOid, type Oid, oneLine } from '@eleventh/core';
import { type Person, personOf } from './build-facts.ts';
import { cutOffs, type ServiceCheckout } from './service-checkout.ts';

/** One commit of a service's repository. */
interface Change {
  readonly commit: Oid;
  /** One line without control characters, at most 200 characters. */
  readonly subject: string;
  readonly author: Person;
}

/** What changed in a service between two of its builds. */
export interface ServiceChanges {
  /** Newest first. */
  readonly changes: readonly Change[];
  /** How many there are beyond those listed. */
  readonly more: number;
  /** The authors and co-authors of all of them, those beyond the list too; at most 200. */
  readonly authors: readonly Person[];
}

const MAX_AUTHORS = 200;
const MAX_SUBJECT = 200;
const FIELDS = ['%H', '%an', '%ae', '%s', '%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x1f)'];

/**
 * Returns the commits after `from` up to `to`, merges included; null when `from` is no ancestor, or when the checkout
 * does not hold all of them.
 */
export async function changesSince(
  checkout: ServiceCheckout,
  from: Oid,
  to: Oid,
  limit = 50,
): Promise<ServiceChanges | null> {
  if (!isOid(from) || !isOid(to)) return null;
  if ((await checkout.git('merge-base', '--is-ancestor', from, to)) === null) return null;
  const format = `--format=${FIELDS.join('%x00')}%x00`;
  const log = await checkout.git('rev-list', '--no-commit-header', '--encoding=UTF-8', format, `${from}..${to}`, '--');
  if (log === null) return null;
  const commits = records(log);
  const unknown = await cutOffs(checkout);
  if (commits.some(({ commit }) => unknown.has(commit))) return null;
  return {
    changes: commits.slice(0, limit).map(({ commit, subject, author }) => ({ commit, subject, author })),
    more: Math.max(0, commits.length - limit),
    authors: distinct(commits.flatMap(({ author, coAuthors }) => [author, ...coAuthors])).slice(0, MAX_AUTHORS),
  };
}

function records(log: string): (Change & { coAuthors: Person[] })[] {
  return log
    .split('\0\n')
    .slice(0, -1)
    .map((record) => {
      const [commit = '', name = '', email = '', subject = '', coAuthors = ''] = record.split('\0');
      return {
        commit,
        subject: shortened(oneLine(subject)),
        author: { name: oneLine(name), email: oneLine(email) },
        coAuthors: coAuthors.split('\x1f').flatMap((text) => personOf(text) ?? []),
      };
    });
}

function shortened(text: string): string {
  const characters = Array.from(text);
  return characters.length > MAX_SUBJECT ? `${characters.slice(0, MAX_SUBJECT - 1).join('')}…` : text;
}

function distinct(people: readonly Person[]): Person[] {
  const seen = new Map<string, Person>();
  for (const person of people) {
    const key = `${person.name} <${person.email.toLowerCase()}>`;
    if (!seen.has(key)) seen.set(key, person);
  }
  return [...seen.values()];
}
