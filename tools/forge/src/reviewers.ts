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
  const asked = names.filter((name) => name !== request.author);
  if (asked.length === 0 || (await areTaken(api, at, asked))) return;
  // Hosts take all or none.
  const refused: string[] = [];
  for (const name of asked) if (asked.length === 1 || !(await areTaken(api, at, [name]))) refused.push(name);
  if (refused.length > 0) api.warn(`${listed(refused)} could not be asked for a review: the host does not take them`);
}

async function areTaken(api: Api, at: Path, names: readonly string[]): Promise<boolean> {
  const teams = names.filter((name) => name.includes('/')).map((name) => name.slice(name.indexOf('/') + 1));
  const people = names.filter((name) => !name.includes('/'));
  try {
    await api.send('POST', at, { reviewers: people, team_reviewers: teams }, anything);
    return true;
  } catch (error) {
    if (error instanceof EleventhError && TOLD.includes(error.code)) return false;
    throw error;
  }
}

const TOLD = ['FORGE_REFUSED', 'FORGE_FORBIDDEN', 'FORGE_NOT_FOUND'];
