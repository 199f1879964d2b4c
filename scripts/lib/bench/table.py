"""table.py - the measurements as a table, for a terminal and for the book."""

COLUMNS = ("case", "ours", "limit", "unit", "ratio", "min", "max", "target", "",
           "p50", "p99", "p99.9 us", "allocs", "calls", "fsyncs", "instr")
LEFT = {"case", "unit", "target", ""}
MARKS = {True: "ok", False: "MISS", None: ""}


def row(record):
    return (record["case"], _number(record["ours"]), _number(record["limit"]), record["unit"],
            _ratio(record["ratio"]), _ratio(record["ratio_min"]), _ratio(record["ratio_max"]),
            record["target"], MARKS[record["met"]],
            _number(record["p50_us"]), _number(record["p99_us"]), _number(record["p999_us"]),
            _number(record["allocations"]), _number(record.get("calls")),
            _number(record.get("fsyncs")), _number(record.get("instructions")))


def text(records):
    rows = [COLUMNS, *map(row, records)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) if name in LEFT else cell.rjust(width)
                       for name, cell, width in zip(COLUMNS, cells, widths)).rstrip()
             for cells in rows]
    return "\n".join(lines)


def markdown(records):
    """The same for the book, with a miss in bold."""
    names = [name or "met" for name in COLUMNS]
    lines = ["| " + " | ".join(names) + " |",
             "|" + "|".join(" --- " if name in LEFT else " ---: " for name in COLUMNS) + "|"]
    for record in records:
        cells = [f"`{cell}`" if name == "case" else cell.replace("MISS", "**no**")
                 for name, cell in zip(COLUMNS, row(record))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def settings(records):
    """What the programs said of their settings, once each: "limit of sqlite.batch.100: ..."."""
    lines = {}
    for record in records:
        for side in ("ours", "limit"):
            said = record["rounds"][0].get(side, {}).get("settings")
            if said:
                told = ", ".join(f"{name}={value}" for name, value in said.items())
                lines.setdefault((side, told), []).append(record["case"])
    return [f"{side}: {told} ({', '.join(cases)})" for (side, told), cases in lines.items()]


def _ratio(value):
    return "" if value is None else f"{value:.3f}"


def _number(value):
    if value is None:
        return ""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else "<0.001"
