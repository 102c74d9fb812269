#!/bin/sh
# The least that plain git does to see what runs where: every file of the environments. DIR the bare repository itself
set -eu
for branch in env/staging env/preprod env/prod; do
  git -C "$DIR" ls-tree -r "$branch"
done >/dev/null
