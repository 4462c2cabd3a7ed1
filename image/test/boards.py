"""The emulated computer for each board that an emulator can be."""

import os
import shutil
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Board:
    program: str
    machine: list
    # Without KVM: a processor that the emulator is quick at.
    cpu: str
    serial: str
    # The firmware's code, and the store of its variables, which each machine gets a copy of; none
    # where the image brings its own.
    firmware: str | None = None
    variables: str | None = None
    screen: str = ""
    watchdog: list = field(default_factory=list)
    # The processor of the builder that KVM may run this board on.
    native: str = ""
    memory_mb: int = 2048
    packages: list = field(default_factory=list)


def _amd64():
    return Board(
        program="qemu-system-x86_64",
        machine=["-M", "q35"],
        cpu="max",
        firmware="/usr/share/OVMF/OVMF_CODE_4M.fd",
        variables="/usr/share/OVMF/OVMF_VARS_4M.fd",
        screen="virtio-vga",
        # The chipset's own watchdog, as in most PCs.
        watchdog=["-global", "ICH9-LPC.noreboot=false"],
        serial="ttyS0",
        native="x86_64",
        packages=["qemu-system-x86", "qemu-utils", "ovmf"],
    )


def _arm64():
    return Board(
        program="qemu-system-aarch64",
        machine=["-M", "virt,gic-version=3"],
        cpu="cortex-a72",
        firmware="/usr/share/AAVMF/AAVMF_CODE.fd",
        variables="/usr/share/AAVMF/AAVMF_VARS.fd",
        screen="virtio-gpu-pci",
        watchdog=["-device", "i6300esb"],
        serial="ttyAMA0",
        native="aarch64",
        packages=["qemu-system-arm", "qemu-utils", "qemu-efi-aarch64"],
    )


def _raspi3b():
    return Board(
        program="qemu-system-aarch64",
        machine=["-M", "raspi3b"],
        cpu="cortex-a53",
        serial="ttyS1",
        packages=["qemu-system-arm", "qemu-utils"],
    )


BOARDS = {
    "generic-amd64": _amd64,
    "generic-arm64": _arm64,
    "qemu-arm64": _arm64,
    "rpi": _raspi3b,
}


def board(name):
    if name not in BOARDS:
        raise SystemExit(f"image-test: no emulator for board {name}; there are: {', '.join(BOARDS)}")
    found = BOARDS[name]()
    needed = filter(None, (shutil.which(found.program) or found.program, found.firmware, found.variables))
    missing = [path for path in needed if not os.path.exists(path)]
    if missing:
        raise SystemExit(
            f"image-test: {missing[0]} is not here; `.ci/setup image` installs {' '.join(found.packages)}"
        )
    return found
