#!/bin/sh
# strace shows the tests which files the program writes. Where it cannot be had they look at open files instead.
set -eu

command -v strace >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests of what is written: strace …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends strace; } \
        >/dev/null || echo "strace cannot be installed; the tests look at open files instead" >&2
fi
