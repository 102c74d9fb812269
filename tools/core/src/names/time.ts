/** The first and the last second of the years 0 to 9999, which RFC 3339 can say. */
const [FIRST, LAST] = [-62_167_219_200, 253_402_300_799];

/** Returns seconds since 1970 as RFC 3339 in UTC; what lies beyond the year 9999 as its end. Git dates commits as it is told. */
export function isoTime(seconds: number): string {
  return new Date(Math.min(Math.max(Math.floor(seconds), FIRST), LAST) * 1000).toISOString().replace('.000Z', 'Z');
}
