# SPDX-License-Identifier: Apache-2.0
"""The log of events of `vci conform` (Specs/schemas/conformance-event.json), and what it says of a fault."""

import json


class EventLog:
    """The events of a log that may still grow."""

    def __init__(self, path):
        self.path, self.offset = path, 0

    def new(self):
        """Returns the events since the last call. A last line that has no end yet is left for the next one."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[:text.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


def kind_of(test):
    """Returns what a test is of: `contracts`, `workloads`, `crashes`, or `images`, which have the name of a vector too."""
    return {"contract": "contracts", "workload": "workloads", "crash": "crashes"}.get(test.split("/")[0], "images")


class Finding:
    """A failure, and how many tests of each kind were judged by then, its own included."""

    def __init__(self, test, failure, judged):
        self.test, self.kind, self.requirement = test, failure["kind"], failure["requirement"]
        self.judged = dict(judged)


class Judgement:
    """What a run says of a fault that breaks some requirements."""

    def __init__(self, requirements):
        self.requirements = requirements
        self.began = self.ended = False
        self.judged = {"images": 0, "workloads": 0, "crashes": 0, "states": 0, "contracts": 0}
        self.flaky = self.not_run = 0
        self.fitting = None  # the first failure that names one of the requirements
        self.other = None  # the first failure that names another one
        self.others = 0  # the tests that failed, before there was a fitting failure, by other requirements alone

    def add(self, event):
        if event["event"] == "begin":
            self.began = True
        elif event["event"] == "end":
            self.ended = True
        elif event["event"] == "result":
            self.add_result(event)

    def add_result(self, event):
        outcome = event["outcome"]
        if outcome in ("not-run", "not-applicable"):
            self.not_run += outcome == "not-run"
            return
        self.judged[kind_of(event["test"])] += 1
        self.judged["states"] += event.get("crashStates", 0)
        self.flaky += outcome == "flaky"
        if outcome == "failed" and not self.fitting:
            self.add_failures(event["test"], event["failures"])

    def add_failures(self, test, failures):
        fitting = [failure for failure in failures if failure["requirement"] in self.requirements]
        if fitting:
            self.fitting = Finding(test, fitting[0], self.judged)
        else:
            self.others += 1
            self.other = self.other or Finding(test, failures[0], self.judged)
