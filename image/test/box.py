"""The box as a phone in the same network sees it."""

import http.client
import json
import time

from failure import Failure
from live import Live
from network import BOX, HERE

PORT = 80
SERVICE = "_hearth._tcp.local."


class Box:
    """`machine` is the computer it runs on; the rest goes over the wire."""

    def __init__(self, machine, address=BOX):
        self.machine, self.address = machine, address
        self.token = None

    def call(self, method, path, body=None, timeout_s=60):
        """The status and the JSON of the answer."""
        connection = http.client.HTTPConnection(self.address, PORT, timeout=timeout_s)
        headers = {"Host": self.address, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text

    def get(self, path):
        return self._good("GET", path)

    def post(self, path, body=None):
        return self._good("POST", path, body)

    def _good(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        if not 200 <= status < 300:
            raise Failure(f"{method} {path}: {status} {answer}")
        return answer

    def health(self):
        """None while nobody answers."""
        try:
            status, answer = self.call("GET", "/api/v1/health", timeout_s=10)
        except (OSError, http.client.HTTPException):
            return None
        return answer if status in (200, 503) and isinstance(answer, dict) else None

    def until_answers(self, timeout_s=600):
        """Waits for health, whatever it says; the answer and the second it came at."""
        return self.until("health", self.health, timeout_s), self.machine.seconds()

    def until(self, what, holds, timeout_s, every_s=1):
        end = time.monotonic() + timeout_s
        while True:
            found = holds()
            if found:
                return found
            if not self.machine.running():
                raise Failure(f"{what}: the machine went off")
            if time.monotonic() > end:
                raise Failure(f"{what}: not within {timeout_s} s")
            time.sleep(every_s)

    def found_by_mdns(self, timeout_s=60):
        """What the network tells of the box: host, port, addresses, texts."""
        # Debian's own package, the one thing here that is not Python's own.
        from zeroconf import ServiceBrowser, Zeroconf

        zeroconf = Zeroconf(interfaces=[HERE])
        names = set()

        def heard(zeroconf, service_type, name, state_change):
            names.add(name)

        ServiceBrowser(zeroconf, SERVICE, handlers=[heard])
        try:
            end = time.monotonic() + timeout_s
            while time.monotonic() < end:
                for name in list(names):
                    info = zeroconf.get_service_info(SERVICE, name, timeout=3000)
                    if info:
                        return {
                            "name": name,
                            "host": info.server,
                            "port": info.port,
                            "addresses": info.parsed_addresses(),
                            "txt": {k.decode(): (v or b"").decode() for k, v in info.properties.items()},
                        }
                time.sleep(0.2)
        finally:
            zeroconf.close()
        raise Failure(f"no box is announced within {timeout_s} s")

    def shown_pin(self):
        """Asks the box to show a PIN, as `hearthd pair` on its own command line does."""
        said = self.machine.shell.run("hearthd pair --socket /run/hearth/hearthd.sock", 120)
        for line in said.splitlines():
            if line.startswith("PIN "):
                return line[4:10]
        raise Failure(f"hearthd pair shows no PIN: {said}")

    def pair(self, name, pin=None):
        pin = pin or self.shown_pin()
        status, tokens = self.call(
            "POST", "/api/v1/pairing", {"pin": pin, "device_name": name}
        )
        if status != 201:
            raise Failure(f"pairing with {pin}: {status} {tokens}")
        self.token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]
        return tokens

    def refresh(self):
        """New tokens for the old pairing: a phone that comes back."""
        self.token = None
        tokens = self.post("/api/v1/auth/refresh", {"refresh_token": self.refresh_token})
        self.token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]

    def memory(self):
        """What the phone keeps, for `remember`."""
        return {"refresh_token": self.refresh_token}

    def remember(self, memory):
        self.refresh_token = memory["refresh_token"]

    def come_back(self, timeout_s):
        """Waits for a box that was set up before, and is its phone again."""
        self.until_answers(timeout_s)
        self.refresh()

    def updates(self):
        return self.get("/api/v1/device/updates")

    def booted_slot(self):
        for word in self.machine.shell.run("cat /proc/cmdline", timeout_s=900).split():
            if word.startswith("rauc.slot="):
                return word.removeprefix("rauc.slot=")
        raise Failure("the kernel command line names no slot")

    def written_sectors(self, partition):
        """Since power-on, of /dev/hearth/PARTITION."""
        block = f"$(basename $(readlink -f /dev/hearth/{partition}))"
        return int(self.machine.shell.run(f"cat /sys/class/block/{block}/stat").split()[6])

    def live(self):
        return Live(self.address, PORT, self.token)
