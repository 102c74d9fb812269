#!/bin/sh
# The start of Node with nothing to do
exec node -e 0
