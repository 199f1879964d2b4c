"""size.py - how large the bank on the memory store is: its stripped program with every shared
library beyond the C library, and the memory that is resident after its first command.

Called with --ops, as every program; it measures once.
"""

import json
import os
import re
import subprocess
import tempfile

PROGRAM = "cases/start_memory"
# What the C library consists of, and what the kernel brings along.
OF_LIBC = re.compile(r"^(linux-vdso|ld-|ld-linux|libc|libm|libpthread|libdl|librt)\b")


def output(*words):
    return subprocess.run(words, check=True, text=True, capture_output=True).stdout


def stripped_size(path):
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "stripped")
        subprocess.run(["strip", "-o", copy, path], check=True)
        return os.path.getsize(copy)


def libraries():
    """The paths of the shared libraries beyond the C library."""
    for line in output("ldd", PROGRAM).splitlines():
        name, _, rest = line.strip().partition(" => ")
        if rest and not OF_LIBC.match(os.path.basename(name)):
            yield os.path.realpath(rest.split(" (")[0])


def main():
    sizes = {"program": stripped_size(PROGRAM)}
    sizes.update((os.path.basename(path), os.path.getsize(path)) for path in libraries())
    print(json.dumps({
        "ops": 1, "seconds": 0,
        "file_kb": sum(sizes.values()) / 1024,
        "rss_mb": int(output(PROGRAM, "resident")) / 1024,
        "sizes": sizes,
    }))


if __name__ == "__main__":
    main()
