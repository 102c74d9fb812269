import { proposalBranch } from '@eleventh/core';
import { type Command, Option } from 'commander';
import { pasteable } from '../rendered-option.ts';

/** Options that choose another way past the gates, or another branch, than a review has. */
const OTHERWISE = ['breakGlass', 'newestPassing', 'block', 'branch'];
/** The options that say what a change is, besides the words before them; what else is said of it may be said otherwise later. */
const TELLING = ['--to', '--only'];

/** Adds the options of a command whose change may be put to review on the host, as a pull or merge request. */
export function reviewOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--pr', 'put it to review: open, or bring up to date, a pull or merge request').conflicts(OTHERWISE),
    )
    .addOption(
      new Option('--land', 'carry out what was approved there, if it still is the same').conflicts([
        ...['pr', 'dryRun'],
        ...OTHERWISE,
      ]),
    );
}

/** Returns the branch on which the change of a command line is put to review: of one that says the same, the same. */
export function branchFor([, ...line]: readonly string[]): string {
  const first = line.findIndex((word) => word.startsWith('--'));
  const options = first < 0 ? [] : line.slice(first);
  const telling = options.flatMap((word, index) => (TELLING.includes(word) ? [word, options[index + 1] ?? ''] : []));
  return proposalBranch([...(first < 0 ? line : line.slice(0, first)), ...telling]);
}

/**
 * Returns a command line with one of the two options in place of any, as others can type it: where the repository is,
 * which may hold a password, is left to them.
 */
export function lineWith(line: readonly string[], option: '--pr' | '--land'): string {
  const words = line.filter(
    (word, index) => !['--pr', '--land', '--repo'].includes(word) && line[index - 1] !== '--repo',
  );
  return pasteable([...words, option]);
}
