/** A pattern over slash-separated names: `*` and `?` stay within a segment, `**` crosses them. */
const PATTERN = /^[A-Za-z0-9._/*?@#+=,-]+$/;

/** Returns whether a pattern is one that this module understands; anything else must be refused, never guessed. */
export function isGlob(pattern: string): boolean {
  return PATTERN.test(pattern) && !/\*{3}/.test(pattern);
}

/**
 * Returns whether the whole name matches the pattern. All ways to match are followed at once, character by character:
 * no pattern and no name, however chosen, takes more time than their lengths multiplied.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = pattern.match(/\*\*|[\s\S]/g) ?? [];
  // The positions before which the pattern may stand; a star may also stand for nothing.
  const settle = (positions: Set<number>): Set<number> => {
    for (const position of positions) if (tokens[position]?.startsWith('*')) positions.add(position + 1);
    return positions;
  };
  let open = settle(new Set([0]));
  for (const character of name) {
    const next = new Set<number>();
    for (const position of open) {
      const token = tokens[position];
      if (token === '**' || (token === '*' && character !== '/')) next.add(position);
      else if (token === character || (token === '?' && character !== '/')) next.add(position + 1);
    }
    open = settle(next);
  }
  return open.has(tokens.length);
}
