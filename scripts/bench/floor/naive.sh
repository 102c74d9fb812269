#!/bin/sh
# What a CI job does today: clone, edit, commit, push; when somebody was faster, rebase and try again.
# REPO its URL, BRANCH, PIN the path of the pin file, IMAGE and DIGEST of the build, TAG its commit, EDITOR_OF_YAML one of
# kustomize, yq, sed; WORK a folder that is not there yet.
set -eu
git clone --quiet --depth=1 --branch="$BRANCH" "$REPO" "$WORK"
cd "$WORK"
case "$EDITOR_OF_YAML" in
kustomize) (cd "$(dirname "$PIN")" && kustomize edit set image "$IMAGE=$IMAGE:$TAG@$DIGEST") ;;
yq) TAG="$TAG" DIGEST="$DIGEST" yq -i '.images[0].newTag = strenv(TAG) | .images[0].digest = strenv(DIGEST)' "$PIN" ;;
sed) sed -i.bak -e "s|newTag:.*|newTag: \"$TAG\"|" -e "s|digest:.*|digest: \"$DIGEST\"|" "$PIN" && rm "$PIN.bak" ;;
esac
git commit --quiet --message="Pin $PIN" "$PIN"
until git push --quiet origin "$BRANCH" 2>/dev/null; do
  # Somebody may be faster again while this one fetches, or a rebase may be in the way: the loop goes on either way.
  git pull --quiet --rebase origin "$BRANCH" 2>/dev/null || git rebase --abort 2>/dev/null || true
done
