#!/bin/sh
# Finds a Chromium or Chrome for the page tests; installs Debian's where the user may; else says what to install.
set -eu
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable chrome microsoft-edge; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    attempt=1
    until { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core fonts-liberation; } >/dev/null; do
        [ "$attempt" -lt 3 ] || break
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
    command -v chromium >/dev/null 2>&1 && exit 0
fi
echo "The page tests need Chromium: install the package 'chromium' (Debian, Ubuntu), Chrome or Edge, or set CHROMIUM=/path/to/it." >&2
exit 1
