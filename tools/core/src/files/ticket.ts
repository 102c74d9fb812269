/** Letters, digits and what stands between them, classes of them, and how often each. */
const PART = String.raw`(?:[A-Za-z0-9 _:#/-]|\\[.d]|\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_])+\])(?:\{\d{1,2}(?:,\d{1,2})?\}|[+?])?`;
const PATTERN = new RegExp(`^(?:${PART})+$`);
const VARIABLE = /[+?]|\{\d+,\d+\}/g;
/** Each part of no fixed length multiplies the ways in which a text can match. */
const MOST_VARIABLE = 3;
const LONGEST = 100;

/** Returns whether a pattern of change tickets, such as `CHG\\d{7}`, is one that this module understands. */
export function isTicketPattern(pattern: string): boolean {
  const isPlain = pattern.length <= LONGEST && PATTERN.test(pattern);
  return isPlain && (pattern.match(VARIABLE) ?? []).length <= MOST_VARIABLE && isExpression(pattern);
}

/** Returns whether it is sound besides: a range such as `[z-a]` is not. */
function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== null;
  } catch {
    return false;
  }
}

/** Returns whether a text, the whole of it, is a change ticket of a pattern. */
export function matchesTicket(pattern: string, text: string): boolean {
  return text.length <= LONGEST && new RegExp(`^(?:${pattern})$`).test(text);
}
