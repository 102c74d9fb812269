const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // A password with an unescaped slash in it: everything up to the last @ of the word.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*:(?!\d+(?:[/\s'"]|$))[^\s'"]*@/gi, '$1'],
  // A user name in front of a host is needed by ssh and is no secret there; over HTTP it may be a token.
  [/\b(?!(?:git\+)?ssh(?:\+git)?:)([a-z][a-z0-9+.-]*:\/\/)[^\s/'"]*@/gi, '$1'],
  [/([?&][\w-]*(?:token|password|passwd|secret|key|signature|sig)=)[^&\s'"]+/gi, '$1***'],
  [/(authorization:\s*)[^\r\n'"]+/gi, '$1***'],
  [/\b(bearer|basic)\s+[\w+/=.~-]{12,}/gi, '$1 ***'],
  [/\b(?:gh[oprsu]_|github_pat_|gl(?:pat|cbt|dt|ft|ptt|rt)-|xox[a-z]-|ATBB|ATCTT)[\w.=-]{10,}/g, '***'],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '***'],
];

/**
 * Returns the text without the secrets that Git and its servers repeat: credentials in URLs, authorization headers,
 * and what looks like an access token. Every text of theirs passes here on its way to a screen.
 */
export function redact(text: string): string {
  return PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
