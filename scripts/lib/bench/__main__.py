"""The runner of the benchmarks; scripts/bench says how it is called, docs/performance.md what
it measures."""

import argparse
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))

import book  # noqa: E402
import chart  # noqa: E402
import check  # noqa: E402
import costs  # noqa: E402
import machine  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
import where  # noqa: E402
from cases import CASES  # noqa: E402
from programs import Failure, Programs  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--quick", action="store_true", help="three shorter rounds")
    parser.add_argument("--only", default="", metavar="NAME", help="cases that begin with NAME")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--write", action="store_true", help="also write table and charts into docs")
    parser.add_argument("--check", nargs="?", const="all", choices=("all", *check.CHECKS),
                        help="check what must hold on any machine")
    parser.add_argument("--count", action="store_true", help="count the instructions anew")
    parser.add_argument("--profile", action="store_true", help="show where the cost comes from")
    parser.add_argument("--build", default=ROOT / "build" / "bench", type=pathlib.Path,
                        help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write and (options.quick or options.only or options.list or options.check or
                          options.count or options.profile):
        parser.error("--write measures all cases in full: it goes with no other option")
    return options


def list_cases(cases):
    for case in cases:
        print(f"{case.name:40} {case.target:8} {case.full:>9} ops, quick {case.quick:>7}   "
              f"{case.ours}  against  {case.limit or '-'}")


def measure(programs, case):
    record = rounds.measure(programs, case)
    if case.calls:
        record["calls"], record["fsyncs"] = costs.system_calls(programs, case)
    if case.instructions and not (programs.quick and record["met"] is None):
        record["instructions"] = costs.instructions(programs, case)
    return record


def measure_all(programs, cases):
    """The records of all cases, and how many failed."""
    records = []
    failures = 0
    for case in cases:
        began = time.monotonic()
        try:
            records.append(measure(programs, case))
        except Failure as failure:
            failures += 1
            print(failure, file=sys.stderr)
        print(f"{case.name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    return records, failures


def report(records, described, path):
    settings = table.settings(records)
    for name, value in described.items():
        print(f"{name + ':':12} {value}")
    print(*settings, "", table.text(records), sep="\n")
    for record in records:
        record["machine"] = described
    path.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    return settings


def main():
    options = arguments()
    cases = [case for case in CASES if case.name.startswith(options.only)]
    if not cases:
        print(f"bench: no case begins with '{options.only}'", file=sys.stderr)
        return 2
    if options.list:
        list_cases(cases)
        return 0
    programs = Programs(ROOT, options.build, options.quick or bool(options.check))
    described = machine.describe(options.build, options.build / "CMakeCache.txt")
    if options.count:
        check.rewrite(programs, cases, described["compiler"])
        return 0
    if options.check:
        checks = check.CHECKS if options.check == "all" else (options.check,)
        return check.run(programs, cases, checks, described["compiler"])
    if options.profile:
        for case in cases:
            where.show(programs, case)
        return 0
    records, failures = measure_all(programs, cases)
    settings = report(records, described, options.build.parent / "bench.json")
    if options.write and not failures:
        charts = chart.write(records, ROOT / "docs" / "benchmarks")
        book.write(ROOT / "docs" / "performance.md", records, described, settings, charts)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
