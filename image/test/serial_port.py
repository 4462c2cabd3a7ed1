"""A serial port of the emulated machine: every line kept with the second it came at.

The emulator is the listener and waits until the driver has connected, so no line is lost.
"""

import re
import socket
import threading
import time

from failure import Failure

# Colours and cursor moves of GRUB and of the firmware.
_ESCAPES = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x00-\x08\x0e-\x1f]")


class SerialPort:
    def __init__(self, path, log_path, started_at):
        self.lines = []
        self._started_at = started_at
        self._rest = ""
        self._changed = threading.Condition()
        self._log = open(log_path, "w", buffering=1)
        self._socket = connect(path)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            with self._changed:
                if not data:
                    self._changed.notify_all()
                    self._log.close()
                    return
                self._take(data.decode("utf-8", "replace"))
                self._changed.notify_all()

    def _take(self, text):
        second = time.monotonic() - self._started_at
        *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            line = _ESCAPES.sub("", line).strip()
            if line:
                self.lines.append((second, line))
                self._log.write(f"[{second:8.2f}] {line}\n")

    def mark(self):
        """Where the log ends now: `until` with it looks only at what comes after."""
        with self._changed:
            return len(self.lines)

    def until(self, pattern, timeout_s, since=0, alive=lambda: True):
        """The second and the match of the first line like `pattern`."""
        wanted = re.compile(pattern)
        end = time.monotonic() + timeout_s
        at = since
        with self._changed:
            while True:
                while at < len(self.lines):
                    second, line = self.lines[at]
                    found = wanted.search(line)
                    if found:
                        return second, found
                    at += 1
                if time.monotonic() > end:
                    raise Failure(f"no line like {pattern!r} within {timeout_s:.0f} s; {self._tail()}")
                if not alive():
                    raise Failure(f"the emulator ended before a line like {pattern!r}; {self._tail()}")
                self._changed.wait(0.5)

    def has(self, pattern, since=0):
        wanted = re.compile(pattern)
        with self._changed:
            return any(wanted.search(line) for _, line in self.lines[since:])

    def _tail(self):
        return "the last lines:\n" + "\n".join(f"    {line}" for _, line in self.lines[-8:])

    def close(self):
        self._socket.close()
        self._thread.join(2)


def connect(path, timeout_s=20):
    end = time.monotonic() + timeout_s
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise Failure(f"the emulator does not open {path}")
            time.sleep(0.05)
