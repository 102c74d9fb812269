#!/bin/sh
# The least that plain git does to say what every deployment changed. DIR the bare repository itself
set -eu
git -C "$DIR" log --raw env/staging env/preprod env/prod >/dev/null
