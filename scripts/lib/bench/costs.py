"""costs.py - what an operation costs whatever the machine: system calls, fsyncs, instructions.

A program also starts, warms up and ends. What an operation costs is the difference between
two runs, divided by the difference of their numbers of operations.
"""

import os
import re
import tempfile

FLUSHES = ("fsync", "fdatasync", "msync", "sync_file_range")


def system_calls(programs, case):
    """System calls and flushes of an operation."""
    few, many = case.calls
    counts = [_trace(programs, case, ops) for ops in (few, many)]
    return [(b - a) / (many - few) for a, b in zip(*counts)]


def instructions(programs, case):
    """Instructions of an operation, as valgrind counts them."""
    few, many = case.instructions
    counts = [_count(programs, case, ops) for ops in (few, many)]
    return (counts[1] - counts[0]) / (many - few)


def _trace(programs, case, ops):
    with tempfile.TemporaryDirectory() as directory:
        table = os.path.join(directory, "calls")
        programs.run(case, f"{case.ours} {case.counted}", ops, ["strace", "-f", "-c", "-o", table])
        with open(table, encoding="utf-8") as file:
            return count_calls(file.read())


def count_calls(table):
    """All calls, and those that flush, of a table that strace -c wrote."""
    calls = flushes = 0
    for line in table.splitlines():
        # % time, seconds, usecs/call, calls, errors (may be empty), name
        words = line.split()
        if len(words) < 5 or not words[3].isdigit() or words[-1] == "total":
            continue
        calls += int(words[3])
        if words[-1] in FLUSHES:
            flushes += int(words[3])
    return calls, flushes


def _count(programs, case, ops):
    _, said = programs.run(case, f"{case.ours} {case.counted}", ops,
                           ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    return int(re.search(r"Collected : (\d+)", said)[1])
