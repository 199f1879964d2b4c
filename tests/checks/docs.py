"""docs.py - the code in a page of the book compiles, runs, and prints what the page says.

usage: docs.py PAGE SOURCE_DIRECTORY WORK_DIRECTORY

What stands behind a code fence's language says what is done with the block:

	```c file=NAME     is (a part of) the file NAME; each such C file is compiled
	```c from=PATH     is an excerpt, word for word, of that file of the project
	```sh run          is run by sh, in the directory of the files, and must succeed
	```text output     is what the run block before it prints; a line "..." stands for any lines

A block of C or CMake without such a mark is an error, so that none goes unchecked. Links to
files must lead somewhere, and `tests/NAME.c: FUNCTION` must name a function of that file.
Programs are built with $CC, against an installed library where CMAKE_PREFIX_PATH names one.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TEST_NAME = re.compile(r"`(\w[\w/]*\.c): (\w+)`")
CHECKED_LANGUAGES = ("c", "cpp", "cmake")
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
          "-D_POSIX_C_SOURCE=200809L"]


class Problem(Exception):
    pass


def matches(expected, actual):
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), actual) is not None


def check_references(page, source, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if not (page.parent / target).exists():
            raise Problem(f"{page}: a link leads nowhere: {target}")
    for file, function in TEST_NAME.findall(text):
        path = source / file
        if not path.exists() or not re.search(rf"\b{function}\(", path.read_text(encoding="utf-8")):
            raise Problem(f"{page}: there is no {function}() in {file}")


class Page:
    def __init__(self, source, work):
        self.source, self.work = source, work
        self.files = set()
        self.output = None

    def take(self, language, words, text):
        """Do with one block what its mark says; True if that checked something."""
        if words[:1] == ["run"] and language == "sh":
            self.run(text)
        elif words[:1] == ["output"]:
            if self.output is None or not matches(text, self.output):
                raise Problem(f"the page says\n{text}\nand what is printed is\n{self.output}")
        elif words and words[0].startswith("file="):
            self.write(words[0][len("file="):], text)
        elif words and words[0].startswith("from="):
            path = self.source / words[0][len("from="):]
            if text.strip("\n") not in path.read_text(encoding="utf-8"):
                raise Problem(f"this is no excerpt of {path}:\n{text}")
        elif language in CHECKED_LANGUAGES:
            raise Problem(f"nothing checks this block of {language}:\n{text}")
        else:
            return False
        return True

    def write(self, name, text):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a" if name in self.files else "w", encoding="utf-8") as file:
            file.write(text)
        self.files.add(name)

    def run(self, text):
        done = subprocess.run(["sh", "-euc", text], cwd=self.work, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.output = done.stdout
        if done.returncode != 0:
            raise Problem(f"this fails:\n{text}\n{done.stdout}")

    def compile(self):
        for name in sorted(self.files):
            if not name.endswith(".c"):
                continue
            done = subprocess.run([os.environ.get("CC", "cc"), *STRICT, f"-I{self.work}",
                                   f"-I{self.source}/include", str(self.work / name)],
                                  text=True, capture_output=True, check=False)
            if done.returncode != 0:
                raise Problem(f"{name} does not compile:\n{done.stderr}")


def main(page, source, work):
    source, work = pathlib.Path(source), pathlib.Path(work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    checked = Page(source, work)
    page = pathlib.Path(page)
    text = page.read_text(encoding="utf-8")
    count = 0
    try:
        check_references(page, source, text)
        for fence in FENCE.finditer(text):
            line = text.count("\n", 0, fence.start()) + 1
            try:
                count += checked.take(fence[1], fence[2].split(), fence[3])
            except Problem as problem:
                raise Problem(f"{page}:{line}: {problem}") from None
        checked.compile()
    except Problem as problem:
        print(problem)
        return 1
    print(f"{count} blocks checked")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
