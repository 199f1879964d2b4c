"""count_tests.py - add up what a run of scripts/test found, and print its last line.

usage: count_tests.py RESULTS_DIRECTORY

The directory holds CTest's JUnit files, and a file "build-NAME" that says "passed" or
"failed" for each build. A cmocka program counts as the tests it reports; any other test,
and a build, as one. A process that the run left behind is a failure, and so is a test that
was skipped without a reason.
"""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

SUMMARY = re.compile(r"^\[\s+(PASSED|FAILED|SKIPPED)\s+\] (?:.*: )?(\d+) test\(s\)", re.MULTILINE)
# A cmocka test prints its reason between its RUN and its SKIPPED line.
SKIPPED_TEST = re.compile(
    r"^\[ RUN\s+\] (\S+)\n((?:(?!\[ RUN).*\n)*?)\[\s+SKIPPED\s+\] \1$", re.MULTILINE)


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []

    def fail(self, note, count=1):
        self.failed += count
        self.notes.append(f"failed: {note}")

    def skip(self, name, reason):
        if reason:
            self.skipped += 1
            self.notes.append(f"skipped: {name}: {reason}")
        else:
            self.fail(f"{name}: skipped without a reason")


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def count_skipped_in_program(counts, program, output):
    for name, printed in SKIPPED_TEST.findall(output):
        counts.skip(f"{program}: {name}", last_line(printed))


def count_case(counts, build, case):
    name = f"{build}: {case.get('name')}"
    output = case.findtext("system-out") or ""
    status = case.get("status")
    numbers = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for word, number in SUMMARY.findall(output):
        numbers[word] += int(number)
    if status == "run":
        counts.passed += numbers["PASSED"] if any(numbers.values()) else 1
        count_skipped_in_program(counts, name, output)
    elif status == "fail":
        # A program may also fail outside of its tests: by a leak, a signal, a timeout.
        counts.passed += numbers["PASSED"]
        counts.fail(name, max(numbers["FAILED"], 1))
        count_skipped_in_program(counts, name, output)
    elif status == "notrun" and last_line(output):
        counts.skip(name, last_line(output))
    else:
        counts.fail(f"{name} did not run")


def left_processes(mark):
    """The processes that still carry the run's mark in their environment."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        if int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes():
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append(f"process {entry.name} is still there: {command}")
        except OSError:
            continue
    return found


def main(directory):
    counts = Counts()
    for path in sorted(pathlib.Path(directory).iterdir()):
        if path.suffix == ".xml":
            for case in ElementTree.parse(path).getroot().iter("testcase"):
                count_case(counts, path.stem, case)
        elif path.read_text().strip() == "passed":
            counts.passed += 1
        else:
            counts.fail(path.name)
    for process in left_processes(f"CQRS_TEST_RUN={os.environ['CQRS_TEST_RUN']}\0".encode()):
        counts.fail(process)
    for note in counts.notes:
        print(note)
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    strict = os.environ.get("CI") == "true"
    return 1 if counts.failed or (strict and counts.skipped) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
