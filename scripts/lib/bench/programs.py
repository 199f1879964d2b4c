"""programs.py - run the programs of a build, one at a time."""

import hashlib
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

TIMEOUT_S = 1200
LAYOUT = "src/store/sqlite/schema.c"  # what is kept is built anew when this changes


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
        if case.settings:
            result.setdefault("settings", case.settings)
        if result["seconds"] > 0:
            result["rate"] = result["ops"] / result["seconds"]
        if "allocations" in result:
            result["allocations_per_op"] = result["allocations"] / result["ops"]
        return result, done.stderr

    def prepare(self, case):
        """Make what is kept for a case, unless it is there and would be the same."""
        if not case.prepare:
            return
        command, *sizes = case.prepare
        ops = sizes[1 if self.quick else 0]
        layout = (self.source / LAYOUT).read_text(encoding="utf-8")
        wanted = hashlib.sha256(f"{command} {ops}\n{layout}".encode()).hexdigest()
        stamp = self.kept(case) / "complete"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        self._empty(self.kept(case))
        self.run(case, command, ops)
        stamp.write_text(wanted, encoding="utf-8")

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
