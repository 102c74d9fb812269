import { usageError } from '../error.ts';
import { quoted } from './names.ts';

// The rules of git-check-ref-format(1), with a bound on the length (a ref is a file on most servers).
const FORBIDDEN = [
  /^-/,
  /^\//,
  /\/$/,
  /\/\//,
  /\.\./,
  /@\{/,
  /\.$/,
  /\.lock(?:\/|$)/,
  /(?:^|\/)\./,
  /^@$/,
  /^HEAD$/,
  /^refs\//,
  /[ ~^:?*[\\]/,
  // Those of ASCII alone, for Git.
  /(?![\u0080-\u009f])\p{Cc}/u,
];
const MAX_BYTES = 200;

/** Returns whether the text may name a branch or a tag, by the rules of git-check-ref-format(1) and at most 200 bytes. */
export function isRefName(text: string): boolean {
  return (
    text.length > 0 && new TextEncoder().encode(text).length <= MAX_BYTES && !FORBIDDEN.some((rule) => rule.test(text))
  );
}

/** Returns the name of a branch, or throws `BAD_BRANCH_NAME`. */
export function branchName(text: string): string {
  if (isRefName(text)) return text;
  throw usageError('BAD_BRANCH_NAME', `${quoted(text)} cannot name a branch.`, 'git check-ref-format --help');
}

/** Returns the first existing branch that Git cannot store beside this one (`env` and `env/x`), if there is one. */
export function clashingBranch(name: string, existing: Iterable<string>): string | undefined {
  for (const other of existing) {
    if (other.startsWith(`${name}/`) || name.startsWith(`${other}/`)) return other;
  }
  return undefined;
}

/** Returns the full name of a branch's ref. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** Returns the full name of a tag's ref. */
export function tagRef(tag: string): string {
  return `refs/tags/${tag}`;
}
