import { EleventhError, listed } from '@eleventh/core';
import { anything } from './answer-forms.ts';
import type { Api } from './api.ts';
import type { ReviewRequest } from './forge.ts';
import type { Path } from './path.ts';

/**
 * Asks people and teams (`org/team`) for a review, as GitHub and Gitea take that; nobody can review what is their own. A
 * host that does not know or take one is told of, and no more: the request is there.
 */
export async function askReviewers(
  api: Api,
  at: Path,
  request: ReviewRequest,
  names: readonly string[],
): Promise<void> {
  const teams = names.filter((name) => name.includes('/')).map((name) => name.slice(name.indexOf('/') + 1));
  const people = names.filter((name) => !name.includes('/') && name !== request.author);
  if (teams.length + people.length === 0) return;
  try {
    await api.send('POST', at, { reviewers: people, team_reviewers: teams }, anything);
  } catch (error) {
    if (!(error instanceof EleventhError) || !TOLD.includes(error.code)) throw error;
    api.warn(`${listed([...people, ...teams])} could not be asked for a review: ${error.message}`);
  }
}

const TOLD = ['FORGE_REFUSED', 'FORGE_FORBIDDEN', 'FORGE_NOT_FOUND'];
