import { EleventhError, oneLine } from '@eleventh/core';
import type { Answer } from './exchange.ts';
import type { Token } from './token.ts';

/** What an error says of where it comes from. */
export interface Host {
  /** `git.example.com`, with a port where it is not the usual one. */
  readonly name: string;
  readonly token: Token;
  /** What a token has to be allowed, in the host's own words. */
  readonly scopes: string;
}

/** Characters of the host's own words that are repeated. */
const MOST = 300;

/** Returns a text of the host's without the token, on one line and not longer than a person reads. */
export function words(text: string, { token }: Host): string {
  const line = oneLine(text.replaceAll(token.value, '***')).trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}

/** Returns the error of an answer that is neither what was asked for nor a limit on the rate of requests. */
export function answerError(asked: string, answer: Answer, host: Host): EleventhError {
  const { status } = answer;
  const said = words(complaint(answer.text), host);
  const because = said === '' ? `status ${status}` : said;
  const details = { host: host.name, status, asked, ...(said === '' ? {} : { said }) };
  if (status === 401) {
    return new EleventhError('FORGE_UNAUTHORIZED', `${host.name} does not take the token: ${because}.`, {
      hint: `It may have expired. It came from ${host.token.source}: put a new one there (${host.scopes}).`,
      details,
    });
  }
  if (status === 403) {
    return new EleventhError('FORGE_FORBIDDEN', `${host.name} does not allow that: ${because}.`, {
      hint: `The token (from ${host.token.source}) needs ${neededScopes(answer, host)}.`,
      details,
    });
  }
  if (status === 404) {
    return new EleventhError('FORGE_NOT_FOUND', `${host.name} has nothing at ${asked}, or the token may not see it.`, {
      hint: `Check the repository's address, and that the token (from ${host.token.source}) may read it: ${host.scopes}.`,
      details,
    });
  }
  if (status === 409) {
    const hint = 'Something moved meanwhile: run the command again.';
    return new EleventhError('FORGE_CONFLICT', `${host.name} says that this is in conflict: ${because}.`, {
      hint,
      details,
    });
  }
  if (status < 500) {
    const hint = `It was asked: ${asked}`;
    return new EleventhError('FORGE_REFUSED', `${host.name} refuses: ${because}.`, { hint, details });
  }
  const hint = 'The host has a problem of its own: try again later.';
  return new EleventhError('FORGE_FAILED', `${host.name} failed with status ${status}.`, { hint, details });
}

/** Returns the error of an answer whose form is not the one that the API describes. */
export function formError(asked: string, problem: string, host: Host): EleventhError {
  const hint = 'Is this the address of the API? ELEVENTH_FORGE_URL names it where it is not the usual one.';
  const details = { host: host.name, asked };
  return new EleventhError('FORGE_ANSWER', `What ${host.name} answered is not understood: ${words(problem, host)}.`, {
    hint,
    details,
  });
}

/** Returns what the host names as missing, else what is needed in general. */
function neededScopes({ headers, text }: Answer, { scopes }: Host): string {
  const accepted = headers['x-accepted-github-permissions'] || headers['x-accepted-oauth-scopes'];
  const scope = field(text, 'scope');
  const named = accepted || (typeof scope === 'string' ? scope : '');
  return /^[\w:;,=| ]{1,200}$/.test(named) ? named : scopes;
}

/** Returns what a host says is wrong, out of the forms in which hosts say so. */
function complaint(text: string): string {
  const said = field(text, 'message') ?? field(text, 'error_description') ?? field(text, 'error');
  const more = field(text, 'errors');
  const details = Array.isArray(more) ? more.map((item: unknown) => fieldOf(item, 'message') ?? item) : [];
  return [said, ...details].flatMap(spoken).join('; ').replace(/\.$/, '');
}

function spoken(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(spoken);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => spoken(inner).map((text) => `${name}: ${text}`));
}

function field(text: string, name: string): unknown {
  try {
    return fieldOf(JSON.parse(text), name);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
