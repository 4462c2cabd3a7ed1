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

# Unpacks the source of one of trixie's packages into $OUT/source/tree. It is held by the archive's
# signature, as the packages of the root are, and so comes with their security updates.
debian_source() {
    mkdir -p "$OUT/source"
    suites | sed '/-backports /d; s/^deb /deb-src /' >"$OUT/source/suites"
    BINDS="$OUT/source /source" inside "$TOOLS/root" sh -euc '
        mkdir -p /tmp/lists/partial
        cd /source
        apt="apt-get -qq -o Dir::Etc::SourceList=/source/suites -o Dir::Etc::SourceParts=/nowhere -o Dir::State::Lists=/tmp/lists -o APT::Sandbox::User=root"
        $apt update
        $apt source --download-only "$1"
        dpkg-source --extract ./*.dsc tree
        echo "$1 $(dpkg-parsechangelog -l tree/debian/changelog -S Version)" >version
    ' sh "$1" >"$OUT/log" 2>&1 || fail "the source of $1 could not be had:
$(tail -n 15 "$OUT/log")"
}

# Leaves of a stage that has built such a source what shed and manifest take: $OUT/files, the Debian
# packages that it stands for, and its name and version. Its licence goes with the files.
replaces() {
    local name
    mv "$OUT/source/version" "$OUT/version"
    read -r name _ <"$OUT/version"
    printf '%s\n' "$@" >"$OUT/replaces"
    install -D -m 644 "$OUT/source/tree/debian/copyright" "$OUT/files/usr/share/doc/$name/copyright"
    rm -rf "$OUT/source" "$OUT/build"
}
