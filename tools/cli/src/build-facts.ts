import { oneLine } from '@eleventh/core';

/** Who did something, as Git writes people down. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Returns a person that Git accepts as an author, or undefined when either part is missing or malformed. */
export function person(name: string | undefined, email: string | undefined): Person | undefined {
  const plain = oneLine(name ?? '').replace(/[<>]/g, '');
  // Git drops these from both ends of a name, and refuses the name of which nothing is left.
  if (/^[\s.,:;"'\\]*$/.test(plain) || plain.length > 200) return undefined;
  if (email === undefined || email.length > 254 || !/^[^\s\p{Cc}<>@]+@[^\s\p{Cc}<>@]+$/u.test(email)) return undefined;
  return { name: plain, email };
}

/** Returns the person that `Name <email>` names, or undefined. */
export function personOf(text: string | undefined): Person | undefined {
  const [, name, email] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text ?? '') ?? [];
  return person(name, email);
}

/** Returns a time (RFC 3339, or milliseconds since 1970) as RFC 3339 in UTC to the second; undefined when malformed. */
export function utcTime(time: string | number | undefined): string | undefined {
  if (time === undefined || (typeof time === 'string' && !TIME.test(time))) return undefined;
  const milliseconds = typeof time === 'string' ? Date.parse(time) : time;
  if (!(milliseconds >= 0 && milliseconds < Date.UTC(10_000, 0))) return undefined;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
