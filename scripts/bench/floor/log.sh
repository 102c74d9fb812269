#!/bin/sh
# The least that plain git does to list the newest deployments. DIR the bare repository itself, BRANCH
set -eu
git -C "$DIR" log --max-count=20 --first-parent "$BRANCH" >/dev/null
