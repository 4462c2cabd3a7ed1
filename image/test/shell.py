"""A root shell in the box, over a port of its own.

The image holds nothing for it: the emulator hands two units to systemd as credentials in the
machine's SMBIOS strings (systemd.system-credentials(7)), one that answers commands and one that
writes the journal, each on a virtio port. Who can set a machine's SMBIOS strings owns that machine
anyway. No consoles: systemd puts a login on every console that it finds.
"""

import base64
import socket
import threading
import time

from failure import Failure
from serial_port import connect

SHELL_PORT = "hearth-test-shell"
JOURNAL_PORT = "hearth-test-journal"

# The ports' devices by their names, before udev has linked them.
_OPEN = (
    "for port in /sys/class/virtio-ports/*; do "
    "read -r name < $port/name && [ $name = {port} ] && exec 3<>/dev/$(basename $port); "
    "done; "
)

# One line is one command: an id and base64 of the command; the answer likewise, with its status.
_ANSWER = (
    "echo hello >&3; "
    "while read -r id text <&3; do "
    "printf %s $text | base64 -d > /run/hearth-test.sh; "
    "sh /run/hearth-test.sh > /run/hearth-test.out 2>&1 < /dev/null 3>&-; "
    "printf '%s %s %s\\n' $id $? $(base64 -w0 /run/hearth-test.out) >&3; "
    "done"
)

_UNIT = """\
[Unit]
Description={name}
DefaultDependencies=no
After=systemd-journald.service
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c "{script}"
Restart=always
RestartSec=1
"""

_WANTS = f"""\
[Unit]
Wants={SHELL_PORT}.service {JOURNAL_PORT}.service
"""


def _unit(name, script):
    script = (_OPEN.format(port=name) + script).replace("%", "%%").replace("$", "$$")
    return _UNIT.format(name=name, script=script)


def credentials():
    """The strings for `-smbios type=11,value=…`."""
    journal = "exec journalctl -b -f -n all -o short-monotonic --no-hostname >&3"
    texts = {
        f"systemd.extra-unit.{SHELL_PORT}.service": _unit(SHELL_PORT, _ANSWER),
        f"systemd.extra-unit.{JOURNAL_PORT}.service": _unit(JOURNAL_PORT, journal),
        "systemd.unit-dropin.sysinit.target": _WANTS,
    }
    for name, text in texts.items():
        encoded = base64.b64encode(text.encode()).decode()
        yield f"io.systemd.credential.binary:{name}={encoded}"


class Shell:
    def __init__(self, path):
        self._socket = connect(path)
        self._socket.settimeout(1)
        self._buffer = b""
        self._lock = threading.Lock()
        self._count = 0

    def run(self, command, timeout_s=120, check=True):
        """What the command wrote. The shell may not be there yet: it is asked again each second."""
        return self.read(command, timeout_s, check).decode("utf-8", "replace")

    def read(self, command, timeout_s=120, check=True):
        # What is sent before the shell is there may come twice. So it is woken by what does nothing.
        self._ask("true", timeout_s, check=True)
        return self._ask(command, timeout_s, check)

    def _ask(self, command, timeout_s, check):
        with self._lock:
            self._count += 1
            name = f"q{self._count}"
            line = f"{name} {base64.b64encode(command.encode()).decode()}\n".encode()
            end = time.monotonic() + timeout_s
            self._socket.sendall(line)
            while True:
                answer = self._line(min(end, time.monotonic() + 5))
                if answer and answer.strip() == b"hello":
                    # It has just started: what was sent before is lost.
                    self._socket.sendall(line)
                elif answer:
                    words = answer.strip().split(b" ")
                    if words[0] == name.encode():
                        return _answered(command, words, check)
                if time.monotonic() > end:
                    raise Failure(f"the shell did not answer within {timeout_s} s: {command}")

    def _line(self, end):
        while b"\n" not in self._buffer:
            if time.monotonic() > end:
                return None
            try:
                data = self._socket.recv(65536)
            except socket.timeout:
                continue
            if not data:
                raise Failure("the emulator hung up the shell")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def close(self):
        self._socket.close()


def _answered(command, words, check):
    status = int(words[1])
    output = base64.b64decode(words[2]) if len(words) > 2 else b""
    if check and status != 0:
        raise Failure(f"`{command}` ended with {status}: {output.decode('utf-8', 'replace')}")
    return output
