import { EleventhError } from '@eleventh/core';
import { cacheUnwritable } from './cache.ts';
import { redact } from './redaction.ts';

/** Why a conversation with a remote failed, as far as Git's complaint tells. */
export type FailureKind = keyof typeof HERE | keyof typeof THERE | 'broken';

// Git's words are English, since its locale is set. First what is wrong with the cache, …
const HERE = {
  unwritable:
    /No space left on device|Disk quota exceeded|File too large|Read-only file system|out of disk ?space|insufficient permission for adding an object to repository database|unable to create temporary file|could not write '.*' promisor file/i,
  damaged:
    /bad object|valid object|bad tree|corrupt|is missing|missing (blob|tree|commit|necessary objects)|unable to (read|parse)|unexpected line|packfile|pack has|index file|inflate|loose object|not send all necessary objects|pack-objects died|not a git repository|cannot change to/i,
};
// … then what is wrong with the remote. In this order: the first that fits.
const THERE = {
  forbidden: /transport '.*' not allowed/,
  absent:
    /does not appear to be a git repository|repository .*not found|returned error: 404|could not be found|does not exist/i,
  denied:
    /Permission denied|Authentication failed|could not read (Username|Password)|returned error: 40[13]|access denied|denied to|not authorized|not allowed to|insufficient permission|marked as read only|dubious ownership/i,
  unsupported: /does not support/,
  unconnected:
    /Could not resolve|Failed to connect|Couldn't connect|Connection refused|Network is unreachable|No route to host|certificate|Host key verification failed/i,
};

export function failureKind(stderr: string): FailureKind {
  // The server may complain about a disk or an object of its own, and helpers may say anything.
  const own = (stderr.match(/^(error|fatal): (?!remote (unpack failed|error):).*$/gm) ?? []).join('\n');
  // A name of the user's may be any word.
  const words = own.replace(/'[^'\n]*'/g, "''");
  const here = Object.entries(HERE).find(([, pattern]) => pattern.test(words));
  const there = Object.entries(THERE).find(([, pattern]) => pattern.test(stderr));
  return ((here ?? there)?.[0] ?? 'broken') as FailureKind;
}

// What Git prints after every failed connection, whatever the reason.
const GENERIC =
  /^(fatal: Could not read from remote repository\.|fatal: the remote end hung up unexpectedly|Please make sure you have the correct access rights|and the repository exists\.|fatal: early EOF|hint: .*|warning: .*)$/i;

/** Returns the line of Git's complaint that says most, without its `fatal:` and without secrets. */
export function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim());
  const spoken = lines.filter((line) => line !== '');
  const line = spoken.filter((candidate) => !GENERIC.test(candidate)).at(-1) ?? spoken[0] ?? 'git said nothing';
  return redact(line.replace(/^(fatal|error|remote): /i, ''));
}

/** Returns the error of a failed conversation: `PERMISSION_DENIED`, `REPOSITORY_NOT_FOUND`, `REPOSITORY_UNREACHABLE`, … */
export function transportError(url: string, stderr: string, cacheDirectory: string): EleventhError {
  const shown = redact(url);
  const failure = (code: string, sentence: string) =>
    new EleventhError(code, `${sentence}: ${lastWords(stderr)}`, {
      hint: `git ls-remote ${shown}`,
      details: { repository: shown },
    });
  switch (failureKind(stderr)) {
    case 'forbidden':
      return failure('BAD_REPOSITORY', `The repository ${shown} cannot be used`);
    case 'unwritable':
      return cacheUnwritable(cacheDirectory, HERE.unwritable.exec(stderr)?.[0] ?? lastWords(stderr));
    case 'absent':
      return new EleventhError('REPOSITORY_NOT_FOUND', `There is no Git repository at ${shown} that you may read.`, {
        hint: `git ls-remote ${shown}`,
        details: { repository: shown },
      });
    case 'denied':
      return failure('PERMISSION_DENIED', `The repository ${shown} may not be read`);
    case 'damaged':
      return failure('OBJECT_MISSING', `The cache of ${shown} is damaged`);
    default:
      return failure('REPOSITORY_UNREACHABLE', `The repository ${shown} cannot be reached`);
  }
}
