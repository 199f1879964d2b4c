"""programs.py - run the programs of a build, one at a time."""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys

TIMEOUT_S = 1200


class Failure(Exception):
    """A program failed, or printed what is no result."""


class Programs:
    """The programs of a build directory, and the directories that they work in."""

    def __init__(self, source, build, quick):
        self.source = pathlib.Path(source).resolve()
        self.build = pathlib.Path(build).resolve()
        self.quick = quick
        self.data = self.build / "data"

    def run(self, case, command, ops, wrapper=()):
        """Run a command of a case; the line it printed, and what it said besides."""
        words = [*wrapper, *self.words(case, command), "--ops", str(ops)]
        try:
            done = subprocess.run(words, cwd=self.build / "bench", text=True, timeout=TIMEOUT_S,
                                  capture_output=True, check=False)
        except subprocess.TimeoutExpired:
            raise Failure(f"{case.name}: {command}: no end after {TIMEOUT_S} s") from None
        if done.returncode != 0:
            raise Failure(f"{case.name}: {shlex.join(words)}: status {done.returncode}\n"
                          f"{done.stdout}{done.stderr}")
        try:
            result = json.loads(done.stdout)
        except ValueError:
            raise Failure(f"{case.name}: {command}: prints no JSON: {done.stdout}") from None
        if result["seconds"] > 0:
            result["rate"] = result["ops"] / result["seconds"]
        if "allocations" in result:
            result["allocations_per_op"] = result["allocations"] / result["ops"]
        return result, done.stderr

    def prepare(self, case):
        """Make what is kept for a case, unless it is there."""
        if not case.prepare:
            return
        command, *ops = case.prepare
        kept = self.kept(case)
        if (kept / "complete").exists():
            return
        self._empty(kept)
        self.run(case, command, ops[self.quick])
        (kept / "complete").touch()

    def kept(self, case):
        return self.build / "kept" / f"{case.kept or case.name}{'.quick' if self.quick else ''}"

    def words(self, case, command):
        """The words of a command, with its directories, of which {dir} is emptied."""
        if "{dir}" in command:
            self._empty(self.data)
        program, *options = shlex.split(command)
        words = [option.replace("{dir}", str(self.data)).replace("{kept}", str(self.kept(case)))
                 for option in options]
        if program.endswith(".py"):
            return [sys.executable, str(self.source / "bench" / program), *words]
        return [f"./{program}", *words]

    @staticmethod
    def _empty(directory):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
