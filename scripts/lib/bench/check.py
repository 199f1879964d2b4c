"""check.py - what must hold on any machine, however fast it is: CI fails on these alone.

	allocations   no command on a cached aggregate makes the framework allocate, once all
	              that a command needs has been allocated: exactly 0 in a run
	fsyncs        a durable commit costs so many at most; those of checkpoints, which come
	              once in many commits, are spread over them
	instructions  a command needs at most a tenth more than bench/instructions.json says for
	              this compiler; for another there is no figure, and the check says so

The cases say which of these hold for them.
"""

import json
import shutil

import costs

ALLOWANCE = 1.10
CHECKS = ("allocations", "fsyncs", "instructions")
NEEDS = {"fsyncs": "strace", "instructions": "valgrind"}
FIGURES = "instructions.json"  # in bench/


def run(programs, cases, checks, compiler):
    """Print what was found; 0, 1 where a check does not hold, 77 where one cannot be made."""
    status = 0
    for check in checks:
        if NEEDS.get(check) and not shutil.which(NEEDS[check]):
            print(f"{check}: there is no {NEEDS[check]}")
            status = status or 77
            continue
        concerned = [case for case in cases if _concerns(check, case)]
        if not concerned:
            print(f"{check}: no case is held to it")
            status = status or 77
        for case in concerned:
            if not _holds(check, programs, case, compiler):
                status = 1
    return status


def rewrite(programs, cases, compiler):
    """Count the instructions anew and commit them to the file."""
    figures = _figures(programs)
    figures[compiler] = {case.name: round(costs.instructions(programs, case))
                         for case in cases if _concerns("instructions", case)}
    path = programs.source / "bench" / FIGURES
    path.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{compiler}: {figures[compiler]}")


def _concerns(check, case):
    return {"allocations": case.allocates_nothing, "fsyncs": case.most_fsyncs is not None,
            "instructions": case.committed}[check]


def _holds(check, programs, case, compiler):
    function = {"allocations": _check_allocations, "fsyncs": _check_fsyncs,
                "instructions": _check_instructions}[check]
    found, held = function(programs, case, compiler)
    print(f"{'ok  ' if held else 'FAIL'} {check} of {case.name}: {found}")
    return held


def _check_allocations(programs, case, _compiler):
    programs.prepare(case)
    result, _ = programs.run(case, case.ours, case.quick)
    count = result["framework_allocations"]
    return f"{count} by the framework in {result['ops']} operations", count == 0


def _check_fsyncs(programs, case, _compiler):
    programs.prepare(case)
    _, fsyncs = costs.system_calls(programs, case)
    return f"{fsyncs:.3f} an operation, at most {case.most_fsyncs}", fsyncs <= case.most_fsyncs


def _check_instructions(programs, case, compiler):
    count = costs.instructions(programs, case)
    committed = _figures(programs).get(compiler, {}).get(case.name)
    if committed is None:
        return f"{count:.0f}; no figure is committed for {compiler}", True
    return f"{count:.0f}, committed are {committed} for {compiler}", count <= committed * ALLOWANCE


def _figures(programs):
    path = programs.source / "bench" / FIGURES
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
