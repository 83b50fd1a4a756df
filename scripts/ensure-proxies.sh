#!/bin/sh
# What the proxy examples, the pool and the benchmark of deliveries need beyond Python packages; they start their own.
# usage: ensure-proxies.sh NAME...   NAME: nginx, caddy, haproxy, or nchan (a module of nginx)
# Installs Debian's packages where the user may; else says in a sentence what to install.
set -eu

packages=""
# Debian has nginx where only administrators look for programs.
PATH="$PATH:/usr/sbin"
for name in "$@"; do
    case "$name" in
    nchan) [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || packages="$packages libnginx-mod-nchan" ;;
    *) command -v "$name" >/dev/null 2>&1 || packages="$packages $name" ;;
    esac
done
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing proxies:$packages …"
    # Debian starts a service when it installs one; nobody asked for a web server on port 80.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
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
echo "These packages are needed (by the names that Debian gives them):$packages." >&2
exit 1
