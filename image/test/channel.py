"""An update server: the signed channel file and bundles, with byte ranges as streaming needs them."""

import base64
import datetime
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

from network import HERE

PORT = 8000
ADDRESS = f"http://{HERE}:{PORT}/stable.json"
_TYPE = "application/vnd.hearth.channel+json"


class Channel:
    """`key` signs the list, as Ed25519 (DSSE envelope)."""

    def __init__(self, key):
        self._key = key
        self._files = {}
        self._serial = 0
        self.sent_bytes = 0
        # Called with the bytes of bundles sent so far, before each piece of them.
        self.on_bytes = lambda sent: None
        server = _Server(("", PORT), _Request)
        server.channel = self
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def publish(self, *releases, serial=None, days=30):
        """Signs a list of these: what `release` makes."""
        self._serial = serial or self._serial + 1
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        stamp = lambda moment: moment.isoformat().replace("+00:00", "Z")
        listed = {
            "serial": self._serial,
            "created": stamp(now - datetime.timedelta(hours=1)),
            "expires": stamp(now + datetime.timedelta(days=days)),
            "releases": list(releases),
        }
        self._files["/stable.json"] = sealed(json.dumps(listed).encode(), self._key)

    def release(self, bundle, board, version, manifest_sha256):
        name = f"/{os.path.basename(bundle)}"
        self._files[name] = bundle
        return {
            "compatible": f"hearth-{board}",
            "version": version,
            "bundle": f"http://{HERE}:{PORT}{name}",
            "size_bytes": os.path.getsize(bundle),
            "manifest_sha256": manifest_sha256,
            "notes": {"ru": "Проба", "en": "A trial"},
        }

    def serve(self, path, file):
        """Also this file, at this path; its address."""
        self._files[path] = file
        return f"http://{HERE}:{PORT}{path}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def sealed(payload, key):
    """A DSSE envelope."""
    message = b"DSSEv1 %d %s %d %s" % (len(_TYPE), _TYPE.encode(), len(payload), payload)
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file.name]
        signature = subprocess.run(command, check=True, capture_output=True).stdout
    return json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": _TYPE,
            "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}],
        }
    ).encode()


def wanted_range(header, length):
    """First and last byte of a `Range` of one part; all of it where there is none."""
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", header or "")
    if not found:
        return 0, length - 1
    last = int(found[2]) if found[2] else length - 1
    return int(found[1]), min(last, length - 1)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        # A box without power hangs up in the middle of anything.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._answer(False)

    def do_GET(self):
        self._answer(True)

    def _answer(self, with_body):
        channel = self.server.channel
        source = channel._files.get(self.path)
        if source is None:
            self.send_error(404)
            return
        length = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        first, last = wanted_range(self.headers.get("Range"), length)
        if first >= length:
            self.send_error(416)
            return
        self.send_response(206 if self.headers.get("Range") else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if self.headers.get("Range"):
            self.send_header("Content-Range", f"bytes {first}-{last}/{length}")
        self.end_headers()
        if not with_body:
            return
        if isinstance(source, bytes):
            self.wfile.write(source[first : last + 1])
            return
        with open(source, "rb") as file:
            file.seek(first)
            left = last - first + 1
            while left:
                piece = file.read(min(left, 1 << 18))
                channel.on_bytes(channel.sent_bytes)
                try:
                    self.wfile.write(piece)
                except OSError:
                    # The box hung up, or has no power any more.
                    self.close_connection = True
                    return
                channel.sent_bytes += len(piece)
                left -= len(piece)

    def log_message(self, *_):
        pass
