"""chart.py - the measurements as charts: one SVG for each group of cases, a bar for each case.

Ratios have targets of their own, so a bar shows the ratio as a share of its target: one that
reaches the line is a target met, also where less is better. The figures stand beside it.
"""

from xml.sax.saxutils import escape

BAR, GAP, TOP, LABEL, SCALE, NOTE = 18, 10, 58, 270, 190, 260
MOST = 2.0  # in targets; a longer bar is cut
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 11px; fill: #59636e }
.ground { fill: #ffffff } .met { fill: #2da44e } .missed { fill: #cf222e }
.target { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 3 }
.range { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
 text { fill: #f0f6fc } .small { fill: #9198a1 } .ground { fill: #0d1117 }
 .met { fill: #3fb950 } .missed { fill: #f85149 }
 .target, .range { stroke: #f0f6fc }
}
"""


def write(records, directory):
    """Draw all cases that have a target, by the first words of their names; those words."""
    groups = {}
    for record in records:
        if record["met"] is not None:
            groups.setdefault(record["case"].partition(".")[0], []).append(record)
    directory.mkdir(parents=True, exist_ok=True)
    for group, members in groups.items():
        (directory / f"{group}.svg").write_text(draw(group, members), encoding="utf-8")
    return list(groups)


def draw(group, records):
    width = LABEL + int(MOST * SCALE) + NOTE
    height = TOP + len(records) * (BAR + GAP) + GAP
    line = LABEL + SCALE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        f"<title>{escape(group)}: what was reached of each target</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>',
        _text(12, 26, group, "title"),
        _text(line, 44, "target", "small", "middle"),
    ]
    for number, record in enumerate(records):
        parts += _bar(record, TOP + number * (BAR + GAP))
    parts.append(f'<line class="target" x1="{line}" x2="{line}" y1="{TOP - 8}" '
                 f'y2="{height - GAP}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(record, top):
    figure = record["ratio"] if record["ratio"] is not None else record["ours"]
    length = _reached(record, figure)
    middle = top + BAR / 2
    parts = [
        _text(LABEL - 10, middle + 4, record["case"], anchor="end"),
        f'<rect class="{"met" if record["met"] else "missed"}" x="{LABEL}" y="{top}" '
        f'width="{length:.1f}" height="{BAR}" rx="2"/>',
    ]
    if record["ratio"] is not None:
        ends = [_reached(record, record[name]) for name in ("ratio_min", "ratio_max")]
        parts.append(f'<line class="range" x1="{LABEL + ends[0]:.1f}" x2="{LABEL + ends[1]:.1f}" '
                     f'y1="{middle}" y2="{middle}"/>')
    parts.append(_text(LABEL + MOST * SCALE + 12, middle + 4, _note(record, figure)))
    return parts


def _reached(record, figure):
    """The length of a bar; of what is to be small, the inverse counts."""
    kind, target = record["target"].split()
    share = figure / float(target) if kind == "≥" else float(target) / figure
    return min(share, MOST) * SCALE


def _note(record, figure):
    unit = "×" if record["ratio"] is not None else f" {record['unit']}"
    return f"{figure:.2f}{unit}, {record['target']}"


def _text(x, y, text, kind="", anchor="start"):
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
