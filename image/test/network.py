"""The house's network: a cable between the box and this program, and a DHCP server at its end.

The whole driver runs in a network namespace of its own (`enter`), so that multicast DNS really
goes over the wire, the box finds nobody but us, and nothing of it touches the builder's network.
"""

import os
import socket
import struct
import subprocess
import sys
import threading

TAP = "hearth-tap"
HERE = "10.77.0.1"
BOX = "10.77.0.2"
_MASK = "255.255.255.0"
BOX_MAC = "52:54:00:77:00:02"
_INSIDE = "HEARTH_IMAGE_TEST_INSIDE"


def inside():
    return _INSIDE in os.environ


def enter():
    """Starts this program again inside a namespace, with the cable laid; needs no root."""
    script = (
        f"ip link set lo up && ip tuntap add {TAP} mode tap && "
        f"ip address add {HERE}/24 dev {TAP} && ip link set {TAP} up && "
        # A multicast answer needs a route.
        f'ip route add 224.0.0.0/4 dev {TAP} && exec "$@"'
    )
    command = ["unshare", "--map-root-user", "--net", "--kill-child", "sh", "-c", script, "sh"]
    os.environ[_INSIDE] = "1"
    os.execvp("unshare", [*command, sys.executable, *sys.argv])


class Network:
    def __init__(self):
        self.gives_addresses = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, TAP.encode())
        self._socket.bind(("", 67))
        threading.Thread(target=self._serve, daemon=True).start()

    def arguments(self):
        """For the emulator."""
        return [
            *("-netdev", f"tap,id=cable,ifname={TAP},script=no,downscript=no"),
            *("-device", f"virtio-net-pci,netdev=cable,mac={BOX_MAC}"),
        ]

    def _serve(self):
        while True:
            request = self._socket.recv(2048)
            answer = dhcp_answer(request) if self.gives_addresses else None
            if answer:
                self._socket.sendto(answer, ("255.255.255.255", 68))

    @staticmethod
    def unplug():
        subprocess.run(["ip", "link", "set", TAP, "down"], check=True)

    @staticmethod
    def plug():
        subprocess.run(["ip", "link", "set", TAP, "up"], check=True)


_COOKIE = b"\x63\x82\x53\x63"
_DISCOVER, _OFFER, _REQUEST, _ACK = 1, 2, 3, 5


def dhcp_answer(request):
    """RFC 2131, as much as one box needs: it is always given the same address. No name server."""
    if len(request) < 240 or request[0] != 1 or request[236:240] != _COOKIE:
        return None
    kind = _option(request, 53)
    if kind not in (bytes([_DISCOVER]), bytes([_REQUEST])):
        return None
    answer = bytes([_OFFER if kind[0] == _DISCOVER else _ACK])
    transaction, flags, hardware = request[4:8], request[10:12], request[28:44]
    head = struct.pack(">BBBB4sH2s", 2, 1, 6, 0, transaction, 0, flags)
    addresses = b"\0\0\0\0" + socket.inet_aton(BOX) + socket.inet_aton(HERE) + b"\0\0\0\0"
    options = [
        (53, answer),
        (54, socket.inet_aton(HERE)),
        (51, struct.pack(">I", 86_400)),
        (1, socket.inet_aton(_MASK)),
        (3, socket.inet_aton(HERE)),
    ]
    body = b"".join(bytes([code, len(value)]) + value for code, value in options)
    return head + addresses + hardware + bytes(192) + _COOKIE + body + b"\xff"


def _option(request, wanted):
    at = 240
    while at + 1 < len(request) and request[at] != 255:
        if request[at] == 0:
            at += 1
            continue
        code, length = request[at], request[at + 1]
        if code == wanted:
            return request[at + 2 : at + 2 + length]
        at += 2 + length
    return None
