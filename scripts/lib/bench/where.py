"""where.py - where the cost of an operation comes from: by function, by system call."""

import costs

MOST = 40


def show(programs, case):
    programs.prepare(case)
    if case.instructions:
        for inclusive in (True, False):
            functions = costs.instructions_by_function(programs, case, inclusive)
            _print(f"{case.name}: instructions, "
                   f"{'with those of what is called' if inclusive else 'its own'}", functions)
    if case.calls:
        _print(f"{case.name}: system calls", costs.calls_by_name(programs, case))


def _print(heading, numbers):
    print(heading)
    for name, number in sorted(numbers.items(), key=lambda item: -item[1])[:MOST]:
        if number >= 0.001:
            print(f"{number:12,.3f}  {name}")
    print()
