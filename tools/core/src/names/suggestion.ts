/** Returns the edit distance of two texts (insert, delete, replace, swap of neighbours), cut off above a bound. */
function distance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? bound + 1;
}

/** Returns the candidate that the text most probably meant, or undefined when none is near. */
export function suggestion(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = text.slice(0, 100).toLowerCase();
  const bound = Math.max(1, Math.floor(wanted.length / 3));
  let best: { candidate: string; score: number } | undefined;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const tail = known.slice(known.lastIndexOf('/') + 1);
    const isPart = wanted.length > 2 && (known.startsWith(wanted) || tail.startsWith(wanted));
    const far = Math.min(distance(wanted, known, bound), distance(wanted, tail, bound));
    const score = isPart ? Math.min(far, 1) : far;
    if (score <= bound && score < (best?.score ?? Number.POSITIVE_INFINITY)) best = { candidate, score };
  }
  return best?.candidate;
}

/** Returns a hint for a name that nothing has: the near one, else all of them (at most ten). */
export function nameHint(text: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const near = suggestion(text, all);
  if (near !== undefined) return `Did you mean ${near} ?`;
  if (all.length === 0) return undefined;
  return `There are: ${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;
}
