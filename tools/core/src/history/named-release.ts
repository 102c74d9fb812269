import { usageError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { quoted } from '../names/names.ts';
import { nameHint } from '../names/suggestion.ts';
import { isRelease, tagVersion } from '../names/version.ts';
import type { View } from './snapshot.ts';
import { type DatedRelease, datedRelease, releasesOnLine, timeline } from './timeline.ts';
import type { Workspace } from './workspace.ts';

/** A release that somebody named, and the environment that deploys it. */
export interface NamedRelease {
  readonly environment: Environment;
  readonly version: string;
  readonly dated: DatedRelease;
}

/** Returns the release of that name. Throws `UNKNOWN_RELEASE`, and `NOT_A_RELEASE` for another tag. */
export async function findRelease(view: View, workspace: Workspace, tag: string): Promise<NamedRelease> {
  for (const environment of workspace.environments) {
    const version = releaseVersionOf(environment, tag);
    if (version === null) continue;
    const line = await timeline(view, workspace, environment);
    const found = releasesOnLine(view, environment, line).find(({ release }) => release.tag === tag);
    if (found !== undefined) return { environment, version, dated: await datedRelease(view, found) };
  }
  if (view.refs.tags.has(tag)) {
    throw usageError(
      'NOT_A_RELEASE',
      `The tag ${quoted(tag)} is no release: it stands on no commit of an environment that releases such tags.`,
      `eleventh show ${tag}`,
    );
  }
  throw usageError(
    'UNKNOWN_RELEASE',
    `There is no release ${quoted(tag)}.`,
    nameHint(tag, releaseTags(view, workspace)),
  );
}

/** Returns the tags that look like releases, newest first as far as names tell. */
export function releaseTags(view: View, workspace: Workspace): string[] {
  const isNamedSo = (tag: string) => workspace.environments.some((one) => releaseVersionOf(one, tag) !== null);
  return [...view.refs.tags.keys()].filter(isNamedSo).reverse();
}

/** Returns the version that a tag releases in an environment, or null where it is not of that form. */
function releaseVersionOf({ release }: Environment, tag: string): string | null {
  const version = release === undefined ? null : tagVersion(release.tag, tag);
  return version !== null && isRelease(version) ? version : null;
}
