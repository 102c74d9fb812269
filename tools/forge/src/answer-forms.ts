import * as v from 'valibot';

/** The forms that parts of answers have on every host. What an answer has beyond the form is not looked at. */
export const oid = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'the name of a commit'));
export const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** The address of a page: what a person is led to is never another kind of link. */
export const page = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s\p{Cc}]+$/u, 'the address of a page'));
export const instant = v.pipe(
  v.string(),
  v.check((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), 'a time'),
);
/** A name on one line: it is shown, and written into statements. */
export const word = v.pipe(v.string(), v.regex(/^[^\p{Cc}]{1,500}$/u, 'a text on one line'));
/** What is answered to a change, where nobody looks at it. */
export const anything = v.unknown();

/** Returns an address of a page, null for anything else. */
export function pageOrNull(text: string | null | undefined): string | null {
  return v.is(page, text) ? text : null;
}
