"""Tests the appliance's very image in an emulator: image/test BOARD CASE…, without a case all.

A case is a function in cases/ that tells what a household does with its box. Each prints one line;
its serial log, journal and pictures lie in build/image-test/BOARD.
"""

import signal
import sys
import time
import traceback

import ci
import network
import variants
from bench import bench
from cases import CASES, CASES_OF_A_PI, NEEDS
from failure import Failure
from house import House


def main():
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        print("Cases:")
        for name, case in (CASES | CASES_OF_A_PI).items():
            print(f"  {name:13} {case.__doc__.splitlines()[0]}")
        return 0 if words else 2
    board = words[0]
    cases = CASES_OF_A_PI if board == "rpi" else CASES
    names = words[1:] or list(cases)
    measures = names == ["bench"]
    unknown = [name for name in names if name not in cases]
    if unknown and not measures:
        print(f"image-test: no case {', '.join(unknown)} of {board}; there are: {', '.join(cases)}")
        return 2
    if not network.inside():
        needed = {kind for name in names for kind in NEEDS.get(name, ())}
        variants.make(board, {"good"} if measures else needed)
        network.enter()
    # Whoever ends this ends its emulators too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    house = House(board)
    if measures:
        try:
            for table in bench(house):
                print(table, flush=True)
        finally:
            house.end()
        return 0
    return run(house, cases, names)


def run(house, cases, names):
    failed = []
    for name in names:
        began = time.monotonic()
        try:
            outcome = cases[name](house) or ""
            state = "ok"
        except Exception as failure:  # Whatever it is, the other cases are still run.
            state, outcome = "FAILED", str(failure) if isinstance(failure, Failure) else repr(failure)
            failed.append(name)
            _keep(house, name, failure)
        finally:
            house.end()
        if name == "smoke" and state == "ok":
            ci.remember(house.board_name, time.monotonic() - began)
        print(f"{state:6} {name:13} {time.monotonic() - began:5.0f} s  {outcome}", flush=True)
    return 1 if failed else 0


def _keep(house, name, failure):
    """What the screen showed last, and where in the driver it was."""
    with open(f"{house.folder}/{name}.failure", "w") as file:
        traceback.print_exception(failure, file=file)
    for machine in house.machines:
        if machine.running() and machine.display:
            try:
                machine.keep_picture("failed")
            except Exception as trouble:  # The emulator itself may be what failed.
                print(f"      no picture: {trouble}")


if __name__ == "__main__":
    sys.exit(main())
