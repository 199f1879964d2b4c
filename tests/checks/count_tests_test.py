"""count_tests_test.py - the last line of a test run says what happened (unittest)."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts/lib/count_tests.py"
MARK = "a-mark-of-no-run"


def case(name, status, output=""):
    return f'<testcase name="{name}" status="{status}"><system-out>{output}</system-out></testcase>'


def run(cases=(), builds=(), **environment):
    """The exit status and the lines of output for these results."""
    with tempfile.TemporaryDirectory() as directory:
        results = pathlib.Path(directory)
        (results / "gcc.xml").write_text(f"<testsuite>{''.join(cases)}</testsuite>")
        for name, outcome in builds:
            (results / f"build-{name}").write_text(outcome + "\n")
        done = subprocess.run(
            [sys.executable, str(SCRIPT), directory], text=True, capture_output=True, check=False,
            env={"PATH": os.environ["PATH"], "CQRS_TEST_RUN": MARK, **environment})
        return done.returncode, done.stdout.splitlines()


class CountTests(unittest.TestCase):
    def test_a_program_counts_as_the_tests_it_reports(self):
        output = "[==========] 3 test(s) run.\n[  PASSED  ] 3 test(s).\n"
        status, lines = run([case("core", "run", output)])
        self.assertEqual((status, lines[-1]), (0, "3 passed, 0 failed, 0 skipped"))

    def test_a_build_and_a_test_without_a_report_count_as_one(self):
        status, lines = run([case("headers", "run")], [("gcc", "passed")])
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed, 0 skipped"))

    def test_failures_are_counted_and_named(self):
        output = "[  PASSED  ] 2 test(s).\n[  FAILED  ] 1 test(s), listed below:\n"
        status, lines = run([case("core", "fail", output)], [("clang", "failed")])
        self.assertEqual((status, lines[-1]), (1, "2 passed, 2 failed, 0 skipped"))
        self.assertIn("failed: gcc: core", lines)

    def test_a_program_that_dies_after_its_tests_has_failed(self):
        status, lines = run([case("core", "fail", "[  PASSED  ] 2 test(s).\n")])
        self.assertEqual((status, lines[-1]), (1, "2 passed, 1 failed, 0 skipped"))

    def test_a_skip_says_why_and_ci_takes_it_for_a_failure(self):
        cases = [case("format", "notrun", "this needs version 14")]
        status, lines = run(cases)
        self.assertEqual((status, lines[-1]), (0, "0 passed, 0 failed, 1 skipped"))
        self.assertIn("skipped: gcc: format: this needs version 14", lines)
        self.assertEqual(run(cases, CI="true")[0], 1)

    def test_a_skipped_test_within_a_program_says_why(self):
        output = ("[ RUN      ] a_test\nno such disk\n[  SKIPPED ] a_test\n"
                  "[  PASSED  ] 1 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n"
                  "[  SKIPPED ] a_test\n")
        status, lines = run([case("disk", "run", output)])
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertIn("skipped: gcc: disk: a_test: no such disk", lines)

    def test_a_skip_without_a_reason_is_a_failure(self):
        output = "[ RUN      ] a_test\n[  SKIPPED ] a_test\n[  SKIPPED ] 1 test(s), listed below:\n"
        status, lines = run([case("disk", "run", output)])
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))

    def test_a_process_that_is_left_is_a_failure(self):
        with subprocess.Popen(["sleep", "60"], env={**os.environ, "CQRS_TEST_RUN": MARK}) as left:
            status, lines = run([case("core", "run")])
            left.kill()
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))


if __name__ == "__main__":
    unittest.main()
