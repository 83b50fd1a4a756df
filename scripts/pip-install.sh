#!/bin/sh
# Installs the pinned packages of a requirements file and this project itself (editable) into an environment.
# usage: pip-install.sh BIN REQUIREMENTS
set -eu
bin=$1
requirements=$2
echo "Installing $requirements …"
attempt=1
until "$bin/python" -m pip install --quiet --require-hashes --requirement "$requirements"; do
    # A package index that hiccups is no reason to fail a build; a wrong pin fails the same way three times.
    [ "$attempt" -lt 3 ] || exit 1
    sleep $((attempt * 5))
    attempt=$((attempt + 1))
done
# Only metadata and the `cti` script are written; the build backend is already there, so nothing else is fetched.
"$bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
