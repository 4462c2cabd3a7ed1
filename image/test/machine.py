"""An emulated computer with the very image in it: power, serial port, screen and keys.

The disk is an overlay over the image (or over another machine's disk), so nothing of a run is
left in the image, and a state that took minutes to reach is a start for many cases. Pulling the
plug is SIGKILL to the emulator's own process.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import grubenv
from failure import Failure
from picture import Picture
from serial_port import SerialPort, connect
from shell import JOURNAL_PORT, SHELL_PORT, Shell, credentials

SCREEN = (1280, 720)


def overlay(backing, path, size_gb=None):
    """A disk that keeps only what differs from `backing`."""
    kind = "qcow2" if backing.endswith(".qcow2") else "raw"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", os.path.abspath(backing)]
    command += ["-F", kind, path] + ([f"{size_gb}G"] if size_gb else [])
    subprocess.run(command, check=True)
    return path


class Machine:
    """`disk` is its own: whoever makes a machine gives it an overlay."""

    def __init__(self, board, disk, folder, name, accel="tcg"):
        self.board, self.disk, self.folder, self.name = board, disk, folder, name
        self.accel = accel
        self.display = True
        # What the clock says at power-on, like 1999-01-01T00:00:00; none: the real time.
        self.clock = None
        self.network = None
        # A second disk, which the box sees first.
        self.twin = None
        self.process = self.serial = self.journal = self.shell = None
        self.starts = 0
        os.makedirs(folder, exist_ok=True)
        self._variables = os.path.join(folder, f"{name}-variables.fd")
        if board.variables:
            shutil.copy(board.variables, self._variables)
        # Socket paths are limited to 108 bytes, so they don't lie in `folder`.
        self._sockets = tempfile.mkdtemp(prefix="hearth-vm-")

    # Power

    def power_on(self):
        if self.running():
            raise Failure("it is switched on already")
        self.starts += 1
        self.started_at = time.monotonic()
        for name in os.listdir(self._sockets):
            os.unlink(os.path.join(self._sockets, name))
        log = os.path.join(self.folder, f"{self.name}-{self.starts}")
        with open(f"{log}.emulator", "w") as said:
            self.process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        try:
            self.serial = SerialPort(self._socket("serial"), f"{log}.serial", self.started_at)
            self.journal = SerialPort(self._socket("journal"), f"{log}.journal", self.started_at)
            self.shell = Shell(self._socket("shell"))
            self._qmp = connect(self._socket("qmp")).makefile("rwb")
            self._qmp.readline()
            self._ask("qmp_capabilities")
        except (Failure, OSError):
            self.cut_power()
            with open(f"{log}.emulator") as said:
                raise Failure(f"the emulator does not start: {said.read().strip()}") from None

    def cut_power(self):
        """The plug is pulled. What the disk had not been told to flush may be lost."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def until_off(self, timeout_s):
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"it is not off after {timeout_s} s") from None
        self._close()

    def press_power(self):
        self._ask("system_powerdown")

    def running(self):
        return self.process is not None and self.process.poll() is None

    def seconds(self):
        """Since power-on."""
        return time.monotonic() - self.started_at

    def cpu_seconds(self):
        """Of the emulator, on the builder."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def remove(self):
        self.cut_power()
        shutil.rmtree(self._sockets, ignore_errors=True)

    # What it says

    def until_line(self, pattern, timeout_s, since=0):
        return self.serial.until(pattern, timeout_s, since, alive=self.running)

    def until_journal(self, pattern, timeout_s, since=0):
        return self.journal.until(pattern, timeout_s, since, alive=self.running)

    # Screen and keys

    def look(self):
        path = os.path.join(self._sockets, "screen.ppm")
        self._ask("screendump", filename=path)
        return Picture.read_ppm(path)

    def keep_picture(self, name):
        """A PNG beside the logs, for people."""
        path = os.path.join(self.folder, f"{self.name}-{name}.png")
        self.look().write_png(path)
        return path

    def key(self, *codes):
        """QEMU's key names: `down`, `ret`, `esc`; several are pressed together."""
        keys = [{"type": "qcode", "data": code} for code in codes]
        self._ask("send-key", keys=keys)

    def plug(self, name, file):
        """A USB stick with the bytes of `file`, read-only."""
        self._ask(
            "blockdev-add",
            **{"driver": "raw", "node-name": name, "read-only": True}
            | {"file": {"driver": "file", "filename": file, "read-only": True}},
        )
        self._ask("device_add", driver="usb-storage", id=name, drive=name)

    def unplug(self, name):
        self._ask("device_del", id=name)

    def disk_written_bytes(self):
        """What the box wrote to its disk since power-on."""
        stats = self._ask("query-blockstats")
        return sum(
            one["stats"]["wr_bytes"] for one in stats if one.get("qdev", "").startswith("/machine")
        )

    # Disk, while it is off

    def boot_variables(self):
        return grubenv.read(self.disk)

    def set_boot_variables(self, **values):
        if self.running():
            raise Failure("the disk is in use")
        grubenv.write(self.disk, values)

    # Inside

    def _socket(self, name):
        return os.path.join(self._sockets, name)

    def _ports(self):
        """What `power_on` connects with."""
        ports = ["-qmp", f"unix:{self._socket('qmp')},server=on,wait=off"]
        for name in ("serial", "journal", "shell"):
            ports += ["-chardev", f"socket,id={name},path={self._socket(name)},server=on,wait=on"]
        return ports

    def _command(self):
        board = self.board
        accel = ["-accel", "tcg,thread=multi", "-cpu", board.cpu]
        if self.accel == "kvm":
            accel = ["-accel", "kvm", "-cpu", "host"]
        command = [board.program, *board.machine, *accel]
        command += ["-smp", "2", "-m", str(board.memory_mb), "-nodefaults", "-display", "none"]
        command += ["-name", f"hearth-{self.name}", "-no-user-config"]
        command += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={board.firmware}"]
        command += ["-drive", f"if=pflash,format=raw,unit=1,file={self._variables}"]
        if self.twin:
            command += ["-drive", f"if=none,id=twin,format=qcow2,file={self.twin}"]
            command += ["-device", "virtio-blk-pci,drive=twin,serial=twin"]
        # No -snapshot and no cache=unsafe: a flush of the box is a flush here.
        command += ["-drive", f"if=none,id=disk,format=qcow2,discard=unmap,file={self.disk}"]
        command += ["-device", "virtio-blk-pci,drive=disk,bootindex=1,serial=own"]
        command += ["-device", "virtio-rng-pci", "-device", "qemu-xhci", *board.watchdog]
        command += ["-device", "usb-kbd"]
        if self.display:
            width, height = SCREEN
            command += ["-device", f"{board.screen},xres={width},yres={height}"]
        if self.network:
            command += self.network.arguments()
        if self.clock:
            command += ["-rtc", f"base={self.clock}"]
        command += [*self._ports(), "-serial", "chardev:serial"]
        command += ["-device", "virtio-serial-pci"]
        for chardev, port in (("shell", SHELL_PORT), ("journal", JOURNAL_PORT)):
            command += ["-device", f"virtserialport,chardev={chardev},name={port}"]
        for text in credentials():
            command += ["-smbios", f"type=11,value={text}"]
        return command

    def _ask(self, task, **arguments):
        request = {"execute": task} | ({"arguments": arguments} if arguments else {})
        self._qmp.write(json.dumps(request).encode() + b"\n")
        self._qmp.flush()
        while True:
            line = self._qmp.readline()
            if not line:
                raise Failure(f"the emulator ended while it was asked for {task}")
            answer = json.loads(line)
            if "error" in answer:
                raise Failure(f"{task}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def _close(self):
        for part in (self.serial, self.journal, self.shell):
            if part:
                part.close()
        self.process = None
