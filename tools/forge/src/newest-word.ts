import type { Review } from './forge.ts';

/** Returns the newest word of each person, the oldest first. */
export function newestOfEach<T extends Pick<Review, 'login' | 'at'>>(reviews: readonly T[]): T[] {
  const sorted = [...reviews].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const newest = new Map<string, T>();
  for (const review of sorted) {
    newest.delete(review.login);
    newest.set(review.login, review);
  }
  return [...newest.values()];
}
