import { isIPv4, isIPv6 } from 'node:net';

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
// What Go's time.ParseDuration reads, what go-openapi's strfmt reads (`3 days`), and ISO 8601.
const DURATION =
  /^(?:0|[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|(?:-?\d+\s*[A-Za-zµ]+\s*)+|P(?=.)(?:\d+[YMWD])*(?:T(?:\d+(?:\.\d+)?[HMS])+)?)$/;

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;

/** Returns what a number or text should be and is not, by the format that its schema names; formats of others pass. */
export function formatProblem(format: string, value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (format === 'int32' && (value < -INT32 || value >= INT32)) return 'a number of 32 bits';
    if (format === 'int64' && (value < -INT64 || value > INT64)) return 'a number of 64 bits';
    return undefined;
  }
  if (typeof value !== 'string') return undefined;
  const [what, fits] = TEXTS[format] ?? [];
  return fits?.(value) === false ? what : undefined;
}

const of = (pattern: RegExp) => (value: string) => pattern.test(value);

const TEXTS: Readonly<Record<string, readonly [string, (value: string) => boolean]>> = {
  quantity: ['a quantity such as 250m, 1.5 or 512Mi', of(QUANTITY)],
  byte: ['base64', (value) => BASE64.test(value.replaceAll(/[\r\n]/g, ''))],
  'date-time': ['a time such as 2026-11-20T09:12:44Z', of(DATE_TIME)],
  date: ['a date such as 2026-11-20', of(DATE)],
  duration: ['a duration such as 1h30m', of(DURATION)],
  ipv4: ['an IPv4 address such as 10.0.0.4', isIPv4],
  ipv6: ['an IPv6 address such as 2001:db8::1', isIPv6],
};
