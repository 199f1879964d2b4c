"""book.py - the measurements as a page of the book shows them: between two marks of it."""

import table

BEGIN = "<!-- begin: written by scripts/bench --write -->\n"
END = "<!-- end -->\n"


def write(page, records, described, settings, charts):
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for the measurements")
    page.write_text(before + begin + _block(records, described, settings, charts) + end + after,
                    encoding="utf-8")


def _block(records, described, settings, charts):
    lines = ["", *(f"- {name}: {value}" for name, value in described.items()),
             *(f"- {line}" for line in settings), "",
             *(f"![{chart}](benchmarks/{chart}.svg)" for chart in charts), "", table.markdown(records, table.RATIOS), "",
             "What an operation costs, and how long it takes (microseconds):", "",
             table.markdown(records, table.COSTS), ""]
    return "\n".join(lines) + "\n"
