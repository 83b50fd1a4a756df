#!/bin/sh
# Installs the pinned tools of package-lock.json that check the page; tried again when the index hiccups. Not `npm ci`,
# which wants the programs of all platforms in the lock file, also of those that an index does not carry.
# usage: npm-install.sh BIN
set -eu
bin=$(cd "$1" && pwd)
echo "Installing package-lock.json …"
# A company's own certificate authority is known to the system, and to node only when it is told to look there.
export NODE_USE_SYSTEM_CA=1
attempt=1
until PATH="$bin:$PATH" "$bin/npm" install --no-save --loglevel=error; do
    [ "$attempt" -lt 3 ] || exit 1
    sleep $((attempt * 5))
    attempt=$((attempt + 1))
done
