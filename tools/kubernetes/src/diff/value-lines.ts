import { isMap } from '@eleventh/core';
import { stringify } from 'yaml';
import { align } from './alignment.ts';

/** A line of a text that differs, or stands beside one that does; `…` for lines left out between two such places. */
export interface TextLine {
  readonly sign: '+' | '-' | ' ' | '…';
  readonly text: string;
}

/** How many lines that stay are told on either side of one that differs. */
const AROUND = 2;

/** Returns whether a value is told in lines of its own: a text of several lines, or a map or list that is not empty. */
export function isBlock(value: unknown): boolean {
  if (typeof value === 'string') return value.trimEnd().includes('\n');
  return (Array.isArray(value) && value.length > 0) || (isMap(value) && Object.keys(value).length > 0);
}

/** Returns a value as lines of YAML; a text as its own lines. */
export function valueLines(value: unknown): string[] {
  const text = typeof value === 'string' ? value : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  return text.replace(/\n$/, '').split('\n');
}

/** Returns the lines in which two texts differ, and those around them. */
export function textLines(before: string, after: string): TextLine[] {
  const [first, second] = [before.split('\n'), after.split('\n')];
  const told: TextLine[] = [];
  let come: TextLine[] = [];
  for (const [from, to] of align(first, second)) {
    const [old, text] = [from === null ? undefined : first[from], to === null ? undefined : second[to]];
    if (old === text && text !== undefined) {
      // What came stands after all that went beside it, and before what stayed.
      told.push(...come, { sign: ' ', text });
      come = [];
      continue;
    }
    if (old !== undefined) told.push({ sign: '-', text: old });
    if (text !== undefined) come.push({ sign: '+', text });
  }
  told.push(...come);
  const isNear = told.map((_, place) =>
    told.slice(Math.max(0, place - AROUND), place + AROUND + 1).some(({ sign }) => sign !== ' '),
  );
  return told.flatMap((line, place): TextLine[] => {
    if (isNear[place]) return [line];
    return place > 0 && isNear[place - 1] === false ? [] : [{ sign: '…', text: '' }];
  });
}
