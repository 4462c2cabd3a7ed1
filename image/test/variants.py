"""Updates of the image under test, made by the image's own build: the same root with another
version, and with the files of variants/KIND laid over it.

Building needs a real root and mounts, so it is done before the driver enters its namespace.
"""

import json
import os
import subprocess

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VERSIONS = {"good": "9.1.0", "bad": "9.2.0", "hang": "9.3.0", "crash": "9.4.0"}


def folder(board):
    return os.path.join(REPO, "build", "image", board)


def image(board):
    path = os.path.join(folder(board), f"hearth-{board}.img")
    if not os.path.exists(path):
        raise SystemExit(f"image-test: {path} is not here; make image BOARD={board}")
    return path


def path(board, kind):
    return os.path.join(folder(board), kind, f"hearth-{board}.raucb")


def make(board, kinds):
    """Each that is older than the image."""
    made = os.path.getmtime(image(board))
    with open(os.path.join(folder(board), "report.json")) as file:
        profile = json.load(file)["profile"]
    for kind in sorted(kinds):
        bundle = path(board, kind)
        if os.path.exists(bundle) and os.path.getmtime(bundle) > made:
            continue
        print(f"      making the update `{kind}` ({VERSIONS[kind]})", flush=True)
        environment = os.environ | {
            "VERSION": VERSIONS[kind],
            "HEARTH_PROFILE": profile,
            "VARIANT": os.path.join(os.path.dirname(os.path.abspath(__file__)), "variants", kind),
        }
        log = os.path.join(folder(board), f"{kind}.log")
        with open(log, "w") as said:
            build = [os.path.join(REPO, "image", "build"), board]
            done = subprocess.run(build, env=environment, stdout=said, stderr=said, check=False)
        if done.returncode != 0 or not os.path.exists(bundle):
            raise SystemExit(f"image-test: the update `{kind}` could not be made; see {log}")
