"""A bad neighbour on the network: a bounded storm of mDNS packets.

  storm.py COUNT ADDRESS

COUNT packets from ADDRESS, in turn: questions for everything and for the box, answers that claim its
names for somebody else, goodbyes in its name, and packets that are none (noise, names that point at
themselves, counts that promise more than there is).
"""

import random
import socket
import struct
import sys

GROUP = ("224.0.0.251", 5353)
PTR, TXT, A, SRV, ANY = 12, 16, 1, 33, 255
CLASS_IN, FLUSH = 1, 0x8000


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def question(text, kind):
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + name(text) + struct.pack(">2H", kind, CLASS_IN)


def answer(text, kind, data, seconds=120):
    head = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0)
    return head + name(text) + struct.pack(">2HIH", kind, CLASS_IN | FLUSH, seconds, len(data)) + data


def packet(number, chance):
    service, instance, host = "_hearth._tcp.local", "Hearth._hearth._tcp.local", "hearth.local"
    kind = number % 8
    if kind == 0:
        return question(service, PTR)
    if kind == 1:
        return question(random.Random(number).choice([host, instance, "_services._dns-sd._udp.local"]), ANY)
    if kind == 2:
        # The box's own name for somebody else, or one more neighbour.
        claimed = host if number % 16 == 2 else f"box-{number}.local"
        return answer(claimed, A, bytes([10, 77, number >> 8 & 255, number & 255]))
    if kind == 3:
        data = struct.pack(">3H", 0, 0, 80) + name(f"box-{number}.local")
        return answer(f"box-{number}.{service}", SRV, data)
    if kind == 4:
        return answer(service, PTR, name(f"box-{number}.{service}"))
    if kind == 5:
        # Goodbye, said by somebody else.
        return answer(service, PTR, name(instance), seconds=0)
    if kind == 6:
        # A name that points at itself, and counts that promise 65,535 of everything.
        return struct.pack(">6H", 0, 0x8400, 65535, 65535, 65535, 65535) + b"\xc0\x0c" * 20
    return chance.randbytes(chance.randrange(1, 1400))


def main():
    count, address = int(sys.argv[1]), sys.argv[2]
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    out.bind((address, 5353))
    out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    chance = random.Random(32)
    sent = 0
    for number in range(count):
        try:
            sent += out.sendto(packet(number, chance), GROUP) > 0
        except OSError:
            # The cable is out.
            pass
    print(sent)


main()
