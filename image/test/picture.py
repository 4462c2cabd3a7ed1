"""Pictures of the emulated screen, as QEMU's screendump writes them (PPM)."""

import operator
import struct
import zlib


class Picture:
    def __init__(self, width, height, rgb):
        self.width, self.height, self.rgb = width, height, rgb

    @classmethod
    def read_ppm(cls, path):
        with open(path, "rb") as file:
            data = file.read()
        kind, width, height, depth = data.split(maxsplit=4)[:4]
        if kind != b"P6" or depth != b"255":
            raise ValueError(f"{path} is no PPM of 8 bits")
        return cls(int(width), int(height), _after_head(data))

    def write_png(self, path):
        row = self.width * 3
        lines = b"".join(
            b"\0" + self.rgb[at : at + row] for at in range(0, row * self.height, row)
        )
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")):
                file.write(struct.pack(">I", len(body)) + name + body)
                file.write(struct.pack(">I", zlib.crc32(name + body)))

    def grey(self, x, y):
        at = (y * self.width + x) * 3
        red, green, blue = self.rgb[at : at + 3]
        return (red * 299 + green * 587 + blue * 114) // 1000

    def differs(self, other):
        """The share of pixels that are not the same, 0 to 1."""
        if (self.width, self.height) != (other.width, other.height):
            return 1.0
        # Every seventh byte tells as much, and Python is slow.
        here, there = self.rgb[::7], other.rgb[::7]
        return sum(map(operator.ne, here, there)) / max(1, len(here))

    def share_of(self, red, green, blue):
        """The share of pixels of exactly this colour, 0 to 1."""
        wanted, pixels = bytes((red, green, blue)), memoryview(self.rgb)
        starts = range(0, len(pixels) - 2, 3 * 11)
        return sum(pixels[at : at + 3] == wanted for at in starts) / len(starts)

    def colours(self):
        """How many colours there are: a blank or a text screen has few."""
        pixels = memoryview(self.rgb)
        return len({bytes(pixels[at : at + 3]) for at in range(0, len(pixels) - 2, 3 * 11)})


def _after_head(data):
    # Three numbers end the head, each followed by one white byte; the pixels may look like more.
    at = 2
    for _ in range(3):
        while data[at] in b" \t\r\n":
            at += 1
        while data[at] not in b" \t\r\n":
            at += 1
    return data[at + 1 :]
