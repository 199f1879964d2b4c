"""bench_test.py - what the runner of the benchmarks reads, decides and draws."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/bench"))

import book  # noqa: E402
import chart  # noqa: E402
import costs  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
from case import Case  # noqa: E402

STRACE = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 70.62    9.278183         418     22160           fdatasync
  0.02    0.001028           5       181        16 newfstatat
------ ----------- ----------- --------- --------- ----------------
100.00   13.130000          36     22341        16 total
"""


class Scripted:
    """Programs that print what they are told to."""

    def __init__(self, rates, quick=True):
        self.rates = {command: iter(values) for command, values in rates.items()}
        self.quick = quick
        self.order = []

    def prepare(self, case):
        pass

    def run(self, _case, command, ops):
        self.order.append(command)
        return {"ops": ops, "seconds": 1, "rate": next(self.rates[command]),
                "allocations_per_op": 0.5, "p50_us": 1.0, "p99_us": 4.0}, ""


def measured(ours, limit, **more):
    case = Case("a.b", "ops/s", ours="ours", limit="limit", full=10, quick=1, **more)
    programs = Scripted({"ours": ours, "limit": limit})
    return rounds.measure(programs, case), programs.order


class Runner(unittest.TestCase):
    def test_calls_are_counted_by_name_and_the_total_is_none(self):
        self.assertEqual(costs.count_calls(STRACE), {"fdatasync": 22160, "newfstatat": 181})

    def test_ours_and_the_limit_take_turns_in_being_first(self):
        _, order = measured([1, 1, 1], [1, 1, 1])
        self.assertEqual(order, ["ours", "limit", "limit", "ours", "ours", "limit"])

    def test_the_ratio_is_the_median_of_the_rounds_ratios(self):
        record, _ = measured([10, 50, 20], [100, 100, 50])
        self.assertEqual((record["ratio_min"], record["ratio"], record["ratio_max"]),
                         (0.1, 0.4, 0.5))
        self.assertEqual((record["ours"], record["limit"]), (20, 100))
        self.assertEqual(record["allocations"], 0.5)

    def test_a_target_is_met_or_missed_from_either_side(self):
        for met, more in ((True, {"least": 0.5}), (False, {"least": 0.6}), (True, {"most": 0.5}),
                          (False, {"most": 0.4}), (None, {})):
            record, _ = measured([50] * 3, [100] * 3, **more)
            self.assertIs(record["met"], met, more)

    def test_a_long_tail_misses_the_target(self):
        record, _ = measured([50] * 3, [100] * 3, least=0.5, tail=3)
        self.assertIs(record["met"], False)

    def test_a_miss_is_marked_in_both_tables(self):
        record, _ = measured([50] * 3, [100] * 3, least=0.6)
        self.assertIn("MISS", table.text([record]))
        self.assertIn("**no**", table.markdown([record], table.RATIOS))

    def test_a_bar_that_reaches_its_target_is_as_long_as_the_line_is_far(self):
        for target in ({"least": 0.5}, {"most": 0.5}):
            record, _ = measured([50] * 3, [100] * 3, **target)
            self.assertIn(f'class="met" x="{chart.LABEL}" y="{chart.TOP}" '
                          f'width="{chart.SCALE:.1f}"', chart.draw("a", [record]))

    def test_the_book_keeps_what_is_outside_of_the_marks(self):
        record, _ = measured([50] * 3, [100] * 3, least=0.6)
        with tempfile.TemporaryDirectory() as directory:
            page = pathlib.Path(directory, "page.md")
            page.write_text(f"before\n{book.BEGIN}old\n{book.END}after\n", encoding="utf-8")
            for _ in range(2):
                book.write(page, [record], {"cpu": "fast"}, [], ["a"])
            text = page.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n") and text.endswith("after\n"))
        self.assertNotIn("old", text)
        self.assertEqual(text.count("`a.b`"), 2)
        self.assertEqual(text.count("](benchmarks/a.svg)"), 1)


if __name__ == "__main__":
    unittest.main()
