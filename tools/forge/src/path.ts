import { usageError } from '@eleventh/core';

/** A path below the API's address whose values are encoded. */
export type Path = { readonly text: string };

/** Returns a path of an API in which each value is one segment, whatever is in it. Throws `BAD_FORGE_PATH`. */
export function path(strings: TemplateStringsArray, ...values: readonly (string | number)[]): Path {
  return { text: String.raw({ raw: strings }, ...values.map(segment)) };
}

function segment(value: string | number): string {
  const text = String(value);
  // What resolves URLs takes these for a way up, encoded or not.
  if (text !== '' && !/^\.{1,2}$/.test(text)) return encodeURIComponent(text);
  throw usageError('BAD_FORGE_PATH', `${JSON.stringify(text)} cannot be the name of anything on a host.`);
}
