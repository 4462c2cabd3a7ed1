# What every stage uses. Sourced, with the driver's variables in the environment.
set -euo pipefail
export LC_ALL=C.UTF-8

# The archives that this machine takes its own packages from; the image comes from there too.
archives() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed 's|/*$||' | sort -u; }

mirror() { archives | grep '/debian$' | head -n 1; }

# image/suites with these archives.
suites() {
    local security
    security=$(archives | grep -- '-security$' | head -n 1)
    [ -n "$(mirror)" ] || fail 'apt knows no Debian archive here: run apt-get update'
    sed "s|MIRROR|$(mirror)|; s|SECURITY|${security:-$(mirror)-security}|" "$IMAGE/suites"
}

say() { printf 'image: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Runs a command in a chroot: inside ROOT COMMAND…  Folders and files named in BINDS (one a line,
# "FROM TO" or "FROM TO ro") are mounted there, all in a namespace of its own, so that nothing is
# left mounted or running however it ends.
inside() {
    unshare --mount --propagation private --pid --fork --kill-child \
        "$IMAGE/enter" "$@" 9>&-
}
