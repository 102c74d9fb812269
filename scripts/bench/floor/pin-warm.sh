#!/bin/sh
# The least that plain git does to pin a build when an earlier pin left its clone: the newest commit, a commit on it, a push.
# BRANCH, PIN the path of the pin file, CONTENT a file with the new pin, WORK the clone that pin-cold.sh made
set -eu
cd "$WORK"
git fetch --quiet --depth=1 --filter=blob:none --no-tags origin "+refs/heads/$BRANCH:refs/heads/$BRANCH"
{
  printf 'commit refs/heads/%s\n' "$BRANCH"
  printf 'committer Bench <bench@example.com> now\ndata 4\nPin\n\nfrom refs/heads/%s^0\n' "$BRANCH"
  printf 'M 100644 inline %s\ndata %d\n' "$PIN" "$(wc -c <"$CONTENT")"
  cat "$CONTENT"
} | git fast-import --quiet --date-format=now
git push --quiet origin "$BRANCH"
