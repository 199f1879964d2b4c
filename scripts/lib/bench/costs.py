"""costs.py - what an operation costs whatever the machine: system calls, fsyncs, instructions.

A program also starts, warms up and ends. What an operation costs is the difference between
two runs, divided by the difference of their numbers of operations.
"""

import pathlib
import re
import subprocess
import tempfile

FLUSHES = ("fsync", "fdatasync", "msync", "sync_file_range")
# A line of callgrind_annotate: "12,345 (10.25%)  file:function [object]".
FUNCTION = re.compile(r"^\s*([\d,]+) \([^)]*\)\s+(?:\S*?):(\S+)", re.MULTILINE)


def system_calls(programs, case):
    """System calls and flushes of an operation."""
    calls = calls_by_name(programs, case)
    return sum(calls.values()), sum(calls.get(name, 0) for name in FLUSHES)


def calls_by_name(programs, case):
    return _difference(case.calls, lambda ops: _trace(programs, case, ops))


def instructions(programs, case):
    """Instructions of an operation, as valgrind counts them."""
    return _difference(case.instructions,
                       lambda ops: {"all": _count(programs, case, ops, "/dev/null")})["all"]


def instructions_by_function(programs, case, inclusive):
    """The same for each function: its own, or with those of what it calls."""
    return _difference(case.instructions, lambda ops: _annotate(programs, case, ops, inclusive))


def _difference(sizes, count):
    few, many = sizes
    before, after = count(few), count(many)
    return {name: (number - before.get(name, 0)) / (many - few)
            for name, number in after.items()}


def _trace(programs, case, ops):
    with tempfile.TemporaryDirectory() as directory:
        table = pathlib.Path(directory, "calls")
        programs.run(case, f"{case.ours} {case.counted}", ops,
                     ["strace", "-f", "-c", "-o", str(table)])
        return count_calls(table.read_text(encoding="utf-8"))


def count_calls(table):
    """The calls in a table that strace -c wrote, by name."""
    calls = {}
    for line in table.splitlines():
        # % time, seconds, usecs/call, calls, errors (may be empty), name
        words = line.split()
        if len(words) >= 5 and words[3].isdigit() and words[-1] != "total":
            calls[words[-1]] = calls.get(words[-1], 0) + int(words[3])
    return calls


def _count(programs, case, ops, profile):
    _, said = programs.run(case, f"{case.ours} {case.counted}", ops,
                           ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}"])
    return int(re.search(r"Collected : (\d+)", said)[1])


def _annotate(programs, case, ops, inclusive):
    with tempfile.TemporaryDirectory() as directory:
        profile = f"{directory}/profile"
        _count(programs, case, ops, profile)
        told = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no",
                               f"--inclusive={'yes' if inclusive else 'no'}", profile],
                              check=True, text=True, capture_output=True).stdout
    functions = {}
    for number, name in FUNCTION.findall(told):
        functions[name] = functions.get(name, 0) + int(number.replace(",", ""))
    return functions
