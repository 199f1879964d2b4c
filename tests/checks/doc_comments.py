"""doc_comments.py - every public function has a doc comment right before it.

usage: doc_comments.py HEADER...
"""

import re
import sys

# A declaration runs from CQRS_API, at the start of a line, to its semicolon.
DECLARATION = re.compile(r"^CQRS_API\b[^;{]*;", re.MULTILINE)
NAME = re.compile(r"\b(cqrs_\w+)\s*\(")
DOC_COMMENT_END = re.compile(r"/\*\*(?:[^*]|\*(?!/))*\*/\n\Z")


def undocumented(path):
    """The public functions of a header and those of them that lack a doc comment."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    functions, lacking = [], []
    for declaration in DECLARATION.finditer(text):
        # An array's "[CQRS_ID_TEXT_SIZE]" or the arguments of CQRS_PRINTF are no name.
        name = NAME.search(declaration.group())
        line = text.count("\n", 0, declaration.start()) + 1
        if name is None:
            lacking.append(f"{path}:{line}: CQRS_API on something that is no function")
            continue
        functions.append(name.group(1))
        if not DOC_COMMENT_END.search(text[: declaration.start()]):
            lacking.append(f"{path}:{line}: {name.group(1)}() has no doc comment")
    return functions, lacking


def main(paths):
    count, problems = 0, []
    for path in paths:
        functions, lacking = undocumented(path)
        count += len(functions)
        problems += lacking
    print("\n".join(problems + [f"{count} public functions"]))
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
