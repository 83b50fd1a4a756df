#!/bin/sh
# What the page tests need beyond Python packages: Chromium or Chrome, a library of Playwright's driver, openssl for
# throw-away certificates. Installs Debian's packages where the user may; else says in a sentence what to install.
set -eu

have_browser() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

have_libatomic() {
    for file in /usr/lib/*/libatomic.so.1 /usr/lib/libatomic.so.1 /usr/lib64/libatomic.so.1; do
        [ -e "$file" ] && return 0
    done
    # Only Linux needs it.
    [ "$(uname)" != Linux ]
}

packages=""
have_browser || packages="chromium fonts-dejavu-core fonts-liberation"
have_libatomic || packages="$packages libatomic1"
command -v openssl >/dev/null 2>&1 || packages="$packages openssl"
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the page tests: $packages …"
    attempt=1
    # shellcheck disable=SC2086 # a list of packages
    until { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $packages; } >/dev/null; do
        [ "$attempt" -lt 3 ] || exit 1
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
    exit 0
fi
echo "The page tests need these packages (Debian's names): $packages. CHROMIUM=/path/to/it names another browser." >&2
exit 1
