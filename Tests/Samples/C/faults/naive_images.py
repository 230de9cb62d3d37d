# SPDX-License-Identifier: Apache-2.0
"""What a naive driver does with readers: images with a few odd fields, and a right program beside them.

The images are those of the naive generator in Tests/ForeignReader: a valid image, one to three odd
fields, the counters refitted half of the time. The sample without faults says what is right.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "ForeignReader")]

from naive import Image  # noqa: E402
from port import FEATURES, Session  # noqa: E402

FAILURES = (AssertionError, ValueError, KeyError, TypeError, OSError)
SECONDS = 10


@contextlib.contextmanager
def patience(seconds=SECONDS):
    """Raises TimeoutError in what lasts longer."""
    def late(*_):
        raise TimeoutError("no answer in time")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def image_of(seed, number):
    """Image `number` of a seed. It is the same whatever other images are made."""
    image = Image(random.Random(f"image {seed} {number}"))
    image.spoil()
    return image


class Folder:
    """The files through which programs deliver bytes. Each stays open."""

    def __init__(self, path):
        self.path, self._descriptors = path, {}

    def file(self, name):
        path = os.path.join(self.path, name)
        if name not in self._descriptors:
            self._descriptors[name] = os.open(path, os.O_RDWR | os.O_CREAT)
        return path, self._descriptors[name]

    def close(self):
        for descriptor in self._descriptors.values():
            os.close(descriptor)


class Questions:
    """What is asked of each program about one image, which is in a file."""

    def __init__(self, folder, reads):
        self.image, self._folder = os.path.join(folder.path, "image"), folder
        self.requests, self.descriptors = [], []
        self._ask("probe", image=self.image)
        self._ask("open", image=self.image, handle="r", mode="ro")
        for number, (block, count) in enumerate(reads):
            self._ask("read", f"read{number}", handle="r", block=str(block), count=str(count))
        self._ask("close", handle="r")
        self._ask("extents", "extents", image=self.image)
        self._ask("open", image=self.image, handle="w", mode="rw")
        self._ask("close", handle="w")
        self.lines = b"".join(json.dumps(each).encode() + b"\n" for each in self.requests)

    def _ask(self, op, file=None, **keys):
        descriptor = None
        if file:
            keys["file"], descriptor = self._folder.file(file)
        self.descriptors.append(descriptor)
        self.requests.append({"id": len(self.requests) + 2, "op": op} | keys)

    def empty(self):
        """Empties the files, whatever a program that failed left in them."""
        for descriptor in filter(None, self.descriptors):
            os.ftruncate(descriptor, 0)


class Answers:
    """What one program said about an image, and which bytes it delivered."""

    def __init__(self, lines, data, changed):
        self.lines, self.data, self.changed = lines, data, changed

    def plain(self):
        """The answers without the reasons of refusals."""
        return [{key: value for key, value in json.loads(line).items() if key not in ("rule", "class", "message")}
                for line in self.lines]

    def opened(self):
        return self.plain()[1]["outcome"] == "ok"

    def difference(self, right):
        """What differs from the answers of a right program; None if nothing does."""
        if self.lines != right.lines:
            for index, (mine, other) in enumerate(zip(self.plain(), right.plain())):
                if mine != other:
                    return f"answer {index}: {mine}, not {other}"[:300]
        if self.data != right.data:
            return "other bytes"
        return "the image is changed" if self.changed != right.changed else None


class Subject:
    """A program that is asked about images. A process that fails is replaced by another."""

    def __init__(self, program, folder):
        self._command, self._folder, self._session = [str(program)], folder, None

    def answers(self, questions, image):
        """The answers about an image, or the error that stands for a crash, a hang, or nonsense."""
        try:
            with patience():
                return self._asked(questions, image)
        except FAILURES as error:
            self.stop()
            image.write(questions.image)
            questions.empty()
            return error

    def _asked(self, questions, image):
        if not self._session:
            self._session = Session(self._command, self._folder, hello=False)
            self._session.ask("hello", protocol=[1], features=FEATURES)
        before = os.stat(questions.image)
        self._session.send(questions.lines)
        lines, data = [], []
        for descriptor in questions.descriptors:
            lines.append(self._session.receive_line())
            if descriptor is not None:
                data.append(delivered(descriptor))
        after = os.stat(questions.image)
        changed = (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size)
        if changed:
            image.write(questions.image)
        return Answers(lines, data, changed)

    def stop(self):
        if self._session:
            self._session.process.kill()
            self._session.process.wait()
            self._session.process.stdout.close()
            with contextlib.suppress(OSError):
                self._session.process.stdin.close()
            self._session.errors.close()
            self._session = None


def delivered(descriptor):
    """What was written into a file, which is emptied for the next program."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return b""
    data = os.pread(descriptor, size, 0)
    os.ftruncate(descriptor, 0)
    return data


def difference(answers, right):
    """What shows that a program is wrong; None if nothing does."""
    return repr(answers)[:300] if isinstance(answers, Exception) else answers.difference(right)


def found_by_images(clean, programs, seed, numbers, folder, note=lambda *_: None):
    """For each name in `programs` the first image that shows its fault, and how.

    Each image is made once, and the right program is asked once.
    """
    right_one = Subject(clean, folder)
    alive = {name: Subject(program, folder) for name, program in programs.items()}
    files = Folder(folder)
    found = {}
    for number in numbers:
        image = image_of(seed, number)
        reads = image.reads()
        # The whole disk, four random places, both edges of three extents.
        questions = Questions(files, reads[:5] + reads[9:15])
        image.write(questions.image)
        right = right_one.answers(questions, image)
        if isinstance(right, Exception):
            raise AssertionError(f"the sample without faults fails at image {number}: {right!r}")
        if not right.opened():
            questions = Questions(files, [])
            right = right_one.answers(questions, image)
        for name, subject in list(alive.items()):
            why = difference(subject.answers(questions, image), right)
            if why:
                found[name] = (number, why)
                note(name, number, why)
                alive.pop(name).stop()
    for subject in [right_one, *alive.values()]:
        subject.stop()
    files.close()
    return found
