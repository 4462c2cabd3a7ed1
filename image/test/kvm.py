"""Whether KVM works here: by booting the image under it, for `/dev/kvm` may open and yet no kernel
print a line."""

import os
import platform
import json

from failure import Failure
from machine import Machine, overlay

PATIENCE_S = 90


def works(house, folder):
    """With the reason. The answer of the boot is kept for as long as this builder runs."""
    if platform.machine() != house.board.native:
        return False, f"{house.board_name} is no machine of this builder's kind"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False, "/dev/kvm is not here, or may not be opened"
    with open("/proc/sys/kernel/random/boot_id") as file:
        builder = file.read().strip()
    kept = os.path.join(folder, "kvm.json")
    if os.path.exists(kept):
        with open(kept) as file:
            known = json.load(file)
        if known["builder"] == builder:
            return known["works"], known["why"]
    booted, why = _boots(house)
    with open(kept, "w") as file:
        json.dump({"builder": builder, "works": booted, "why": why}, file)
    return booted, why


def _boots(house):
    disk = overlay(house.image, os.path.join(house.folder, "kvm.qcow2"))
    machine = Machine(house.board, disk, house.folder, "kvm", "kvm")
    machine.set_boot_variables(EXTRA=f"console={house.board.serial} loglevel=7")
    try:
        machine.power_on()
        second, _ = machine.until_line(r"Linux version|Kernel command line|systemd\[1\]", PATIENCE_S)
        return True, f"a kernel spoke after {second:.0f} s"
    except Failure as failure:
        first = str(failure).splitlines()[0].split(";")[0]
        return False, f"no kernel spoke under KVM ({first})"
    finally:
        machine.remove()
        os.unlink(disk)
