# SPDX-License-Identifier: Apache-2.0
"""What a naive driver does with writers: random operations on a small disk, beside a dictionary.

A hit must have the newest bytes, and any miss is right. After each close the sample without faults
opens the image and reads it. `vci check` must find nothing in what each close left, and looks at all of
it at the end.
"""

import contextlib
import os
import random
import shutil
import subprocess

from naive_images import FAILURES, HERE, patience  # noqa: F401 (finds the modules of the sample)

from model import Drive  # noqa: E402
from port import Session  # noqa: E402

SECONDS = 60


class Forgiving(Drive):
    """Operations beside a model that takes any miss for right."""

    def read(self, block=None, count=None):
        self.model.sure.clear()
        super().read(block, count)


class Workload:
    """What is to be done, drawn from a seed."""

    def __init__(self, seed, number):
        self.seed = f"workload {seed} {number}"
        dice = random.Random(self.seed)
        self.blocks = dice.choice([dice.randint(21, 200), dice.randint(200, 4000), 4096, dice.randint(4096, 10000)])
        self.kind = dice.choice(["dynamic", "dynamic", "fixed"])
        self.disk = dice.choice([500, 2000, 10000, 50000])
        self.begun = dice.choice([0, 0, dice.randint(20, 100)])
        self.steps = dice.randint(50, 200)

    def places(self, dice):
        return dice.randrange(self.disk)


class Run:
    """A workload that is carried out on one image, by one program beside a right one."""

    def __init__(self, workload, program, clean, vci, folder):
        self._workload, self._programs, self._vci, self._folder = workload, (program, clean), vci, folder
        self._image = os.path.join(folder, "cache")
        self._stack = contextlib.ExitStack()
        self._dice = random.Random(workload.seed + " steps")
        self._clean = self._drive = None
        self._closed = []

    def _session(self, program):
        session = Session([str(program)], self._folder)

        def stop():
            session.process.kill()
            session.process.wait()
            session.process.stdout.close()
            session.errors.close()
            with contextlib.suppress(OSError):
                session.process.stdin.close()

        self._stack.callback(stop)
        return session

    def stop(self):
        self._stack.close()
        for path in filter(os.path.exists, [self._image, *self._closed]):
            os.unlink(path)

    def go(self):
        """Raises one of FAILURES where something is wrong."""
        workload = self._workload
        program, self._clean = map(self._session, self._programs)
        begins = self._clean if workload.begun else program
        self._drive = Forgiving(begins, self._image, workload.seed, workload.places)
        self._drive.expect(begins.create(self._image, workload.blocks, workload.kind))
        self._after_close()
        self._steps(begins, workload.begun)
        self._steps(program, workload.steps)
        code = subprocess.run([self._vci, "check", *self._closed], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode
        assert code == 0, f"vci check ends with {code}"

    def _steps(self, session, number):
        self._drive.session = session
        self._drive.open()
        for _ in range(number):
            self._drive.step()
            if self._dice.random() < 1 / 20:
                self._close()
                self._drive.open()
        self._close()

    def _close(self):
        self._drive.close()
        self._after_close()

    def _after_close(self):
        """The right program opens the image and reads all of it; a copy is kept for `vci check`."""
        self._closed.append(f"{self._image}-{len(self._closed)}")
        shutil.copyfile(self._image, self._closed[-1])
        drive, mine = self._drive, self._drive.session
        drive.session = self._clean
        drive.open()
        drive.close()
        drive.open("ro")
        drive.read_all()
        drive.close()
        drive.session = mine


def wrong(workload, program, clean, vci, folder):
    """What shows that a program is wrong; None if nothing does."""
    run = Run(workload, program, clean, vci, folder)
    try:
        with patience(SECONDS):
            run.go()
    except FAILURES as error:
        return repr(error)[:300]
    finally:
        run.stop()
    return None


def found_by_workloads(clean, programs, vci, seed, numbers, folder, note=lambda *_: None):
    """For each name in `programs` the first workload that shows its fault, and how."""
    alive, found = dict(programs), {}
    for number in numbers:
        workload = Workload(seed, number)
        why = wrong(workload, clean, clean, vci, folder)
        if why:
            raise AssertionError(f"the sample without faults fails at workload {number}: {why}")
        for name, program in list(alive.items()):
            why = wrong(workload, program, clean, vci, folder)
            if why:
                found[name] = (number, why)
                note(name, number, why)
                del alive[name]
    return found
