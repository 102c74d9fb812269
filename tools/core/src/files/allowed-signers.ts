import { type EleventhError, refusal } from '../error.ts';
import { isoTime } from '../names/time.ts';

/** Who may sign, in the format of OpenSSH: ALLOWED SIGNERS in ssh-keygen(1). */
export const ALLOWED_SIGNERS = 'environments/allowed_signers';

/** One line: whose key it is, what it may sign, and when. */
export interface AllowedSigner {
  /** Patterns of e-mail addresses in lower case, with `*` and `?`; what a pattern after `!` matches is left out. */
  readonly principals: readonly string[];
  /** As a line of a public key begins: `ssh-ed25519 AAAA…`. */
  readonly key: string;
  /** Patterns; absent: it may sign anything. */
  readonly namespaces?: readonly string[] | undefined;
  /** The first and the last second since 1970 at which it holds. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** The lines of the file, or what is wrong with it: then nobody may sign, and nothing else is shut. */
export interface AllowedSigners {
  readonly lines: readonly AllowedSigner[];
  readonly problem: string | null;
}

/** What a key may do, in a namespace at a moment. */
type Allowance =
  | { readonly kind: 'allowed'; readonly principals: readonly (readonly string[])[] }
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'expired'; readonly until: number }
  | { readonly kind: 'early'; readonly from: number };

const KEY_TYPES: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** Returns what the file says; with one line that cannot be understood, only which one and why. */
export function parseAllowedSigners(text: string): AllowedSigners {
  const lines: AllowedSigner[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const parsed = parseLine(line.trim());
    if (typeof parsed === 'string') return { lines: [], problem: `line ${index + 1} ${parsed}` };
    lines.push(parsed);
  }
  return { lines, problem: null };
}

const LINE =
  /^(?:"(?<quoted>[^"]+)"|(?<plain>[^\s"]+))\s+(?:(?<options>[a-z-]+(?:="[^"]*")?(?:,[a-z-]+(?:="[^"]*")?)*)\s+)??(?<type>[a-z][a-z0-9@.-]*)\s+(?<blob>[A-Za-z0-9+/]+={0,2})(?:\s.*)?$/i;

/** Returns what a line says, or what is wrong with it. */
function parseLine(line: string): AllowedSigner | string {
  const { quoted, plain, options, type = '', blob = '' } = LINE.exec(line)?.groups ?? {};
  const principals = (quoted ?? plain ?? '').toLowerCase().split(',');
  if (principals.includes('') || principals.includes('!')) return 'is not <email> [options] <key type> <key>';
  if (!KEY_TYPES.has(type)) return `has a key of the type ${type}, which is not supported`;
  if (keyType(blob) !== type) return `has a key that is not of the type ${type}`;
  const said = parseOptions(options);
  return typeof said === 'string' ? said : { principals, key: `${type} ${blob}`, ...said };
}

/** Returns the type that a key itself names. */
function keyType(blob: string): string | undefined {
  try {
    const bytes = atob(blob);
    return bytes.slice(4, 4 + bytes.charCodeAt(3));
  } catch {
    return undefined;
  }
}

function parseOptions(text = ''): Pick<AllowedSigner, 'namespaces' | 'from' | 'until'> | string {
  const options = [...text.matchAll(/([a-z-]+)(?:="([^"]*)")?(?:,|$)/gi)].map(
    ([, name = '', value]) => [name.toLowerCase(), value] as const,
  );
  const values = new Map(options);
  if (values.size < options.length) return 'has an option twice';
  if (values.has('cert-authority')) return 'has the option cert-authority, which is not supported';
  const unknown = options.find(([name, value]) => !OPTIONS.has(name) || value === undefined || value === '')?.[0];
  if (unknown !== undefined) return `has the option ${unknown}, which cannot be understood`;
  const [from, until] = ['valid-after', 'valid-before'].map((name) => parseTime(values.get(name)));
  if (from === null || until === null) return 'has a time that is not YYYYMMDD or YYYYMMDDHHMM[SS], with or without Z';
  if (from !== undefined && until !== undefined && from >= until) return 'ends before it begins';
  return { namespaces: values.get('namespaces')?.split(','), from, until };
}

const OPTIONS: ReadonlySet<string> = new Set(['namespaces', 'valid-after', 'valid-before']);

/** Returns seconds since 1970, or null for what is no time. Without `Z` it is UTC all the same, on every machine. */
function parseTime(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text) ?? [];
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const seconds = Date.parse(time) / 1000;
  // There is no 30 February.
  return Number.isNaN(seconds) || isoTime(seconds) !== time ? null : seconds;
}

/**
 * Returns for whom a key may sign in a namespace at a time, in seconds since 1970: the patterns of each line that says
 * so; or why it may not. Throws `INVALID_FILE` when the file cannot be understood.
 */
export function principalsOf(
  { lines, problem }: AllowedSigners,
  key: string,
  namespace: string,
  at: number,
): Allowance {
  if (problem !== null) throw invalid(problem);
  const listed = lines.filter((line) => line.key === key);
  const meant = listed.filter(({ namespaces }) => namespaces === undefined || matchesList(namespaces, namespace));
  const valid = meant.filter(({ from = 0, until = Number.POSITIVE_INFINITY }) => from <= at && at <= until);
  if (valid.length > 0) return { kind: 'allowed', principals: valid.map(({ principals }) => principals) };
  if (listed.length === 0) return { kind: 'unlisted' };
  if (meant.length === 0) return { kind: 'elsewhere' };
  const ended = meant.flatMap(({ until }) => (until !== undefined && until < at ? [until] : []));
  if (ended.length > 0) return { kind: 'expired', until: Math.max(...ended) };
  return { kind: 'early', from: Math.min(...meant.map(({ from = 0 }) => from)) };
}

function invalid(problem: string): EleventhError {
  return refusal('INVALID_FILE', `${ALLOWED_SIGNERS}: ${problem}.`, {
    hint: `<email> namespaces="git,statement@eleventh.dev" ssh-ed25519 AAAA…, as in ssh-keygen(1), ALLOWED SIGNERS`,
    details: { path: ALLOWED_SIGNERS },
  });
}

/** Returns whether a list of patterns holds for a name: one of them, and none after `!`. */
export function matchesList(patterns: readonly string[], name: string): boolean {
  const isOut = patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name));
  return !isOut && patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name));
}

/** Returns whether a whole text matches a pattern in which `*` stands for anything and `?` for one character. */
function matchesPattern(pattern: string, text: string): boolean {
  // All ways to match are followed at once: no pattern takes longer than the lengths multiplied.
  let open = new Set([0]);
  const settle = (positions: Set<number>) => {
    for (const position of positions) if (pattern[position] === '*') positions.add(position + 1);
    return positions;
  };
  settle(open);
  for (const character of text) {
    const next = new Set<number>();
    for (const position of open) {
      if (pattern[position] === '*') next.add(position);
      else if (pattern[position] === '?' || pattern[position] === character) next.add(position + 1);
    }
    open = settle(next);
  }
  return open.has(pattern.length);
}
