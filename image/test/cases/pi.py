"""The Pi's image in QEMU's Raspberry Pi 3: the only case of that board."""

import os

import grubenv
from cases.smoke import DARK, FLAME, a_splash
from failure import check
from house import BOOT_S, DEADLINE_S
from machine import Machine, overlay

# That machine has no graphics chip, no network and no second port for a shell. And it is reset in the
# moment in which its watchdog is started, so the box has none here.
_KERNEL = (
    f"hearth.deadline={DEADLINE_S} systemd.journald.forward_to_console=1"
    " systemd.journald.max_level_console=info module_blacklist=bcm2835_wdt"
)
# The size of a card is a power of two.
_CARD_GB = 8


def pi(house):
    """The Pi's own image: U-Boot, the splash, and a slot that is confirmed without any display."""
    disk = overlay(house.image, os.path.join(house.folder, "pi.qcow2"), _CARD_GB)
    machine = _Pi(house.board, disk, house.folder, "pi")
    house.machines.append(machine)
    for name in ("u-boot.bin", "bcm2837-rpi-3-b.dtb"):
        with open(machine.own(name), "wb") as file:
            file.write(grubenv.boot_file(disk, name))
    machine.set_boot_variables(EXTRA=_KERNEL)
    machine.power_on()
    # The emulator takes red for blue here.
    a_splash(machine, FLAME[::-1], DARK[::-1])
    second, _ = machine.until_line("confirm.*: slot A is confirmed", BOOT_S)
    machine.cut_power()
    check(machine.boot_variables()["A_TRY"] == "0", "the start is still counted as a try")
    return f"confirmed after {second:.0f} s"


class _Pi(Machine):
    def own(self, name):
        """A file of this machine's boot partition, as its firmware reads it."""
        return os.path.join(self.folder, f"{self.name}-{name}")

    def _command(self):
        command = [self.board.program, *self.board.machine, "-display", "none", "-no-user-config"]
        command += ["-name", f"hearth-{self.name}"]
        command += ["-kernel", self.own("u-boot.bin"), "-dtb", self.own("bcm2837-rpi-3-b.dtb")]
        # A card is never told to flush.
        card = f"if=sd,format=qcow2,cache=writethrough,file={self.disk}"
        command += ["-drive", card, "-usb", "-device", "usb-kbd"]
        # The kernel speaks on the second port, as on a Pi; the first is the Bluetooth chip's.
        return [*command, *self._ports(), "-serial", "null", "-serial", "chardev:serial"]
