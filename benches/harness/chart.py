"""The figures as an SVG: a bar a contestant, a panel a group, fastest on top."""

from html import escape

from rounds import summary
from tables import number

WIDTH, LABEL, BAR, ROW, HEAD = 760, 170, 470, 22, 40
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.peer { fill: #9aa4af } .ours { fill: #d9622b }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .peer { fill: #5d6874 } .ours { fill: #f0804a } }
"""


def panel(group, top):
    """SVG lines of one group from a height on, and the height below them."""
    medians = {name: summary(runs, group["figure"])[0] for name, runs in group["runs"].items()}
    longest = max(medians.values())
    lines = [f'<text class="title" x="0" y="{top + 16}">{escape(group["title"])}</text>']
    top += HEAD - 14
    for name, value in sorted(medians.items(), key=lambda item: item[1]):
        kind = "ours" if name.startswith("mlp") else "peer"
        width = max(1.0, BAR * value / longest)
        lines.append(f'<text x="{LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>')
        lines.append(f'<rect class="{kind}" x="{LABEL}" y="{top + 3}" width="{width:.1f}" height="{ROW - 6}" rx="2"/>')
        told = f"{number(value)} {group['heading']}"
        lines.append(f'<text x="{LABEL + width + 6:.1f}" y="{top + 15}">{escape(told)}</text>')
        top += ROW
    return lines, top + 14


def document(sections):
    """The whole chart."""
    lines, top = [], 4
    for section in sections.values():
        for group in section["groups"]:
            drawn, top = panel(group, top)
            lines += drawn
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" role="img">'
    title = "<title>Medians side by side; shorter is better</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *lines, "</svg>", ""])
