#!/bin/sh
# Puts a Debian system with Asterisk into a folder, for the live tests (docs/development/asterisk-lab.md).
#
#   tests/live/provision_asterisk.sh
#
# Debian 12 has no asterisk package. Debian sid has Asterisk 22; on a day when sid cannot install it, Debian 11
# (bullseye) with Asterisk 16 takes its place. Progress goes to stdout, whose last line is the folder. A complete
# folder is used again as it is: delete it to build afresh.
#
#   CTI_ASTERISK_ROOT    the folder          (default: ${XDG_CACHE_HOME:-$HOME/.cache}/cti-adapter/asterisk-sid)
#   CTI_ASTERISK_SUITES  what to try, in order                                           (default: sid bullseye)
#   CTI_DEBIAN_MIRROR    the archive to use    (default: this machine's own, else debootstrap's built-in default)
#
# Exit code 3: it cannot be done here; one sentence on stderr says what is missing.
set -eu

root=${CTI_ASTERISK_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/cti-adapter/asterisk-sid}
suites=${CTI_ASTERISK_SUITES:-sid bullseye}
partial=$root.partial
log=$root.log
stamp=cti-adapter.stamp # in a complete folder: which suite, which Asterisk
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

say() { printf '%s\n' "$*"; }

# One sentence on stderr, nothing else; also kept beside the folder, so that the tests can repeat it (CI's last lines).
give_up() {
    printf '%s\n' "$*" >&2
    { printf '%s\n' "$*" >"$root.unavailable"; } 2>/dev/null || :
    exit 3
}

# retry COMMAND...: three attempts with pauses of 5 and 15 seconds, for steps that need the network.
retry() {
    for pause in 5 15 0; do
        "$@" >>"$log" 2>&1 && return 0
        [ "$pause" -eq 0 ] || say "  failed, again in $pause s: $*"
        sleep "$pause"
    done
    return 1
}

# The archive this machine installs from: the first entry for its own release, component main. apt itself reads
# sources.list and sources.list.d here, in both formats. Security and third-party archives have another release.
machine_mirror() {
    command -v apt-get >/dev/null || return 0
    # $(...) in the format are names of apt's, not of the shell.
    # shellcheck disable=SC2016
    apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' \
        2>/dev/null | awk -v own="${VERSION_CODENAME:-?}" '$1 == own && $2 == "main" && $3 ~ /^https?:/ { print $3; exit }'
}

# apart COMMAND...: in a mount namespace of its own where the kernel allows it, so that what debootstrap mounts
# (proc) ends with the command, even with an interrupted one, and nothing has to be unmounted by us.
apart() {
    if unshare --mount true 2>/dev/null; then unshare --mount "$@"; else "$@"; fi
}

forget_partial() {
    # --one-file-system: should a proc of an interrupted run still be mounted below, it is left alone.
    rm -rf --one-file-system "$partial"
}

# debootstrap does not continue a half-made folder, therefore each attempt starts from nothing.
bootstrap() {
    forget_partial && mkdir -p "$partial"
    # An https mirror needs authorities inside, and minbase has none. An empty $mirror is debootstrap's own default.
    apart debootstrap --variant=minbase --include=ca-certificates "$1" "$partial" ${mirror:+"$mirror"}
}

install_asterisk() {
    # No daemon may be started by a package inside the folder.
    printf '#!/bin/sh\nexit 101\n' >"$partial/usr/sbin/policy-rc.d" && chmod 755 "$partial/usr/sbin/policy-rc.d"
    # A mirror that lags by more than a week serves a sid whose Release file is past its Valid-Until date. That date
    # guards against old packages with known holes; the signature, which is still checked, against foreign ones.
    # debootstrap does not look at the date either, and this Asterisk only ever talks to 127.0.0.1.
    apart chroot "$partial" apt-get -o Acquire::Check-Valid-Until=false update &&
        apart chroot "$partial" apt-get install -y --no-install-recommends asterisk &&
        chroot "$partial" asterisk -V
}

make_small() {
    chroot "$partial" apt-get clean &&
        rm -rf "$partial"/var/lib/apt/lists/* "$partial"/usr/share/doc "$partial"/usr/share/man "$partial"/usr/share/locale
}

# The rename comes last and is one step: a folder of that name is complete.
finish() {
    make_small && { say "$1" && chroot "$partial" asterisk -V; } >"$partial/$stamp" && mv "$partial" "$root"
}

build() {
    say "Debian $1 into $root (details: $log)"
    retry bootstrap "$1" || { why="debootstrap cannot fetch Debian $1 from ${mirror:-its default mirror}"; return 1; }
    retry install_asterisk || { why="Debian $1 cannot install asterisk today"; return 1; }
    finish "$1" || { why="$root cannot be written"; return 1; }
}

[ "$(id -u)" -eq 0 ] || give_up "The Asterisk folder needs root (debootstrap and chroot); this user is not root."
mkdir -p "$(dirname "$root")" || give_up "The folder $(dirname "$root") cannot be written."

# One builder at a time; the second one waits and finds the folder complete.
if command -v flock >/dev/null; then
    exec 9>"$root.lock"
    flock 9
fi

if [ ! -f "$root/$stamp" ]; then
    # Only an empty folder may be replaced: this one may be anything, were CTI_ASTERISK_ROOT mistyped.
    [ ! -e "$root" ] || rmdir "$root" 2>/dev/null ||
        give_up "The folder $root exists, is not empty and was not made by this script."
    : >"$log"
    if ! command -v debootstrap >/dev/null; then
        command -v apt-get >/dev/null || give_up "debootstrap is not installed and there is no apt-get to install it."
        say "Installing debootstrap"
        { retry apt-get update && retry apt-get install -y --no-install-recommends debootstrap; } ||
            give_up "debootstrap is not installed and apt-get cannot install it (see $log)."
    fi
    # shellcheck source=/dev/null # gives VERSION_CODENAME
    [ ! -r /etc/os-release ] || . /etc/os-release
    mirror=${CTI_DEBIAN_MIRROR:-$(machine_mirror)}
    trap forget_partial EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    why="" reasons=""
    for suite in $suites; do
        build "$suite" && break
        reasons="${reasons:+$reasons; }$why"
        say "  $why"
    done
    [ -f "$root/$stamp" ] || give_up "No Asterisk: $reasons (see $log)."
fi
rm -f "$root.unavailable"

{
    read -r suite
    read -r version
} <"$root/$stamp"
say "$version, Debian $suite"
say "$root"
