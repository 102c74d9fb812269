import { clean, gt, inc, parse, prerelease, type ReleaseType, valid } from 'semver';
import { usageError } from '../error.ts';
import { quoted } from './names.ts';
import { isRefName } from './ref-names.ts';

export type Bump = 'major' | 'minor' | 'patch';

const PLACE = '{version}';

/** Returns whether the text is a pattern of release tags: a tag name with `{version}` in it once. */
export function isTagPattern(pattern: string): boolean {
  return pattern.split(PLACE).length === 2 && isRefName(pattern.replace(PLACE, '1.2.3-rc.1'));
}

/** Returns the tag of a version: `v1.4.0` for `v{version}`. */
export function formatTag(pattern: string, version: string): string {
  return pattern.replace(PLACE, version);
}

/** Returns the SemVer version that a tag carries under a pattern, or null when it carries none. */
export function tagVersion(pattern: string, tag: string): string | null {
  const [before = '', after = ''] = pattern.split(PLACE);
  if (!tag.startsWith(before) || !tag.endsWith(after) || tag.length < before.length + after.length) return null;
  const text = tag.slice(before.length, tag.length - after.length);
  const version = parse(text);
  return version !== null && version.version === text ? text : null;
}

/** Returns whether a version is a release: it has no pre-release part. */
export function isRelease(version: string): boolean {
  return prerelease(version) === null;
}

/** Returns a SemVer version without a leading `v`, or throws `BAD_VERSION`. Build metadata is refused: Git tags and OCI tags cannot order by it. */
export function parseVersion(text: string): string {
  const version = text.length <= 100 && !text.includes('+') ? valid(clean(text.replace(/^v/, '')) ?? '') : null;
  if (version !== null && version === text.replace(/^v/, '')) return version;
  throw usageError(
    'BAD_VERSION',
    `${quoted(text)} is not a SemVer version.`,
    'Write three numbers, such as 2.3.1 (https://semver.org).',
  );
}

/** Returns the highest of some versions, or null for none. */
export function highest(versions: Iterable<string>): string | null {
  let best: string | null = null;
  for (const version of versions) if (best === null || gt(version, best)) best = version;
  return best;
}

/** Returns the version after `last`; the first release of all is 1.0.0. */
export function nextVersion(last: string | null, bump: Bump): string {
  return last === null ? '1.0.0' : (inc(last, bump as ReleaseType) ?? '1.0.0');
}

/** Returns the first free candidate of a version: `1.5.0-rc.1`, or one more than the highest there is. */
export function nextCandidate(version: string, existing: Iterable<string>): string {
  let number = 0;
  for (const other of existing) {
    const parsed = parse(other);
    if (parsed === null || `${parsed.major}.${parsed.minor}.${parsed.patch}` !== version) continue;
    const [word, count] = parsed.prerelease;
    if (word === 'rc' && typeof count === 'number') number = Math.max(number, count);
  }
  return `${version}-rc.${number + 1}`;
}
