"""Where the cases begin: a fresh box, or one that a household has already lived with."""

import hashlib
import json
import os
import shutil

import boards
import kvm
import variants
from box import Box
from channel import Channel
from failure import Failure
from machine import Machine, overlay
from network import Network
from variants import REPO

# A disk larger than the image: the data partition has something to grow into.
DISK_GB = 6
# The slowest emulation of a busy builder: a boot takes minutes. A time is never what is judged.
BOOT_S = 900
# Longer than the box's own, which real machines keep within.
DEADLINE_S = 1200


class House:
    def __init__(self, board, accel=None):
        self.board_name = board
        self.board = boards.board(board)
        self.images, self.image = variants.folder(board), variants.image(board)
        self.folder = os.path.join(REPO, "build", "image-test", board)
        os.makedirs(self.folder, exist_ok=True)
        self.network = Network()
        self.machines = []
        self.accel = accel or self._accel()
        self._channel = None

    def fresh(self, name, **parts):
        """A box just out of its wrapping, switched off."""
        return self._box(name, self.image, DISK_GB, **parts)

    def settled(self, name, **parts):
        """A box that is set up, with a paired phone and a film half watched; switched off."""
        disk = self._settled_disk()
        if not os.path.exists(disk):
            raise Failure("no settled box is kept; the case `smoke` leaves one")
        box = self._box(name, disk, None, **parts)
        with open(f"{disk}.json") as file:
            box.remember(json.load(file))
        return box

    def at_home(self, name, **parts):
        """That box, switched on and answering."""
        box = self.settled(name, **parts)
        box.machine.power_on()
        box.come_back(BOOT_S)
        return box

    def keep_settled(self, box):
        """What `settled` begins with from now on. The box is off."""
        disk = self._settled_disk()
        for old in os.listdir(self.folder):
            if old.startswith("settled-"):
                os.unlink(os.path.join(self.folder, old))
        shutil.copy(box.machine.disk, f"{disk}.new")
        with open(f"{disk}.json", "w") as file:
            json.dump(box.memory(), file)
        os.rename(f"{disk}.new", disk)

    def channel(self):
        if self._channel is None:
            self._channel = Channel(os.path.join(REPO, "build", "authority", "channel.key"))
        return self._channel

    @staticmethod
    def deadline_s():
        return DEADLINE_S

    def bundle(self, kind):
        """The path and the version of an update; see variants.py."""
        return variants.path(self.board_name, kind), variants.VERSIONS[kind]

    def identity(self):
        """Names the image that is tested."""
        state = os.stat(self.image)
        return hashlib.sha256(f"{state.st_size} {state.st_mtime_ns}".encode()).hexdigest()[:12]

    def end(self):
        """Whatever a case left running."""
        for machine in self.machines:
            machine.remove()
        self.machines.clear()
        self.network.plug()
        self.network.gives_addresses = True
        if self._channel:
            self._channel.on_bytes = lambda sent: None

    def _box(self, name, backing, size_gb, clock=None, display=True, twin=False, kernel=()):
        disk = os.path.join(self.folder, f"{name}.qcow2")
        overlay(backing, disk, size_gb)
        machine = Machine(self.board, disk, self.folder, name, self.accel)
        machine.network, machine.clock, machine.display = self.network, clock, display
        if twin:
            machine.twin = overlay(self.image, os.path.join(self.folder, f"{name}-twin.qcow2"), size_gb)
        # Of two of a name the later counts.
        words = (f"console={self.board.serial}", f"hearth.deadline={DEADLINE_S}", *kernel)
        machine.set_boot_variables(EXTRA=" ".join(words))
        self.machines.append(machine)
        return Box(machine)

    def _settled_disk(self):
        return os.path.join(self.folder, f"settled-{self.identity()}.qcow2")

    def _accel(self):
        works, why = kvm.works(self, os.path.join(REPO, "build", "image-test"))
        print(f"      {'KVM' if works else 'plain emulation'}: {why}", flush=True)
        return "kvm" if works else "tcg"
