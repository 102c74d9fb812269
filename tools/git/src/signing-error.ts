import { EleventhError } from '@eleventh/core';

/** Returns the error of something that cannot be signed. @param reason without an end. */
export function signingFailed(
  reason: string,
  hint = 'git config --get-regexp "^(user.signingkey|gpg|commit.gpgsign)"',
): EleventhError {
  return new EleventhError(
    'SIGNING_FAILED',
    `The signature that Git's configuration asks for cannot be made: ${reason}.`,
    {
      hint,
    },
  );
}
