"""The runner of the benchmarks; scripts/bench says how it is called, docs/performance.md what
it measures."""

import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))

import costs  # noqa: E402
import machine  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
from cases import CASES  # noqa: E402
from programs import Failure, Programs  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--quick", action="store_true", help="three shorter rounds")
    parser.add_argument("--only", default="", metavar="NAME", help="cases that begin with NAME")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--build", default=ROOT / "build" / "bench", type=pathlib.Path,
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def list_cases(cases):
    for case in cases:
        print(f"{case.name:34} {case.target:8} {case.full:>9} ops, quick {case.quick:>7}   "
              f"{case.ours}  against  {case.limit or '-'}")


def measure(programs, case):
    record = rounds.measure(programs, case)
    if case.calls:
        record["calls"], record["fsyncs"] = costs.system_calls(programs, case)
    if case.instructions:
        record["instructions"] = costs.instructions(programs, case)
    return record


def measure_all(programs, cases):
    """The records of all cases, and how many failed."""
    records = []
    failures = 0
    for case in cases:
        print(f"{case.name} ...", file=sys.stderr)
        try:
            records.append(measure(programs, case))
        except Failure as failure:
            failures += 1
            print(failure, file=sys.stderr)
    return records, failures


def report(records, described, build):
    for name, value in described.items():
        print(f"{name + ':':12} {value}")
    for line in table.settings(records):
        print(line)
    print()
    print(table.text(records))
    for record in records:
        record["machine"] = described
    path = build.parent / "bench.json"
    path.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


def main():
    options = arguments()
    cases = [case for case in CASES if case.name.startswith(options.only)]
    if not cases:
        print(f"bench: no case begins with '{options.only}'", file=sys.stderr)
        return 2
    if options.list:
        list_cases(cases)
        return 0
    programs = Programs(ROOT, options.build, options.quick)
    records, failures = measure_all(programs, cases)
    report(records, machine.describe(options.build, options.build / "CMakeCache.txt"),
           options.build)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
