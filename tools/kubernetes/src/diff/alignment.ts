import { isMap } from '@eleventh/core';
import { canonical, leaves } from './value.ts';

/** An item of one list with what it is in the other; null where it is in one of them alone. */
export type Pair = readonly [before: number | null, after: number | null];

/** How many pairs of items are weighed at most: longer lists are paired by place, between what they begin and end with. */
const MOST_PAIRS = 1_000_000;
/** What an item costs that has no partner. */
const ALONE = 1;
/** What two items cost that have nothing in common, or are of two kinds: more than two alone. */
const APART = 3;

/** An item as it is weighed: the text that equal ones share, what it is made of, and the name before its `=`. */
interface Weighed {
  readonly text: string;
  readonly kind: string;
  readonly leaves: ReadonlySet<string>;
  readonly name: string;
}

/**
 * Returns which items of two lists belong together, in the lists' order: as many equal ones as can be, then those that
 * have most in common. The lists may be told the other way round, and the pairs are the same.
 */
export function align(before: readonly unknown[], after: readonly unknown[]): Pair[] {
  const [a, b] = [before.map(weigh), after.map(weigh)];
  const isSwapped = a.map(({ text }) => text).join() > b.map(({ text }) => text).join();
  if (!isSwapped) return alignWeighed(a, b);
  return ordered(alignWeighed(b, a).map(([second, first]) => [first, second] as const));
}

/** Returns pairs with what went before what came, between two that stayed. */
function ordered(pairs: readonly Pair[]): Pair[] {
  const runs: Pair[][] = [[]];
  for (const pair of pairs) {
    if (pair[0] !== null && pair[1] !== null) runs.push([pair], []);
    else runs.at(-1)?.push(pair);
  }
  return runs.flatMap((run) => [
    ...run.filter(([first]) => first !== null),
    ...run.filter(([first]) => first === null),
  ]);
}

function alignWeighed(a: readonly Weighed[], b: readonly Weighed[]): Pair[] {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head]?.text === b[head]?.text) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail]?.text === b[b.length - 1 - tail]?.text) tail += 1;
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [
    ...range(head).map((index): Pair => [index, index]),
    ...ordered(middle.map(([i, j]): Pair => [i === null ? null : i + head, j === null ? null : j + head])),
    ...range(tail).map((index): Pair => [a.length - tail + index, b.length - tail + index]),
  ];
}

function between(a: readonly Weighed[], b: readonly Weighed[]): Pair[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_PAIRS) return byPlace(a, b);
  const width = b.length + 1;
  // What the rest of both lists costs, from each item of one and each of the other on.
  const rest = new Float64Array((a.length + 1) * width);
  const costs = new Float64Array(a.length * b.length);
  for (let i = a.length; i >= 0; i -= 1) {
    for (let j = b.length; j >= 0; j -= 1) {
      const [x, y] = [a[i], b[j]];
      if (x === undefined || y === undefined) {
        rest[i * width + j] = (a.length - i + b.length - j) * ALONE;
        continue;
      }
      const cost = costOf(x, y);
      costs[i * b.length + j] = cost;
      const alone = ALONE + Math.min(rest[(i + 1) * width + j] ?? 0, rest[i * width + j + 1] ?? 0);
      rest[i * width + j] = Math.min(cost + (rest[(i + 1) * width + j + 1] ?? 0), alone);
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const here = rest[i * width + j];
    if (here === (costs[i * b.length + j] ?? 0) + (rest[(i + 1) * width + j + 1] ?? 0)) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (here === ALONE + (rest[(i + 1) * width + j] ?? 0)) {
      pairs.push([i, null]);
      i += 1;
    } else {
      pairs.push([null, j]);
      j += 1;
    }
  }
  return [
    ...pairs,
    ...range(a.length - i).map((index): Pair => [i + index, null]),
    ...range(b.length - j).map((index): Pair => [null, j + index]),
  ];
}

function byPlace(a: readonly Weighed[], b: readonly Weighed[]): Pair[] {
  return range(Math.max(a.length, b.length)).map((index) => [
    index < a.length ? index : null,
    index < b.length ? index : null,
  ]);
}

/** Returns what it costs to take two items for one: 0 for equal ones, below two alone for those that have something in common. */
function costOf(a: Weighed, b: Weighed): number {
  if (a.text === b.text) return 0;
  if (a.kind !== b.kind) return APART;
  if (a.kind === 'scalar') return a.name === b.name ? 0.5 : 1.9;
  const shared = [...a.leaves].filter((leaf) => b.leaves.has(leaf)).length;
  return shared === 0 ? APART : 2 - (2 * shared) / Math.max(a.leaves.size, b.leaves.size, shared + 1);
}

function weigh(item: unknown): Weighed {
  const text = canonical(item);
  if (Array.isArray(item)) return { text, kind: 'list', leaves: new Set(leaves(item)), name: '' };
  if (isMap(item)) return { text, kind: 'map', leaves: new Set(leaves(item)), name: '' };
  // Arguments are told apart by what stands before their value: `--level=debug`.
  const name = typeof item === 'string' && item.includes('=') ? item.slice(0, item.indexOf('=')) : text;
  return { text, kind: 'scalar', leaves: new Set(), name };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
