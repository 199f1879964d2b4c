"""rounds.py - measure a case and its limit alternately, and put the rounds together."""

import statistics

ROUNDS = 5
QUICK_ROUNDS = 3


def measure(programs, case):
    """All rounds of a case, as the record that build/bench.json has of it."""
    programs.prepare(case)
    rounds = [_round(programs, case, number)
              for number in range(QUICK_ROUNDS if programs.quick else ROUNDS)]
    ours = statistics.median(one["ours"]["value"] for one in rounds)
    record = {
        "case": case.name, "unit": case.unit, "target": case.target,
        "ours": ours, "limit": None, "ratio": None, "ratio_min": None, "ratio_max": None,
        "p50_us": _median(rounds, "p50_us"), "p99_us": _median(rounds, "p99_us"),
        "p999_us": _median(rounds, "p999_us"),
        "allocations": _median(rounds, "allocations_per_op"),
        "rounds": rounds,
    }
    if case.limit:
        ratios = [one["ratio"] for one in rounds]
        record.update(limit=statistics.median(one["limit"]["value"] for one in rounds),
                      ratio=statistics.median(ratios), ratio_min=min(ratios),
                      ratio_max=max(ratios))
    record["met"] = _met(case, record)
    return record


def _round(programs, case, number):
    """One run of each; they take turns in being first, so that a drift favours neither."""
    commands = {"ours": case.ours, "limit": case.limit}
    results = {}
    for side in ("ours", "limit") if number % 2 == 0 else ("limit", "ours"):
        if commands[side]:
            ops = case.quick if programs.quick else case.full
            result, _ = programs.run(case, commands[side], ops)
            result["value"] = result[case.value] * case.scale
            results[side] = result
    if case.limit:
        results["ratio"] = results["ours"]["value"] / results["limit"]["value"]
    return results


def _median(rounds, member):
    values = [one["ours"][member] for one in rounds if member in one["ours"]]
    return statistics.median(values) if values else None


def _met(case, record):
    """True, False, or None where there is no target."""
    if case.least is None and case.most is None:
        return None
    met = case.reaches(record["ratio"] if case.limit else record["ours"])
    if case.tail:
        met = met and record["p99_us"] <= case.tail * record["p50_us"]
    return met
