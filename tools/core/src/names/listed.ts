/** Returns some things for a sentence: at most so many of them, and how many more there are. */
export function listed(things: readonly string[], most = 5, between = ', '): string {
  const rest = things.length - most;
  return (rest > 0 ? [...things.slice(0, most), `and ${rest} more`] : things).join(between);
}
