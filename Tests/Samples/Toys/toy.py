# SPDX-License-Identifier: Apache-2.0
"""A program for the tests of the loop in Python; `toy.rs` is the same program.

Its images are no VCIs: a line of text about the image, and a line for each block. Some blocks have a
meaning: what a read or write of them does is what programs may do wrong.
"""

import os
import uuid as uuids

import vci_port
from vci_port import BLOCK, Info, Refused, Unsupported, Written


class Image:
    def __init__(self, path):
        try:
            with open(path, encoding="ascii") as file:
                words, *lines = file.read().split("\n")
        except OSError as error:
            raise Refused(cls="io", message=str(error)) from error
        except UnicodeDecodeError as error:
            raise Refused("VCI-HDR-001", "not-vci", "no toy") from error
        if not words.startswith("toy "):
            raise Refused("VCI-HDR-001", "not-vci", "no toy")
        _, self.blocks, self.kind, self.uuid, self.mod_uuid = words.split(" ")
        self.path = path
        self.cached = {}
        for line in lines[:-1]:
            block, data = line.split(" ")
            self.cached[int(block)] = bytes.fromhex(data)

    def save(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write(f"toy {self.blocks} {self.kind} {self.uuid} {self.mod_uuid}\n")
            for block in sorted(self.cached):
                file.write(f"{block} {self.cached[block].hex()}\n")


class Toy(vci_port.Program):
    name, version, language, homepage = "toy", "0.1", "a toy", "https://toy.example"
    features = ["multi-level-tree", "fixed", "mod-uuid"]
    durability = "close"
    max_blocks = 1 << 40
    repairs = ["leaks"]
    known = [("ext-003-end", "https://toy.example/1")]

    def probe(self, path):
        with open(path, "rb") as file:
            return file.read(4) == b"toy "

    def open(self, path, writable, mod_uuid):
        image = Image(path)
        if mod_uuid is not None and str(mod_uuid) != image.mod_uuid:
            raise Refused(cls="not-up-to-date")
        return image

    def info(self, image):
        return Info(
            int(image.blocks), image.kind == "fixed", False, uuids.UUID(image.uuid),
            uuids.UUID(image.mod_uuid))

    def read(self, image, block, count):
        print("noise of a read")
        if block >= 100_000:
            while count:
                yield bytes(BLOCK) if block % 2 == 0 else 1
                block, count = block + 1, count - 1
        while count:
            if block == 666:
                raise Refused("VCI-EXT-003", message='a "quoted" text,\n of \x01 two lines')
            if block == 667:
                raise IndexError("index out of range")
            if block == 668:
                raise Unsupported("wide-disks")
            if block == 669:
                return
            if block == 670:
                yield count + 1
            later = [each for each in image.cached if each > block] + [
                each for each in range(666, 671) if each > block]
            if block in image.cached:
                yield image.cached[block]
                length = 1
            else:
                length = min([count] + [each - block for each in later])
                yield length
            block, count = block + length, count - length

    def extents(self, path):
        for block in sorted(Image(path).cached):
            yield block, 1

    def create(self, path, blocks, fixed, uuid):
        if os.path.lexists(path):
            raise Refused(cls="argument", message="it exists")
        with open(path, "w", encoding="ascii") as file:
            kind = "fixed" if fixed else "dynamic"
            file.write(f"toy {blocks} {kind} {uuid} {uuids.UUID(int=0)}\n")

    def write(self, image, block, data):
        if block == 667:
            raise IndexError("index out of range")
        taken = min(len(data) // BLOCK, 4)
        dropped = []
        for index in range(taken):
            if block + index == 700 or block + index >= 1 << 54:
                image.cached.pop(block + index, None)
                dropped.append((block + index, 1))
            else:
                image.cached[block + index] = data[index * BLOCK:(index + 1) * BLOCK]
        image.save()
        return Written(taken, dropped=dropped)

    def discard(self, image, block, count):
        for each in [each for each in image.cached if block <= each < block + count]:
            del image.cached[each]
        image.save()

    def flush(self, image):
        image.save()

    def set_moduuid(self, image, uuid):
        image.mod_uuid = str(uuid)
        image.save()

    def check(self, path, repair):
        Image(path)
        return [("VCI-SHD-001", "dirty"), ("VCI-EXT-003", "corruption"), ("VCI-SHD-001", "dirty")]


if __name__ == "__main__":
    vci_port.main(Toy())
