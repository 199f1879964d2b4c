"""together.py - run two copies of a program at the same time: what two threads could reach on
this machine if they shared nothing.

Called with the program and its options, --ops last; each copy does half of the operations.
"""

import json
import subprocess
import sys

COPIES = 2


def main(*words):
    *command, ops = words
    share = str(int(ops) // COPIES)
    copies = [subprocess.Popen([*command, share], stdout=subprocess.PIPE, text=True)
              for _ in range(COPIES)]
    results = [json.loads(copy.communicate()[0]) for copy in copies]
    if any(copy.returncode for copy in copies):
        sys.exit("a copy failed")
    print(json.dumps({
        "ops": sum(result["ops"] for result in results),
        "seconds": max(result["seconds"] for result in results),
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
