import { FILE_MODE } from './tree.ts';

/** A path of a checkout where something else stands than in its commit. */
export interface Difference {
  readonly path: string;
  /** What Git would make of what stands on disk; `untracked`: a file that it does not know; null: nothing stands there. */
  readonly mode: string | 'untracked' | null;
}

/** How Git is asked for what `parseStatus` reads. */
export const STATUS_ARGUMENTS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--no-renames',
  '--untracked-files=all',
  '--ignore-submodules=all',
] as const;

/** The number of fields before the path in each kind of line (git-status(1)), and which of them is the mode on disk. */
const FIELDS: Readonly<Record<string, readonly [before: number, mode: number]>> = { '1': [8, 5], u: [10, 6] };

/**
 * Returns where a checkout differs from its commit, as Git says it, ignored files left out. A submodule stays what its
 * commit says, and a repository inside that Git does not know is not there.
 */
export function parseStatus(output: string): Difference[] {
  const differences: Difference[] = [];
  for (const line of output.split('\0')) {
    const fields = line.split(' ');
    if (fields[0] === '?') {
      const path = line.slice(2);
      if (!path.endsWith('/')) differences.push({ path, mode: 'untracked' });
      continue;
    }
    const [before, at] = FIELDS[fields[0] ?? ''] ?? [];
    if (before === undefined || at === undefined || fields[2]?.startsWith('S')) continue;
    const mode = fields[at] ?? FILE_MODE;
    differences.push({ path: fields.slice(before).join(' '), mode: mode === '000000' ? null : mode });
  }
  return differences;
}
