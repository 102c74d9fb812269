#!/bin/sh
# The least that plain git does to pin a build with nothing at hand: one commit without its files, a commit on it, a push.
# REPO its URL, BRANCH, PIN the path of the pin file, CONTENT a file with the new pin, WORK a folder that is not there yet
set -eu
git clone --quiet --bare --depth=1 --filter=blob:none --no-tags --single-branch --branch="$BRANCH" "$REPO" "$WORK"
cd "$WORK"
{
  printf 'commit refs/heads/%s\n' "$BRANCH"
  printf 'committer Bench <bench@example.com> now\ndata 4\nPin\n\nfrom refs/heads/%s^0\n' "$BRANCH"
  printf 'M 100644 inline %s\ndata %d\n' "$PIN" "$(wc -c <"$CONTENT")"
  cat "$CONTENT"
} | git fast-import --quiet --date-format=now
git push --quiet origin "$BRANCH"
