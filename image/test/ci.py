"""The image's part of `make test`: builds the image and runs the case `smoke`, when what is cached
on this builder lets both fit into the time there is; else it says why not. ci.py BOARD
"""

import os
import subprocess
import sys
import time

from variants import REPO

LIMIT_S = 20 * 60
# Quick to build; the box in it is the same.
PROFILE = "image-quick"
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "hearth-image")


def main(board):
    reason = why_not(board)
    if reason:
        print(f"image smoke test: left out, {reason}", flush=True)
        return 0
    subprocess.run([os.path.join(REPO, ".ci", "setup"), "image"], check=True)
    began = time.monotonic()
    subprocess.run(
        [os.path.join(REPO, "image", "build"), board],
        env=os.environ | {"HEARTH_PROFILE": PROFILE},
        check=True,
    )
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(["/usr/bin/python3", "-B", here, board, "smoke"], check=False)
    print(f"image smoke test: {time.monotonic() - began:.0f} s with the build", flush=True)
    return done.returncode


def why_not(board):
    """None: it fits."""
    if os.geteuid() != 0:
        return "building the image needs root"
    planned = subprocess.run(
        [os.path.join(REPO, "image", "build"), board],
        env=os.environ | {"HEARTH_PROFILE": PROFILE, "PLAN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if planned.returncode != 0:
        return f"the image cannot be built here: {planned.stderr.strip().splitlines()[-1]}"
    stages = [line.split() for line in planned.stdout.splitlines()]
    return judge(stages, known_smoke_s(board))


def judge(stages, smoke_s):
    """`stages`: name, and the seconds it took last when it must be made again, 0 when it is cached,
    `unknown` when it was never made here."""
    cold = [name for name, seconds in stages if seconds == "unknown"]
    if cold:
        return f"nothing is cached here of {', '.join(cold)} (`make image` fills the cache)"
    if smoke_s is None:
        return "it was never run here, so how long it takes is not known (`make image-test CASES=smoke`)"
    again = {name: int(seconds) for name, seconds in stages if int(seconds) > 0}
    total = sum(again.values()) + smoke_s
    if total > LIMIT_S:
        made = ", ".join(f"{name} {seconds} s" for name, seconds in again.items()) or "nothing"
        return f"it would take {total:.0f} s of the {LIMIT_S} there are (to be made: {made}; the test {smoke_s:.0f} s)"
    return None


def _kept(board):
    return os.path.join(CACHE, f"smoke-{board}.seconds")


def known_smoke_s(board):
    try:
        with open(_kept(board)) as file:
            return float(file.read())
    except FileNotFoundError:
        return None


def remember(board, seconds):
    os.makedirs(CACHE, exist_ok=True)
    with open(_kept(board), "w") as file:
        file.write(f"{seconds:.0f}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
