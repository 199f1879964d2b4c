"""exports.py - the shared libraries export what the public headers declare, and no more.

usage: exports.py INCLUDE_DIRECTORY LIBRARY...
"""

import pathlib
import re
import subprocess
import sys

DECLARED = re.compile(r"^CQRS_API\b[^;{]*?\b(cqrs_\w+)\s*\(", re.MULTILINE)


def exported(library):
    """The dynamic symbols that a library defines."""
    output = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", library],
        check=True, capture_output=True, text=True,
    ).stdout
    return {line.split()[0] for line in output.splitlines()}


def main(include, libraries):
    declared = set()
    for header in pathlib.Path(include, "cqrs").glob("*.h"):
        declared.update(DECLARED.findall(header.read_text(encoding="utf-8")))
    found, problems = set(), []
    for library in libraries:
        symbols = exported(library)
        print(f"{pathlib.Path(library).name}: {len(symbols)} symbols")
        problems += [f"{library} exports {symbol}, which no public header declares"
                     for symbol in sorted(symbols - declared)]
        problems += [f"{symbol} is exported by two libraries" for symbol in sorted(symbols & found)]
        found |= symbols
    problems += [f"{symbol} is declared and not exported" for symbol in sorted(declared - found)]
    print("\n".join(problems))
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
