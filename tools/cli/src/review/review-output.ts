import { short } from '@eleventh/core';
import type { Output } from '../command.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import type { Reviewed } from './propose.ts';

/** Returns a command's output with what became of the review of its change. */
export function withReview(output: Output, reviewed: Reviewed): Output {
  const { changed, ...review } = reviewed;
  return {
    ...output,
    json: { ...output.json, changed, dryRun: false, review },
    text: (painter) => `${output.text(painter)}${text(reviewed, painter)}`,
  };
}

const DONE = {
  opened: 'Opened',
  updated: 'Brought up to date:',
  approved: 'Left alone, since it is approved:',
} as const;

function text(reviewed: Reviewed, painter: Painter): string {
  const { action, noun, number, url, branch, base, commit, reviewers, land } = reviewed;
  if (action === 'landed') return `It was ${noun} #${number} ${url}\n`;
  const facts = factsText(
    [
      ['branch', `${branch}, for ${base}`],
      ['commit', short(commit)],
      ['asked', reviewers.join(', ')],
      ['next', land],
    ],
    painter,
  );
  return `${DONE[action]} ${painter.bold(`${noun} #${number}`)} ${url}\n${facts}\n`;
}
