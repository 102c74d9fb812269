#!/bin/sh
# The least that plain git does to promote: the newest commit of both branches, the tree of the one on the other, a push.
# FROM and TO branches, WORK a bare clone of both
set -eu
cd "$WORK"
git fetch --quiet --depth=1 --filter=blob:none --no-tags origin "+refs/heads/$FROM:refs/heads/$FROM" "+refs/heads/$TO:refs/heads/$TO"
git update-ref "refs/heads/$TO" "$(git commit-tree -m Promote -p "$TO" "$FROM^{tree}")"
git push --quiet origin "$TO"
