import { EleventhError } from '@eleventh/core';
import type { Host } from './api-error.ts';
import type { Answer } from './exchange.ts';

/** Seconds that a command waits by itself. */
const PATIENCE = 60;

/**
 * Returns how many seconds the host wants us to wait, undefined for an answer that is about something else. The headers
 * are those of GitHub (x-ratelimit-*), of GitLab (ratelimit-*) and of RFC 9110 (Retry-After).
 */
export function secondsToWait({ status, headers, text }: Answer, now: number): number | undefined {
  const after = headers['retry-after'];
  const remaining = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'];
  const isLimit =
    status === 429 || (status === 403 && (after !== undefined || remaining === '0' || /rate limit/i.test(text)));
  if (!isLimit) return undefined;
  if (after !== undefined && /^\d{1,9}$/.test(after)) return Number(after);
  const date = Date.parse(after ?? '');
  if (!Number.isNaN(date)) return Math.max(0, (date - now) / 1000);
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? '';
  // Where nothing is said, GitHub asks for a minute.
  return /^\d{1,12}$/.test(reset) ? Math.max(0, Number(reset) - now / 1000) : PATIENCE;
}

/** Returns whether a wait is short enough for a command; throws `FORGE_RATE_LIMITED` with the time otherwise. */
export function requirePatience(seconds: number, now: number, isLast: boolean, host: Host): void {
  if (seconds <= PATIENCE && !isLast) return;
  const at = new Date(now + Math.ceil(seconds) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  throw new EleventhError('FORGE_RATE_LIMITED', `${host.name} takes no more requests from this token until ${at}.`, {
    hint: `Run it again then, or with another token than the one from ${host.token.source}.`,
    details: { host: host.name, until: at },
  });
}
