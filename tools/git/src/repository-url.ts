import { createHash } from 'node:crypto';
import { EleventhError } from '@eleventh/core';
import { redact } from './redaction.ts';

/** Throws `BAD_REPOSITORY` for an address that Git would take for an option or hand to another program. */
export function assertRepositoryUrl(url: string): void {
  const problem = objection(url);
  if (problem === undefined) return;
  throw new EleventhError(
    'BAD_REPOSITORY',
    `The repository ${JSON.stringify(redact(url))} cannot be used: ${problem}.`,
    {
      hint: 'Give a URL (https://…, ssh://…), an SSH address (git@host:path) or the path of a folder.',
      exitCode: 2,
    },
  );
}

function objection(url: string): string | undefined {
  if (url === '') return 'it is empty';
  if (url.startsWith('-')) return 'it starts with a dash';
  if ([...url].some((character) => character < ' ' || character === '\u007f')) return 'it contains control characters';
  const helper = /^([A-Za-z0-9+.-]*)::/.exec(url)?.[1];
  if (helper !== undefined) return `remote helpers (${helper}::) are not allowed`;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1];
  if (scheme !== undefined && !/^(https?|ssh|git\+ssh|ssh\+git|git|file)$/i.test(scheme)) {
    return `the protocol ${scheme} is not one of https, http, ssh, git and file`;
  }
  return undefined;
}

/** Returns whether a repository is a folder of this machine, so that its server is started by the client. */
export function isLocal(url: string): boolean {
  // As Git reads it: a colon before the first slash makes it an SSH address.
  return /^file:\/\//i.test(url) || (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && !/^[^/]*:/.test(url));
}

/**
 * Returns the name of a repository's cache: the same for every way to write its URL, whoever logs in. Two repositories
 * that came to share one would only share objects, which are the same wherever they are.
 */
export function cacheName(url: string, number = 0): string {
  const remote = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)(.*)$/i.exec(url);
  const address =
    remote === null || remote[1]?.toLowerCase() === 'file://'
      ? url.replace(/^file:\/\//i, '').replace(/(?<=.)\/+$/, '')
      : `${remote[1]}${remote[2]?.replace(/^.*@/, '')}`.toLowerCase() +
        remote[3]?.replace(/\/+$/, '').replace(/\.git$/, '');
  return `${createHash('sha256').update(address).digest('hex')}${number === 0 ? '' : `.${number}`}.git`;
}
