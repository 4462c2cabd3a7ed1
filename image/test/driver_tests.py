"""Tests of the driver's own parts, without an emulator: python3 image/test/driver_tests.py"""

import importlib.machinery
import importlib.util
import os
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

import bundles
import channel
import ci
import grubenv
import live
import network
import strip
from picture import Picture


def card(frame, width, height, light=1.0):
    """The strip of the test card with its line, over a near-black picture."""
    strip_rows = max(1, (height + 10) // 20)
    line_end = strip_rows + max(1, strip_rows // 4)
    rgb = bytearray(bytes([int(14 * light)]) * width * height * 3)
    for y in range(line_end):
        for block in range(32):
            white = y >= strip_rows or frame >> (31 - block) & 1
            start, end = width * block // 32, width * (block + 1) // 32
            value = bytes([int((235 if white else 16) * light)])
            rgb[(y * width + start) * 3 : (y * width + end) * 3] = value * ((end - start) * 3)
    return Picture(width, height, bytes(rgb))


class StripTests(unittest.TestCase):
    def test_every_number_comes_back_at_every_size(self):
        for width, height in ((1280, 720), (1920, 1080), (640, 360), (321, 181)):
            for frame in (0, 1, 29, 1799, 0x55555555, 0xFFFFFFFE):
                self.assertEqual(strip.read_frame(card(frame, width, height)), frame)

    def test_under_a_shade_it_still_reads(self):
        self.assertEqual(strip.read_frame(card(1234, 1280, 720, light=0.3)), 1234)

    def test_what_is_no_strip_is_refused(self):
        dark = Picture(1280, 720, bytes([14]) * 1280 * 720 * 3)
        self.assertIsNone(strip.read_frame(dark))
        slope = Picture(320, 180, bytes(x * 255 // 320 for x in range(320) for _ in "rgb") * 180)
        self.assertIsNone(strip.read_frame(slope))

    def test_frames_are_milliseconds(self):
        self.assertEqual(strip.read_ms(card(45, 640, 360)), 1500)


class PictureTests(unittest.TestCase):
    def test_a_screendump_becomes_a_png(self):
        with tempfile.TemporaryDirectory() as folder:
            pixels = bytes(range(2 * 3 * 3))
            with open(f"{folder}/a.ppm", "wb") as file:
                file.write(b"P6\n3 2\n255\n" + pixels)
            picture = Picture.read_ppm(f"{folder}/a.ppm")
            self.assertEqual((picture.width, picture.height, picture.rgb), (3, 2, pixels))
            picture.write_png(f"{folder}/a.png")
            with open(f"{folder}/a.png", "rb") as file:
                png = file.read()
            self.assertEqual(struct.unpack(">II", png[16:24]), (3, 2))
            packed = png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8]
            self.assertEqual(zlib.decompress(packed), b"\0" + pixels[:9] + b"\0" + pixels[9:])

    def test_pictures_differ_by_a_share(self):
        self.assertEqual(card(5, 640, 360).differs(card(5, 640, 360)), 0)
        self.assertGreater(card(5, 640, 360).differs(card(6, 640, 360)), 0)
        self.assertEqual(card(5, 640, 360).colours(), 3)
        half = Picture(66, 1, bytes([1, 2, 3]) * 33 + bytes([3, 2, 1]) * 33)
        self.assertEqual(half.share_of(1, 2, 3), 0.5)


class GrubTests(unittest.TestCase):
    def test_a_block_is_read_and_written(self):
        block = grubenv.compose({"ORDER": "A B", "EXTRA": "a=b c"})
        self.assertEqual(len(block), 1024)
        self.assertEqual(grubenv.parse(block), {"ORDER": "A B", "EXTRA": "a=b c"})
        with self.assertRaises(ValueError):
            grubenv.compose({"EXTRA": "x" * 1024})

    def test_a_file_that_was_rewritten_is_found_where_it_lies_now(self):
        with tempfile.TemporaryDirectory() as folder:
            disk, esp, block = (f"{folder}/{name}" for name in ("disk.qcow2", "esp", "block"))
            run = lambda *words: subprocess.run(words, check=True, capture_output=True)
            run("truncate", "-s", "64M", esp)
            run("mkfs.vfat", "-F", "32", esp)
            run("mmd", "-i", esp, "::/grub")
            for mark in ("old", "older", "new"):
                with open(block, "wb") as file:
                    file.write(grubenv.compose({"MARK": mark}))
                # A copy takes new clusters before the old ones are given back.
                run("mcopy", "-i", esp, block, "::/grub/next")
                run("mcopy", "-o", "-i", esp, block, "::/grub/grubenv")
                run("mdel", "-i", esp, "::/grub/next")
            run("truncate", "-s", "66M", f"{folder}/raw")
            run("sgdisk", "--new=1:2048:+64M", f"{folder}/raw")
            run("dd", f"if={esp}", f"of={folder}/raw", "bs=1M", "seek=1", "conv=notrunc")
            run("qemu-img", "convert", "-O", "qcow2", f"{folder}/raw", disk)
            self.assertEqual(grubenv.read(disk), {"MARK": "new"})
            grubenv.write(disk, {"MARK": None, "EXTRA": "a b"})
            self.assertEqual(grubenv.read(disk), {"EXTRA": "a b"})
            self.assertEqual(grubenv.boot_file(disk, "grub/grubenv"), grubenv.compose({"EXTRA": "a b"}))


class NetworkTests(unittest.TestCase):
    def request(self, kind):
        head = bytes([1, 1, 6, 0]) + b"abcd" + bytes(20) + b"\x52\x54\0\x77\0\x02" + bytes(10)
        return head + bytes(192) + b"\x63\x82\x53\x63" + bytes([53, 1, kind, 255])

    def test_an_address_is_offered_and_given(self):
        for asked, answered in ((1, 2), (3, 5)):
            answer = network.dhcp_answer(self.request(asked))
            self.assertEqual((answer[0], answer[4:8]), (2, b"abcd"))
            self.assertEqual(answer[16:20], bytes([10, 77, 0, 2]))
            self.assertEqual(answer[240:243], bytes([53, 1, answered]))

    def test_what_is_no_request_is_not_answered(self):
        for noise in (b"", b"\2" * 300, self.request(7), self.request(1)[:-4] + b"\x35"):
            self.assertIsNone(network.dhcp_answer(noise))


class WireTests(unittest.TestCase):
    def test_frames_are_masked(self):
        for length in (5, 126, 70_000):
            if length > 65_535:
                with self.assertRaises(struct.error):
                    live.frame(1, b"x" * length)
                continue
            made = live.frame(1, b"x" * length)
            self.assertTrue(made[1] & 0x80)
            mask, body = made[-length - 4 : -length], made[-length:]
            self.assertEqual(bytes(b ^ mask[at % 4] for at, b in enumerate(body)), b"x" * length)

    def test_ranges(self):
        self.assertEqual(channel.wanted_range(None, 10), (0, 9))
        self.assertEqual(channel.wanted_range("bytes=2-4", 10), (2, 4))
        self.assertEqual(channel.wanted_range("bytes=2-", 10), (2, 9))
        self.assertEqual(channel.wanted_range("bytes=2-99", 10), (2, 9))


class CiTests(unittest.TestCase):
    def test_what_fits_is_run(self):
        self.assertIsNone(ci.judge([("tools", "0"), ("root", "90")], 300))

    def test_what_does_not_fit_is_told(self):
        self.assertIn("programs", ci.judge([("tools", "0"), ("programs", "unknown")], 300))
        self.assertIn("root 1000 s", ci.judge([("tools", "0"), ("root", "1000")], 300))
        self.assertIn("never run", ci.judge([("tools", "0")], None))


class BundleTests(unittest.TestCase):
    """A bundle is made as RAUC makes them, then spoiled in each way."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = lambda name: os.path.join(self.folder.name, name)
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=Us"]
        command += ["-keyout", self.path("signer.key"), "-out", self.path("signer.pem")]
        subprocess.run(command, check=True, capture_output=True)
        with open(self.path("content"), "wb") as file:
            # With a signature of one byte, to be taken away.
            file.write(b"hsqs" + bytes(4096) + b"s" + struct.pack(">Q", 1))
        bundles._sign_manifest(
            self.path("content"), self.path("good"), b"[update]\nversion=1.2.3\n",
            self.path("signer.key"), self.path("signer.pem"),
        )

    def test_the_manifest_is_read(self):
        self.assertIn(b"version=1.2.3", bundles.manifest(self.path("good")))
        self.assertEqual(len(bundles.manifest_sha256(self.path("good"))), 64)

    def test_a_stick_holds_it(self):
        with tempfile.TemporaryDirectory() as folder:
            bundle, disk = f"{folder}/a.raucb", f"{folder}/stick.img"
            with open(bundle, "wb") as file:
                file.write(bytes(range(256)) * 4096)
            bundles.on_a_stick(bundle, disk)
            read = subprocess.run(["mtype", "-i", disk, "::a.raucb"], check=True, capture_output=True)
            self.assertEqual(read.stdout, bytes(range(256)) * 4096)

    def test_another_version_is_signed_rightly(self):
        bundles.versioned(self.path("good"), self.path("old"), "0.1.0", self.folder.name)
        self.assertIn(b"version=0.1.0", bundles.manifest(self.path("old")))

    def test_spoiled_bundles_are_spoiled(self):
        good = self.path("good")
        bundles.unsigned(good, self.path("unsigned"))
        with self.assertRaises(ValueError):
            bundles.manifest(self.path("unsigned"))
        bundles.plain(good, self.path("plain"), self.folder.name)
        with self.assertRaises(RuntimeError):
            bundles.manifest(self.path("plain"))
        bundles.with_wrong_signature(good, self.path("signature"))
        self.assertEqual(len(self.changed(good, "signature")), 1)
        bundles.with_wrong_content(good, self.path("content"))
        places = self.changed(good, "content")
        start, _ = bundles._signature(good)
        self.assertTrue(places, "a bundle that small has a block too")
        self.assertLess(max(places), start)

    def changed(self, good, kind):
        """Where the bytes differ."""
        with open(good, "rb") as one, open(self.path(kind), "rb") as other:
            pairs = enumerate(zip(one.read(), other.read()))
            return [at for at, (a, b) in pairs if a != b]


def program(name):
    """One of the image's own programs, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(Path(__file__).parent.parent / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class LicenceTests(unittest.TestCase):
    def setUp(self):
        self.manifest = program("manifest")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.write("root/usr/share/common-licenses/Apache-2.0", "Apache as a whole")

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def notices(self, *crates):
        """Of crates `name: licence`; what lies in their folders is written before."""
        found, where = [], {}
        for name, licence in crates:
            (self.folder / name).mkdir(exist_ok=True)
            found.append((name, "1.0", licence))
            where[name, "1.0"] = (self.folder / name, ["Ada <a@b.example>", "Bob"], None)
        return self.manifest.notices(self.folder / "root", found, where)

    def test_a_text_stands_once_for_all_that_ship_it(self):
        self.write("one/LICENSE-MIT", "MIT of one")
        self.write("one/src/license.rs", "code")
        self.write("one/license.rs", "code")
        self.write("one/README.md", "words")
        for name in ("two", "three"):
            self.write(f"{name}/LICENSE-APACHE", f"Apache{' ' if name == 'two' else chr(10)}as a whole\n")
        self.write("two/NOTICE", "thanks")
        self.write("three/LICENSES/Zlib.txt", "zlib")
        texts, without = self.notices(("one", "MIT"), ("two", "Apache-2.0"), ("three", "Zlib"))
        self.assertEqual(without, [])
        self.assertEqual(
            texts,
            [
                ("two 1.0, three 1.0", "Apache as a whole"),
                ("one 1.0", "MIT of one"),
                ("three 1.0", "zlib"),
                ("two 1.0", "thanks"),
            ],
        )

    def test_a_crate_without_a_text_has_the_standard_one_or_is_named(self):
        texts, without = self.notices(
            ("mit", "MIT"), ("both", "MIT OR Apache-2.0"), ("old", "MIT/Apache-2.0"), ("isc", "ISC"),
            ("more", "Apache-2.0 AND ISC"), ("bsd", "BSD-3-Clause"), ("zlib", "Zlib"),
        )
        self.assertEqual(without, ["isc 1.0 (ISC)", "more 1.0 (Apache-2.0 AND ISC)"])
        self.assertEqual(texts[0], ("both 1.0, old 1.0", "Apache as a whole"))
        words = {
            "mit 1.0": "THE\nAUTHORS OR COPYRIGHT HOLDERS",
            "bsd 1.0": "endorse\n   or promote products",
            "zlib 1.0": "'as-is', without any express",
        }
        for crate, text in texts[1:]:
            self.assertIn("Copyright (c) Ada, Bob\n", text)
            self.assertIn(words.pop(crate), text)
        self.assertEqual(words, {})


class ShedTests(unittest.TestCase):
    def left(self, only, needed, patterns=()):
        """What stays of a kernel with a screen that names its sound, a disk and a built-in loop."""
        with tempfile.TemporaryDirectory() as root:
            modules = Path(root) / "usr/lib/modules/7.1"
            depends = {"gpu/screen": ["gpu/helper"], "gpu/helper": [], "sound/its-sound": ["sound/core"],
                       "sound/core": [], "block/disk": [], "block/tape": []}
            lines = []
            for name, others in depends.items():
                path = modules / f"kernel/{name}.ko"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                lines.append(f"kernel/{name}.ko:" + "".join(f" kernel/{other}.ko" for other in others))
            (modules / "modules.dep").write_text("\n".join(lines))
            (modules / "modules.softdep").write_text("# softdep\nsoftdep screen pre: its_sound nowhere\n")
            (modules / "modules.builtin").write_text("kernel/block/loop.ko\n")
            program("shed").Shed(Path(root), []).drivers(list(patterns), list(only), needed)
            return sorted(str(path.relative_to(modules / "kernel")) for path in modules.rglob("*.ko"))

    def test_what_a_driver_is_loaded_with_stays(self):
        stays = self.left(["gpu/screen*"], ["disk", "loop"])
        self.assertEqual(
            stays, ["block/disk.ko", "gpu/helper.ko", "gpu/screen.ko", "sound/core.ko", "sound/its-sound.ko"]
        )

    def test_what_the_box_needs_stays_where_its_folder_goes(self):
        self.assertEqual(self.left([], ["disk"], ["block/*", "gpu/*", "sound/*"]), ["block/disk.ko"])

    def test_a_driver_that_the_box_needs_and_the_kernel_lacks_is_told(self):
        with self.assertRaisesRegex(SystemExit, "needs net_disk, which 7.1"):
            self.left([], ["net-disk", "loop"])


if __name__ == "__main__":
    unittest.main()
