"""The figures as Markdown: a table a group, fastest first."""

import quiet
from rounds import summary


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def accuracy(runs):
    """Mean over the repetitions, one seed each; `None` where nothing was scored."""
    values = [run["accuracy"] for run in runs if run.get("accuracy") is not None]
    return sum(values) / len(values) if values else None


def table(group):
    """Median, minimum, how many times as much as ours, and the accuracies."""
    figure, runs, extra = group["figure"], group["runs"], group.get("extra", {})
    ours = summary(runs["mlp"], figure)[0]
    scored = any(accuracy(own) is not None for own in runs.values())
    heads = ["", f"median, {group['heading']}", "minimum", "times ours", *extra.values(), *["test accuracy"] * scored]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---|" * (len(heads) - 1)]
    for name in sorted(runs, key=lambda name: summary(runs[name], figure)[0]):
        middle, least = summary(runs[name], figure)
        cells = [f"**{name}**" if name == "mlp" else name, number(middle), number(least), f"{middle / ours:.2f}"]
        cells += [number(summary(runs[name], key)[0]) if key in runs[name][0] else "" for key in extra]
        if scored:
            cells.append(f"{accuracy(runs[name]):.2%}".replace("%", " %"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([f"### {group['title']}", "", *lines, "", *notes(group), ""])


def disturbed(runs):
    """Repetitions that others disturbed however often they were run, or nothing."""
    everyone = [run for own in runs.values() for run in own]
    share = [run for run in everyone if run["others"] > quiet.TOLERATED]
    if not share:
        return []
    most = max(run["others"] for run in share)
    return [f"{len(share)} of {len(everyone)} repetitions were disturbed by other programs, by up to {most:.1f} cores."]


def notes(group):
    """What has to be said beside the figures: the fastest peer, accuracies that differ, seeds below the bar."""
    runs, figure = group["runs"], group["figure"]
    peers = [name for name in runs if not name.startswith("mlp")]
    said = []
    if peers:
        fastest = min(peers, key=lambda name: summary(runs[name], figure)[0])
        ratio = summary(runs["mlp"], figure)[0] / summary(runs[fastest], figure)[0]
        said.append(f"Ours needs {ratio:.2f} times as much as the best peer, {fastest}.")
    if "least_accuracy" in group:
        for name, own in runs.items():
            below = sum(run["accuracy"] < group["least_accuracy"] for run in own)
            said += [f"{name}: {below} of {len(own)} seeds stayed below the bar."] * (below > 0)
    elif peers and group.get("equal_accuracy"):
        mean = sum(accuracy(runs[name]) for name in peers) / len(peers)
        away = 100 * (accuracy(runs["mlp"]) - mean)
        verdict = "within" if abs(away) <= 0.3 else "NOT within"
        said.append(f"Its accuracy is {away:+.2f} points from the peers' mean, {verdict} 0.3.")
        compiling = [
            f"{name} {summary(runs[name], 'compile_seconds')[0]:.1f} s" for name in peers
            if summary(runs[name], "compile_seconds")[0] > 0.2
        ]
        if compiling:
            said.append("Not counted: the first epoch took longer, for compiling, by: " + ", ".join(compiling) + ".")
    return said + disturbed(runs)


def document(sections):
    """All sections as one text."""
    parts = []
    for section in sections.values():
        made, versions = section["machine"], section["versions"]
        parts += [f"## {section['title']}", ""]
        parts += [table(group) for group in section["groups"]]
        packages = ", ".join(f"{name} {version}" for name, version in versions.items())
        parts += [
            f"`{section['command']}`, {made['date']}, commit {made['commit']}; {made['processor']}, {made['cores']} "
            f"cores, {made['threads']} threads for everyone. {packages}.", "",
        ]
    return "\n".join(parts)
