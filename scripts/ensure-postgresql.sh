#!/bin/sh
# What the registry's tests need beyond Python packages: PostgreSQL's programs; the tests start a server of their own.
# Installs Debian's package where the user may; else says in a sentence what to install.
set -eu

for place in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$place" ] && exit 0
done
command -v initdb >/dev/null 2>&1 && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the registry's tests: postgresql …"
    attempt=1
    until { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        postgresql; } >/dev/null; do
        [ "$attempt" -lt 3 ] || exit 1
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
    exit 0
fi
echo "The registry's tests need PostgreSQL's server programs (Debian's package: postgresql)." >&2
exit 1
