"""table.py - the measurements as tables, for a terminal and for the book."""

MARKS = {True: "ok", False: "MISS", None: ""}


def _number(value):
    if value is None:
        return ""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else "<0.001"


def _ratio(value):
    return "" if value is None else f"{value:.3f}"


# Of each column: its heading, the member of the record, how it is written, and whether it is
# text, which stands on the left.
CASE = ("case", "case", str, True)
RATIOS = (
    CASE,
    ("ours", "ours", _number, False),
    ("limit", "limit", _number, False),
    ("unit", "unit", str, True),
    ("ratio", "ratio", _ratio, False),
    ("min", "ratio_min", _ratio, False),
    ("max", "ratio_max", _ratio, False),
    ("target", "target", str, True),
    ("met", "met", MARKS.get, True),
)
COSTS = (
    CASE,
    ("p50 us", "p50_us", _number, False),
    ("p99 us", "p99_us", _number, False),
    ("p99.9 us", "p999_us", _number, False),
    ("allocs", "allocations", _number, False),
    ("calls", "calls", _number, False),
    ("fsyncs", "fsyncs", _number, False),
    ("instr", "instructions", _number, False),
)


def _cells(record, columns):
    return [write(record.get(member)) for _, member, write, _ in columns]


def text(records):
    """One table of everything, with a miss marked."""
    columns = RATIOS + COSTS[1:]
    rows = [[heading for heading, *_ in columns],
            *(_cells(record, columns) for record in records)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) if left else cell.rjust(width)
                  for (*_, left), cell, width in zip(columns, cells, widths)).rstrip()
        for cells in rows)


def markdown(records, columns):
    """Some columns for the book, without the rows that have nothing in them."""
    lines = ["| " + " | ".join(heading for heading, *_ in columns) + " |",
             "|" + "|".join(" --- " if left else " ---: " for *_, left in columns) + "|"]
    for record in records:
        name, *cells = _cells(record, columns)
        if any(cells):
            cells = [cell.replace("MISS", "**no**") for cell in cells]
            lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def settings(records):
    """What the programs said of their settings, once each."""
    cases = {}
    for record in records:
        for side in ("ours", "limit"):
            said = record["rounds"][0].get(side, {}).get("settings")
            if said:
                told = ", ".join(f"{name}={value}" for name, value in said.items())
                cases.setdefault((side, told), []).append(record["case"])
    return [f"{side}: {told} ({', '.join(names)})" for (side, told), names in cases.items()]
