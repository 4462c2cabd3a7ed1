"""A client of the box's WebSocket with nothing but the standard library (RFC 6455)."""

import base64
import json
import os
import socket
import struct
import threading
import time

from failure import Failure


class Live:
    """Says hello, then keeps what the box tells: its screens and sessions.

    A thread reads all the time: the box hangs up on who does not answer its pings.
    """

    def __init__(self, address, port, token):
        self._socket = socket.create_connection((address, port), timeout=30)
        self._buffer = b""
        self._requests = 0
        self._changed = threading.Condition()
        # Why nothing more comes.
        self._ended = None
        self.screens, self.sessions, self.heard = {}, {}, []
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /api/v1/ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = self._until(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Failure(f"the WebSocket is refused: {head[:200]!r}")
        self._socket.settimeout(None)
        self.send(type="hello", token=token)
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, **message):
        self._socket.sendall(frame(1, json.dumps(message).encode()))

    def command(self, session_id, command, **more):
        """Sends it and waits until the box has taken or refused it."""
        self._requests += 1
        name = f"r{self._requests}"
        self.send(type="command", request_id=name, session_id=session_id, command=command, **more)

        def answered():
            for message in self.heard:
                if message.get("request_id") == name:
                    return message
            return None

        answer = self.until(f"the answer to {command}", answered)
        if answer["type"] != "done":
            raise Failure(f"{command} is refused: {answer}")

    def until(self, what, holds, timeout_s=120):
        """Waits until `holds()` is something; that is returned."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while True:
                found = holds()
                if found:
                    return found
                last = f"heard last: {self.heard[-6:]}"
                if self._ended:
                    raise Failure(f"{what}: {self._ended}; {last}")
                if time.monotonic() > end:
                    raise Failure(f"{what}: not within {timeout_s} s; {last}")
                self._changed.wait(1)

    def tv(self):
        """The id of the box's own TV, once it is connected."""

        def found():
            for screen in self.screens.values():
                if screen["kind"] == "tv" and screen["connected"]:
                    return screen["id"]
            return None

        return self.until("the TV", found, 300)

    def page(self, screen_id, page):
        return self.until(
            f"the page {page}", lambda: self.screens.get(screen_id, {}).get("page") == page
        )

    def phase(self, session_id, phase, timeout_s=120):
        return self.until(
            f"the phase {phase}",
            lambda: self.sessions.get(session_id, {}).get("phase") == phase,
            timeout_s,
        )

    def close(self):
        self._socket.close()

    def _read(self):
        ended = "the WebSocket is closed"
        try:
            while True:
                message = self._message()
                with self._changed:
                    self._take(message)
                    self._changed.notify_all()
        except (Failure, OSError, ValueError) as failure:
            ended = str(failure)
        with self._changed:
            self._ended = ended
            self._changed.notify_all()

    def _take(self, message):
        self.heard.append(message)
        kind = message.get("type")
        session = self.sessions.get(message.get("session_id"), {})
        if kind == "room_state":
            self.sessions[message["room_id"]] = message
        elif kind == "screen_state":
            self.screens[message["id"]] = message
        elif kind == "screen_gone":
            self.screens.pop(message["screen_id"], None)
        elif kind == "session_ended":
            self.sessions.pop(message["session_id"], None)
        elif kind == "play_event":
            session["phase"] = "playing"
        elif kind == "pause_event":
            session["phase"] = "paused"
        elif kind == "state_sync":
            session.update(phase=message["phase"], position_ms=message["position_ms"])

    def _message(self):
        """The next JSON message."""
        while True:
            kind, body = self._frame()
            if kind == 9:
                self._socket.sendall(frame(10, body))
            if kind == 8:
                raise Failure(f"the box closed the WebSocket: {body!r}")
            if kind == 1:
                return json.loads(body)

    def _frame(self):
        """The kind and the body of the next frame; servers send theirs whole and unmasked."""
        self._more_until(2)
        long = self._buffer[1] & 0x7F
        head = {126: 4, 127: 10}.get(long, 2)
        self._more_until(head)
        length = long
        if head > 2:
            (length,) = struct.unpack({4: ">H", 10: ">Q"}[head], self._buffer[2:head])
        self._more_until(head + length)
        kind, body = self._buffer[0] & 0x0F, self._buffer[head : head + length]
        self._buffer = self._buffer[head + length :]
        return kind, body

    def _more_until(self, length):
        while len(self._buffer) < length:
            self._more()

    def _until(self, mark):
        while mark not in self._buffer:
            self._more()
        head, self._buffer = self._buffer.split(mark, 1)
        return head

    def _more(self):
        data = self._socket.recv(65536)
        if not data:
            raise Failure("the box hung up the WebSocket")
        self._buffer += data


def frame(kind, body):
    """One masked frame, as clients must send it."""
    mask = os.urandom(4)
    length = len(body)
    if length < 126:
        head = struct.pack(">BB", 0x80 | kind, 0x80 | length)
    else:
        head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, length)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(body))
