# What every stage uses. Sourced, with the driver's variables in the environment.
set -euo pipefail
export LC_ALL=C.UTF-8

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
