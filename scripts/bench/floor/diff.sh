#!/bin/sh
# The least that plain git does to see how two environments differ. DIR the bare repository itself, FROM and TO branches
set -eu
git -C "$DIR" diff --raw "$TO" "$FROM" -- apps >/dev/null
