/** A pattern over slash-separated names: `*` and `?` stay within a segment, `**` crosses them. */
const PATTERN = /^[A-Za-z0-9._/*?@#+=,-]+$/;

/** Returns whether a pattern is one that this module understands; anything else must be refused, never guessed. */
export function isGlob(pattern: string): boolean {
  return PATTERN.test(pattern) && !/\*{3}/.test(pattern);
}

/** Returns whether the whole name matches the pattern. */
export function matchesGlob(pattern: string, name: string): boolean {
  const source = pattern.replace(/\*\*|[*?]|[.+]/g, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 's').test(name);
}
