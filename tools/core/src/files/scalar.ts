/** What YAML 1.1, which kubectl reads, takes for a truth value or nothing. */
const WORDS = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

/** Returns the text as a YAML scalar that every reader takes for a string: plain where none can mistake it, else quoted. */
export function scalar(text: string): string {
  return /^[A-Za-z][\w/-]*(?:\.[\w/-]+)*$/.test(text) && !WORDS.test(text) ? text : quotedScalar(text);
}

/** Returns the text as a quoted YAML scalar; what YAML 1.1 refuses or takes for a line break is escaped. */
export function quotedScalar(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
